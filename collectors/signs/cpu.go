package signs

import (
	"math"

	"dashcam/collectors"
)

type cpuSigns struct {
	resource
	use, busiest gate
	sat, steal   gate
	queue        median5
	queued       float64 // the median, repeated while the source is
	errors       errorCount
}

func (s *Signs) evalCPU() verdict {
	c, ix := &s.cpu, &s.ix
	use, busiest := s.sum(ix.working), s.worst(ix.cores)
	s.set(collectors.UseCPU, use.v)
	s.set(collectors.CPUBusiest, busiest.v)
	if use.step {
		s.stepAt(&c.use, use.v, Level{Warn: s.t.CPUUse.Warn})
	}
	if busiest.step {
		s.stepAt(&c.busiest, busiest.v, Level{Warn: s.t.CPUBusiest.Warn})
	}

	sat := s.cpuSaturation()
	steal := s.at(ix.steal)
	s.set(collectors.SatCPUSteal, steal.v)
	if steal.step {
		s.stepAt(&c.steal, steal.v, s.t.CPUSteal)
	}

	known := s.count(&c.errors, ix.throttles, warn)
	known = s.count(&c.errors, ix.checks, critical) || known
	errors, judged := s.setError(collectors.ErrCPU, &c.errors, known)
	return verdict{
		use:   max(c.use.level(), c.busiest.level()),
		sat:   max(c.sat.level(), c.steal.level()),
		err:   errors,
		known: use.known() || busiest.known() || sat.known() || steal.known() || judged,
	}
}

// cpuSaturation uses the best source that this host has. procs_running is read at
// the very moment our own tick wakes us, so it comes late in the order, smoothed,
// and less one.
func (s *Signs) cpuSaturation() reading {
	c, ix, cpus := &s.cpu, &s.ix, float64(s.cpus)
	var r reading
	var f *collectors.Family
	var l Level
	switch {
	case ix.cpuSome >= 0:
		r, f, l = s.at(ix.cpuSome), collectors.SatCPU, s.t.CPUPressure
	case ix.delay >= 0:
		r, f, l = s.at(ix.delay), collectors.SatCPUDelay, s.t.CPUDelay
	case ix.runnable >= 0:
		r, f, l = s.at(ix.runnable), collectors.SatCPUQueue, s.t.CPUQueue
		if r.step && r.known() {
			c.queued = c.queue.add(max(0, r.v-1-cpus) / cpus)
		}
		if r.known() {
			r.v = c.queued
		}
	case ix.load >= 0:
		r, f, l = s.at(ix.load), collectors.SatCPULoad, s.t.CPULoad
		r.v /= cpus
	default:
		return reading{v: math.NaN()}
	}
	s.set(f, r.v)
	if r.step {
		s.stepAt(&c.sat, r.v, l)
	}
	return r
}
