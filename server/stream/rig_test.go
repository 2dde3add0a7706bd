package stream

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest"
	"dashcam/collectors/history"
	"dashcam/server/wire"
)

var (
	testGauge = &collectors.Family{Name: "test.gauge", Help: "A number.", Unit: collectors.Count, Kind: collectors.KindGauge, Labels: []string{"n"}, Quantum: 1}
	testTable = &collectors.Table{
		Name: "processes", Title: "Processes", Help: "Running programs.",
		Columns: []collectors.Column{{Name: "name", Title: "Name", Kind: collectors.ColumnText}, {Name: "cpu", Title: "CPU", Kind: collectors.ColumnNumber, Quantum: 1}},
		Rank:    []string{"cpu"}, Top: 10,
	}
)

// testPanel stands on the first screen with some of the series, so that history has two
// parts.
var testPanel = collectors.Panel{
	ID: "test", Title: "Test", Section: "test", First: 1, Families: []string{"test.gauge"}, Where: map[string][]string{"n": {"a", "x0", "x1", "x2"}}, Scale: collectors.ScaleFree,
}

// rig is a ring with a running fan-out inside a synctest bubble.
type rig struct {
	t     *testing.T
	ring  *history.Ring
	reads *countingRing
	fan   *Fanout
	rand  *rand.Rand
	rows  map[uint64]wire.StateRow // everything ever appended
	names []string                 // the series of the next rows
	stop  func() error
}

// countingRing counts the rows that were read as columns, and can pretend that the older
// ones are on a disk which hangs.
type countingRing struct {
	*history.Ring
	rows atomic.Int64
	// head is the oldest row in memory, 0 for all of them. hung, where there is one, is
	// closed when the disk answers again.
	head atomic.Uint64
	hung atomic.Pointer[chan struct{}]
}

func (c *countingRing) Bounds() collectors.Bounds {
	b := c.Ring.Bounds()
	b.Head = max(b.Head, c.head.Load())
	return b
}

func (c *countingRing) ReadSince(ctx context.Context, seq uint64, limit int) (collectors.Span, error) {
	if seq+uint64(limit) >= c.Bounds().Head {
		panic("rows in memory were asked of the disk")
	}
	if hung := c.hung.Load(); hung != nil {
		<-*hung
	}
	s, err := c.Ring.ReadSince(ctx, seq, limit)
	return c.count(s), err
}

func (c *countingRing) ReadHead(seq uint64, limit int) collectors.Span {
	if head := c.head.Load(); seq+1 < head {
		s := c.count(c.Ring.ReadHead(head-1, limit))
		s.Gap = &collectors.Gap{From: seq + 1, To: head - 1}
		return s
	}
	return c.count(c.Ring.ReadHead(seq, limit))
}

func (c *countingRing) count(s collectors.Span) collectors.Span {
	c.rows.Add(int64(len(s.T)))
	return s
}

// hang makes reads of rows before head wait until the returned function is called.
func (c *countingRing) hang(head uint64) (answer func()) {
	hung := make(chan struct{})
	c.head.Store(head)
	c.hung.Store(&hung)
	return sync.OnceFunc(func() {
		c.hung.Store(nil)
		close(hung)
	})
}

func newRig(t *testing.T, age time.Duration, c Config) *rig {
	t.Helper()
	r := &rig{t: t, rand: rand.New(rand.NewPCG(1, 2)), rows: make(map[uint64]wire.StateRow), names: []string{"a", "b", "c"}}
	r.ring = history.New(history.Config{Instance: "one", Age: age, Tables: []*collectors.Table{testTable}, Panels: []collectors.Panel{testPanel}})
	r.reads = &countingRing{Ring: r.ring}
	c.Ring = r.reads
	c.Hello = func() wire.Hello { return wire.Hello{Version: "test", IntervalMs: 1000} }
	r.fan = New(c)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.fan.Run(ctx) }()
	synctest.Wait()
	r.stop = func() error {
		cancel()
		return <-done
	}
	return r
}

// tick appends a row of random values of the present series and lets the pump see it.
func (r *rig) tick(change ...func(*history.Commit)) {
	r.append(change...)
	synctest.Wait()
}

func (r *rig) append(change ...func(*history.Commit)) {
	r.t.Helper()
	var c history.Commit
	c.Row.T = 1795186288000 + int64(len(r.rows))*1000
	values := make(map[collectors.SeriesID]int64)
	for _, name := range r.names {
		id, err := r.ring.Intern(collectors.Series{Family: testGauge, Labels: collectors.LabelsOf(name)})
		if err != nil {
			r.t.Fatal(err)
		}
		values[id] = r.rand.Int64N(3) - 1
		if values[id] < 0 {
			values[id] = collectors.Missing
		}
	}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		c.Row.IDs, c.Row.Q = append(c.Row.IDs, id), append(c.Row.Q, values[id])
	}
	for _, f := range change {
		f(&c)
	}
	row, _ := r.ring.Append(c)
	state := wire.StateRow{T: row.T, Missed: row.Missed, Why: row.Why, Values: make(map[collectors.SeriesID]int64)}
	for i, id := range row.IDs {
		if row.Q[i] != collectors.Missing {
			state.Values[id] = row.Q[i]
		}
	}
	r.rows[row.Seq] = state
}

// ticks appends n rows.
func (r *rig) ticks(n int) {
	r.t.Helper()
	for range n {
		r.tick()
	}
}

func (r *rig) encodes(topic string) uint64 { return r.fan.Stats().Encodes[topic] }

// viewer reads a feed into the wire's reference state and checks on the way that every
// row comes exactly once and in order.
type viewer struct {
	*rig
	feed  *Feed
	state *wire.State
	last  uint64 // the newest row
	types []string
	texts []string
}

func (r *rig) viewer() *viewer {
	r.t.Helper()
	v := &viewer{rig: r, state: wire.NewState()}
	v.join()
	return v
}

func (v *viewer) join() {
	v.t.Helper()
	f, err := v.fan.Join()
	if err != nil {
		v.t.Fatal(err)
	}
	v.feed = f
	v.t.Cleanup(f.Leave)
}

// read takes at most n messages and returns how many there were.
func (v *viewer) read(n int) int {
	v.t.Helper()
	for i := range n {
		// It ends when nothing in the bubble can go on, and so when no batch is made.
		idle, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
		m, err := v.feed.Next(idle)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return i
		}
		if err != nil {
			v.t.Fatalf("next: %v", err)
		}
		v.take(m)
	}
	return n
}

// drain takes everything there is and returns the types of what came.
func (v *viewer) drain() []string {
	v.t.Helper()
	start := len(v.types)
	v.read(1 << 20)
	return v.types[start:]
}

func (v *viewer) take(m *Message) {
	v.t.Helper()
	if err := v.state.Apply(m.Bytes()); err != nil {
		v.t.Fatalf("apply %.200s: %v", m.Bytes(), err)
	}
	var head struct {
		Type string
		Seq  json.RawMessage
		Part wire.HistoryPart
	}
	if err := json.Unmarshal(m.Bytes(), &head); err != nil {
		v.t.Fatal(err)
	}
	if head.Part != "" {
		head.Type += " " + string(head.Part)
	}
	v.types = append(v.types, head.Type)
	v.texts = append(v.texts, string(m.Bytes()))
	switch head.Type {
	case wire.TypeFrame:
		var seq uint64
		if err := json.Unmarshal(head.Seq, &seq); err != nil {
			v.t.Fatal(err)
		}
		v.rowsCame([]uint64{seq})
	case wire.TypeHistory, wire.TypeHistory + " " + string(wire.PartPriority):
		var seqs []uint64
		if err := json.Unmarshal(head.Seq, &seqs); err != nil {
			v.t.Fatal(err)
		}
		v.rowsCame(seqs)
	}
}

func (v *viewer) rowsCame(seqs []uint64) {
	v.t.Helper()
	for _, seq := range seqs {
		if seq <= v.last {
			v.t.Fatalf("row %d came after row %d", seq, v.last)
		}
		v.last = seq
	}
}

// cut loses the connection and returns with what the viewer has.
func (v *viewer) cut(topics ...string) {
	v.t.Helper()
	v.feed.Leave()
	v.join()
	v.feed.Subscribe(wire.Subscribe{Topics: topics, Since: &wire.Since{Instance: "one", Seq: v.last}})
}

// hasRows compares what the viewer has from the row first on, number for number, with
// what was appended, but for the given gaps.
func (v *viewer) hasRows(first uint64, gaps ...wire.Gap) {
	v.t.Helper()
	want := make(map[uint64]wire.StateRow)
	for seq, row := range v.rows {
		if seq >= first {
			want[seq] = row
		}
	}
	for _, g := range gaps {
		for seq := g.From; seq <= g.To; seq++ {
			delete(want, seq)
		}
	}
	if diff := collectortest.Diff(want, v.state.Rows); diff != "" {
		v.t.Fatalf("rows (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(gaps, v.state.Gaps); diff != "" {
		v.t.Fatalf("gaps (-want +got)\n%s", diff)
	}
}

func metricsOf(window int) wire.Subscribe {
	return wire.Subscribe{Topics: []string{wire.TopicMetrics}, Window: window}
}
