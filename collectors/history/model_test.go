package history

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history/block"
)

var (
	testGauge = &collectors.Family{Name: "test.gauge", Help: "A number.", Kind: collectors.KindGauge, Labels: []string{"n"}, Quantum: 1}
	testState = &collectors.Family{Name: "test.state", Help: "A state.", Kind: collectors.KindState, Labels: []string{"n"}, Quantum: 1,
		States: []string{"ok", "warn", "critical"}}
)

// model is the ring as one would write it without a thought for memory.
type model struct {
	rows []collectors.Row // all that were ever committed; Q and IDs are copies
}

func (m *model) row(seq uint64) *collectors.Row { return &m.rows[seq-1] }

// span is ReadSince, given the oldest remembered row.
func (m *model) span(oldest, seq uint64, limit int) collectors.Span {
	newest := uint64(len(m.rows))
	if seq >= newest || limit <= 0 {
		return collectors.Span{}
	}
	var s collectors.Span
	s.First = seq + 1
	if s.First < oldest {
		s.Gap = &collectors.Gap{From: s.First, To: oldest - 1}
		s.First = oldest
	}
	last := min(newest, s.First+uint64(limit)-1)
	n := int(last - s.First + 1)
	columns := map[collectors.SeriesID][]int64{}
	for i := range n {
		row := m.row(s.First + uint64(i))
		s.Rev = row.Rev
		s.T = append(s.T, row.T)
		if row.Missed > 0 {
			if s.Missed == nil {
				s.Missed, s.Why = make([]int, n), make([]string, n)
			}
			s.Missed[i], s.Why[i] = row.Missed, row.Why
		}
		for k, id := range row.IDs {
			if row.Q[k] == collectors.Missing {
				continue
			}
			if columns[id] == nil {
				columns[id] = slices.Repeat([]int64{collectors.Missing}, n)
			}
			columns[id][i] = row.Q[k]
		}
	}
	for id, q := range columns {
		s.Columns = append(s.Columns, collectors.SeriesColumn{ID: id, Q: q})
	}
	slices.SortFunc(s.Columns, func(a, b collectors.SeriesColumn) int { return int(a.ID - b.ID) })
	s.More = last < newest
	return s
}

// buckets is Range for all series, given the oldest remembered row and the step.
func (m *model) buckets(oldest uint64, from, to, step int64) answer {
	out := answer{Rev: m.rows[len(m.rows)-1].Rev, StepMs: step}
	from, to = from/step*step, (to-1)/step*step+step
	type cell struct {
		n                   int
		min, max, last, sum int64
		maxSeq              uint64
	}
	cells := map[collectors.SeriesID][]cell{} // by bucket
	for seq := oldest; seq <= uint64(len(m.rows)); seq++ {
		row := m.row(seq)
		if row.T < from || row.T >= to {
			continue
		}
		start := row.T / step * step
		if n := len(out.T); n == 0 || out.T[n-1] != start {
			out.T = append(out.T, start)
			out.Rows = append(out.Rows, 0)
			out.FirstSeq = append(out.FirstSeq, seq)
			out.LastSeq = append(out.LastSeq, 0)
		}
		b := len(out.T) - 1
		out.Rows[b]++
		out.LastSeq[b] = seq
		for k, id := range row.IDs {
			q := row.Q[k]
			if q == collectors.Missing {
				continue
			}
			for len(cells[id]) <= b {
				cells[id] = append(cells[id], cell{})
			}
			c := &cells[id][b]
			if c.n == 0 || q > c.max {
				c.max, c.maxSeq = q, seq
			}
			if c.n == 0 || q < c.min {
				c.min = q
			}
			c.n, c.last, c.sum = c.n+1, q, c.sum+q
		}
	}
	for id, list := range cells {
		s := bucketSeries{ID: id}
		for b := range out.T {
			c := cell{}
			if b < len(list) {
				c = list[b]
			}
			mean := naiveMean(c.sum, c.n)
			if c.n == 0 {
				c.min, c.max, c.last = collectors.Missing, collectors.Missing, collectors.Missing
			}
			s.N = append(s.N, c.n)
			s.MaxSeq = append(s.MaxSeq, c.maxSeq)
			s.Min = append(s.Min, c.min)
			s.Max = append(s.Max, c.max)
			s.Last = append(s.Last, c.last)
			s.Mean = append(s.Mean, mean)
		}
		out.Series = append(out.Series, s)
	}
	slices.SortFunc(out.Series, func(a, b bucketSeries) int { return int(a.ID - b.ID) })
	return out
}

// naiveMean is exact as long as the sum fits an int64.
func naiveMean(sum int64, count int) int64 {
	n := int64(count)
	switch {
	case n == 0:
		return collectors.Missing
	case sum < 0:
		return -((-2*sum + n) / (2 * n))
	}
	return (2*sum + n) / (2 * n)
}

// driver feeds a ring and its model with the same random rows.
type driver struct {
	t     *testing.T
	rnd   *rand.Rand
	ring  *Ring
	model model

	interval int64
	now      int64
	active   map[int]bool
	value    map[int]int64
	ids      []collectors.SeriesID
	series   []int // the number behind each of ids
	facts    int
}

func newDriver(t *testing.T, seed uint64, cfg Config) *driver {
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	return &driver{
		t: t, rnd: rand.New(rand.NewPCG(seed, 1)), ring: New(cfg), interval: cfg.Interval.Milliseconds(),
		now: 1_795_186_288_000, active: map[int]bool{}, value: map[int]int64{},
	}
}

func (d *driver) seriesOf(n int) collectors.Series {
	s := collectors.Series{Family: testGauge, Labels: collectors.LabelsOf(fmt.Sprint(n))}
	if n%7 == 0 {
		s.Family = testState
	}
	s.Info = map[string]string{"facts": fmt.Sprint(d.facts)}
	return s
}

// resolve interns the active series again, as the sampler does when they change.
func (d *driver) resolve() {
	byID := map[collectors.SeriesID]int{}
	d.ids = nil
	for n := range d.active {
		id, err := d.ring.Intern(d.seriesOf(n))
		if err != nil {
			d.t.Fatalf("intern %d: %v", n, err)
		}
		byID[id] = n
		d.ids = append(d.ids, id)
	}
	slices.Sort(d.ids)
	d.series = nil
	for _, id := range d.ids {
		d.series = append(d.series, byID[id])
	}
}

func (d *driver) tick(universe int) {
	r := d.rnd
	changed := d.ids == nil
	if r.IntN(25) == 0 {
		n := r.IntN(universe)
		if d.active[n] {
			delete(d.active, n)
		} else {
			d.active[n] = true
		}
		changed = true
	}
	if r.IntN(200) == 0 {
		d.facts++
		changed = true
	}
	if changed {
		d.resolve()
	}
	d.now += d.interval
	c := Commit{Row: collectors.Row{T: d.now + r.Int64N(4), IDs: d.ids, Q: make([]int64, len(d.ids))}}
	if r.IntN(90) == 0 {
		c.Row.Missed = 1 + r.IntN(300)
		c.Row.Why = []string{"late", "suspend", ""}[r.IntN(3)]
		c.Row.T += int64(c.Row.Missed) * d.interval
		d.now += int64(c.Row.Missed) * d.interval
	}
	for i, n := range d.series {
		c.Row.Q[i] = d.next(n)
	}
	row, _ := d.ring.Append(c)
	row.Q = slices.Clone(row.Q)
	row.IDs = slices.Clone(row.IDs)
	d.model.rows = append(d.model.rows, row)
}

// next returns the next value of a series: each number has a character.
func (d *driver) next(n int) int64 {
	r := d.rnd
	switch n % 8 {
	case 0:
		d.value[n] = 42
	case 1:
		d.value[n] += int64(r.NormFloat64() * 20)
	case 2:
		d.value[n] = r.Int64N(1000) * 8
	case 3:
		d.value[n] = 0
		if r.IntN(20) == 0 {
			d.value[n] = r.Int64N(1 << 30)
		}
	case 4:
		d.value[n] = r.Int64N(1<<50) - 1<<49
	case 5:
		if r.IntN(3) == 0 {
			return collectors.Missing
		}
		d.value[n] = int64(r.IntN(5)) - 2
	case 6:
		if r.IntN(40) != 0 {
			return collectors.Missing
		}
		d.value[n]++
	case 7:
		d.value[n] = int64(r.IntN(3))
		if r.IntN(50) == 0 {
			return collectors.Missing
		}
	}
	return d.value[n]
}

// check compares everything that readers can ask for at a random place.
func (d *driver) check() {
	t, r := d.t, d.rnd
	t.Helper()
	b := d.ring.Bounds()
	newest := uint64(len(d.model.rows))
	if b.Newest != newest || b.NewestT != d.model.row(newest).T || b.OldestT != d.model.row(b.Oldest).T {
		t.Fatalf("bounds %+v do not fit %d rows", b, newest)
	}

	seq, limit := uint64(r.Int64N(int64(newest)+10)), r.IntN(700)
	if r.IntN(2) == 0 {
		seq = max(b.Oldest, newest-min(newest, uint64(r.IntN(300)))) - 1
	}
	got, want := since(d.ring, seq, limit), d.model.span(b.Oldest, seq, limit)
	if !reflect.DeepEqual(want, got) { // much faster than cmp
		t.Fatalf("ReadSince(%d, %d) with oldest %d, newest %d (-want +got):\n%s", seq, limit, b.Oldest, newest, cmp.Diff(want, got))
	}
	inMemory := collectors.Span{}
	if b.Head > 0 {
		inMemory = d.model.span(b.Head, seq, limit)
	}
	d.checkRows(seq, limit, inMemory)

	from := d.model.row(b.Oldest).T - 5000 + r.Int64N(b.NewestT-b.OldestT+8000)
	to := from + 1 + r.Int64N(b.NewestT-b.OldestT+20000)
	d.checkColumns(b.Oldest, from, to)
	points := 1 + r.IntN(400)
	buckets, err := ask(d.ring, collectors.Query{Window: collectors.Window{From: from, To: to}, Points: points})
	if err != nil {
		t.Fatalf("Range: %v", err)
	}
	if n := (to-1)/buckets.StepMs - from/buckets.StepMs + 1; n > int64(points) {
		t.Fatalf("step %d makes %d buckets, want at most %d", buckets.StepMs, n, points)
	}
	buckets.Gaps = nil // TestRange_NamesGaps looks at them
	wantBuckets := d.model.buckets(b.Oldest, from, to, buckets.StepMs)
	if !reflect.DeepEqual(wantBuckets, buckets) {
		t.Fatalf("Range(%d, %d, %d) with oldest %d, newest %d (-want +got):\n%s",
			from, to, points, b.Oldest, newest, cmp.Diff(wantBuckets, buckets))
	}
}

// checkColumns compares what Columns yields of some series in a time.
func (d *driver) checkColumns(oldest uint64, from, to int64) {
	d.t.Helper()
	type cell struct {
		seq uint64
		id  collectors.SeriesID
	}
	third := func(id collectors.SeriesID) bool { return id%3 == 0 }
	want, got := map[cell]int64{}, map[cell]int64{}
	rows, after := 0, uint64(0)
	for seq := oldest; seq <= uint64(len(d.model.rows)); seq++ {
		row := d.model.row(seq)
		if row.T < from || row.T >= to {
			continue
		}
		rows++
		for k, id := range row.IDs {
			if q := row.Q[k]; q != collectors.Missing && third(id) {
				want[cell{seq, id}] = q
			}
		}
	}
	q := between(from, to)
	q.Match = matching(func(s *collectors.Series) bool { return third(s.ID) })
	for s, err := range d.ring.Columns(d.t.Context(), q) {
		if err != nil || s.First <= after || s.Gap != nil && s.First > 0 && s.Gap.To >= s.First {
			d.t.Fatalf("rows from %d behind row %d: %v", s.First, after, err)
		}
		rows -= len(s.T)
		after = s.First + uint64(len(s.T)) - 1
		for _, c := range s.Columns {
			for i, q := range c.Q {
				if q != collectors.Missing {
					got[cell{s.First + uint64(i), c.ID}] = q
				}
			}
		}
	}
	if !maps.Equal(want, got) || rows != 0 {
		d.t.Fatalf("columns from %d to %d: %d values, want %d; %d rows too few", from, to, len(got), len(want), rows)
	}
}

func (d *driver) checkRows(seq uint64, limit int, want collectors.Span) {
	d.t.Helper()
	rows, gap := d.ring.Rows(seq, limit)
	if diff := cmp.Diff(want.Gap, gap); diff != "" {
		d.t.Fatalf("RowsSince(%d, %d) gap (-want +got):\n%s", seq, limit, diff)
	}
	if len(rows) != len(want.T) {
		d.t.Fatalf("RowsSince(%d, %d): %d rows, want %d", seq, limit, len(rows), len(want.T))
	}
	for i := range rows {
		got, want := &rows[i], d.model.row(want.First+uint64(i))
		if got.Seq != want.Seq || got.T != want.T || got.Rev != want.Rev || got.Missed != want.Missed || got.Why != want.Why {
			d.t.Fatalf("row %+v, want %+v", got, want)
		}
		for _, id := range append(slices.Clone(got.IDs), want.IDs...) {
			if g, w := got.Value(id), want.Value(id); g != w {
				d.t.Fatalf("row %d, series %d: %d, want %d", got.Seq, id, g, w)
			}
		}
	}
}

// checkSchema compares the schema with what the remembered rows need.
func (d *driver) checkSchema() {
	d.t.Helper()
	schema, oldest := schemaOf(d.ring), d.ring.Bounds().Oldest
	const slack = 2 * (block.MaxRows + tailRows) // series are dropped when a block is sealed
	lastListed := map[collectors.SeriesID]uint64{}
	remembered := map[collectors.SeriesID]bool{}
	for seq := oldest; seq <= uint64(len(d.model.rows)); seq++ {
		row := d.model.row(seq)
		for i, id := range row.IDs {
			lastListed[id] = seq
			if row.Q[i] != collectors.Missing {
				remembered[id] = true
			}
		}
	}
	for id := range remembered {
		if schema.Find(id) == nil {
			d.t.Fatalf("series %d has remembered values and is not in the schema", id)
		}
	}
	for _, s := range schema.Series {
		if !remembered[s.ID] && lastListed[s.ID]+slack < uint64(len(d.model.rows)) {
			d.t.Fatalf("series %d is in the schema, though no remembered row has a value of it", s.ID)
		}
	}
}

func TestRing_AnswersLikeTheModel(t *testing.T) {
	need.Undetected(t)
	for name, cfg := range map[string]Config{
		"everything remembered": {},
		"bounded by age":        {Age: 20 * time.Minute},
		"bounded by memory":     {Memory: 60_000},
		"five rows a second":    {Interval: 200 * time.Millisecond, Memory: 100_000},
		"a row every 10 s":      {Interval: 10 * time.Second, Memory: 100_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDriver(t, 7, cfg)
			for n := range 20 {
				d.active[n] = true
			}
			for i := range 3000 {
				d.tick(40)
				if i%37 == 0 || i < 5 {
					d.check()
				}
				if i%400 == 399 {
					d.checkSchema()
				}
			}
			if b := d.ring.Bounds(); (b.Oldest == 1) != (name == "everything remembered") {
				t.Errorf("the oldest row is %d: the test does not test what it says", b.Oldest)
			}
		})
	}
}
