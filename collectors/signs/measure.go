package signs

import (
	"math"
	"strconv"
	"time"

	"dashcam/collectors"
)

// The measures that the table names.

func value(s *Signs, _ *line, p *part) measure   { return plain(s.one(p.at[0])) }
func sum(s *Signs, _ *line, p *part) measure     { return plain(s.sum(p.at[0])) }
func largest(s *Signs, _ *line, p *part) measure { return plain(s.largest(p.at[0])) }

func sumOfAll(s *Signs, _ *line, p *part) measure {
	all := absent
	for _, at := range p.at {
		all = plus(all, s.sum(at))
	}
	return plain(all)
}

func hide(*Signs, *line, *part, measure) {}

// perProcessor divides a value by the number of processors.
func perProcessor(s *Signs, _ *line, p *part) measure {
	r := s.one(p.at[0])
	r.v /= float64(s.cpus)
	return plain(r)
}

// queuedTasks smooths procs_running, which is read at the very moment our own tick wakes
// us, and takes that one off.
func queuedTasks(s *Signs, _ *line, p *part) measure {
	cpus := float64(s.cpus)
	return smooth(s.one(p.at[0]), p, func(v float64) float64 { return max(0, v-1-cpus) / cpus })
}

// blockedTasks warns by their number and is critical by their number per processor.
func blockedTasks(s *Signs, _ *line, p *part) measure {
	m := smooth(s.one(p.at[0]), p, func(v float64) float64 { return v })
	m.crit /= float64(s.cpus)
	return m
}

// smooth is the median of the last five samples, repeated while the source is.
func smooth(r reading, p *part, f func(float64) float64) measure {
	if r.known() {
		if r.step {
			p.last = p.median.add(f(r.v))
		}
		r.v = p.last
	}
	return plain(r)
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

// swapping warns by pages and stalled allocations, and is critical by pages alone.
func swapping(s *Signs, _ *line, p *part) measure {
	pages := s.sum(p.at[0])
	m := plain(plus(pages, s.sum(p.at[1])))
	m.crit = pages.v
	return m
}

// memoryUse is the kernel's own estimate of what is not available, or ours where
// the kernel has none. The available memory that collectors give already counts what a
// ZFS cache gives back.
func memoryUse(s *Signs, _ *line, p *part) measure {
	total, available := s.one(p.at[0]), s.one(p.at[1])
	if !(total.v > 0) {
		return plain(reading{math.NaN(), total.step})
	}
	if len(p.at[0]) == 0 || len(p.at[1]) == 0 {
		available.v = s.estimate(p)
	}
	use := 100 * (total.v - available.v) / total.v
	if !math.IsNaN(use) {
		use = min(max(use, 0), 100)
	}
	return plain(reading{use, total.step})
}

// estimate is what could be freed on a kernel without MemAvailable. What this
// system does not count is taken as 0, but for the free memory itself.
func (s *Signs) estimate(p *part) float64 {
	v := s.one(p.at[2]).v
	if shared := s.one(p.at[3]); shared.known() {
		v -= shared.v
	}
	for _, at := range p.at[4:] {
		if r := s.one(at); r.known() {
			v += r.v
		}
	}
	return v
}

// showMemoryUse says whether the use is an estimate.
func showMemoryUse(s *Signs, _ *line, p *part, m measure) {
	if math.IsNaN(m.shown) {
		return
	}
	slot := s.out.Slot(collectors.UseMemory)
	s.out.Gauge(slot, m.shown)
	if len(p.at[1]) == 0 || s.row.Values[p.at[1][0]].Info["approx"] == "yes" {
		s.out.Info(slot, "approx", "yes")
	}
}

// diskQueue is the queue of one device; its mean wait is kept beside it.
func diskQueue(s *Signs, _ *line, p *part) measure {
	queue := s.one(p.at[0])
	if queue.step {
		p.last = s.meanWait(p)
	}
	return plain(queue)
}

// meanWait is Δ(time of reads and writes) ÷ Δ(reads and writes), put together again
// from the means of each; NaN for too few.
func (s *Signs) meanWait(p *part) float64 {
	operations, waited := 0.0, 0.0
	for direction := range 2 {
		wait, count := p.at[1+direction], p.at[3+direction]
		if len(wait) == 0 || len(count) == 0 {
			continue
		}
		n := s.row.Values[count[0]].Delta
		if !(n > 0) {
			continue
		}
		operations += n
		if w := s.one(wait); w.known() {
			waited += n * w.v
		}
	}
	if operations < s.t.DiskWaitOperations {
		return math.NaN()
	}
	return waited / operations
}

// compareQueue compares queue and wait of a device in the same sample.
func compareQueue(s *Signs, _ *line, p *part, m measure) pair {
	q, w := s.t.DiskQueue, s.waitLevel(p)
	return pair{atLeast(m.warn, q.Warn, s.t.Leave), atLeast(m.crit, q.Crit, s.t.Leave)}.both(
		pair{atLeast(p.last, w.Warn, s.t.Leave), atLeast(p.last, w.Crit, s.t.Leave)})
}

func (s *Signs) waitLevel(p *part) Level {
	if p.info["rotational"] == "yes" {
		return s.t.DiskWaitRotational
	}
	return s.t.DiskWait
}

// showWorstQueue emits the device that is nearest to or furthest beyond its warning.
func showWorstQueue(s *Signs, l *line) {
	var worst *part
	var longest, nearest float64
	for _, p := range l.parts {
		queue := s.one(p.at[0]).v
		if math.IsNaN(queue) {
			continue
		}
		near := 0.0
		if !math.IsNaN(p.last) {
			near = min(queue/s.t.DiskQueue.Warn, p.last/s.waitLevel(p).Warn)
		}
		if worst == nil || near > nearest || near == nearest && queue > longest {
			worst, longest, nearest = p, queue, near
		}
	}
	if worst != nil {
		s.set(collectors.SatDiskQueue, longest)
		s.set(collectors.SatDiskWait, worst.last)
	}
}

// diskBusy shows the worst time busy, and compares that of rotational devices alone:
// since Linux 5.0 it only says that some request was in flight.
func diskBusy(s *Signs, l *line, _ *part) measure {
	all, spinning := absent, absent
	for _, p := range l.parts {
		busy := s.one(p.at[0])
		all = larger(all, busy)
		if p.info["rotational"] == "yes" {
			spinning = larger(spinning, busy)
		}
	}
	m := plain(spinning)
	m.shown = all.v
	return m
}

func showDiskBusy(s *Signs, l *line, _ *part, m measure) {
	if math.IsNaN(m.shown) {
		return
	}
	spinning := 0
	for _, p := range l.parts {
		if p.info["rotational"] == "yes" {
			spinning++
		}
	}
	text := "mixed"
	switch spinning {
	case 0:
		text = "no"
	case len(l.parts):
		text = "yes"
	}
	slot := s.out.Slot(collectors.UseDisk)
	s.out.Gauge(slot, m.shown)
	s.out.Info(slot, "rotational", text)
}

// diskRate is the throughput of the busiest device. It has no level.
func diskRate(s *Signs, l *line, _ *part) measure {
	rate := absent
	for _, p := range l.parts {
		rate = larger(rate, s.sum(p.at[0]))
	}
	return measure{shown: rate.v, warn: math.NaN(), crit: math.NaN()}
}

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

// usedShare is used ÷ limit in percent.
func usedShare(s *Signs, _ *line, p *part) measure {
	used, limit := s.one(p.at[0]), s.one(p.at[1])
	if p.mount != nil && !p.mount.counts() || !(limit.v > 0) {
		used.v = math.NaN()
	}
	used.v = 100 * used.v / limit.v
	return plain(used)
}

// serviceMemory is the share of its own limit that a service holds. Where the kernel tells
// that none of its tasks waits for memory, that is how it is meant to be.
func serviceMemory(s *Signs, l *line, p *part) measure {
	m := usedShare(s, l, p)
	if stalled := s.one(p.at[2]); stalled.known() && stalled.v < s.t.ServiceStalled && !math.IsNaN(m.warn) {
		m.warn, m.crit = 0, 0
	}
	return m
}

// temperature is in percent of the sensor's own critical mark.
func temperature(s *Signs, _ *line, p *part) measure {
	r, mark := s.one(p.at[0]), s.row.Values[p.at[0][0]].Max
	if !(mark > 0) {
		return plain(absent)
	}
	r.v = 100 * r.v / mark
	return plain(r)
}

func showTemperature(s *Signs, l *line, p *part, m measure) {
	if math.IsNaN(m.shown) {
		return
	}
	slot := s.setLimit(l, p, m)
	if mark := s.row.Values[p.at[0][0]].Max; p.last != mark {
		p.last, p.text = mark, strconv.FormatFloat(mark, 'f', -1, 64)
	}
	s.out.Info(slot, "unit", "celsius")
	s.out.Info(slot, "full", p.text)
	if device := p.info["device"]; device != "" {
		s.out.Info(slot, "device", device)
	}
}

func showLimit(s *Signs, l *line, p *part, m measure) {
	if !math.IsNaN(m.shown) {
		s.setLimit(l, p, m)
	}
}

// setLimit emits how much of a limit is used and how bad that is.
func (s *Signs) setLimit(l *line, p *part, m measure) collectors.Slot {
	name := p.key
	if !l.each {
		name = l.kind
	}
	slot := s.out.Slot(collectors.LimitUsed, l.kind, name)
	s.out.Gauge(slot, m.shown)
	s.out.Gauge(s.out.Slot(collectors.LimitState, l.kind, name), float64(p.levels.level()))
	return slot
}
