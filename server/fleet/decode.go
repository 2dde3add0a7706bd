package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"
)

// decoder makes the rows of a host out of the messages that its page gets. It belongs to
// one goroutine. Everything that it is given comes from another host: what does not fit is
// an error, after which it is thrown away.
type decoder struct {
	hello    wire.Hello
	families map[string]*collectors.Family
	schema   *collectors.Schema // of the last message
	ids      []collectors.SeriesID
	last     collectors.Row // the last row
	tables   map[string]*tableState
	known    []*collectors.Table // of all schemas: one that is the same is the same pointer

	// What waits to be taken: rows in their order, and what belongs to them.
	rows   []decodedRow
	health []collectors.Health
	more   bool // the last batch of history promised another
	// restart says that rows are not to be had which are missing here.
	restart bool
}

// decodedRow is a row with the schema that describes it and what happened with it.
type decodedRow struct {
	schema *collectors.Schema
	commit history.Commit
}

type tableState struct {
	table *collectors.Table
	seq   uint64
	keys  []string
	rows  map[string][]collectors.Cell
}

// The bounds of what a host may describe.
const (
	maxSeries     = 20_000
	maxTableRows  = 20_000
	maxTableCells = 64
	maxTables     = 64
)

func newDecoder() *decoder {
	return &decoder{families: make(map[string]*collectors.Family), tables: make(map[string]*tableState)}
}

// begin forgets what was said on a stream that ended. What the ring has is not forgotten:
// last is its newest row.
func (d *decoder) begin(last collectors.Row) {
	*d = decoder{families: d.families, known: d.known, tables: make(map[string]*tableState), last: last}
}

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

// take reads one message. One of a type that is not known is ignored.
func (d *decoder) take(text []byte) error {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return refuse("%v", err)
	}
	read := map[string]func([]byte) error{
		wire.TypeHello: d.takeHello, wire.TypeSchema: d.takeSchema, wire.TypeHistory: d.takeHistory, wire.TypeFrame: d.takeFrame,
		wire.TypeTable: d.takeTable, wire.TypeEvent: d.takeEvent, wire.TypeHealth: d.takeHealth,
	}[head.Type]
	if read == nil {
		return nil
	}
	if err := read(text); err != nil {
		return fmt.Errorf("%s: %w", head.Type, err)
	}
	return nil
}

func as[T any](text []byte) (m T, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return m, refuse("%v", err)
	}
	return m, nil
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

// blank is a row without a value.
func (d *decoder) blank(seq uint64, t int64) collectors.Row {
	q := make([]int64, len(d.ids))
	for i := range q {
		q[i] = collectors.Missing
	}
	return collectors.Row{Seq: seq, T: t, Rev: d.schema.Rev, IDs: d.ids, Q: q}
}

func (d *decoder) add(row collectors.Row) error {
	if row.T <= 0 || row.T > maxMs || row.Seq == 0 {
		return refuse("row %d at %d", row.Seq, row.T)
	}
	if d.last.Seq > 0 && row.Seq != d.last.Seq+1 {
		return refuse("row %d behind row %d", row.Seq, d.last.Seq)
	}
	d.last = row
	d.rows = append(d.rows, decodedRow{d.schema, history.Commit{Row: row}})
	return nil
}

func (d *decoder) takeHistory(text []byte) error {
	var m struct {
		Rev     uint64              `json:"rev"`
		Seq     []uint64            `json:"seq"`
		T       []int64             `json:"t"`
		Columns [][]json.RawMessage `json:"columns"`
		Missed  []wire.Missed       `json:"missed"`
		Gap     *wire.Gap           `json:"gap"`
		Older   *wire.Older         `json:"older"`
		More    bool                `json:"more"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return refuse("%v", err)
	}
	switch {
	case d.schema == nil || m.Rev > d.schema.Rev: // rows of before go by the ids of today
		return refuse("revision %d is not described", m.Rev)
	case len(m.Seq) != len(m.T) || len(m.Seq) > wire.MaxBatch:
		return refuse("%d rows with %d times", len(m.Seq), len(m.T))
	}
	d.more = m.More
	if d.last.Seq > 0 && (m.Gap != nil || m.Older != nil) {
		d.restart = true
		return nil
	}
	rows := make([]collectors.Row, len(m.Seq))
	for i := range rows {
		rows[i] = d.blank(m.Seq[i], m.T[i])
	}
	for _, c := range m.Columns {
		if err := d.spread(rows, c); err != nil {
			return err
		}
	}
	for _, x := range m.Missed {
		for i := range rows {
			if rows[i].Seq == x.Seq {
				rows[i].Missed, rows[i].Why = x.Count, cleaned(x.Why, maxName)
			}
		}
	}
	for i := range rows {
		if rows[i].Seq <= d.last.Seq { // it is here already
			continue
		}
		if err := d.add(rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// spread puts one column of history into the rows. One of a series that is not described is
// ignored.
func (d *decoder) spread(rows []collectors.Row, c []json.RawMessage) error {
	var id collectors.SeriesID
	if len(c) < 2 || len(c) > 3 || json.Unmarshal(c[0], &id) != nil {
		return refuse("a column of %d parts", len(c))
	}
	at, known := slices.BinarySearch(d.ids, id)
	if !known {
		return nil
	}
	var values []*int64
	if len(c) == 2 && len(c[1]) > 0 && c[1][0] != '[' {
		var q int64
		if json.Unmarshal(c[1], &q) != nil {
			return refuse("column %d", id)
		}
		for i := range rows {
			rows[i].Q[at] = q
		}
		return nil
	}
	last := c[len(c)-1]
	if json.Unmarshal(last, &values) != nil {
		return refuse("column %d", id)
	}
	if len(c) == 2 {
		if len(values) != len(rows) {
			return refuse("column %d has %d values for %d rows", id, len(values), len(rows))
		}
		for i, v := range values {
			if v != nil {
				rows[i].Q[at] = *v
			}
		}
		return nil
	}
	var sum int64
	if json.Unmarshal(c[1], &sum) != nil || len(values)+1 != len(rows) {
		return refuse("column %d has %d differences for %d rows", id, len(values), len(rows))
	}
	rows[0].Q[at] = sum
	for i, v := range values {
		if v != nil {
			sum += *v
			rows[i+1].Q[at] = sum
		}
	}
	return nil
}

func (d *decoder) takeFrame(text []byte) error {
	m, err := as[wire.Frame](text)
	if err != nil {
		return err
	}
	switch {
	case d.schema == nil || m.Rev > d.schema.Rev: // rows of before go by the ids of today
		return refuse("revision %d is not described", m.Rev)
	case len(m.D)%2 != 0:
		return refuse("%d numbers: expected pairs", len(m.D))
	case m.Seq != 1 && m.Seq != d.last.Seq+1:
		return refuse("row %d behind row %d", m.Seq, d.last.Seq)
	}
	row := d.blank(m.Seq, m.T)
	row.Missed, row.Why = m.Missed, cleaned(m.Why, maxName)
	j := 0
	for i, id := range d.last.IDs { // both ascend
		for j < len(row.IDs) && row.IDs[j] < id {
			j++
		}
		if j < len(row.IDs) && row.IDs[j] == id {
			row.Q[j] = d.last.Q[i]
		}
	}
	id := int64(-1)
	for i := 0; i < len(m.D); i += 2 {
		if m.D[i] == nil || *m.D[i] < 1 || *m.D[i] > maxMs {
			return refuse("a distance that is not above 0")
		}
		id += *m.D[i]
		at, known := slices.BinarySearch(row.IDs, collectors.SeriesID(id))
		if !known {
			continue
		}
		row.Q[at] = collectors.Missing
		if q := m.D[i+1]; q != nil {
			row.Q[at] = *q
		}
	}
	return d.add(row)
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

// at returns the commit of a row that waits, the newest where that one has gone, nil where
// none waits.
func (d *decoder) at(seq uint64) *history.Commit {
	for i := range d.rows {
		if d.rows[i].commit.Row.Seq == seq {
			return &d.rows[i].commit
		}
	}
	if n := len(d.rows); n > 0 {
		return &d.rows[n-1].commit
	}
	return nil
}

func (d *decoder) takeEvent(text []byte) error {
	m, err := as[wire.Event](text)
	if err != nil {
		return err
	}
	m.Clean()
	if c := d.at(m.Seq); c != nil {
		c.Events = append(c.Events, m.Event)
	}
	return nil
}

func (d *decoder) takeHealth(text []byte) error {
	m, err := as[wire.Health](text)
	d.health = append(d.health, m.Health)
	return err
}
