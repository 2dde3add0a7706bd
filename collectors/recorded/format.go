package recorded

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"dashcam/collectors"
)

// head is the first line of a file.
type head struct {
	Format     int     `json:"format"`
	Host       string  `json:"host"`
	During     string  `json:"during"`
	IntervalMs int64   `json:"intervalMs"`
	T          []int64 `json:"t"` // the first, then differences
	Series     int     `json:"series"`
	Tables     int     `json:"tables"`
	Events     int     `json:"events,omitempty"`
	// Info and Truth are missing in recordings of ordinary minutes.
	Info  *collectors.Host `json:"info,omitempty"`
	Truth *Truth           `json:"truth,omitempty"`
}

// column is the line of one series.
type column struct {
	Family string   `json:"family"`
	Labels []string `json:"labels,omitempty"`
	// Info and Max are what is known of the series beside its values.
	Info map[string]string `json:"info,omitempty"`
	Max  float64           `json:"max,omitempty"`
	// Q are the differences from the value before that was not missing; null is missing.
	Q []*int64 `json:"q"`
}

// observation is the line of one observation of a table.
type observation struct {
	Table string  `json:"table"`
	Row   int     `json:"row"`
	Rows  [][]any `json:"rows"` // the key, then the cells: a number, a text or null
	// Others is how many rows are left out, Sums what they have in each column.
	Others  int      `json:"others,omitempty"`
	Sums    []*int64 `json:"sums,omitempty"`
	Partial string   `json:"partial,omitempty"`
}

const format = 1

// tables are those that a recording may have.
var tables = []*collectors.Table{collectors.Processes, collectors.Services}

// Write writes a recording.
func (r *Recording) Write(out io.Writer) error {
	z, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(z)
	h := head{
		Format: format, Host: r.Host, During: r.During, IntervalMs: r.Interval.Milliseconds(),
		Series: len(r.Series), Tables: len(r.Tables), Events: len(r.Events), Truth: r.Truth,
	}
	if r.Info != (collectors.Host{}) {
		h.Info = &r.Info
	}
	before := int64(0)
	for _, t := range r.T {
		h.T = append(h.T, t-before)
		before = t
	}
	if err := lines.Encode(h); err != nil {
		return err
	}
	for i := range r.Series {
		if err := lines.Encode(columnOf(&r.Series[i], r.Q[i])); err != nil {
			return err
		}
	}
	for _, d := range r.Tables {
		if err := lines.Encode(observationOf(d)); err != nil {
			return err
		}
	}
	for i := range r.Events {
		if err := lines.Encode(&r.Events[i]); err != nil {
			return err
		}
	}
	return z.Close()
}

func columnOf(s *collectors.Series, q []int64) column {
	c := column{Family: s.Family.Name, Labels: s.Labels.List(len(s.Family.Labels)), Info: s.Info, Q: make([]*int64, len(q))}
	if s.Max != s.Family.Max {
		c.Max = s.Max
	}
	before := int64(0)
	for i, v := range q {
		if v != collectors.Missing {
			difference := v - before
			c.Q[i] = &difference
			before = v
		}
	}
	return c
}

func observationOf(d *collectors.TableData) observation {
	o := observation{Table: d.Table.Name, Row: int(d.Seq), Others: d.Others, Partial: d.Partial}
	if d.Others > 0 {
		for _, q := range d.OthersSums {
			o.Sums = append(o.Sums, orNull(q))
		}
	}
	for _, row := range d.Rows {
		cells := []any{row.Key}
		for i, c := range row.Cells {
			switch {
			case d.Table.Columns[i].Kind == collectors.ColumnText:
				cells = append(cells, c.Text)
			case c.Q == collectors.Missing:
				cells = append(cells, nil)
			default:
				cells = append(cells, c.Q)
			}
		}
		o.Rows = append(o.Rows, cells)
	}
	return o
}

// orNull is null for a value that is missing.
func orNull(q int64) *int64 {
	if q == collectors.Missing {
		return nil
	}
	return &q
}

func orMissing(q *int64) int64 {
	if q == nil {
		return collectors.Missing
	}
	return *q
}

// Read reads what Write wrote.
func Read(in io.Reader) (*Recording, error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	lines := json.NewDecoder(z)
	lines.UseNumber()
	var h head
	if err := lines.Decode(&h); err != nil {
		return nil, fmt.Errorf("read the head: %w", err)
	}
	if h.Format != format || h.IntervalMs <= 0 || len(h.T) == 0 {
		return nil, fmt.Errorf("head with format %d, interval %d ms and %d rows: want format %d, an interval and rows", h.Format, h.IntervalMs, len(h.T), format)
	}
	r := &Recording{Host: h.Host, During: h.During, Interval: time.Duration(h.IntervalMs) * time.Millisecond, Truth: h.Truth}
	if h.Info != nil {
		r.Info = *h.Info
	}
	t := int64(0)
	for _, difference := range h.T {
		t += difference
		r.T = append(r.T, t)
	}
	families := make(map[string]*collectors.Family)
	for _, f := range collectors.Families() {
		families[f.Name] = f
	}
	for i := range h.Series {
		var c column
		if err := lines.Decode(&c); err != nil {
			return nil, fmt.Errorf("read series %d: %w", i, err)
		}
		if err := r.addColumn(families[c.Family], &c); err != nil {
			return nil, fmt.Errorf("series %d, %s%q: %w", i, c.Family, c.Labels, err)
		}
	}
	for i := range h.Tables {
		var o observation
		if err := lines.Decode(&o); err != nil {
			return nil, fmt.Errorf("read observation %d: %w", i, err)
		}
		if err := r.addObservation(&o); err != nil {
			return nil, fmt.Errorf("observation %d: %w", i, err)
		}
	}
	for i := range h.Events {
		var e collectors.Event
		if err := lines.Decode(&e); err != nil {
			return nil, fmt.Errorf("read event %d: %w", i, err)
		}
		if e.Seq >= uint64(len(r.T)) {
			return nil, fmt.Errorf("event %d at row %d: want a row before %d", i, e.Seq, len(r.T))
		}
		r.Events = append(r.Events, e)
	}
	if t := r.Truth; t != nil && (t.From < 0 || t.To <= t.From || t.To > len(r.T)) {
		return nil, fmt.Errorf("truth of rows %d to %d: want some of %d rows", t.From, t.To, len(r.T))
	}
	return r, nil
}

func (r *Recording) addColumn(f *collectors.Family, c *column) error {
	switch {
	case f == nil:
		return errors.New("the catalog has no such family")
	case len(c.Labels) != len(f.Labels):
		return fmt.Errorf("want labels %q", f.Labels)
	case len(c.Q) != len(r.T):
		return fmt.Errorf("%d values, want one for each of %d rows", len(c.Q), len(r.T))
	}
	s := collectors.Series{Family: f, Labels: collectors.LabelsOf(c.Labels...), Info: c.Info, Max: c.Max}
	if c.Max == 0 {
		s.Max = f.Max
	}
	q := make([]int64, len(c.Q))
	before := int64(0)
	for i, difference := range c.Q {
		q[i] = collectors.Missing
		if difference != nil {
			before += *difference
			q[i] = before
		}
	}
	r.Series, r.Q = append(r.Series, s), append(r.Q, q)
	return nil
}

func (r *Recording) addObservation(o *observation) error {
	d := &collectors.TableData{Seq: uint64(o.Row)}
	for _, t := range tables {
		if t.Name == o.Table {
			d.Table = t
		}
	}
	if d.Table == nil || o.Row < 0 || o.Row >= len(r.T) {
		return fmt.Errorf("table %q at row %d: want a table of the catalog and a row before %d", o.Table, o.Row, len(r.T))
	}
	d.T, d.Others, d.Partial = r.T[o.Row], o.Others, o.Partial
	if o.Sums != nil && len(o.Sums) != len(d.Table.Columns) {
		return fmt.Errorf("%d sums, want one for each of %d columns", len(o.Sums), len(d.Table.Columns))
	}
	for _, q := range o.Sums {
		d.OthersSums = append(d.OthersSums, orMissing(q))
	}
	for _, values := range o.Rows {
		row, err := rowOf(d.Table, values)
		if err != nil {
			return err
		}
		d.Rows = append(d.Rows, row)
	}
	r.Tables = append(r.Tables, d)
	return nil
}

func rowOf(t *collectors.Table, values []any) (collectors.TableRow, error) {
	var row collectors.TableRow
	if len(values) != 1+len(t.Columns) {
		return row, fmt.Errorf("row of %d values, want a key and %d cells", len(values), len(t.Columns))
	}
	var ok bool
	if row.Key, ok = values[0].(string); !ok {
		return row, fmt.Errorf("key %v, want a text", values[0])
	}
	row.Cells = make([]collectors.Cell, len(t.Columns))
	for i, v := range values[1:] {
		c := collectors.Cell{Q: collectors.Missing}
		switch v := v.(type) {
		case nil:
		case string:
			c.Text = v
		case json.Number:
			var err error
			if c.Q, err = v.Int64(); err != nil {
				return row, fmt.Errorf("cell %s: %w", t.Columns[i].Name, err)
			}
		}
		row.Cells[i] = c
	}
	return row, nil
}
