package signs

import (
	"math"

	"dashcam/collectors"
)

type memorySigns struct {
	resource
	use, sat, full gate
	errors         errorCount
	// saturated is how this row's saturation stands to its warning: use, swap and
	// the control group count as bad only together with it.
	saturated sample
}

func (s *Signs) evalMemory() verdict {
	m, ix := &s.memory, &s.ix
	sat := s.memorySaturation()
	use := s.memoryUse()
	if use.step {
		m.use.step(s.atLeast(use.v, s.t.MemoryUse.Warn), both(s.atLeast(use.v, s.t.MemoryUse.Crit), m.saturated))
	}

	known := s.count(&m.errors, ix.kills, critical)
	known = s.count(&m.errors, ix.corrected, warn) || known
	known = s.count(&m.errors, ix.uncorrected, critical) || known
	errors, judged := s.setError(collectors.ErrMemory, &m.errors, known)
	return verdict{
		use:   m.use.level(),
		sat:   max(m.sat.level(), m.full.level()),
		err:   errors,
		known: use.known() || sat.known() || judged,
	}
}

// memoryUse is the kernel's own estimate of what is not available, or ours where
// the kernel has none; then its info says approx. The available memory that
// collectors give already counts what a ZFS cache gives back.
func (s *Signs) memoryUse() reading {
	ix := &s.ix
	total := s.at(ix.total)
	if !(total.v > 0) {
		return reading{v: math.NaN(), step: total.step}
	}
	free, approximate := s.at(ix.available).v, true
	if ix.available < 0 {
		free = s.estimate()
	} else {
		approximate = s.row.Values[ix.available].Info["approx"] == "yes"
	}
	use := reading{100 * (total.v - free) / total.v, total.step}
	if use.known() {
		use.v = min(max(use.v, 0), 100)
		slot := s.out.Slot(collectors.UseMemory)
		s.out.Gauge(slot, use.v)
		if approximate {
			s.out.Info(slot, "approx", "yes")
		}
	}
	return use
}

// estimate is what could be freed on a kernel without MemAvailable. What this
// system does not count is taken as 0, but for the free memory itself.
func (s *Signs) estimate() float64 {
	ix := &s.ix
	v := s.at(ix.free).v
	for _, i := range [...]int{ix.buffers, ix.cached, ix.slab} {
		if r := s.at(i); r.known() {
			v += r.v
		}
	}
	if r := s.at(ix.shmem); r.known() {
		v -= r.v
	}
	return v
}

func (s *Signs) memorySaturation() reading {
	m, ix := &s.memory, &s.ix
	if ix.memorySome >= 0 {
		some, full := s.at(ix.memorySome), s.at(ix.memoryFull)
		s.set(collectors.SatMemory, some.v)
		s.set(collectors.SatMemoryFull, full.v)
		if some.step {
			s.stepAt(&m.sat, some.v, s.t.MemoryPressure)
		}
		if full.step {
			s.stepAt(&m.full, full.v, s.t.MemoryFull)
		}
		m.saturated = s.atLeast(some.v, s.t.MemoryPressure.Warn)
		return some
	}
	pages, stalls := s.sum(ix.swapping), s.sum(ix.stalls)
	all := reading{pages.v, pages.step || stalls.step}
	switch {
	case !all.known():
		all.v = stalls.v
	case stalls.known():
		all.v += stalls.v
	}
	s.set(collectors.SatMemorySwap, all.v)
	m.saturated = s.atLeast(all.v, s.t.MemorySwap.Warn)
	if all.step {
		m.sat.step(m.saturated, s.atLeast(pages.v, s.t.MemorySwap.Crit))
	}
	return all
}
