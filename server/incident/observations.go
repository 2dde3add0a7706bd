package incident

import (
	"errors"
	"fmt"
	"slices"

	"dashcam/collectors"
)

// tableLine is a table message with the rows that were left out.
type tableLine struct {
	Table   string   `json:"table"`
	Seq     uint64   `json:"seq"`
	T       int64    `json:"t"`
	Base    uint64   `json:"base"`
	Rows    [][2]any `json:"rows"`
	Gone    []string `json:"gone"`
	Partial string   `json:"partial"`
	Others  *struct {
		Count int              `json:"count"`
		Sums  map[string]int64 `json:"sums"`
	} `json:"others"`
}

// table takes an observation.
func (r *reader) table(m *tableLine) error {
	t := r.tables[m.Table]
	if t == nil {
		return fmt.Errorf("a table %.64q that the schema does not have", m.Table)
	}
	all := r.observations[m.Table]
	if i, found := slices.BinarySearchFunc(r.rows, m.Seq, func(at row, seq uint64) int {
		return compare(at.seq, seq)
	}); !found || len(all) > 0 && all[len(all)-1].Seq >= m.Seq {
		return fmt.Errorf("an observation of row %d: expected those of rows, in their order", m.Seq)
	} else if m.T != r.rows[i].t {
		return fmt.Errorf("an observation of row %d at another time", m.Seq)
	}
	d := &collectors.TableData{Table: t, Seq: m.Seq, T: m.T, Partial: collectors.CleanLabel(m.Partial)}
	if m.Base != 0 {
		if len(all) == 0 || all[len(all)-1].Seq != m.Base {
			return fmt.Errorf("an observation that differs from that of row %d, which is not before it", m.Base)
		}
		d.Rows = slices.Clone(all[len(all)-1].Rows)
	}
	if err := change(d, m); err != nil {
		return err
	}
	if m.Others != nil {
		d.Others = max(0, m.Others.Count)
		d.OthersSums = make([]int64, len(t.Columns))
		for i := range t.Columns {
			sum, found := m.Others.Sums[t.Columns[i].Name]
			if d.OthersSums[i] = sum; !found {
				d.OthersSums[i] = collectors.Missing
			}
		}
	}
	if r.tableRows += len(d.Rows); r.tableRows > maxTableRows {
		return fmt.Errorf("more than %d rows of tables", maxTableRows)
	}
	r.observations[m.Table] = append(all, d)
	return nil
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// change makes an observation of the one before it.
func change(d *collectors.TableData, m *tableLine) error {
	at := make(map[string]int, len(d.Rows)+len(m.Rows))
	for i := range d.Rows {
		at[d.Rows[i].Key] = i
	}
	for _, pair := range m.Rows {
		key, ok := pair[0].(string)
		cells, isObject := pair[1].(map[string]any)
		if !ok || !isObject {
			return errors.New("a row of a table that is none")
		}
		i, known := at[key]
		if !known {
			row := collectors.TableRow{Key: key, Cells: make([]collectors.Cell, len(d.Table.Columns))}
			for k := range row.Cells {
				row.Cells[k].Q = collectors.Missing
			}
			i = len(d.Rows)
			d.Rows, at[key] = append(d.Rows, row), i
		} else {
			d.Rows[i].Cells = slices.Clone(d.Rows[i].Cells)
		}
		if err := set(d.Table, d.Rows[i].Cells, cells); err != nil {
			return err
		}
	}
	if len(m.Gone) == 0 {
		return nil
	}
	gone := make(map[string]bool, len(m.Gone))
	for _, key := range m.Gone {
		gone[key] = true
	}
	d.Rows = slices.DeleteFunc(d.Rows, func(row collectors.TableRow) bool { return gone[row.Key] })
	return nil
}

func set(t *collectors.Table, cells []collectors.Cell, values map[string]any) error {
	for i := range t.Columns {
		v, named := values[t.Columns[i].Name]
		if !named {
			continue
		}
		if t.Columns[i].Kind == collectors.ColumnText {
			text, ok := v.(string)
			if !ok {
				return fmt.Errorf("a cell %.64q that is no text", t.Columns[i].Name)
			}
			cells[i].Text = collectors.CleanLabel(text)
			continue
		}
		q, err := quanta(v)
		if err != nil {
			return err
		}
		cells[i].Q = q
	}
	return nil
}
