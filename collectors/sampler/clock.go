package sampler

import (
	"fmt"
	"time"

	"dashcam/collectors"
)

// clock aligns ticks to the wall clock and gives rows their time.
type clock struct {
	interval  time.Duration
	suspended func() time.Duration // total time asleep since the boot

	begun     bool
	last      time.Time // the tick before, with its monotonic reading
	lastT     int64
	lastSleep time.Duration
	stepped   bool // T runs ahead of a wall clock that was set back
}

// stamp is what the clock says about one tick.
type stamp struct {
	t       int64         // Unix milliseconds, strictly increasing
	elapsed time.Duration // monotonic time since the tick before; 0 for the first
	delay   time.Duration // how late the tick began
	missed  int
	why     string
	events  []collectors.Event
}

// stepTolerance is how far the wall clock may drift between two ticks before it
// counts as stepped; slewing by NTP stays far below.
const stepTolerance = 250 * time.Millisecond

func newClock(interval time.Duration) clock {
	return clock{interval: interval, suspended: timeAsleep}
}

// untilNext returns the time until the next tick: the next multiple of the interval
// on the wall clock that is at least half an interval away from the last tick, so
// that a stepped clock realigns without two ticks in a row.
func (c *clock) untilNext(now time.Time) time.Duration {
	wall := now.Round(0)
	next := wall.Truncate(c.interval).Add(c.interval).Sub(wall)
	if now.Sub(c.last)+next < c.interval/2 {
		next += c.interval
	}
	return next
}

// stamp accounts for the tick that begins now.
func (c *clock) stamp(now time.Time) stamp {
	wall := now.UnixMilli()
	sleep := c.suspended()
	if !c.begun {
		c.begun, c.last, c.lastT, c.lastSleep = true, now, wall, sleep
		return stamp{t: wall}
	}
	var s stamp
	s.elapsed = now.Sub(c.last)
	asleep := max(sleep-c.lastSleep, 0)
	ideal := c.lastT + s.elapsed.Milliseconds()
	drift := time.Duration(wall-ideal)*time.Millisecond - asleep
	switch {
	case asleep >= c.interval:
		s.missed = int(asleep / c.interval)
		s.why = "suspended " + short(asleep)
		s.events = append(s.events, collectors.Event{Kind: collectors.EventSuspend, Text: s.why})
	case s.elapsed >= c.interval*3/2:
		s.missed = int((s.elapsed+c.interval/2)/c.interval) - 1
		s.why = "sampler late by " + short(s.elapsed-c.interval)
		s.events = append(s.events, collectors.Event{Kind: collectors.EventLate, Text: s.why})
	}
	s.t = wall
	switch {
	case drift < -stepTolerance && !c.stepped:
		c.stepped = true
		s.events = append(s.events, collectors.Event{Kind: collectors.EventClock, Text: "clock set back by " + short(-drift) + "; times go on from the last one"})
	case drift > stepTolerance && !c.stepped:
		s.events = append(s.events, collectors.Event{Kind: collectors.EventClock, Text: "clock set forward by " + short(drift)})
	}
	if c.stepped {
		if wall >= ideal {
			c.stepped = false
		} else {
			s.t = ideal
		}
	}
	if s.t <= c.lastT {
		s.t = c.lastT + 1
	}
	s.delay = max(s.elapsed-c.interval, 0)
	c.last, c.lastT, c.lastSleep = now, s.t, sleep
	return s
}

// backfill accounts for a tick that is made up at time t.
func (c *clock) backfill(t time.Time) stamp {
	s := stamp{t: t.UnixMilli()}
	if c.begun {
		s.elapsed = t.Sub(c.last)
	}
	c.begun, c.last, c.lastT, c.lastSleep = true, t, s.t, c.suspended()
	return s
}

// short writes a duration for a person.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 10*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	default:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
}
