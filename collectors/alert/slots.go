package alert

import (
	"time"

	"dashcam/collectors"
)

// Pace is how often rules are evaluated.
const Pace = pace

// Slots are the moments at which rules are evaluated: every full [Pace] of the rows' clock
// that a row follows, but for the first two minutes after the first row and after a gap.
// The zero value has seen no row.
type Slots struct {
	last, slot, from int64
	cadence          cadence
}

// Take returns the moments that end with the rows of a span. Rows that are not newer than
// those before are left out.
func (s *Slots) Take(span *collectors.Span) (moments []int64) {
	for j, t := range span.T {
		if t <= s.last {
			continue
		}
		if gap := s.cadence.gap(t - s.last); s.last == 0 || gap || restarted(span, j) {
			s.slot = (t/pace.Milliseconds() + 1) * pace.Milliseconds()
			s.from = t + grace.Milliseconds()
		}
		for ; t >= s.slot; s.slot += pace.Milliseconds() {
			if s.slot >= s.from {
				moments = append(moments, s.slot)
			}
		}
		s.last = t
	}
	return moments
}

// Due is how long after the newest row the next moment is, at least a millisecond.
func (s *Slots) Due() time.Duration {
	return time.Duration(max(s.slot-s.last, 1)) * time.Millisecond
}

// cadence is how often rows come.
type cadence struct {
	// before is the time between the last two rows, usual what it was twice in a row.
	before, usual int64
}

// gap reports whether rows are missing in so many milliseconds between two.
func (c *cadence) gap(ms int64) bool {
	gap := ms > max(longGap.Milliseconds(), c.usual*5/2)
	if off := ms - c.before; max(off, -off) <= ms/4 {
		c.usual = ms
	}
	c.before = ms
	return gap
}
