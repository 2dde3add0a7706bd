package main

import (
	"time"
)

// schema is what the program tells of its series and resources.
type schema struct {
	Rev       int
	Series    []series
	Resources []resource
	Tables    []struct {
		Name    string
		Columns []struct {
			Name    string
			Quantum float64
		}
	}
	byName map[string][]*series
}

type series struct {
	ID           int
	Name, Unit   string
	Quantum      float64
	Labels, Info map[string]string
	States       []string
}

type resource struct {
	ID, Title, Rank, State, Reason, Now string
	Use                                 []struct{ Family string }
	Limits                              *struct{ Used string }
	Whole                               *struct {
		Family string
		Where  map[string][]string
	}
}

// row is one row in units, by series.
type row struct {
	seq    uint64
	t      time.Time
	values map[int]float64
}
