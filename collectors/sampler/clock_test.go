package sampler

import (
	"testing"
	"time"

	"dashcam/collectors"
)

// A tick as the clock sees it: monotonic and wall time may part. Times without a
// monotonic reading cannot do that, so the tests move lastT instead.
func TestClock_AccountsForWhatHappenedBetweenTicks(t *testing.T) {
	begin := time.Unix(1795186288, 0)
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
		"a suspended machine says how long":   {elapsed: time.Second, asleep: 41 * time.Second, step: 41 * time.Second, wantT: 42 * time.Second, wantMissed: 41, wantWhy: "suspended 41 s", wantEvent: collectors.EventSuspend},
		"a clock set back: time goes on":      {elapsed: time.Second, step: -30 * time.Second, wantT: time.Second, wantEvent: collectors.EventClock},
		"a clock set forward: time jumps":     {elapsed: time.Second, step: 30 * time.Second, wantT: 31 * time.Second, wantEvent: collectors.EventClock},
		"slewing is not a step":               {elapsed: time.Second, step: -3 * time.Millisecond, wantT: 997 * time.Millisecond},
		"two ticks in one millisecond differ": {elapsed: 0, wantT: time.Millisecond},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var asleep time.Duration
			k := newClock(time.Second)
			k.suspended = func() time.Duration { return asleep }
			k.stamp(begin)
			// What the wall clock was stepped by is taken off the row before, which is
			// what the difference of the two clocks amounts to.
			k.lastT -= c.step.Milliseconds()
			before := k.lastT
			asleep = c.asleep
			s := k.stamp(begin.Add(c.elapsed))
			if got := time.Duration(s.t-before) * time.Millisecond; got != c.wantT {
				t.Errorf("T rose by %s, want %s", got, c.wantT)
			}
			if s.missed != c.wantMissed || s.why != c.wantWhy {
				t.Errorf("missed %d (%q), want %d (%q)", s.missed, s.why, c.wantMissed, c.wantWhy)
			}
			kind := ""
			for _, e := range s.events {
				kind += e.Kind
			}
			if kind != c.wantEvent {
				t.Errorf("events %q, want %q", kind, c.wantEvent)
			}
		})
	}
}

func TestClock_AfterAStepBackCatchesUpAndSaysItOnce(t *testing.T) {
	begin := time.Unix(1795186288, 0)
	k := newClock(time.Second)
	k.suspended = func() time.Duration { return 0 }
	k.stamp(begin)
	k.lastT += 3000 // the wall clock was set back by three seconds
	last, events := k.lastT, 0
	for i := 1; i <= 6; i++ {
		s := k.stamp(begin.Add(time.Duration(i) * time.Second))
		events += len(s.events)
		if s.t <= last {
			t.Fatalf("T went from %d to %d", last, s.t)
		}
		last = s.t
	}
	if events != 1 {
		t.Errorf("%d events for one step, want 1", events)
	}
}

func TestClock_AlignsTicksToTheWallClock(t *testing.T) {
	k := newClock(time.Second)
	now := time.UnixMilli(1795186288_250)
	k.stamp(now)
	if got := k.untilNext(now); got != 750*time.Millisecond {
		t.Errorf("the next tick is %s away, want 750ms", got)
	}
	late := time.UnixMilli(1795186288_999)
	k.stamp(late)
	if got := k.untilNext(late); got != 1001*time.Millisecond {
		t.Errorf("a tick follows %s after one just before the full second, want 1.001s", got)
	}
}
