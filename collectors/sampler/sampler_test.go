package sampler

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// scripted is a collector that does what it is told at each observation.
type scripted struct {
	describe collectors.Description
	n        int
	do       func(ctx context.Context, n int, b *collectors.Batch) error
}

func (c *scripted) Describe() collectors.Description { return c.describe }

func (c *scripted) Sample(ctx context.Context, b *collectors.Batch) error {
	c.n++
	return c.do(ctx, c.n, b)
}

func script(name string, f *collectors.Family, do func(ctx context.Context, n int, b *collectors.Batch) error) *scripted {
	return &scripted{describe: collectors.Description{Name: name, Title: name, Families: []*collectors.Family{f}}, do: do}
}

// count gives the number of the observation as a gauge.
func count(name string, f *collectors.Family) *scripted {
	return script(name, f, func(_ context.Context, n int, b *collectors.Batch) error {
		b.Gauge(b.Slot(f), float64(n))
		return nil
	})
}

func named(name string) *collectors.Family {
	return &collectors.Family{Name: name, Help: "A test.", Kind: collectors.KindGauge, Quantum: 1}
}

// run samples for d of virtual time and returns the ring.
func run(t *testing.T, d time.Duration, cs ...collectors.Collector) *history.Ring {
	t.Helper()
	ring := history.New(history.Config{Interval: time.Second})
	s, err := New(Config{Collectors: cs, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return ring
}

// values returns what the ring holds for a family without labels, NaN where missing.
func values(ring *history.Ring, f *collectors.Family) []float64 {
	var out []float64
	for _, series := range ring.Latest().Schema.Series {
		if series.Family == f {
			rows, _ := ring.Rows(0, 1000)
			for i := range rows {
				out = append(out, f.Value(rows[i].Value(series.ID)))
			}
		}
	}
	return out
}

func health(ring *history.Ring, name string) collectors.Health {
	for _, h := range ring.Health() {
		if h.Collector == name {
			return h
		}
	}
	return collectors.Health{}
}

var nan = math.NaN()

func equal(t *testing.T, want, got []float64) {
	t.Helper()
	same := cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestSampler_MakesOneRowPerSecondOnTheSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(300 * time.Millisecond) // virtual: the start is not aligned
		f := named("a")
		ring := run(t, 4500*time.Millisecond, count("a", f))
		equal(t, []float64{1, 2, 3, 4, 5}, values(ring, f))
		rows, _ := ring.Rows(0, 10)
		for i := 1; i < len(rows); i++ {
			if rows[i].T%1000 != 0 {
				t.Errorf("row %d is at %d, not on the second", i, rows[i].T)
			}
			if rows[i].Missed != 0 {
				t.Errorf("row %d claims %d missed ticks", i, rows[i].Missed)
			}
		}
	})
}

func TestSampler_LateAnswerIsMissingInItsRowAndEntersTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick := named("slow"), named("quick")
		ring := run(t, 4500*time.Millisecond, script("slow", slow, func(_ context.Context, n int, b *collectors.Batch) error {
			b.Gauge(b.Slot(slow), float64(n))
			if n == 3 {
				time.Sleep(1200 * time.Millisecond)
			}
			return nil
		}), count("quick", quick))
		equal(t, []float64{1, 2, nan, nan, 4}, values(ring, slow))
		equal(t, []float64{1, 2, 3, 4, 5}, values(ring, quick))
	})
}

func TestSampler_CollectorThatIsNotDueRepeatsItsValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("rare")
		c := count("rare", f)
		c.describe.Cadence = 2500 * time.Millisecond
		ring := run(t, 6500*time.Millisecond, c)
		equal(t, []float64{1, 1, 1, 2, 2, 2, 3}, values(ring, f))
	})
}

func TestSampler_StuckCollectorIsMissingAndNotCalledAgainBeforeItReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, other := named("stuck"), named("other")
		var calls atomic.Int64
		ring := history.New(history.Config{Interval: time.Second})
		s, err := New(Config{Ring: ring, Collectors: []collectors.Collector{
			script("stuck", f, func(_ context.Context, n int, b *collectors.Batch) error {
				calls.Store(int64(n))
				b.Gauge(b.Slot(f), float64(n))
				if n == 2 {
					time.Sleep(5 * time.Second)
				}
				return nil
			}), count("other", other)}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(4600 * time.Millisecond)
		if got := health(ring, "stuck").State; got != collectors.HealthStuck {
			t.Errorf("health is %q, want stuck", got)
		}
		if n := calls.Load(); n != 2 {
			t.Errorf("called %d times while it had not returned", n)
		}
		l, readings := ring.Readings(nil)
		for _, r := range readings {
			if l.Schema.Find(r.ID).Family == f {
				t.Errorf("the newest row has a reading of %v, from before it was stuck", r.At)
			}
		}
		time.Sleep(4 * time.Second)
		if got := health(ring, "stuck").State; got != collectors.HealthOK {
			t.Errorf("health is %q after its return, want ok", got)
		}
		var told []string
		for _, e := range ring.HeadEvents(0) {
			if e.Kind == collectors.EventStuck && e.About == (collectors.About{Kind: "collector", Name: "stuck"}) {
				told = append(told, string(e.Level)+" "+e.Text)
			}
		}
		if len(told) != 2 || !strings.HasPrefix(told[0], "warning collector stuck is stuck: ") || told[1] != "info collector stuck goes on" {
			t.Errorf("events %q", told)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		got := values(ring, f)
		equal(t, []float64{1, nan, nan, nan, nan, nan}, got[:6])
		equal(t, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, values(ring, other))
	})
}

func TestSampler_PanicIsAFailedObservationOfThatCollectorOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, other := named("panics"), named("other")
		ring := run(t, 2500*time.Millisecond, script("panics", f, func(_ context.Context, n int, b *collectors.Batch) error {
			b.Gauge(b.Slot(f), float64(n))
			if n > 1 {
				panic("index out of range")
			}
			return nil
		}), count("other", other))
		equal(t, []float64{1, nan, nan}, values(ring, f))
		equal(t, []float64{1, 2, 3}, values(ring, other))
		h := health(ring, "panics")
		if h.State != collectors.HealthFailing || h.Reason != "broke down (a panic, which the log shows); tried again after 2s" {
			t.Errorf("health is %q (%q)", h.State, h.Reason)
		}
	})
}

func TestSampler_ErrorIsMissingAndHealthSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("fails")
		ring := run(t, 3500*time.Millisecond, script("fails", f, func(_ context.Context, n int, b *collectors.Batch) error {
			b.Gauge(b.Slot(f), float64(n))
			if n == 2 {
				return errors.New("read /proc/stat: no such file")
			}
			return nil
		}))
		equal(t, []float64{1, nan, 3, 4}, values(ring, f))
		if h := health(ring, "fails"); h.State != collectors.HealthOK {
			t.Errorf("health is %q after recovery, want ok", h.State)
		}
	})
}

func TestSampler_DetachedCollectorIsNotAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("scan")
		c := script("scan", f, func(_ context.Context, n int, b *collectors.Batch) error {
			time.Sleep(600 * time.Millisecond)
			b.Gauge(b.Slot(f), float64(n))
			return nil
		})
		c.describe.Detached = true
		ring := run(t, 3500*time.Millisecond, c)
		equal(t, []float64{nan, 1, 2, 3}, append([]float64{nan}, values(ring, f)[1:]...))
		if h := health(ring, "scan"); h.State != collectors.HealthOK {
			t.Errorf("health is %q (%s), want ok", h.State, h.Reason)
		}
	})
}

func TestSampler_CollectorWithNothingToSayIsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("psi")
		ring := run(t, 1500*time.Millisecond, script("psi", f, func(_ context.Context, _ int, b *collectors.Batch) error {
			b.Unavailable("/proc/pressure", "this kernel does not measure pressure")
			return nil
		}))
		h := health(ring, "psi")
		if h.State != collectors.HealthOff || h.Reason != "this kernel does not measure pressure" {
			t.Errorf("health is %q (%q), want off with the reason", h.State, h.Reason)
		}
	})
}

// TestSampler_ACollectorThatLacksSomethingFails and keeps the values that it gave.
func TestSampler_ACollectorThatLacksSomethingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("scan")
		lacks := func(n int) bool { return n < 3 }
		c := script("scan", f, func(_ context.Context, n int, b *collectors.Batch) error {
			b.Gauge(b.Slot(f), float64(n))
			if lacks(n) {
				b.Failing("46 of 68 processes could not be read: too many open files")
			}
			return nil
		})
		ring := run(t, 1500*time.Millisecond, c)
		if h := health(ring, "scan"); h.State != collectors.HealthFailing || h.Reason != "46 of 68 processes could not be read: too many open files" {
			t.Errorf("health is %q (%q), want failing with the reason", h.State, h.Reason)
		}
		if got := values(ring, f); len(got) == 0 || math.IsNaN(got[len(got)-1]) {
			t.Errorf("values %v: those that it gave are gone", got)
		}
		ring = run(t, 4500*time.Millisecond, script("scan", f, func(_ context.Context, n int, b *collectors.Batch) error {
			b.Gauge(b.Slot(f), float64(n))
			if lacks(n) {
				b.Failing("short")
			}
			return nil
		}))
		if h := health(ring, "scan"); h.State != collectors.HealthOK {
			t.Errorf("health is %q (%q) when nothing lacks any more, want ok", h.State, h.Reason)
		}
	})
}

func TestSampler_RunReturnsThoughACollectorNeverDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("hung")
		release := make(chan struct{})
		began := time.Now()
		run(t, 1500*time.Millisecond, script("hung", f, func(context.Context, int, *collectors.Batch) error {
			<-release
			return nil
		}))
		if took := time.Since(began); took > 1500*time.Millisecond+joinTimeout {
			t.Errorf("Run returned after %s", took)
		}
		close(release)
	})
}

func TestNew_RefusesWhatCannotWork(t *testing.T) {
	bad := count("bad", &collectors.Family{Name: "x", Help: "x", Kind: collectors.KindGauge, Quantum: 3})
	cases := map[string]struct {
		cfg  Config
		want string
	}{
		"an odd interval": {Config{Interval: 300 * time.Millisecond}, "interval 300ms: want one of [100ms 200ms 500ms 1s 2s 5s 10s]"},
		"the same name twice": {Config{Collectors: []collectors.Collector{count("a", named("a")), count("a", named("b"))}},
			`two collectors are called "a"`},
		"another family of a known name": {Config{Collectors: []collectors.Collector{count("a", named("cpu.usage"))}},
			"collector a: another family is called cpu.usage"},
		"a collector that cannot describe itself": {Config{Collectors: []collectors.Collector{undescribed{}}},
			"describe sampler.undescribed: panic: no driver"},
		"no collector where there should be one": {Config{Collectors: []collectors.Collector{nil}}, "a collector is nil"},
		"an unknown collector off": {Config{Collectors: []collectors.Collector{count("a", named("a"))}, Off: map[string]string{"gpu": "not wanted"}},
			`collector "gpu" is to be off: want one of ["a"]`},
		"a bad quantum": {Config{Collectors: []collectors.Collector{bad}}, "collector bad: family x needs a quantum that is a power of two"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.cfg.Ring = history.New(history.Config{})
			_, err := New(c.cfg)
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

type undescribed struct{}

func (undescribed) Describe() collectors.Description                { panic("no driver") }
func (undescribed) Sample(context.Context, *collectors.Batch) error { return nil }

func TestPanels_LeaveOutWhoCannotDescribeItself(t *testing.T) {
	f := named("mine")
	panels := Panels(nil, []collectors.Collector{undescribed{}, nil, count("a", f)})
	if len(panels) != 1 || panels[0].ID != "mine" {
		t.Errorf("panels %v", panels)
	}
}

func TestRun_CanBeCalledOnce(t *testing.T) {
	s, err := New(Config{Collectors: []collectors.Collector{count("a", named("a"))}, Ring: history.New(history.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(ctx); err == nil {
		t.Error("Run began a second time")
	}
}

func TestBackfill_MakesTheRowsOfThePast(t *testing.T) {
	f := named("past")
	ring := history.New(history.Config{Interval: time.Second})
	s, err := New(Config{Collectors: []collectors.Collector{count("past", f)}, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	last := time.Unix(1795186288, 0)
	if err := s.Backfill(t.Context(), last.Add(-3*time.Second), last, func(time.Time) {}); err != nil {
		t.Fatal(err)
	}
	equal(t, []float64{1, 2, 3}, values(ring, f))
	rows, _ := ring.Rows(0, 10)
	if got, want := rows[2].T, last.Add(-time.Second).UnixMilli(); got != want {
		t.Errorf("the last row is at %d, want %d", got, want)
	}
}

// Run begins where Backfill ended: its first row is the next interval's, not one
// squeezed in between.
func TestBackfill_IsFollowedByTheNextInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("past")
		ring := history.New(history.Config{Interval: time.Second})
		s, err := New(Config{Collectors: []collectors.Collector{count("past", f)}, Ring: ring})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(700 * time.Millisecond)
		until := time.Now().Truncate(time.Second).Add(time.Second)
		if err := s.Backfill(t.Context(), until.Add(-3*time.Second), until, func(time.Time) {}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		rows, _ := ring.Rows(0, 10)
		var got []int64
		for _, row := range rows {
			got = append(got, row.T-until.UnixMilli())
			if row.Missed != 0 {
				t.Errorf("row %d missed %d (%q)", row.Seq, row.Missed, row.Why)
			}
		}
		if diff := cmp.Diff([]int64{-3000, -2000, -1000, 0, 1000}, got); diff != "" {
			t.Errorf("times after the backfill (-want +got):\n%s", diff)
		}
	})
}

// An hour's correction of the clock must not cost the hours that are remembered: the
// instance goes on, and every row tells its own wall clock.
func TestSampler_WallClockSetBackKeepsTheRowsAndTellsTheTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("a")
		ring := history.New(history.Config{Interval: time.Second})
		s, err := New(Config{Collectors: []collectors.Collector{count("a", f)}, Ring: ring})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		s.begin()
		instance, wall := ring.Instance(), time.Now().Round(0)
		for i := range 6 {
			if i == 3 {
				wall = wall.Add(-time.Hour)
			}
			s.makeRow(ctx, time.Now(), wall)
			row := ring.Latest().Row
			ahead := values(ring, collectors.SamplerAhead)[i]
			if got := row.T - int64(1000*ahead); got != wall.UnixMilli() {
				t.Errorf("row %d tells the wall clock %d, it was %d", row.Seq, got, wall.UnixMilli())
			}
			time.Sleep(time.Second)
			wall = wall.Add(time.Second)
		}
		equal(t, []float64{1, 2, 3, 4, 5, 6}, values(ring, f))
		if ring.Instance() != instance {
			t.Error("a new instance began")
		}
		events, _ := collectors.All(ring.Events(t.Context(), collectors.Window{First: 2}))
		if len(events) != 1 || events[0].Seq != 4 || events[0].Text != "clock set back by 60 min; times go on at half speed until it has caught up" {
			t.Errorf("events %v", events)
		}
	})
}
