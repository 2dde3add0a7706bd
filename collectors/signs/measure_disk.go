package signs

import (
	"math"

	"dashcam/collectors"
)

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
