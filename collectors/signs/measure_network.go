package signs

import (
	"math"
	"time"

	"dashcam/collectors"
)

// linkUse compares the fullest link that is up and states its speed. A link is full
// duplex: its two directions are never added. Where no link states a speed, the rate of
// the busiest is shown, which has no percent and no level.
func linkUse(s *Signs, l *line, whole *part) measure {
	use, rate := absent, absent
	stated := false
	for _, p := range l.parts {
		if down := s.one(p.at[2]); down.v >= 1 {
			continue
		}
		bits := s.largest(p.at[0])
		bits.v *= 8
		rate = larger(rate, bits)
		if speed := s.one(p.at[1]); speed.v > 0 {
			stated = true
			use = larger(use, reading{100 * bits.v / speed.v, bits.step})
		}
	}
	whole.last = math.NaN()
	if !stated {
		whole.last = rate.v
		return plain(absent)
	}
	return plain(use)
}

func showLinkUse(s *Signs, _ *line, whole *part, m measure) {
	s.set(collectors.UseNetwork, m.shown)
	s.set(collectors.UseNetworkRate, whole.last)
}

// retransmits is the share of segments that were lost: sent again, less those sent
// again to open a connection to a peer that does not answer, less those that the peer
// had already. What it had, it tells by DSACKs (RFC 2883), which is also how the kernel
// tells a needless tail-loss probe from one that repaired a loss.
//
// So few segments that there is no share are no sign of saturation, and neither is a
// share at its level that a handful of lost segments make: it is missing.
func retransmits(s *Signs, l *line, p *part) measure {
	if p.window == nil {
		p.window = &shareWindow{last: s.clock}
	}
	missing := measure{math.NaN(), math.NaN(), math.NaN(), true}
	if len(p.at[0]) == 0 || len(p.at[1]) == 0 {
		missing.step = false
		return missing
	}
	sum, fresh := [4]float64{}, true
	for i := range p.at {
		if len(p.at[i]) == 0 {
			continue // this kernel does not count it
		}
		v := &s.row.Values[p.at[i][0]]
		if math.IsNaN(v.V) || v.Fresh && math.IsNaN(v.Delta) {
			p.window.reset(s.clock)
			return missing
		}
		sum[i], fresh = v.Delta, fresh && v.Fresh
	}
	if fresh {
		p.window.add(s.clock, sum[0]-sum[2], sum[1], sum[3])
	}
	again, sent, needless := p.window.sums(s.t.NetworkWindow)
	lost := max(0, again-needless)
	m := measure{shown: 100 * lost / sent, step: fresh}
	if sent < s.t.NetworkSegments || lost < s.t.NetworkLost && m.shown >= l.at.Warn {
		m.shown = math.NaN()
		return m
	}
	m.warn, m.crit = m.shown, m.shown
	return m
}

// shareWindow holds the newest rises of counters, enough for five seconds of ten
// samples each.
type shareWindow struct {
	entries [64]shareEntry
	next, n int
	last    float64 // clock of the newest entry
}

type shareEntry struct{ seconds, again, sent, needless float64 }

// reset drops everything: the next rise begins at the given clock.
func (w *shareWindow) reset(clock float64) { w.n, w.last = 0, clock }

func (w *shareWindow) add(clock, again, sent, needless float64) {
	w.entries[w.next] = shareEntry{clock - w.last, again, sent, needless}
	w.next = (w.next + 1) % len(w.entries)
	w.n = min(w.n+1, len(w.entries))
	w.last = clock
}

// sums adds up the newest entries that fill the window.
func (w *shareWindow) sums(window time.Duration) (again, sent, needless float64) {
	// Ticks jitter: without the slack five samples of 0.999 s would need a sixth.
	full, seconds := 0.95*window.Seconds(), 0.0
	for i := 1; i <= w.n && seconds < full; i++ {
		e := &w.entries[(w.next-i+len(w.entries))%len(w.entries)]
		seconds += e.seconds
		again += e.again
		sent += e.sent
		needless += e.needless
	}
	return again, sent, needless
}
