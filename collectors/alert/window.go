package alert

import (
	"math"
	"time"

	"dashcam/collectors"
)

// pace is how often rules are evaluated, longest how far back they look.
const (
	pace    = 15 * time.Second
	longest = 10 * time.Minute
	slots   = int(longest / pace)
)

// window is what a series was in the last while, in slots of one pace each.
type window struct {
	series *collectors.Series
	now    slot
	past   [slots]slot // a ring
	next   int         // of past
	// counts says that nothing is 0, and not unknown; lasts that it is what was last.
	counts, lasts bool
	held          float64
}

// slot sums up the rows of one pace.
type slot struct {
	n              int
	sum, max, last float64
}

func (w *window) add(v float64) {
	if w.now.n == 0 || v > w.now.max {
		w.now.max = v
	}
	w.now.n++
	w.now.sum += v
	w.now.last = v
}

// close ends the slot at hand.
func (w *window) close() {
	switch {
	case w.now.n > 0:
		w.held = w.now.last
	case w.lasts:
		w.add(w.held)
	case w.counts:
		w.now.n = 1
	}
	w.past[w.next] = w.now
	w.next = (w.next + 1) % slots
	w.now = slot{}
}

// empty forgets everything: after a gap nothing is known of the time before.
func (w *window) empty() { w.now, w.past, w.next = slot{}, [slots]slot{}, 0 }

// each calls f with the slots of a span, newest first, and reports whether each has a value.
func (w *window) each(span time.Duration, f func(s *slot)) bool {
	n := max(int(span/pace), 1)
	for i := 1; i <= n; i++ {
		s := &w.past[(w.next-i+slots)%slots]
		if s.n == 0 {
			return false
		}
		f(s)
	}
	return true
}

// mean is that of all rows of a minute; NaN where a slot of it has none.
func (w *window) mean() float64 {
	if w == nil {
		return math.NaN()
	}
	sum, n := 0.0, 0
	if !w.each(time.Minute, func(s *slot) { sum, n = sum+s.sum, n+s.n }) {
		return math.NaN()
	}
	return sum / float64(n)
}

// last is the newest value.
func (w *window) last() float64 {
	if w == nil {
		return math.NaN()
	}
	v := math.NaN()
	w.each(pace, func(s *slot) { v = s.last })
	return v
}

// rise is by how much a counter rose in a span, of which only the newest slot has to be
// known: one that rose just now is worth telling.
func (w *window) rise(span time.Duration) float64 {
	if w == nil || w.past[(w.next-1+slots)%slots].n == 0 {
		return math.NaN()
	}
	sum := 0.0
	w.each(span, func(s *slot) { sum += s.sum / float64(s.n) * pace.Seconds() })
	return sum
}
