package signs

import (
	"math"
	"math/bits"
)

// level is how bad something is: the value of a state family.
type level uint8

const (
	ok level = iota
	warn
	critical
)

// sample is how one value stands to one level.
type sample uint8

const (
	unknown sample = iota // the value is missing
	under                 // below the share of the level at which it is left
	between               // neither
	over                  // at or over the level
)

// atLeast compares a value that is bad from a level on and good below the share leave
// of it. A level of 0 does not exist: nothing reaches it.
func atLeast(v, level, leave float64) sample {
	switch {
	case math.IsNaN(v):
		return unknown
	case level == 0:
		return under
	case v >= level:
		return over
	case v < leave*level:
		return under
	}
	return between
}

// lessThan compares a value of which less is worse.
func lessThan(v, level, leave float64) sample {
	switch {
	case math.IsNaN(v):
		return unknown
	case v < level:
		return over
	case v > level/leave:
		return under
	}
	return between
}

// both is over only where each is, in this very sample. One that is under is
// enough to be under.
func both(a, b sample) sample {
	switch {
	case a == under || b == under:
		return under
	case a == unknown || b == unknown:
		return unknown
	}
	return min(a, b)
}

// pair is how one sample stands to the two levels of a line.
type pair struct{ warn, crit sample }

func (p pair) both(q pair) pair { return pair{both(p.warn, q.warn), both(p.crit, q.crit)} }

// level is that of this sample alone.
func (p pair) level() level {
	switch {
	case p.crit == over:
		return critical
	case p.warn == over:
		return warn
	}
	return ok
}

const (
	raisedOf    = 5  // a level is raised when
	raisedBy    = 3  // so many of the last raisedOf samples are over it,
	clearedBy   = 10 // and cleared by so many samples in a row under it
	unknownFrom = 10 // after so many missing ones in a row nothing is known any more
)

// hysteresis keeps one level. A missing sample changes nothing by itself.
type hysteresis struct {
	recent  uint8 // one bit per sample, the newest lowest
	calm    uint8
	missing uint8
	raised  bool
}

func (h *hysteresis) step(x sample) {
	if x == unknown {
		if h.missing++; h.missing >= unknownFrom {
			*h = hysteresis{}
		}
		return
	}
	h.missing = 0
	h.recent = h.recent << 1 & (1<<raisedOf - 1)
	if x == over {
		h.recent |= 1
	}
	if x != under {
		h.calm = 0
	} else if h.calm < clearedBy {
		h.calm++
	}
	switch {
	case !h.raised && bits.OnesCount8(h.recent) >= raisedBy:
		h.raised = true
	case h.raised && h.calm == clearedBy:
		*h = hysteresis{}
	}
}

// levels is the hysteresis of both levels.
type levels struct{ warn, crit hysteresis }

func (l *levels) step(p pair) {
	l.warn.step(p.warn)
	l.crit.step(p.crit)
}

func (l *levels) level() level {
	switch {
	case l.crit.raised:
		return critical
	case l.warn.raised:
		return warn
	}
	return ok
}

// errorWindow is how long an error counts and holds its state, in seconds.
const errorWindow = 300

// errorCount counts events of the last five minutes, in steps of one second.
type errorCount struct {
	slots  [errorWindow]errorSlot
	newest int64 // second of the newest event, so that quiet hosts pay nothing
	any    bool
}

// errorSlot is one second: how many, the worst of them, and what they were.
type errorSlot struct {
	second int64
	n      float64
	level  level
	reason uint8
}

func (e *errorCount) add(second int64, n float64, l level, reason uint8) {
	slot := &e.slots[second%errorWindow]
	if slot.second != second {
		*slot = errorSlot{second: second}
	}
	slot.n += n
	if l > slot.level {
		slot.level, slot.reason = l, reason
	}
	e.newest, e.any = second, true
}

// sum returns how many events are remembered at the given second, and the newest of
// the worst of them.
func (e *errorCount) sum(second int64) (n float64, worst level, reason uint8) {
	if !e.any || second-e.newest >= errorWindow {
		return 0, ok, 0
	}
	var at int64
	for i := range e.slots {
		slot := &e.slots[i]
		if second-slot.second >= errorWindow || slot.n == 0 {
			continue
		}
		n += slot.n
		if slot.level > worst || slot.level == worst && slot.second > at {
			worst, reason, at = slot.level, slot.reason, slot.second
		}
	}
	return n, worst, reason
}
