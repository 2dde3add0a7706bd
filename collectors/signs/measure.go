package signs

import (
	"math"
	"strconv"

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
