package incident

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"
)

// reader makes a recording of lines. What it does not expect is an error; a line of a type
// that it does not know is of a later version and left out.
type reader struct {
	head   *Head
	hello  *wire.Hello
	schema *wire.Schema
	series map[collectors.SeriesID]*collectors.Series
	about  map[string]family
	tables map[string]*collectors.Table

	health       []collectors.Health
	rows         []row
	cells        int
	events       []collectors.Event
	observations map[string][]*collectors.TableData
	tableRows    int
	verdicts     []collectors.Verdict
	changes      []changesLine
}

// row is one that was read; rows of a batch share their ids.
type row struct {
	seq    uint64
	t      int64
	missed int
	why    string
	ids    []collectors.SeriesID
	q      []int64
}

func newReader(head *Head) *reader {
	return &reader{head: head, about: make(map[string]family), observations: make(map[string][]*collectors.TableData)}
}

func (r *reader) line(text []byte) error {
	var tag struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &tag); err != nil {
		return errors.New("it is no JSON")
	}
	if (r.hello == nil) != (tag.Type == wire.TypeHello) {
		return fmt.Errorf("a line of type %q: expected hello first, and once", tag.Type)
	}
	switch tag.Type {
	case wire.TypeHello:
		return as(text, r.takeHello)
	case wire.TypeSchema:
		return as(text, r.takeSchema)
	}
	if r.schema == nil {
		return fmt.Errorf("a line of type %q before the schema", tag.Type)
	}
	switch tag.Type {
	case typeFamilies:
		return as(text, func(m *families) error {
			for _, f := range m.Families {
				r.about[f.Name] = f
			}
			return nil
		})
	case wire.TypeHealth:
		return as(text, func(m *wire.Health) error { r.health = append(r.health, m.Health); return nil })
	case wire.TypeHistory:
		return as(text, r.history)
	case wire.TypeEvent:
		return as(text, r.event)
	case wire.TypeTable:
		return as(text, r.table)
	case wire.TypeVerdict:
		return as(text, func(m *wire.Verdict) error {
			if n := len(r.verdicts); n > 0 && r.verdicts[n-1].At >= m.At {
				return errors.New("verdicts are not in the order of time")
			}
			r.verdicts = append(r.verdicts, m.Verdict)
			return nil
		})
	case typeChanges:
		return as(text, func(m *changesLine) error { r.changes = append(r.changes, *m); return nil })
	}
	return nil
}

func as[T any](text []byte, take func(*T) error) error {
	m := new(T)
	if err := json.Unmarshal(text, m); err != nil {
		return fmt.Errorf("%T: %w", m, err)
	}
	return take(m)
}

func (r *reader) takeHello(m *wire.Hello) error {
	if m.IntervalMs < 1 || m.IntervalMs > time.Hour.Milliseconds() {
		return fmt.Errorf("an interval of %d ms", m.IntervalMs)
	}
	r.hello = m
	return nil
}

func (r *reader) takeSchema(m *wire.Schema) error {
	switch {
	case r.schema != nil:
		return errors.New("a second schema")
	case len(m.Series) > maxSeries:
		return fmt.Errorf("%d series: expected at most %d", len(m.Series), maxSeries)
	}
	r.tables = make(map[string]*collectors.Table)
	for _, t := range m.Tables {
		if t == nil || len(t.Columns) > 1000 || t.Top < 0 || t.Top > 10_000 {
			return errors.New("a table that there cannot be")
		}
		for _, rank := range t.Rank {
			if i := t.Column(rank); i < 0 || t.Columns[i].Kind != collectors.ColumnNumber {
				return fmt.Errorf("table %.64q ranked by what is no number of it", t.Name)
			}
		}
		for i := range t.Columns {
			if c := &t.Columns[i]; c.Kind == collectors.ColumnNumber && !(c.Quantum > 0) {
				return fmt.Errorf("table %.64q with a column without a quantum", t.Name)
			}
		}
		r.tables[t.Name] = t
	}
	r.schema = m
	return nil
}

// describe makes the series, when all about their families is known.
func (r *reader) describe() error {
	if r.series != nil {
		return nil
	}
	r.series = make(map[collectors.SeriesID]*collectors.Series, len(r.schema.Series))
	made := make(map[string]*collectors.Family)
	for i := range r.schema.Series {
		s := &r.schema.Series[i]
		f := made[s.Name]
		if f == nil {
			f = r.family(s)
			if err := f.Validate(); err != nil {
				return err
			}
			made[s.Name] = f
		}
		labels := make([]string, len(f.Labels))
		for k, name := range f.Labels {
			labels[k] = s.Labels[name]
		}
		if s.ID < 0 || r.series[s.ID] != nil {
			return fmt.Errorf("series %d twice or below 0", s.ID)
		}
		r.series[s.ID] = &collectors.Series{
			ID: s.ID, Family: f, Labels: collectors.LabelsOf(labels...), Info: s.Info, Max: s.Max, Warn: s.Warn, Crit: s.Crit,
		}
	}
	return nil
}

// family is the one of the catalog, where that means the same: its labels are in an order
// there.
func (r *reader) family(s *wire.Series) *collectors.Family {
	names := make([]string, 0, len(s.Labels))
	for name := range s.Labels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, f := range collectors.Families() {
		if f.Name != s.Name || f.Unit != s.Unit || f.Kind != s.Kind || f.Quantum != s.Quantum || !slices.Equal(f.States, s.States) {
			continue
		}
		if own := slices.Sorted(slices.Values(f.Labels)); slices.Equal(own, names) {
			return f
		}
	}
	about := r.about[s.Name]
	return &collectors.Family{
		Name: s.Name, Help: s.Help, Unit: s.Unit, Kind: s.Kind, Labels: names, Quantum: s.Quantum, States: s.States, Source: s.Source,
		Scale: about.Scale, Formula: about.Formula, Differs: about.Differs, Metric: about.Metric,
	}
}

func (r *reader) event(m *wire.Event) error {
	if len(r.events) >= MaxEvents {
		return fmt.Errorf("more than %d events", MaxEvents)
	}
	r.events = append(r.events, m.Event)
	return nil
}

// recording puts what was read into a ring.
func (r *reader) recording() (*Recording, error) {
	switch {
	case len(r.rows) == 0:
		return nil, fmt.Errorf("%w: there are no rows in it", ErrDamaged)
	case len(r.rows) != r.head.Rows:
		return nil, fmt.Errorf("%w: %d rows, its head says %d", ErrDamaged, len(r.rows), r.head.Rows)
	}
	first, last := &r.rows[0], &r.rows[len(r.rows)-1]
	const memory = 1 << 30 // bounded by what was read
	ring := history.New(history.Config{
		Instance: r.hello.Instance, Interval: time.Duration(r.hello.IntervalMs) * time.Millisecond,
		Age: time.Duration(last.t-first.t)*time.Millisecond + time.Hour, Memory: memory, MaxSeries: maxSeries,
		Info:   func() collectors.Host { return r.hello.Host },
		Panels: r.schema.Panels, Resources: r.schema.Resources, Tables: r.schema.Tables,
	})
	ids := make(map[collectors.SeriesID]collectors.SeriesID, len(r.series))
	given := make(map[collectors.SeriesID]bool, len(r.series))
	for i := range r.schema.Series {
		s := r.series[r.schema.Series[i].ID]
		id, err := ring.Intern(*s)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if given[id] {
			return nil, fmt.Errorf("%w: two series are called %.64q", ErrDamaged, s.Family.Name)
		}
		ids[s.ID], given[id] = id, true
	}
	out := &Recording{Ring: ring, Head: *r.head, Interval: r.hello.IntervalMs, verdicts: r.verdicts, changes: r.changes, tables: r.observations}
	seqs := r.fill(ring, ids)
	for _, all := range r.observations {
		for _, d := range all {
			d.Seq = seqs[d.Seq]
		}
	}
	for _, h := range r.health {
		ring.SetHealth(h)
	}
	return out, nil
}

// fill appends the rows. Where there is a gap the rows behind it move up, and say so.
func (r *reader) fill(ring *history.Ring, ids map[collectors.SeriesID]collectors.SeriesID) map[uint64]uint64 {
	seqs := make(map[uint64]uint64, len(r.rows))
	events := make(map[uint64][]collectors.Event)
	for _, e := range r.events {
		events[e.Seq] = append(events[e.Seq], e)
	}
	newest := make(map[uint64][]*collectors.TableData)
	for _, all := range r.observations {
		d := *all[len(all)-1]
		newest[d.Seq] = append(newest[d.Seq], &d)
	}
	var shared []collectors.SeriesID
	var order []int
	for i := range r.rows {
		from := &r.rows[i]
		if i == 0 || !sameSlice(from.ids, r.rows[i-1].ids) {
			shared, order = renumbered(from.ids, ids)
		}
		seq := r.rows[0].seq + uint64(i)
		seqs[from.seq] = seq
		c := history.Commit{
			Row:    collectors.Row{Seq: seq, T: from.t, Missed: from.missed, Why: from.why, IDs: shared, Q: make([]int64, len(shared))},
			Events: events[from.seq], Tables: newest[from.seq],
		}
		if i > 0 && from.missed == 0 && from.seq != r.rows[i-1].seq+1 {
			c.Row.Missed, c.Row.Why = int(min(from.seq-r.rows[i-1].seq-1, 1<<31)), "not in the file"
		}
		for k, at := range order {
			c.Row.Q[k] = from.q[at]
		}
		from.q = nil
		// The first may have any number, and the others follow.
		_, _, _ = ring.Mirror(c)
	}
	return seqs
}

func sameSlice(a, b []collectors.SeriesID) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// renumbered returns ids as the ring gave them, ascending, and where each stood before.
func renumbered(from []collectors.SeriesID, ids map[collectors.SeriesID]collectors.SeriesID) (to []collectors.SeriesID, order []int) {
	order = make([]int, len(from))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(ids[from[a]] - ids[from[b]]) })
	for _, at := range order {
		to = append(to, ids[from[at]])
	}
	return to, order
}
