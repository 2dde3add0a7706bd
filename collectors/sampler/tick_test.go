package sampler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// rig drives a sampler tick by tick on virtual time; every tick is at its own second.
type rig struct {
	*Sampler
	t    *testing.T
	ring *history.Ring
	ctx  context.Context
}

func newRig(t *testing.T, cfg Config) *rig {
	t.Helper()
	if cfg.Ring == nil {
		cfg.Ring = history.New(history.Config{Interval: time.Second})
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.begin()
	t.Cleanup(func() {
		cancel()
		s.join()
	})
	s.clock.suspended = func() time.Duration { return 0 }
	return &rig{s, t, cfg.Ring, ctx}
}

// ticks makes n rows.
func (r *rig) ticks(n int) {
	r.t.Helper()
	for range n {
		if r.clock.begun {
			time.Sleep(r.untilNext())
		}
		now := time.Now()
		r.makeRow(r.ctx, now, now.Round(0))
	}
}

// slow answers after d from the given observations on.
func slow(name string, f *collectors.Family, d time.Duration, observations ...int) *scripted {
	return script(name, f, func(_ context.Context, n int, b *collectors.Batch) error {
		b.Gauge(b.Slot(f), float64(n))
		if slices.Contains(observations, n) {
			time.Sleep(d)
		}
		return nil
	})
}

// A late answer to the row before arrives while the present row waits for another
// collector. It must not be taken for that one's.
func TestTick_LateAnswerIsNotCountedForAnotherCollector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late, other := named("late"), named("other")
		ring := run(t, 3500*time.Millisecond,
			slow("late", late, 1050*time.Millisecond, 2),
			slow("other", other, 100*time.Millisecond, 3))
		equal(t, []float64{1, 2, 3, 4}, values(ring, other))
		equal(t, []float64{1, nan, 2, 3}, values(ring, late))
	})
}

// An error that a late observation counted is an error, although an observation in
// time replaced its value in the same row: the signs count rises, not rates.
func TestTick_WhatALateObservationCountedIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kills := &collectors.Family{Name: "kills", Help: "A test.", Kind: collectors.KindCounter, Quantum: 1}
		r := newRig(t, Config{Collectors: []collectors.Collector{script("a", kills, func(_ context.Context, n int, b *collectors.Batch) error {
			if n == 3 {
				time.Sleep(500 * time.Millisecond)
			}
			b.Counter(b.Slot(kills), map[bool]uint64{false: 7, true: 8}[n >= 3])
			return nil
		})}})
		var deltas []float64
		for range 6 {
			r.ticks(1)
			deltas = append(deltas, r.runners[0].tracks[0].delta)
		}
		equal(t, []float64{nan, 0, nan, 1, 0, 0}, deltas)
	})
}

func TestTick_CollectorThatIsAlwaysLateIsOneRowBehindAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("slow")
		r := newRig(t, Config{Collectors: []collectors.Collector{script("slow", f, func(_ context.Context, n int, b *collectors.Batch) error {
			time.Sleep(400 * time.Millisecond)
			b.Gauge(b.Slot(f), float64(n))
			return nil
		})}})
		r.ticks(6)
		equal(t, []float64{nan, 1, 2, 3, 4, 5}, append([]float64{nan}, values(r.ring, f)[1:]...))
		if h := health(r.ring, "slow"); h.State != collectors.HealthLate {
			t.Errorf("health is %q, want late", h.State)
		}
		if n := r.runners[0].lateCount; n != 6 {
			t.Errorf("%d of 6 observations were counted as late", n)
		}
	})
}

func TestTick_OneLateObservationCountsOnceHoweverLongItTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("slow")
		r := newRig(t, Config{Collectors: []collectors.Collector{slow("slow", f, 2500*time.Millisecond, 2)}})
		r.ticks(8)
		if n := r.runners[0].lateCount; n != 1 {
			t.Errorf("one observation counts %d times as late", n)
		}
	})
}

func TestTick_HealthFollowsWhatHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("a")
		r := newRig(t, Config{Collectors: []collectors.Collector{script("a", f, func(_ context.Context, n int, b *collectors.Batch) error {
			b.Gauge(b.Slot(f), float64(n))
			switch n {
			case 2:
				return errors.New("read: broken")
			case 4:
				time.Sleep(700 * time.Millisecond)
			case 6:
				time.Sleep(4500 * time.Millisecond)
			}
			return nil
		})}})
		var got []collectors.HealthState
		for range 13 {
			r.ticks(1)
			got = append(got, health(r.ring, "a").State)
		}
		want := []collectors.HealthState{
			"ok", "failing", "ok", // the first three observations
			"late", "ok", // the fourth; its answer comes before the fifth
			"late", "late", "late", "stuck", "stuck", // the sixth
			"ok", "ok", "ok",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("health (-want +got):\n%s", diff)
		}
		equal(t, []float64{1, nan, 3, nan, 5, nan, nan, nan, nan, nan, 7, 8, 9}, values(r.ring, f))
	})
}

// What came back late is not yet well: the next observation decides.
func TestTick_StuckCollectorThatReturnsIsLateUntilItAnswersInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("rare")
		c := slow("rare", f, 25*time.Second, 2)
		c.describe.Cadence = 20 * time.Second
		r := newRig(t, Config{Collectors: []collectors.Collector{c}})
		var got []collectors.HealthState
		for range 70 {
			r.ticks(1)
			if h := health(r.ring, "rare").State; len(got) == 0 || got[len(got)-1] != h {
				got = append(got, h)
			}
		}
		if diff := cmp.Diff([]collectors.HealthState{"ok", "late", "stuck", "late", "ok"}, got); diff != "" {
			t.Errorf("health (-want +got):\n%s", diff)
		}
		if v := values(r.ring, f); v[46] != 2 {
			t.Errorf("the late answer is %v in the rows after it, want 2", v[46])
		}
	})
}

func TestTick_SkippedTicksCountForTheCadence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("rare")
		c := count("rare", f)
		c.describe.Cadence = 10 * time.Second
		r := newRig(t, Config{Collectors: []collectors.Collector{c}})
		r.ticks(2)
		time.Sleep(12 * time.Second) // the sampler was starved
		r.ticks(1)
		if got := values(r.ring, f); got[2] != 2 {
			t.Errorf("14 s later the value is still that of observation %v", got[2])
		}
		r.ticks(9)
		if got := values(r.ring, f); got[11] != 2 {
			t.Errorf("sampled again within its cadence: %v", got)
		}
		row := r.ring.Latest().Row
		rows, _ := r.ring.Rows(2, 1)
		if rows[0].Missed != 12 || rows[0].Why != "sampler late by 12 s" || row.Missed != 0 {
			t.Errorf("missed %d (%q), then %d", rows[0].Missed, rows[0].Why, row.Missed)
		}
	})
}

func TestTick_CollectorsAreNeverSampledFasterThanTheirCadence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cs []collectors.Collector
		var at [12][]time.Time
		for i := range at {
			name := fmt.Sprint("c", i)
			f := named(name)
			c := script(name, f, func(_ context.Context, _ int, b *collectors.Batch) error {
				at[i] = append(at[i], b.At())
				return nil
			})
			c.describe.Cadence = 5 * time.Second
			cs = append(cs, c)
		}
		newRig(t, Config{Collectors: cs}).ticks(60)
		synctest.Wait()
		perTick := map[time.Time]int{}
		for c, times := range at {
			for i := 1; i < len(times); i++ {
				if d := times[i].Sub(times[i-1]); d < 5*time.Second || i > 1 && d != 5*time.Second {
					t.Errorf("c%d: observation %d came after %s", c, i, d)
				}
				perTick[times[i]]++
			}
		}
		for when, n := range perTick {
			if n > 3 {
				t.Errorf("%d of 12 collectors at %s, want them spread", n, when)
			}
		}
	})
}

func TestTick_PanicBacksOffAndSaysWhenItTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("panics")
		var at []time.Duration
		begin := time.Now()
		var log bytes.Buffer
		c := script("panics", f, func(_ context.Context, n int, b *collectors.Batch) error {
			at = append(at, time.Since(begin))
			b.Gauge(b.Slot(f), float64(n))
			if n <= 8 {
				var rows []int
				_ = rows[n]
			}
			return nil
		})
		r := newRig(t, Config{Collectors: []collectors.Collector{c}, Log: slog.New(slog.NewTextHandler(&log, nil))})
		r.ticks(1)
		h := health(r.ring, "panics")
		if h.State != collectors.HealthFailing || h.Reason != "broke down (a panic, which the log shows); tried again after 2s" {
			t.Errorf("health is %q (%s)", h.State, h.Reason)
		}
		if !strings.Contains(log.String(), "tick_test.go") || !strings.Contains(log.String(), "index out of range [1] with length 0") {
			t.Errorf("the log does not say where and how it panicked: %s", log.String())
		}
		r.ticks(260)
		want := []time.Duration{0, 2, 6, 14, 30, 62, 122, 182, 242, 243}
		for i := range want {
			want[i] *= time.Second
		}
		if diff := cmp.Diff(want, at[:min(len(at), len(want))]); diff != "" {
			t.Errorf("observations (-want +got):\n%s", diff)
		}
		if h := health(r.ring, "panics"); h.State != collectors.HealthOK {
			t.Errorf("health is %q (%s) after recovery", h.State, h.Reason)
		}
		got := values(r.ring, f)
		equal(t, []float64{nan, 9, 10}, got[len(got)-20:][:3])
	})
}

func TestTick_LogFollowsAFlappingCollectorNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("flaps")
		var log bytes.Buffer
		r := newRig(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil)),
			Collectors: []collectors.Collector{script("flaps", f, func(_ context.Context, n int, b *collectors.Batch) error {
				if n > 61 {
					return nil
				}
				if n%2 == 1 {
					return fmt.Errorf("failure %d", n)
				}
				return nil
			})}})
		r.ticks(80)
		if lines := strings.Count(log.String(), "\n"); lines < 3 || lines > 9 {
			t.Errorf("%d lines in 80 s:\n%s", lines, log.String())
		}
		last := log.String()[strings.LastIndex(strings.TrimSpace(log.String()), "\n")+1:]
		if !strings.Contains(last, "state=ok") {
			t.Errorf("the log ends with %s, the collector is well", last)
		}
	})
}

// The context ends while collectors are being asked. What they cannot answer any more
// is not missing, and they are not failing.
func TestTick_EndOfTheContextMakesNoRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("a")
		ring := run(t, 2100*time.Millisecond, script("a", f, func(ctx context.Context, n int, b *collectors.Batch) error {
			b.Gauge(b.Slot(f), float64(n))
			if n == 3 {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}))
		equal(t, []float64{1, 2}, values(ring, f))
		if h := health(ring, "a"); h.State != collectors.HealthOK {
			t.Errorf("health is %q (%s)", h.State, h.Reason)
		}
	})
}

// The collectors were as fast to return as the row to notice that the context has ended.
func TestTick_EndOfTheContextMakesNoRowWhereCollectorsReturnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, Config{Collectors: []collectors.Collector{count("a", named("a"))}})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 {
			r.queue.complete <- struct{}{}
			if r.await(ctx) {
				t.Fatal("the row is made of what was interrupted")
			}
			select {
			case <-r.queue.complete:
			default:
			}
		}
	})
}

func TestTick_FirstRowHasTheEventOfTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := run(t, 2500*time.Millisecond, count("a", named("a")))
		events, _ := collectors.All(ring.Events(t.Context(), collectors.Window{}))
		if len(events) != 1 || events[0].Kind != collectors.EventStart || events[0].Seq != 1 {
			t.Errorf("events %v", events)
		}
	})
}

func TestRows_RefusedSeriesAreCountedNamedAndAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &collectors.Family{Name: "wide", Help: "A test.", Kind: collectors.KindGauge, Quantum: 1, Labels: []string{"n"}}
		ring := history.New(history.Config{Interval: time.Second, Age: 25 * time.Minute, MaxSeries: 500})
		narrow := false
		names := make([]string, 600)
		for i := range names {
			names[i] = fmt.Sprintf("%04d", i)
		}
		c := script("wide", f, func(_ context.Context, _ int, b *collectors.Batch) error {
			for i, name := range names {
				if !narrow || i >= 300 {
					b.Gauge(b.Slot(f, name), float64(i))
				}
			}
			return nil
		})
		r := newRig(t, Config{Collectors: []collectors.Collector{c}, Ring: ring})
		r.ticks(2)
		h := health(ring, "wide")
		const reason = "too many series"
		if len(h.Unavailable) != 1 || h.State != collectors.HealthOK || h.Unavailable[0].Reason != reason ||
			!strings.HasPrefix(h.Unavailable[0].Source, "wide n=") || !strings.HasSuffix(h.Unavailable[0].Source, " more") {
			t.Fatalf("health is %q, unavailable %v", h.State, h.Unavailable)
		}
		if row := ring.Latest().Row; len(row.IDs) != 500 || !slices.IsSorted(row.IDs) {
			t.Errorf("%d series in the row", len(row.IDs))
		}
		narrow = true // half of them leave, and the rows that hold them are forgotten
		r.ticks(2600)
		if n := len(ring.Latest().Row.IDs); n < 300 {
			t.Errorf("%d series in the row, want the 300 that are left", n)
		}
		if h := health(ring, "wide"); len(h.Unavailable) != 0 {
			t.Errorf("unavailable %v though there is room", h.Unavailable)
		}
	})
}

func TestRows_SeriesOfTwoCollectorsIsTheFirstOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := named("shared")
		one, two := count("one", f), script("two", f, func(_ context.Context, _ int, b *collectors.Batch) error {
			b.Gauge(b.Slot(f), 99)
			return nil
		})
		r := newRig(t, Config{Collectors: []collectors.Collector{one, two}})
		r.ticks(3)
		equal(t, []float64{1, 2, 3}, values(r.ring, f))
		row := r.ring.Latest().Row
		for i := 1; i < len(row.IDs); i++ {
			if row.IDs[i] <= row.IDs[i-1] {
				t.Fatalf("ids %v are not ascending", row.IDs)
			}
		}
		want := []collectors.Unavailable{{Source: "shared", Reason: "another collector gives this series too"}}
		if diff := cmp.Diff(want, health(r.ring, "two").Unavailable); diff != "" {
			t.Errorf("unavailable (-want +got):\n%s", diff)
		}
	})
}

// A device leaves for so long that the collector's batch and the ring forget it, and
// returns. Its values must stand under an id that the schema knows.
func TestRows_DeviceThatReturnsIsInTheSchema(t *testing.T) {
	for name, away := range map[string]int{"while it is remembered": 700, "after it was forgotten": 2500} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gone := &collectors.Family{Name: "dev.bytes", Help: "A test.", Kind: collectors.KindCounter, Quantum: 1, Labels: []string{"device"}}
				c := script("dev", gone, func(_ context.Context, n int, b *collectors.Batch) error {
					b.Counter(b.Slot(gone, "stays"), uint64(10*n))
					if n <= 5 || n > 5+away {
						b.Counter(b.Slot(gone, "leaves"), uint64(100*n))
					}
					return nil
				})
				ring := history.New(history.Config{Interval: time.Second, Age: 10 * time.Minute})
				r := newRig(t, Config{Collectors: []collectors.Collector{c}, Ring: ring})
				r.ticks(5 + away + 4)
				rows, _ := ring.Rows(ring.Bounds().Newest-5, 5)
				var leaves []float64
				for i := range rows {
					v := math.NaN()
					for _, s := range ring.Latest().Schema.Series {
						if s.Family == gone && s.Labels.At(0) == "leaves" {
							v = gone.Value(rows[i].Value(s.ID))
						}
					}
					leaves = append(leaves, v)
				}
				equal(t, []float64{nan, nan, 100, 100, 100}, leaves)
				l := ring.Latest()
				for _, id := range l.Row.IDs {
					if l.Schema.Find(id) == nil {
						t.Errorf("the row lists id %d, which the schema does not know", id)
					}
				}
			})
		})
	}
}
