package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// exportTable writes the remembered observations of a table, such as processes.
func exportTable(out io.Writer, a *history.Archive, name, format string, from, to int64) error {
	table := a.Table(name)
	if table == nil {
		return fmt.Errorf("no table %q in this history: expected one of %s", name, strings.Join(a.TableNames(), ", "))
	}
	if format == "csv" {
		return exportTableCSV(out, a, table, from, to)
	}
	return exportTableJSON(out, a, name, from, to)
}

// exportTableCSV writes one line per row of an observation, with the columns that the
// table had last. An observation without rows has no line.
func exportTableCSV(out io.Writer, a *history.Archive, table *collectors.Table, from, to int64) error {
	w := csv.NewWriter(out)
	columns := table.Columns
	record := []string{"t", "seq", "others", "partial", "key"}
	for i := range columns {
		record = append(record, harmless(columns[i].Name))
	}
	if err := w.Write(record); err != nil {
		return err
	}
	err := a.Observations(table.Name, from, to, func(d *collectors.TableData) error {
		for i := range d.Rows {
			row := &d.Rows[i]
			record = append(record[:0], strconv.FormatInt(d.T, 10), strconv.FormatUint(d.Seq, 10), strconv.Itoa(d.Others), harmless(d.Partial), harmless(row.Key))
			for k := range columns {
				record = append(record, cellText(d.Table, row, columns[k].Name))
			}
			if err := w.Write(record); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

func cellText(t *collectors.Table, row *collectors.TableRow, name string) string {
	col := t.Column(name)
	switch {
	case col < 0:
		return ""
	case t.Columns[col].Kind == collectors.ColumnText:
		return harmless(row.Cells[col].Text)
	}
	return number(t.Columns[col].Value(row.Cells[col].Q))
}

// harmless keeps a spreadsheet from taking text for a formula: what processes are called is
// up to whoever starts them.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// exportTableJSON writes one object per observation. What is missing is not in it.
func exportTableJSON(out io.Writer, a *history.Archive, name string, from, to int64) error {
	type observation struct {
		T       int64                      `json:"t"`
		Seq     uint64                     `json:"seq"`
		Partial string                     `json:"partial,omitempty"`
		Rows    []map[string]any           `json:"rows"`
		Others  int                        `json:"others"`
		Sums    map[string]json.RawMessage `json:"othersSums,omitempty"`
	}
	lines := json.NewEncoder(out)
	return a.Observations(name, from, to, func(d *collectors.TableData) error {
		told := observation{T: d.T, Seq: d.Seq, Partial: d.Partial, Rows: make([]map[string]any, len(d.Rows)), Others: d.Others}
		for i := range d.Rows {
			row := map[string]any{"key": d.Rows[i].Key}
			for col := range d.Table.Columns {
				c, cell := &d.Table.Columns[col], &d.Rows[i].Cells[col]
				if c.Kind == collectors.ColumnText {
					row[c.Name] = cell.Text
				} else if n := number(c.Value(cell.Q)); n != "" {
					row[c.Name] = json.RawMessage(n)
				}
			}
			told.Rows[i] = row
		}
		for col, q := range d.OthersSums {
			c := &d.Table.Columns[col]
			if n := number(c.Value(q)); n != "" && c.Sum && d.Others > 0 {
				if told.Sums == nil {
					told.Sums = make(map[string]json.RawMessage)
				}
				told.Sums[c.Name] = json.RawMessage(n)
			}
		}
		return lines.Encode(told)
	})
}
