package sampler

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/signs"
)

func newRing() *history.Ring { return history.New(history.Config{Interval: time.Second}) }

// churning gives n series that stay, and some that are others after every so many
// observations, as links and mounts of containers are.
func churning(f *collectors.Family, n, some, every int) *scripted {
	return script("churn", f, func(_ context.Context, k int, b *collectors.Batch) error {
		for i := range n {
			b.Gauge(b.Slot(f, fmt.Sprint("stays ", i)), float64(k+i))
		}
		for i := range some {
			b.Gauge(b.Slot(f, fmt.Sprint("came at ", k/every*every, " ", i)), float64(k))
		}
		return nil
	})
}

func labelled(name string) *collectors.Family {
	return &collectors.Family{Name: name, Help: "A test.", Kind: collectors.KindGauge, Quantum: 1, Labels: []string{"n"}}
}

// What is gone filled the rows for ten minutes, until a host whose links come and go had
// no room for those it has.
func TestRows_LeaveOutWhatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const stay, come, every = 20, 10, 5
		f := labelled("churn")
		r := newRig(t, Config{Collectors: []collectors.Collector{churning(f, stay, come, every)}})
		r.ticks(300)
		own, absent := len(r.own.tracks), r.runners[0].absentMost()
		// Those of the last observations that gave them, and those there are.
		most := own + stay + (absent/every+1)*come
		if got := len(r.ring.Latest().Row.IDs); got > most || got < own+stay+come {
			t.Errorf("a row lists %d series, want at most %d of the %d that there ever were", got, most, stay+300/every*come)
		}
	})
}

func TestRows_SeriesThatReturnsHasItsIDAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := labelled("a")
		there := true
		c := script("a", f, func(_ context.Context, n int, b *collectors.Batch) error {
			b.Gauge(b.Slot(f, "stays"), float64(n))
			if there {
				b.Gauge(b.Slot(f, "comes"), float64(n))
			}
			return nil
		})
		r := newRig(t, Config{Collectors: []collectors.Collector{c}})
		r.ticks(3)
		id := idOf(t, r.ring, "comes")
		there = false
		most := r.runners[0].absentMost()
		r.ticks(most - 1)
		if row := r.ring.Latest().Row; !lists(row.IDs, id) || row.Value(id) != collectors.Missing {
			t.Errorf("after %d observations without it a series is not in the row", most-1)
		}
		r.ticks(2)
		if row := r.ring.Latest().Row; lists(row.IDs, id) {
			t.Errorf("after %d observations without it a series is still in the row", most+1)
		}
		there = true
		r.ticks(1)
		if row := r.ring.Latest().Row; row.Value(id) != int64(r.tick) {
			t.Errorf("it returned with %d under its old id, want %d", row.Value(id), r.tick)
		}
	})
}

// A collector that is asked every ten seconds would keep what is gone for minutes.
func TestRows_AbsenceIsCountedInObservationsAndInTime(t *testing.T) {
	for every, want := range map[time.Duration]int{time.Second: 10, 2 * time.Second: 5, 10 * time.Second: 3, time.Minute: 3} {
		c := count("a", named("a"))
		c.describe.Cadence = every
		r := newRunner(c, c.describe, time.Second, 0)
		if got := r.absentMost(); got != want {
			t.Errorf("every %v: left out after %d observations, want %d", every, got, want)
		}
	}
}

func lists(ids []collectors.SeriesID, id collectors.SeriesID) bool {
	for _, have := range ids {
		if have == id {
			return true
		}
	}
	return false
}

func idOf(t *testing.T, ring *history.Ring, label string) collectors.SeriesID {
	t.Helper()
	for _, s := range ring.Latest().Schema.Series {
		if s.Labels.At(0) == label {
			return s.ID
		}
	}
	t.Fatalf("no series %q", label)
	return 0
}

// The order of a row is made when series come or go, and not for what only stays.
func TestRows_OrderIsMadeWhenSomethingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const every, ticks = 20, 200
		r := newRig(t, Config{Collectors: []collectors.Collector{churning(labelled("churn"), 100, 4, every)}, Derivers: []collectors.Deriver{signs.New(signs.Config{})}})
		r.ticks(every) // what the sampler and the signs say of themselves is there
		before := r.rows.made
		r.ticks(ticks)
		// Once when they come, once when those before them are left out.
		if got := r.rows.made - before; got > 2*ticks/every {
			t.Errorf("the order was made %d times for %d changes", got, ticks/every)
		}
	})
}

// Forty series of 4,840 are replaced at every tenth row, as a pair of links is, and
// at none: what a tick costs then, compared.
func BenchmarkTick_Churn(b *testing.B) {
	const series = 4800
	cost := func(come int) time.Duration {
		f := labelled("churn")
		ring := history.New(history.Config{Interval: time.Second, MaxSeries: 1 << 20}) // its limit is its own matter
		s, err := New(Config{Collectors: []collectors.Collector{churning(f, series, come, 10)}, Ring: ring, Derivers: []collectors.Deriver{signs.New(signs.Config{})}, Budget: -1})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		s.begin()
		defer func() {
			cancel()
			s.join()
		}()
		now := time.Unix(1795186288, 0)
		tick := func() {
			s.makeRow(ctx, now, now)
			now = now.Add(time.Second)
		}
		for range 300 {
			tick()
		}
		began := time.Now()
		for range 300 {
			tick()
		}
		return time.Since(began) / 300
	}
	for b.Loop() {
		still, churn := cost(0), cost(40)
		b.ReportMetric(float64(still.Microseconds()), "µs/tick-still")
		b.ReportMetric(float64(churn.Microseconds()), "µs/tick-churn")
		b.ReportMetric(float64(churn)/float64(still), "ratio")
	}
}
