package wire

import (
	"dashcam/collectors"
)

// FullSchema returns the catalogue with all its texts, as the API gives it.
func FullSchema(s *collectors.Schema) Schema {
	return whole(s, SeriesOf)
}

// ViewerSchema returns the message a viewer gets on joining. What help and source say of
// a number is left to the API, which the page asks when somebody wants to know: they
// would be a quarter of what is sent before a first chart is drawn.
func ViewerSchema(s *collectors.Schema) Schema { return whole(s, terse(s)) }

// terse returns SeriesOf without its texts. A family that no panel draws keeps its help:
// the page makes a chart of it, and has nothing else to say about that.
func terse(s *collectors.Schema) func(*collectors.Series) Series {
	drawn := make(map[string]bool)
	for _, p := range s.Panels {
		for _, f := range p.Families {
			drawn[f] = true
		}
		for _, l := range p.Layers {
			drawn[l.Family] = true
		}
		drawn[p.Strip] = true
	}
	return func(x *collectors.Series) Series {
		m := SeriesOf(x)
		m.Source = ""
		if drawn[m.Name] || m.Kind == collectors.KindState || x.Family.Source == "dashcam" {
			m.Help = ""
		}
		return m
	}
}

func whole(s *collectors.Schema, series func(*collectors.Series) Series) Schema {
	m := Schema{
		Type:      TypeSchema,
		Rev:       s.Rev,
		Series:    make([]Series, 0, len(s.Series)),
		Panels:    make([]collectors.Panel, 0, len(s.Panels)),
		Resources: make([]collectors.Resource, 0, len(s.Resources)),
		Tables:    make([]*collectors.Table, 0, len(s.Tables)),
	}
	for i := range s.Series {
		m.Series = append(m.Series, series(&s.Series[i]))
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
	series := terse(to)
	old, now := from.Series, to.Series
	for i, j := 0, 0; i < len(old) || j < len(now); {
		switch {
		case j == len(now) || (i < len(old) && old[i].ID < now[j].ID):
			m.Drop = append(m.Drop, old[i].ID)
			i++
		case i == len(old) || now[j].ID < old[i].ID:
			m.Add = append(m.Add, series(&now[j]))
			j++
		default:
			if !old[i].Same(&now[j]) {
				m.Add = append(m.Add, series(&now[j]))
			}
			i++
			j++
		}
	}
	return m
}

// SeriesOf describes one series with all its texts.
func SeriesOf(s *collectors.Series) Series {
	f := s.Family
	return Series{
		ID: s.ID, Name: f.Name, Labels: s.LabelMap(), Info: s.Info, Unit: f.Unit, Kind: f.Kind, Quantum: f.Quantum,
		// One collector's odd maximum must not cost every viewer its schema.
		Max: collectors.Finite(s.Max), Warn: collectors.Finite(s.Warn), Crit: collectors.Finite(s.Crit),
		Help: f.Help, Source: f.Source, States: f.States,
	}
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
