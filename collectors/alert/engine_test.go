package alert

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
	"dashcam/collectors/synthetic"
)

var begin = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// watched is the ring of a simulated host that was watched for so long.
func watched(t testing.TB, span time.Duration) *history.Ring {
	t.Helper()
	host := synthetic.New(synthetic.Config{Seed: 7, Start: begin})
	ring := history.New(history.Config{Memory: 256 << 20})
	s, err := sampler.New(sampler.Config{
		Collectors: host.Collectors(), Ring: ring, Budget: -1, Derivers: []collectors.Deriver{signs.New(signs.Config{CPUs: host.Facts().CPUs})},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backfill(t.Context(), begin, begin.Add(span), host.At); err != nil {
		t.Fatal(err)
	}
	return ring
}

func backtest(t testing.TB, ring collectors.Source) []Alert {
	t.Helper()
	found, err := Backtest(t.Context(), nil, ring, collectors.Window{})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestBacktest_FindsWhatHappens holds which rules fire on the simulated host, and which do
// not: see package synthetic for what happens on it.
func TestBacktest_FindsWhatHappens(t *testing.T) {
	need.Undetected(t)
	found := backtest(t, watched(t, 2*time.Hour))
	fired := make(map[string]int)
	for i := range found {
		fired[found[i].Rule]++
	}
	for _, rule := range []string{"filesystem-fills", "oom-kill"} {
		if fired[rule] == 0 {
			t.Errorf("%s did not fire: %v", rule, fired)
		}
	}
	for _, rule := range []string{"cpu-starved", "cpu-steal", "memory-low", "link-errors", "kernel-limit", "temperature", "disk-errors", "filesystem-readonly"} {
		if fired[rule] > 0 {
			t.Errorf("%s fired %d times", rule, fired[rule])
		}
	}
	for i := range found {
		a := &found[i]
		if a.FiredMs < a.SinceMs || a.EndMs > 0 && a.EndMs < a.FiredMs || a.Text == "" || a.ID == "" || a.SinceMs < begin.UnixMilli()+grace.Milliseconds() {
			t.Errorf("an alert that is not whole: %v", a)
		}
	}
}

// TestEngine_LiveIsBacktest feeds the same rows in pieces, through engines that end and go
// on from what the one before left, and finds the same alerts.
func TestEngine_LiveIsBacktest(t *testing.T) {
	need.Undetected(t)
	ring := watched(t, 2*time.Hour)
	want := backtest(t, ring)
	if len(want) < 5 {
		t.Fatalf("%d alerts: it proves nothing", len(want))
	}
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(seed, 2))
		var got []Alert
		note := func(c Change) {
			if c.Alert.Phase == Resolved {
				got = append(got, c.Alert)
			}
		}
		e := New(Config{Changed: note})
		schema := ring.Latest().Schema
		for seq := uint64(0); ; {
			span := ring.ReadHead(seq, 1+random.IntN(300))
			if len(span.T) == 0 {
				break
			}
			e.Feed(schema, &span)
			e.Feed(schema, &span) // what was seen is not evaluated again
			seq = span.First + uint64(len(span.T)) - 1
		}
		for _, a := range e.Alerts() {
			if a.Phase == Firing {
				got = append(got, a)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %d alerts, the backtest has %d", seed, len(got), len(want))
		}
	}
}

// rows is a source of rows that a test makes.
type rows struct {
	t    *testing.T
	ring *history.Ring
	ids  []collectors.SeriesID
	at   int64
}

// pressed makes rows of memory pressure, full.
func pressed(t *testing.T) *rows {
	t.Helper()
	ring := history.New(history.Config{})
	id, err := ring.Intern(collectors.Series{Family: collectors.PressureTime, Labels: collectors.LabelsOf("memory", "full")})
	if err != nil {
		t.Fatal(err)
	}
	return &rows{t, ring, []collectors.SeriesID{id}, begin.UnixMilli()}
}

func (r *rows) add(n int, percent float64) {
	for range n {
		r.at += 1000
		r.ring.Append(history.Commit{Row: collectors.Row{T: r.at, IDs: r.ids, Q: []int64{collectors.PressureTime.Quantize(percent)}}})
	}
}

func (r *rows) feed(e *Engine, after uint64) uint64 {
	span := r.ring.ReadHead(after, 1<<20)
	e.Feed(r.ring.Latest().Schema, &span)
	return span.First + uint64(len(span.T)) - 1
}

func TestEngine_OutlivesARestart(t *testing.T) {
	r := pressed(t)
	r.add(300, 0)
	r.add(300, 50) // critical after 30 s
	var changes []Change
	note := func(c Change) { changes = append(changes, c) }
	first := New(Config{Changed: note})
	seq := r.feed(first, 0)
	if len(changes) != 1 || changes[0].Alert.Level != Critical || changes[0].Alert.Phase != Firing {
		t.Fatalf("changes before the restart: %+v", changes)
	}
	left, err := State(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.at += 3600_000 // dashcam was away for an hour
	second := New(Config{Changed: note})
	if err := second.Restore(left); err != nil {
		t.Fatal(err)
	}
	r.add(240, 50)
	seq = r.feed(second, seq)
	if len(changes) != 1 {
		t.Fatalf("the restart fired or resolved: %+v", changes)
	}
	if now := second.Alerts(); len(now) != 1 || now[0].ID != changes[0].Alert.ID || now[0].SinceMs != changes[0].Alert.SinceMs {
		t.Errorf("after the restart: %+v, expected the alert of before", now)
	}
	r.add(600, 0)
	r.feed(second, seq)
	if len(changes) != 2 || changes[1].Alert.Phase != Resolved || changes[1].Alert.ID != changes[0].Alert.ID || changes[1].Alert.Peak != 50 {
		t.Errorf("when it was over: %+v", changes)
	}
}

// TestEngine_WhatHasGoneIsOver: a container that was removed is no alert for ever.
func TestEngine_WhatHasGoneIsOver(t *testing.T) {
	var changes []Change
	e := New(Config{Changed: func(c Change) { changes = append(changes, c) }})
	left := `{"version":1,"last":1,"instances":[{"rule":"service-oom","label":"service","name":"gone","machine":{"phase":"firing","level":"warning"},` +
		`"alert":{"id":"a1","rule":"service-oom","state":"firing","level":"warning","labels":{"service":"gone"},"sinceMs":1,"text":"1 of gone killed","value":1,"peak":1}}]}`
	if err := e.Restore([]byte(left)); err != nil {
		t.Fatal(err)
	}
	r := pressed(t)
	r.add(3600, 0)
	seq := r.feed(e, 0)
	if now := e.Alerts(); len(changes) != 0 || len(now) != 1 || now[0].Phase != Firing {
		t.Fatalf("within an hour: %+v %+v, expected one that is firing", changes, now)
	}
	r.add(300, 0)
	r.feed(e, seq)
	if len(changes) != 1 || changes[0].Alert.Phase != Resolved || changes[0].Alert.ID != "a1" {
		t.Errorf("after an hour: %+v, expected that it is resolved", changes)
	}
}

// TestRun_EvaluatesWhatComes while rows come, and takes those of an evaluation together.
func TestRun_EvaluatesWhatComes(t *testing.T) {
	r := pressed(t)
	r.add(300, 0)
	fired := make(chan Change, 1)
	e := New(Config{Changed: func(c Change) { fired <- c }})
	live := &watchedWait{Live: r.ring}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, e, live) }()
	r.add(105, 50)
	select {
	case c := <-fired:
		if c.Alert.Level != Critical || c.Alert.Phase != Firing {
			t.Errorf("%+v: expected a critical one that fires", c)
		}
	case <-time.After(time.Minute):
		t.Error("nothing fired within a minute")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !live.ahead.Load() {
		t.Error("it never waited for more than the next row")
	}
}

// watchedWait notes whether somebody waits for more than the next row.
type watchedWait struct {
	collectors.Live
	ahead atomic.Bool
}

func (w *watchedWait) Wait(ctx context.Context, seq uint64) error {
	if seq > w.Bounds().Newest {
		w.ahead.Store(true)
	}
	return w.Live.Wait(ctx, seq)
}

func TestEngine_AGapChangesNothing(t *testing.T) {
	r := pressed(t)
	r.add(200, 0)
	r.add(60, 20) // pending: a warning takes two minutes
	r.at += 600_000
	r.add(100, 20) // within the two minutes after a gap
	var changes []Change
	e := New(Config{Changed: func(c Change) { changes = append(changes, c) }})
	seq := r.feed(e, 0)
	if now := e.Alerts(); len(changes) != 0 || len(now) != 1 || now[0].Phase != Pending {
		t.Fatalf("after the gap: %+v %+v, expected a pending one", changes, now)
	}
	r.add(200, 20)
	r.feed(e, seq)
	if len(changes) != 1 || changes[0].Alert.Level != Warning {
		t.Errorf("when it had been long enough: %+v", changes)
	}
}

// TestEngine_EvaluatesSlowRows has rows every 10 s, as --interval takes it. Each was taken
// for one after a gap, so that no rule was ever evaluated.
func TestEngine_EvaluatesSlowRows(t *testing.T) {
	r := pressed(t)
	slow := func(n int, percent float64) {
		for range n {
			r.at += 9000 // and 1000
			r.add(1, percent)
		}
	}
	slow(30, 0)
	slow(30, 50)
	var changes []Change
	e := New(Config{Changed: func(c Change) { changes = append(changes, c) }})
	seq := r.feed(e, 0)
	if len(changes) != 1 || changes[0].Alert.Level != Critical {
		t.Fatalf("%+v: expected a critical one", changes)
	}
	var slots Slots
	span := r.ring.ReadHead(0, 1<<20)
	if moments := slots.Take(&span); len(moments) < 25 {
		t.Errorf("%d moments in ten minutes", len(moments))
	}
	r.at += 60_000
	slow(12, 0) // within the two minutes after a gap
	if seq = r.feed(e, seq); len(changes) != 1 {
		t.Errorf("%+v: a gap of a minute resolves", changes)
	}
	slow(60, 0)
	if r.feed(e, seq); len(changes) != 2 {
		t.Errorf("%+v: expected that it is over", changes)
	}
}

func TestEngine_RefusesWhatIsNoState(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":9}`, `[]`} {
		e := New(Config{})
		if err := e.Restore([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		}
		if len(e.Alerts()) != 0 {
			t.Errorf("%q left alerts", text)
		}
	}
}

func TestEngine_SeenEndsALatchedAlert(t *testing.T) {
	ring := history.New(history.Config{})
	id, err := ring.Intern(collectors.Series{Family: collectors.FilesystemReadOnly, Labels: collectors.LabelsOf("/data")})
	if err != nil {
		t.Fatal(err)
	}
	r := &rows{t, ring, []collectors.SeriesID{id}, begin.UnixMilli()}
	put := func(n int, q int64) {
		for range n {
			r.at += 1000
			ring.Append(history.Commit{Row: collectors.Row{T: r.at, IDs: r.ids, Q: []int64{q}}})
		}
	}
	put(200, 0)
	put(200, 1)
	e := New(Config{})
	seq := r.feed(e, 0)
	put(200, 0)
	r.feed(e, seq)
	now := e.Alerts()
	if len(now) != 1 || now[0].Phase != Firing || now[0].Labels["mount"] != "/data" {
		t.Fatalf("%+v: expected one for /data that lasts", now)
	}
	if e.Seen("another") || !e.Seen(now[0].ID) || e.Seen(now[0].ID) {
		t.Error("Seen says something else than it did")
	}
	if now = e.Alerts(); len(now) != 1 || now[0].Phase != Resolved {
		t.Errorf("after it was seen: %+v", now)
	}
}

// BenchmarkBacktest is a backtest of the built-in rules; ns/row times 2,592,000 is that of
// a month.
func BenchmarkBacktest(b *testing.B) {
	ring := watched(b, 4*time.Hour)
	rows := 0
	for b.Loop() {
		if found := backtest(b, ring); !slices.ContainsFunc(found, func(a Alert) bool { return a.Rule == "oom-kill" }) {
			b.Fatal("nothing was found")
		}
		rows += 4 * 3600
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
}
