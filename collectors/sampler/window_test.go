package sampler

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

var testJiffies = &collectors.Family{Name: "test.jiffies", Help: "A share counted in ticks of 10 ms.", Kind: collectors.KindCounter,
	Quantum: 1.0 / 16, Scale: 100, Window: time.Second}

// jiffies samples a processor whose busy and idle ticks up to a moment are as given.
func jiffies(t *testing.T, interval time.Duration, rows int, ticks func(since time.Duration) (busy, idle uint64)) (*history.Ring, []float64) {
	t.Helper()
	begin := time.Now()
	ring := history.New(history.Config{Interval: interval})
	r := newRig(t, Config{Ring: ring, Interval: interval, Collectors: []collectors.Collector{
		script("cpu", testJiffies, func(_ context.Context, _ int, b *collectors.Batch) error {
			busy, idle := ticks(time.Since(begin))
			b.Ratio(b.Slot(testJiffies), busy, busy+idle)
			return nil
		})}})
	r.ticks(rows)
	return ring, values(ring, testJiffies)
}

func jiffiesIn(d time.Duration) uint64 { return uint64(d / (10 * time.Millisecond)) }

func TestWindow_ShareOfJiffiesIsSteadyAtTenRowsASecond(t *testing.T) {
	cases := map[string]struct {
		ticks  func(since time.Duration) (busy, idle uint64)
		lo, hi float64
	}{
		"a busy core": {func(d time.Duration) (uint64, uint64) { return jiffiesIn(d), 0 }, 100, 100},
		"a busy core whose ticks are counted in lumps": {func(d time.Duration) (uint64, uint64) {
			return jiffiesIn(d.Truncate(250 * time.Millisecond)), 0
		}, 100, 100},
		"a core that is busy every other tenth of a second": {func(d time.Duration) (uint64, uint64) {
			whole, part := d/(200*time.Millisecond), d%(200*time.Millisecond)
			busy := whole*100*time.Millisecond + min(part, 100*time.Millisecond)
			return jiffiesIn(busy), jiffiesIn(d - busy)
		}, 50, 50},
		"a core that is busy for 3 ms of each 100, counted when the tick falls into it": {func(d time.Duration) (uint64, uint64) {
			busy := uint64(d / (330 * time.Millisecond))
			return busy, jiffiesIn(d) - busy
		}, 2.9, 4.1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, got := jiffies(t, 100*time.Millisecond, 40, c.ticks)
				for i, v := range got {
					if early := i < 10; early != math.IsNaN(v) || !early && (v < c.lo || v > c.hi) {
						t.Errorf("row %d: %v %%, want %v to %v once a second is known", i, v, c.lo, c.hi)
					}
				}
			})
		})
	}
}

func TestWindow_ChangesNothingAtASecondAndMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, got := jiffies(t, time.Second, 5, func(d time.Duration) (uint64, uint64) {
			whole, part := d/(2*time.Second), d%(2*time.Second)
			busy := whole*time.Second + min(part, time.Second)
			return jiffiesIn(busy), jiffiesIn(d - busy)
		})
		equal(t, []float64{nan, 100, 0, 100, 0}, got)
	})
}

func TestWindow_FollowsAChangeWithinItsSpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, got := jiffies(t, 200*time.Millisecond, 16, func(d time.Duration) (uint64, uint64) {
			busy := max(d-2*time.Second, 0)
			return jiffiesIn(busy), jiffiesIn(d - busy)
		})
		equal(t, []float64{nan, nan, nan, nan, nan, 0, 0, 0, 0, 0, 0, 20, 40, 60, 80, 100}, got)
	})
}

func TestWindow_BeginsAnewAfterAReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, got := jiffies(t, 500*time.Millisecond, 8, func(d time.Duration) (uint64, uint64) {
			if d >= 2*time.Second {
				return jiffiesIn(d - 2*time.Second), 0 // unplugged and back
			}
			return 5000, 5000 + jiffiesIn(d)
		})
		equal(t, []float64{nan, nan, 0, 0, nan, nan, 100, 100}, got)
	})
}

// The readings that explain a value are those that it was computed from.
func TestWindow_ExplainsItsValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring, got := jiffies(t, 100*time.Millisecond, 25, func(d time.Duration) (uint64, uint64) {
			busy := d / 4
			return jiffiesIn(busy), jiffiesIn(d - busy)
		})
		for _, s := range ring.Latest().Schema.Series {
			if s.Family != testJiffies {
				continue
			}
			r := ring.Explain(s.ID)
			if span := r[0].At.Sub(r[1].At); span != time.Second {
				t.Errorf("the readings are %s apart", span)
			}
			explained := 100 * float64(r[0].Num-r[1].Num) / float64(r[0].Den-r[1].Den)
			if want := testJiffies.Value(testJiffies.Quantize(explained)); got[len(got)-1] != want {
				t.Errorf("the value is %v, its readings give %v", got[len(got)-1], want)
			}
		}
	})
}

// A reading that failed leaves a gap, not a value over another span than the one that
// is said.
func TestWindow_SurvivesObservationsThatFailed(t *testing.T) {
	s := newSource("test", 100*time.Millisecond)
	begin := time.Unix(1795186288, 0)
	for i := range 40 {
		if i > 20 && i < 38 {
			continue
		}
		s.batch.Begin(begin.Add(time.Duration(i) * 100 * time.Millisecond))
		s.batch.Ratio(s.batch.Slot(testJiffies), uint64(10*i), uint64(10*i))
		s.consume(false)
	}
	if v := s.tracks[0].value; v != 100 {
		t.Errorf("value %v, want 100", v)
	}
	if n := len(s.tracks[0].past); n > 12 {
		t.Errorf("%d readings are kept for a window of ten", n)
	}
}

func TestWindow_AllocatesNothingOnceItIsFull(t *testing.T) {
	s := newSource("test", 100*time.Millisecond)
	at := time.Unix(1795186288, 0)
	n := uint64(0)
	step := func() {
		at, n = at.Add(100*time.Millisecond), n+10
		s.batch.Begin(at)
		s.batch.Ratio(s.batch.Slot(testJiffies), n, n)
		s.consume(false)
	}
	for range 20 {
		step()
	}
	if allocs := testing.AllocsPerRun(100, step); allocs != 0 {
		t.Errorf("%v allocations per observation", allocs)
	}
}
