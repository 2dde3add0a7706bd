package signs

import (
	"math"
	"time"

	"dashcam/collectors"
)

type networkSigns struct {
	resource
	links  []*link // physical ones, in the order of the row
	byName map[string]*link

	use                        gate
	retransmits, lost, dropped gate
	recent                     shareWindow
	errors                     errorCount
}

// link is an interface.
type link struct {
	seen          bool
	speed, link   int
	bytes, errors []int
	dropped       []int
	carrier       []int
}

func (n *networkSigns) forget() {
	n.links = n.links[:0]
	for _, l := range n.byName {
		*l = link{speed: -1, link: -1}
	}
}

// find returns the interface of a series. Every series of one carries its class.
func (n *networkSigns) find(v *Value) *link {
	l := n.byName[v.Labels.At(0)]
	if l == nil {
		l = &link{speed: -1, link: -1}
		if n.byName == nil {
			n.byName = map[string]*link{}
		}
		n.byName[v.Labels.At(0)] = l
	}
	if !l.seen && physical(v) {
		n.links = append(n.links, l)
	}
	l.seen = true
	return l
}

func (n *networkSigns) keep() {
	for name, l := range n.byName {
		if !l.seen {
			delete(n.byName, name)
		}
	}
}

func (s *Signs) evalNetwork() verdict {
	n, ix := &s.network, &s.ix
	retransmits := s.retransmits()
	lost := s.sum(ix.listen)
	s.set(collectors.SatNetworkListen, lost.v)
	if lost.step {
		s.stepAt(&n.lost, lost.v, s.t.NetworkListen)
	}
	dropped := s.sum(ix.softnetDropped)
	for _, l := range n.links {
		dropped = plus(dropped, s.sum(l.dropped))
	}
	s.set(collectors.SatNetworkDropped, dropped.v)
	if dropped.step {
		s.stepAt(&n.dropped, dropped.v, s.t.NetworkDropped)
	}
	saturated := either(retransmits, either(s.atLeast(lost.v, s.t.NetworkListen.Warn), s.atLeast(dropped.v, s.t.NetworkDropped.Warn)))

	use := s.networkUse()
	if use.step {
		n.use.step(s.atLeast(use.v, s.t.NetworkUse.Warn), both(s.atLeast(use.v, s.t.NetworkUse.Crit), saturated))
	}

	errors, judged := s.setError(collectors.ErrNetwork, &n.errors, s.networkErrors())
	return verdict{
		use:   n.use.level(),
		sat:   max(n.retransmits.level(), n.lost.level(), n.dropped.level()),
		err:   errors,
		known: use.known() || saturated != unknown || judged,
	}
}

func plus(a, b reading) reading {
	step := a.step || b.step
	switch {
	case !a.known():
		a = b
	case b.known():
		a.v += b.v
	}
	a.step = step
	return a
}

// networkUse emits the fullest link that is up and states its speed; where none
// does, the rate, which has no percent and no colour. A link is full duplex: its
// two directions are never added.
func (s *Signs) networkUse() reading {
	use, rate := absent, absent
	stated := false
	for _, l := range s.network.links {
		if down := s.at(l.link); down.v >= 1 {
			continue
		}
		bytes := s.worst(l.bytes)
		bits := reading{8 * bytes.v, bytes.step}
		rate = larger(rate, bits)
		if speed := s.at(l.speed); speed.v > 0 {
			stated = true
			use = larger(use, reading{100 * bits.v / speed.v, bits.step})
		}
	}
	if stated {
		s.set(collectors.UseNetwork, use.v)
		return use
	}
	s.set(collectors.UseNetworkRate, rate.v)
	return absent
}

// retransmits emits the share of segments sent again in the last seconds. So few
// segments that there is no share are no sign of saturation either.
func (s *Signs) retransmits() sample {
	n, ix := &s.network, &s.ix
	if ix.retransmits < 0 || ix.segments < 0 {
		return unknown
	}
	again, sent := &s.row.Values[ix.retransmits], &s.row.Values[ix.segments]
	fresh := again.Fresh && sent.Fresh
	if math.IsNaN(again.V+sent.V) || fresh && math.IsNaN(again.Delta+sent.Delta) {
		n.recent.reset(s.clock)
		n.retransmits.step(unknown, unknown)
		return unknown
	}
	if fresh {
		n.recent.add(s.clock, again.Delta, sent.Delta)
	}
	share := n.recent.percent(s.t.NetworkWindow, s.t.NetworkSegments)
	s.set(collectors.SatNetwork, share)
	if math.IsNaN(share) {
		share = 0
	}
	if fresh {
		s.stepAt(&n.retransmits, share, s.t.NetworkRetransmits)
	}
	return s.atLeast(share, s.t.NetworkRetransmits.Warn)
}

// networkErrors counts failed packets and carrier changes of physical links. Not
// rx_dropped: it counts packets of unknown protocols.
func (s *Signs) networkErrors() (known bool) {
	n := &s.network
	rate := 0.0
	for _, l := range n.links {
		if r := s.sum(l.errors); r.known() {
			rate += r.v
		}
	}
	severity := warn
	if s.atLeast(rate, s.t.NetworkErrors.Crit) == over {
		severity = critical
	}
	for _, l := range n.links {
		known = s.count(&n.errors, l.errors, severity) || known
		known = s.count(&n.errors, l.carrier, critical) || known
	}
	return known
}

// shareWindow holds the newest rises of two counters, enough for five seconds of
// ten samples each.
type shareWindow struct {
	entries [64]shareEntry
	next, n int
	last    float64 // clock of the newest entry
}

type shareEntry struct{ seconds, part, whole float64 }

// reset forgets everything: the next rise begins at the given clock.
func (w *shareWindow) reset(clock float64) { w.n, w.last = 0, clock }

func (w *shareWindow) add(clock, part, whole float64) {
	w.entries[w.next] = shareEntry{clock - w.last, part, whole}
	w.next = (w.next + 1) % len(w.entries)
	w.n = min(w.n+1, len(w.entries))
	w.last = clock
}

// percent returns 100 × part ÷ whole over the newest entries that fill the window,
// NaN for less than least of the whole.
func (w *shareWindow) percent(window time.Duration, least float64) float64 {
	// Ticks jitter: without the slack five samples of 0.999 s would need a sixth.
	full := 0.95 * window.Seconds()
	seconds, part, whole := 0.0, 0.0, 0.0
	for i := 1; i <= w.n && seconds < full; i++ {
		e := &w.entries[(w.next-i+len(w.entries))%len(w.entries)]
		seconds += e.seconds
		part += e.part
		whole += e.whole
	}
	if whole < least {
		return math.NaN()
	}
	return 100 * part / whole
}
