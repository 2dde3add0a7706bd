package sampler

import (
	"testing"
	"time"

	"dashcam/collectors"
)

// clocks drives a clock with a monotonic and a wall clock that part.
type clocks struct {
	clock
	mono, wall time.Time
	sleep      time.Duration
}

func newClocks(interval time.Duration, wall time.Time) *clocks {
	c := &clocks{clock: newClock(interval), mono: time.Unix(1_000_000, 0), wall: wall}
	c.suspended = func() time.Duration { return c.sleep }
	c.tick()
	return c
}

func (c *clocks) pass(d time.Duration) { c.mono, c.wall = c.mono.Add(d), c.wall.Add(d) }

func (c *clocks) suspend(d time.Duration) { c.wall, c.sleep = c.wall.Add(d), c.sleep+d }

func (c *clocks) step(d time.Duration) { c.wall = c.wall.Add(d) }

func (c *clocks) tick() stamp { return c.stamp(c.mono, c.wall) }

// next waits for the next tick as the sampler does, and late longer.
func (c *clocks) next(late time.Duration) stamp {
	c.pass(c.untilNext(c.mono, c.wall) + late)
	return c.tick()
}

func (s *stamp) kinds() string {
	out := ""
	for _, e := range s.events {
		out += e.Kind
	}
	return out
}

var fullSecond = time.Unix(1795186288, 0)

func TestClock_AccountsForWhatHappenedBetweenTicks(t *testing.T) {
	cases := map[string]struct {
		elapsed time.Duration // monotonic
		step    time.Duration // of the wall clock
		asleep  time.Duration

		wantT      time.Duration // after the tick before
		wantMissed int
		wantWhy    string
		wantEvent  string
	}{
		"an ordinary tick":                    {elapsed: time.Second, wantT: time.Second},
		"a tick a little late misses nothing": {elapsed: 1400 * time.Millisecond, wantT: 1400 * time.Millisecond},
		"a starved sampler says what it lost": {elapsed: 4 * time.Second, wantT: 4 * time.Second, wantMissed: 3, wantWhy: "sampler late by 3.0 s", wantEvent: collectors.EventLate},
		"a suspended machine says how long":   {elapsed: time.Second, asleep: 41 * time.Second, wantT: 42 * time.Second, wantMissed: 41, wantWhy: "suspended 41 s", wantEvent: collectors.EventSuspend},
		"suspended and late add up":           {elapsed: 3 * time.Second, asleep: 41 * time.Second, wantT: 44 * time.Second, wantMissed: 43, wantWhy: "suspended 41 s", wantEvent: collectors.EventSuspend},
		"a clock set back: time goes on":      {elapsed: time.Second, step: -30 * time.Second, wantT: 500 * time.Millisecond, wantEvent: collectors.EventClock},
		"a clock set back a little":           {elapsed: time.Second, step: -300 * time.Millisecond, wantT: 700 * time.Millisecond, wantEvent: collectors.EventClock},
		"a clock set forward leaves a gap":    {elapsed: time.Second, step: 30 * time.Second, wantT: 31 * time.Second, wantMissed: 30, wantWhy: "clock set forward by 30 s", wantEvent: collectors.EventClock},
		"an hour forward is not 59 minutes":   {elapsed: time.Second, step: time.Hour - 200*time.Millisecond, wantT: time.Hour + 800*time.Millisecond, wantMissed: 3600, wantWhy: "clock set forward by 60 min", wantEvent: collectors.EventClock},
		"set back in its sleep":               {elapsed: time.Second, asleep: 50 * time.Second, step: -20 * time.Second, wantT: 31 * time.Second, wantMissed: 50, wantWhy: "suspended 50 s", wantEvent: collectors.EventSuspend + collectors.EventClock},
		"slewing is not a step":               {elapsed: time.Second, step: -3 * time.Millisecond, wantT: 997 * time.Millisecond},
		"two ticks in one millisecond differ": {elapsed: 0, wantT: time.Millisecond},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			k := newClocks(time.Second, fullSecond)
			before := k.lastT
			k.pass(c.elapsed)
			k.suspend(c.asleep)
			k.step(c.step)
			s := k.tick()
			if got := time.Duration(s.t-before) * time.Millisecond; got != c.wantT {
				t.Errorf("T rose by %s, want %s", got, c.wantT)
			}
			if s.missed != c.wantMissed || s.why != c.wantWhy {
				t.Errorf("missed %d (%q), want %d (%q)", s.missed, s.why, c.wantMissed, c.wantWhy)
			}
			if s.kinds() != c.wantEvent {
				t.Errorf("events %q, want %q", s.kinds(), c.wantEvent)
			}
		})
	}
}

// Time that went on at its own speed would stay ahead of the wall clock for good.
func TestClock_WallClockSetBackIsCaughtUpWith(t *testing.T) {
	for name, step := range map[string]time.Duration{"a few seconds": 3 * time.Second, "an hour": time.Hour} {
		t.Run(name, func(t *testing.T) {
			k := newClocks(time.Second, fullSecond)
			k.next(0)
			k.step(-step)
			last, events, ticks := k.lastT, 0, 0
			for ahead := step; ahead > 0; ticks++ {
				s := k.next(0)
				events += len(s.events)
				if s.t <= last {
					t.Fatalf("T went from %d to %d", last, s.t)
				}
				if s.missed != 0 {
					t.Fatalf("missed %d (%q) although every tick was on time", s.missed, s.why)
				}
				last, ahead = s.t, s.ahead
				if s.t-s.ahead.Milliseconds() != k.wall.UnixMilli() {
					t.Fatalf("T %d is said to be %s ahead of the wall clock, which is at %d", s.t, s.ahead, k.wall.UnixMilli())
				}
			}
			if want := 2 * int(step/time.Second); ticks < want-2 || ticks > want+2 {
				t.Errorf("caught up after %d ticks of a second, want about %d", ticks, want)
			}
			if events != 1 {
				t.Errorf("%d events for one step, want 1", events)
			}
			if s := k.next(0); s.t != k.wall.UnixMilli() || s.t%1000 != 0 {
				t.Errorf("T is %d after it was caught up with, the wall clock at %d", s.t, k.wall.UnixMilli())
			}
		})
	}
}

func TestClock_EveryStepIsAnEventWhileTimesRunAhead(t *testing.T) {
	k := newClocks(time.Second, fullSecond)
	k.step(-30 * time.Second)
	first := k.next(0)
	k.step(-30 * time.Second)
	second := k.next(0)
	k.step(55 * time.Second)
	third := k.next(0)
	for i, s := range []stamp{first, second, third} {
		if s.kinds() != collectors.EventClock {
			t.Errorf("step %d: events %v", i+1, s.events)
		}
	}
	if third.missed != 0 {
		t.Errorf("a clock set forward to where T was already leaves a gap of %d (%q)", third.missed, third.why)
	}
}

// The first tick of an instance comes at any moment, and the second up to one and a
// half intervals after it; that is not late.
func TestClock_TickThatWasPlannedLaterIsNotLate(t *testing.T) {
	k := newClocks(time.Second, fullSecond.Add(501*time.Millisecond))
	s := k.next(5 * time.Millisecond)
	if s.elapsed != 1504*time.Millisecond {
		t.Fatalf("the second tick came after %s", s.elapsed)
	}
	if s.missed != 0 || len(s.events) != 0 {
		t.Errorf("missed %d (%q), events %v", s.missed, s.why, s.events)
	}
	if s.delay != 5*time.Millisecond {
		t.Errorf("delay %s, want 5ms", s.delay)
	}
}

func TestClock_TickThatOverranCostsTheTicksItCovered(t *testing.T) {
	k := newClocks(time.Second, fullSecond)
	k.next(0)
	k.pass(2300 * time.Millisecond) // the tick itself took that long
	s := k.next(0)
	if s.missed != 2 || s.why != "sampler late by 2.0 s" {
		t.Errorf("missed %d (%q), want the 2 ticks that nothing was sampled at", s.missed, s.why)
	}
	if s = k.next(0); s.missed != 0 || s.delay != 0 {
		t.Errorf("the tick after it missed %d, delay %s", s.missed, s.delay)
	}
}

func TestClock_DelayIsThatOfEachTickAlone(t *testing.T) {
	k := newClocks(time.Second, fullSecond)
	for i, late := range []time.Duration{400 * time.Millisecond, 300 * time.Millisecond, 0} {
		if s := k.next(late); s.delay != late {
			t.Errorf("tick %d: delay %s, want %s", i, s.delay, late)
		}
	}
}

func TestClock_StarvedSamplerDoesNotDrownOtherEvents(t *testing.T) {
	k := newClocks(time.Second, fullSecond)
	events, rows := 0, 0
	for range 30 {
		s := k.next(2 * time.Second)
		events += len(s.events)
		if s.missed > 0 && s.why != "" {
			rows++
		}
	}
	if rows != 30 {
		t.Errorf("%d of 30 late rows say so", rows)
	}
	if events < 2 || events > 10 {
		t.Errorf("%d events in 90 s, want one in %s", events, lateEvery)
	}
}

// Reading the two clocks can be interrupted between them, which makes the time asleep
// look smaller, and then larger again.
func TestClock_InterruptedReadingIsNoSleep(t *testing.T) {
	k := newClocks(time.Second, fullSecond)
	k.sleep = time.Minute
	k.step(time.Minute)
	k.next(0)
	k.sleep -= 2 * time.Second
	if s := k.next(0); len(s.events) != 0 {
		t.Errorf("events %v", s.events)
	}
	k.sleep += 2 * time.Second
	if s := k.next(0); len(s.events) != 0 || s.missed != 0 {
		t.Errorf("missed %d, events %v", s.missed, s.events)
	}
}

func TestClock_AlignsTicksToTheWallClock(t *testing.T) {
	k := newClocks(time.Second, fullSecond.Add(250*time.Millisecond))
	if got := k.untilNext(k.mono, k.wall); got != 750*time.Millisecond {
		t.Errorf("the next tick is %s away, want 750ms", got)
	}
	k = newClocks(time.Second, fullSecond.Add(999*time.Millisecond))
	if got := k.untilNext(k.mono, k.wall); got != 1001*time.Millisecond {
		t.Errorf("a tick follows %s after one just before the full second, want 1.001s", got)
	}
}
