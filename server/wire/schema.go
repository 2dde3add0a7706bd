package wire

import (
	"maps"
	"math"

	"dashcam/collectors"
)

// FullSchema returns the message a viewer gets on joining.
func FullSchema(s *collectors.Schema) Schema {
	m := Schema{
		Type:      TypeSchema,
		Rev:       s.Rev,
		Series:    make([]Series, 0, len(s.Series)),
		Panels:    make([]collectors.Panel, 0, len(s.Panels)),
		Resources: make([]collectors.Resource, 0, len(s.Resources)),
		Tables:    make([]*collectors.Table, 0, len(s.Tables)),
	}
	for i := range s.Series {
		m.Series = append(m.Series, SeriesOf(&s.Series[i]))
	}
	// Lists that the types of the page promise are never null.
	for _, p := range s.Panels {
		p.Families = notNil(p.Families)
		m.Panels = append(m.Panels, p)
	}
	for _, r := range s.Resources {
		r.Use, r.Sat, r.Err = notNil(r.Use), notNil(r.Sat), notNil(r.Err)
		m.Resources = append(m.Resources, r)
	}
	for _, t := range s.Tables {
		c := *t
		c.Columns, c.Rank = notNil(c.Columns), notNil(c.Rank)
		m.Tables = append(m.Tables, &c)
	}
	return m
}

// SchemaDifference returns the message that leads from one revision to a later one of
// the same instance. Panels, resources and tables are fixed for an instance.
func SchemaDifference(from, to *collectors.Schema) Schema {
	m := Schema{Type: TypeSchema, Rev: to.Rev}
	old, now := from.Series, to.Series
	for i, j := 0, 0; i < len(old) || j < len(now); {
		switch {
		case j == len(now) || (i < len(old) && old[i].ID < now[j].ID):
			m.Drop = append(m.Drop, old[i].ID)
			i++
		case i == len(old) || now[j].ID < old[i].ID:
			m.Add = append(m.Add, SeriesOf(&now[j]))
			j++
		default:
			if !sameSeries(&old[i], &now[j]) {
				m.Add = append(m.Add, SeriesOf(&now[j]))
			}
			i++
			j++
		}
	}
	return m
}

// SeriesOf describes one series for the page and the API.
func SeriesOf(s *collectors.Series) Series {
	f := s.Family
	m := Series{
		ID: s.ID, Name: f.Name, Info: s.Info, Unit: f.Unit, Kind: f.Kind, Quantum: f.Quantum,
		Max: finite(s.Max), Warn: finite(s.Warn), Crit: finite(s.Crit),
		Help: f.Help, Source: f.Source, States: f.States,
	}
	if len(f.Labels) > 0 {
		m.Labels = make(map[string]string, len(f.Labels))
		for i, name := range f.Labels {
			m.Labels[name] = s.Labels.At(i)
		}
	}
	return m
}

func sameSeries(a, b *collectors.Series) bool {
	return a.Family == b.Family && a.Labels == b.Labels && a.Max == b.Max && a.Warn == b.Warn && a.Crit == b.Crit && maps.Equal(a.Info, b.Info)
}

// finite keeps what JSON cannot express out of a message: one collector's odd maximum
// must not cost every viewer its schema.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
