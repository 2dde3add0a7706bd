package sampler

import (
	"fmt"
	"time"

	"dashcam/collectors"
)

// clock aligns ticks to the wall clock and gives rows their time. Moments come as two
// readings of the same instant, because the two clocks part: now is compared with
// earlier ones by monotonic time, wall is what the machine calls the time.
type clock struct {
	interval  time.Duration
	suspended func() time.Duration // total time asleep since the boot

	begun    bool
	last     time.Time // the tick before
	due      time.Time // when the next one should begin
	lastWall int64     // Unix milliseconds
	lastT    int64
	asleep   time.Duration // the most that suspended has returned
	lateSaid time.Time
}

// stamp is what the clock says about one tick.
type stamp struct {
	t       int64         // Unix milliseconds, strictly increasing
	elapsed time.Duration // monotonic time since the tick before; 0 for the first
	delay   time.Duration // how late the tick began
	ahead   time.Duration // how far t runs ahead of the wall clock
	missed  int
	why     string
	events  []collectors.Event
}

const (
	// stepTolerance is how far the wall clock may drift between two ticks before it
	// counts as stepped; slewing by NTP stays far below.
	stepTolerance = 250 * time.Millisecond
	// lateEvery is how often a starved sampler says so in an event. Its rows say
	// it every time.
	lateEvery = 10 * time.Second
)

func newClock(interval time.Duration) clock {
	return clock{interval: interval, suspended: timeAsleep}
}

// untilNext returns the time until the next tick: the next multiple of the interval
// on the wall clock that is at least half an interval away from the last tick, so
// that a stepped clock realigns without two ticks in a row.
func (c *clock) untilNext(now, wall time.Time) time.Duration {
	next := wall.Truncate(c.interval).Add(c.interval).Sub(wall)
	since := now.Sub(c.last)
	if since+next < c.interval/2 {
		next += c.interval
	}
	// A tick that took longer than an interval has left none for its successor:
	// that one was due and is late, although the next can still be on time.
	if since+next < c.interval*3/2 {
		c.due = now.Add(next)
	}
	return next
}

// stamp accounts for the tick that begins now.
func (c *clock) stamp(now, wall time.Time) stamp {
	w := wall.UnixMilli()
	asleep := c.slept()
	if !c.begun {
		c.begin(now, w, w)
		return stamp{t: w}
	}
	s := stamp{elapsed: now.Sub(c.last), delay: max(now.Sub(c.due), 0)}
	passed := s.elapsed + asleep
	step := time.Duration(w-c.lastWall)*time.Millisecond - passed

	// While the wall clock is behind, which it is after it was set back, t goes on
	// at half the speed of time, so that the wall clock catches up.
	s.t = max(w, c.lastT+passed.Milliseconds()/2, c.lastT+1)
	s.ahead = time.Duration(s.t-w) * time.Millisecond

	s.missed = c.intervals(s.delay + asleep)
	switch {
	case asleep > stepTolerance:
		s.why = "suspended " + short(asleep)
		s.say(collectors.EventSuspend, s.why)
	case s.missed > 0:
		s.why = "sampler late by " + short(s.delay)
		if c.lateSaid.IsZero() || now.Sub(c.lateSaid) >= lateEvery {
			c.lateSaid = now
			s.say(collectors.EventLate, s.why)
		}
	}
	switch {
	case step > stepTolerance:
		text := "clock set forward by " + short(step)
		s.say(collectors.EventClock, text)
		// No tick was skipped, but nothing was sampled at the times in between.
		if skipped := c.intervals(time.Duration(s.t-c.lastT)*time.Millisecond) - 1; skipped > s.missed {
			s.missed, s.why = skipped, text
		}
	case step < -stepTolerance && s.ahead > 0:
		s.say(collectors.EventClock, "clock set back by "+short(-step)+"; times go on at half speed until it has caught up")
	case step < -stepTolerance:
		s.say(collectors.EventClock, "clock set back by "+short(-step))
	}
	if s.missed == 0 {
		s.why = ""
	}
	c.begin(now, w, s.t)
	return s
}

// begin remembers a tick.
func (c *clock) begin(now time.Time, wall, t int64) {
	c.begun, c.last, c.lastWall, c.lastT = true, now, wall, t
	c.due = now.Add(c.interval)
}

// backfill accounts for a tick that is made up at time t.
func (c *clock) backfill(t time.Time) stamp {
	s := stamp{t: t.UnixMilli()}
	if c.begun {
		s.elapsed = t.Sub(c.last)
	}
	c.slept()
	c.begin(t, s.t, s.t)
	return s
}

// slept returns how long the machine was asleep since the last call. The total cannot
// fall; a reading below an earlier one was interrupted.
func (c *clock) slept() time.Duration {
	before := c.asleep
	c.asleep = max(before, c.suspended())
	if !c.begun {
		return 0
	}
	return c.asleep - before
}

// intervals returns d in intervals, to the nearest.
func (c *clock) intervals(d time.Duration) int { return int((d + c.interval/2) / c.interval) }

func (s *stamp) say(kind, text string) {
	s.events = append(s.events, collectors.Event{Kind: kind, Text: text})
}

// short writes a duration for a person.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 10*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 10*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 10*24*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	default:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	}
}
