package signs

import (
	"math"
	"math/bits"
)

// sample is how one value stands to one threshold.
type sample uint8

const (
	unknown sample = iota // the value is missing
	under                 // below the share of the threshold at which it is left
	between               // neither
	over                  // at or over the threshold
)

// atLeast judges a value that is bad from threshold on.
func (s *Signs) atLeast(v, threshold float64) sample { return atLeast(v, threshold, s.t.Leave) }

// filled judges how much of a limit is used, in percent.
func (s *Signs) filled(percent, threshold float64) sample {
	return atLeast(percent, threshold, s.t.LeaveLimit)
}

// leftOver judges how much of a limit is left: less is worse.
func (s *Signs) leftOver(v, threshold float64) sample { return lessThan(v, threshold, s.t.LeaveLimit) }

// atLeast judges a value that is bad from threshold on and good below the share leave
// of it. A threshold of 0 does not exist: nothing reaches it.
func atLeast(v, threshold, leave float64) sample {
	switch {
	case math.IsNaN(v):
		return unknown
	case threshold == 0:
		return under
	case v >= threshold:
		return over
	case v < leave*threshold:
		return under
	}
	return between
}

// lessThan judges a value of which less is worse.
func lessThan(v, threshold, leave float64) sample {
	switch {
	case math.IsNaN(v):
		return unknown
	case v < threshold:
		return over
	case v > threshold/leave:
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

// either is the worse of two.
func either(a, b sample) sample { return max(a, b) }

const (
	enterOf    = 5  // a level is entered when
	enterAfter = 3  // so many of the last enterOf samples are over it,
	leaveAfter = 10 // and left after so many samples in a row under it
)

// rule decides over one level. A missing sample changes nothing, but after
// leaveAfter of them in a row nothing is known any more.
type rule struct {
	recent  uint8 // one bit per sample, the newest lowest
	calm    uint8
	missing uint8
	on      bool
}

func (r *rule) step(x sample) {
	if x == unknown {
		if r.missing++; r.missing >= leaveAfter {
			*r = rule{}
		}
		return
	}
	r.missing = 0
	r.recent = r.recent << 1 & (1<<enterOf - 1)
	if x == over {
		r.recent |= 1
	}
	if x != under {
		r.calm = 0
	} else if r.calm < leaveAfter {
		r.calm++
	}
	switch {
	case !r.on && bits.OnesCount8(r.recent) >= enterAfter:
		r.on = true
	case r.on && r.calm == leaveAfter:
		*r = rule{}
	}
}

// gate is a pair of levels over the same value.
type gate struct{ warn, crit rule }

func (g *gate) step(warn, crit sample) {
	g.warn.step(warn)
	g.crit.step(crit)
}

// stepAt moves both levels on by one value that is bad from the level on.
func (s *Signs) stepAt(g *gate, v float64, l Level) {
	g.step(s.atLeast(v, l.Warn), s.atLeast(v, l.Crit))
}

func (g *gate) level() level {
	switch {
	case g.crit.on:
		return critical
	case g.warn.on:
		return warn
	}
	return ok
}

// median5 is the median of the last five samples; of fewer, the lower one in the
// middle.
type median5 struct {
	v    [5]float64
	n    int
	next int
}

func (m *median5) add(v float64) float64 {
	m.v[m.next] = v
	m.next = (m.next + 1) % len(m.v)
	m.n = min(m.n+1, len(m.v))
	sorted := m.v
	for i := 1; i < m.n; i++ {
		for j := i; j > 0 && sorted[j] < sorted[j-1]; j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	return sorted[(m.n-1)/2]
}

// errorWindow is how long an error counts and holds its state, in seconds.
const errorWindow = 300

// errorCount counts events of the last five minutes, in steps of one second.
type errorCount struct {
	slots  [errorWindow]errorSlot
	newest int64 // second of the newest event, so that quiet hosts pay nothing
	any    bool
}

type errorSlot struct {
	second int64
	n      float64
	level  level
}

func (e *errorCount) add(second int64, n float64, l level) {
	slot := &e.slots[second%errorWindow]
	if slot.second != second {
		*slot = errorSlot{second: second}
	}
	slot.n += n
	slot.level = max(slot.level, l)
	e.newest, e.any = second, true
}

// sum returns how many events are remembered at the given second, and the worst of
// them.
func (e *errorCount) sum(second int64) (n float64, worst level) {
	if !e.any || second-e.newest >= errorWindow {
		return 0, ok
	}
	for i := range e.slots {
		if slot := &e.slots[i]; second-slot.second < errorWindow {
			n += slot.n
			worst = max(worst, slot.level)
		}
	}
	return n, worst
}
