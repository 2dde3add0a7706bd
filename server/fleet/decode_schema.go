package fleet

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// sameTable returns the table that is described alike, so that what is remembered of it
// goes on.
func (d *decoder) sameTable(t *collectors.Table) *collectors.Table {
	for _, k := range d.known {
		if reflect.DeepEqual(k, t) {
			return k
		}
	}
	d.known = append(d.known, t)
	return t
}

func (d *decoder) takeHello(text []byte) error {
	m, err := as[wire.Hello](text)
	if err == nil && !validInstance(m.Instance) {
		err = refuse("instance %.80q", m.Instance)
	}
	d.hello = m
	return err
}

func (d *decoder) takeSchema(text []byte) error {
	m, err := as[wire.Schema](text)
	if err != nil {
		return err
	}
	next := &collectors.Schema{Rev: m.Rev}
	given := m.Series
	if m.Series == nil { // a difference
		if d.schema == nil {
			return refuse("a difference to nothing")
		}
		next.Panels, next.Resources, next.Tables = d.schema.Panels, d.schema.Resources, d.schema.Tables
		drop := make(map[collectors.SeriesID]bool, len(m.Drop)+len(m.Add))
		for _, id := range m.Drop {
			drop[id] = true
		}
		for i := range m.Add {
			drop[m.Add[i].ID] = true
		}
		for _, s := range d.schema.Series {
			if !drop[s.ID] {
				next.Series = append(next.Series, s)
			}
		}
		given = m.Add
	} else {
		next.Panels, next.Resources, next.Tables = m.Panels, m.Resources, m.Tables
		for i, t := range m.Tables {
			if t == nil || t.Name == "" || len(t.Columns) > maxTableCells {
				return refuse("a table of %d", len(m.Tables))
			}
			for _, c := range t.Columns {
				if c.Kind == collectors.ColumnNumber && !(c.Quantum > 0) {
					return refuse("column %.80q of table %.80q", c.Name, t.Name)
				}
			}
			if len(d.known) > maxTables {
				return refuse("more than %d tables", maxTables)
			}
			next.Tables[i] = d.sameTable(t)
		}
	}
	for i := range given {
		s, err := d.series(&given[i])
		if err != nil {
			return err
		}
		next.Series = append(next.Series, s)
	}
	if len(next.Series) > maxSeries {
		return refuse("%d series: expected at most %d", len(next.Series), maxSeries)
	}
	slices.SortFunc(next.Series, func(a, b collectors.Series) int { return int(a.ID) - int(b.ID) })
	ids := make([]collectors.SeriesID, len(next.Series))
	for i := range next.Series {
		if ids[i] = next.Series[i].ID; i > 0 && ids[i] == ids[i-1] || ids[i] < 0 {
			return refuse("series %d twice", ids[i])
		}
	}
	d.schema, d.ids = next, ids
	return nil
}

// series returns a series as it is described. Series of one family share it.
func (d *decoder) series(s *wire.Series) (collectors.Series, error) {
	labels := slices.Sorted(maps.Keys(s.Labels))
	key := s.Name + "\x00" + strings.Join(labels, "\x00")
	f := d.families[key]
	if f == nil || f.Unit != s.Unit || f.Kind != s.Kind || f.Quantum != s.Quantum || !slices.Equal(f.States, s.States) {
		f = &collectors.Family{Name: s.Name, Help: s.Help, Unit: s.Unit, Kind: s.Kind, Labels: labels, Quantum: s.Quantum, States: s.States, Source: s.Source}
		if f.Help == "" {
			f.Help = s.Name + "."
		}
		if err := f.Validate(); err != nil {
			return collectors.Series{}, refuse("%v", err)
		}
		if len(d.families) > maxSeries {
			return collectors.Series{}, refuse("more than %d families", maxSeries)
		}
		if s.Help == "" {
			f.Help = ""
		}
		d.families[key] = f
	}
	values := make([]string, len(labels))
	for i, name := range labels {
		values[i] = s.Labels[name]
	}
	return collectors.Series{ID: s.ID, Family: f, Labels: collectors.LabelsOf(values...), Info: s.Info, Max: s.Max, Warn: s.Warn, Crit: s.Crit}, nil
}
