package fleet

import (
	"encoding/json"
	"slices"

	"dashcam/collectors"
)

type tableState struct {
	table *collectors.Table
	seq   uint64
	keys  []string
	rows  map[string][]collectors.Cell
}

func (d *decoder) takeTable(text []byte) error {
	var m struct {
		Table   string               `json:"table"`
		Seq     uint64               `json:"seq"`
		Base    uint64               `json:"base"`
		Rows    [][2]json.RawMessage `json:"rows"`
		Gone    []string             `json:"gone"`
		Partial string               `json:"partial"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return refuse("%v", err)
	}
	if d.schema == nil {
		return refuse("of nothing")
	}
	i := slices.IndexFunc(d.schema.Tables, func(t *collectors.Table) bool { return t.Name == m.Table })
	if i < 0 {
		return refuse("table %.80q is not described", m.Table)
	}
	s := d.tables[m.Table]
	switch {
	case m.Base == 0:
		s = &tableState{table: d.schema.Tables[i], rows: make(map[string][]collectors.Cell)}
		d.tables[m.Table] = s
	case s == nil || s.seq != m.Base:
		return refuse("table %s at %d on %d", m.Table, m.Seq, m.Base)
	}
	s.seq = m.Seq
	for _, key := range m.Gone {
		if _, had := s.rows[key]; had {
			delete(s.rows, key)
			s.keys = slices.DeleteFunc(s.keys, func(k string) bool { return k == key })
		}
	}
	for _, r := range m.Rows {
		if err := s.change(r); err != nil {
			return err
		}
	}
	if len(s.keys) > maxTableRows {
		return refuse("table %s has %d rows", m.Table, len(s.keys))
	}
	data := &collectors.TableData{Table: s.table, Partial: cleaned(m.Partial, maxName), Rows: make([]collectors.TableRow, len(s.keys))}
	for i, key := range s.keys {
		data.Rows[i] = collectors.TableRow{Key: key, Cells: s.rows[key]}
	}
	if c := d.at(m.Seq); c != nil {
		c.Tables = append(c.Tables, data)
	}
	return nil
}

// change takes the changed cells of a row. Cells are replaced, since they were handed out.
func (s *tableState) change(r [2]json.RawMessage) error {
	var key string
	var changed map[string]json.RawMessage
	if json.Unmarshal(r[0], &key) != nil || json.Unmarshal(r[1], &changed) != nil {
		return refuse("a row of table %s", s.table.Name)
	}
	cells, had := s.rows[key]
	if !had {
		s.keys = append(s.keys, key)
		cells = make([]collectors.Cell, len(s.table.Columns))
		for i := range cells {
			cells[i].Q = collectors.Missing
		}
	} else {
		cells = slices.Clone(cells)
	}
	for name, value := range changed {
		col := s.table.Column(name)
		if col < 0 {
			continue
		}
		if s.table.Columns[col].Kind == collectors.ColumnText {
			var text *string
			if json.Unmarshal(value, &text) != nil {
				return refuse("column %s of table %s", name, s.table.Name)
			}
			cells[col].Text = ""
			if text != nil {
				cells[col].Text = collectors.CleanLabel(*text)
			}
			continue
		}
		var q *int64
		if json.Unmarshal(value, &q) != nil {
			return refuse("column %s of table %s", name, s.table.Name)
		}
		cells[col].Q = collectors.Missing
		if q != nil {
			cells[col].Q = *q
		}
	}
	s.rows[key] = cells
	return nil
}
