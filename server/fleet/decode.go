package fleet

import (
	"encoding/json"
	"fmt"
	"slices"

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
