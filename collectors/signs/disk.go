package signs

import (
	"math"

	"dashcam/collectors"
)

type diskSigns struct {
	resource
	devices []*device // physical ones, in the order of the row
	byName  map[string]*device

	use, some, full, blocked gate
	waiting                  median5
	waitingNow               float64
	errors                   errorCount
}

// device is a whole disk. Mapped and looped ones would count the same request
// twice; they stand in their section only.
type device struct {
	physical, rotational bool
	seen                 bool
	busy, queue          int
	wait, operations     [2]int // read, write
	bytes                []int

	gate gate
	mean float64 // seconds per operation in the last sample; NaN for too few
}

func (d *diskSigns) forget() {
	d.devices = d.devices[:0]
	for _, e := range d.byName {
		*e = device{gate: e.gate, mean: e.mean, busy: -1, queue: -1, wait: [2]int{-1, -1}, operations: [2]int{-1, -1}}
	}
}

// find returns the device of a series. Every series of a device carries its class.
func (d *diskSigns) find(v *Value) *device {
	e := d.byName[v.Labels.At(0)]
	if e == nil {
		e = &device{mean: math.NaN(), busy: -1, queue: -1, wait: [2]int{-1, -1}, operations: [2]int{-1, -1}}
		if d.byName == nil {
			d.byName = map[string]*device{}
		}
		d.byName[v.Labels.At(0)] = e
	}
	e.physical = physical(v)
	e.rotational = e.rotational || v.Info["rotational"] == "yes"
	if !e.seen && e.physical {
		d.devices = append(d.devices, e)
	}
	e.seen = true
	return e
}

// physical says whether a device counts. Where a system does not tell, it does.
func physical(v *Value) bool {
	class, told := v.Info["class"]
	return !told || class == "physical"
}

func (d *diskSigns) keep(ix *index) {
	for name, e := range d.byName {
		if !e.seen {
			delete(d.byName, name)
		}
	}
	spinning := 0
	for _, e := range d.devices {
		ix.anyBusy = ix.anyBusy || e.busy >= 0
		ix.anyQueue = ix.anyQueue || e.queue >= 0
		if e.rotational {
			spinning++
		}
	}
	switch spinning {
	case 0:
		ix.rotational = "no"
	case len(d.devices):
		ix.rotational = "yes"
	default:
		ix.rotational = "mixed"
	}
}

func (s *Signs) evalDisk() verdict {
	d, ix := &s.disk, &s.ix
	coloured := s.diskUse()
	sat := s.diskSaturation()
	queues, queued := s.diskQueues()

	known := s.count(&d.errors, ix.diskErrors, warn)
	known = s.count(&d.errors, ix.filesystemErrors, critical) || known
	errors, judged := s.setError(collectors.ErrDisk, &d.errors, known)
	return verdict{
		use:   d.use.level(),
		sat:   max(d.some.level(), d.full.level(), d.blocked.level(), queues),
		err:   errors,
		known: coloured || sat || queued || judged,
	}
}

// diskUse emits the worst time busy, or the throughput where devices do not state
// one, and says whether it can be judged: since Linux 5.0 time busy only says that
// some request was in flight, so it colours rotational devices alone.
func (s *Signs) diskUse() (judged bool) {
	d, ix := &s.disk, &s.ix
	if !ix.anyBusy {
		rate := absent
		for _, e := range d.devices {
			rate = larger(rate, s.sum(e.bytes))
		}
		s.set(collectors.UseDiskRate, rate.v)
		return false
	}
	all, spinning := absent, absent
	for _, e := range d.devices {
		busy := s.at(e.busy)
		all = larger(all, busy)
		if e.rotational {
			spinning = larger(spinning, busy)
		}
	}
	if all.known() {
		slot := s.out.Slot(collectors.UseDisk)
		s.out.Gauge(slot, all.v)
		s.out.Info(slot, "rotational", ix.rotational)
	}
	if spinning.step {
		s.stepAt(&d.use, spinning.v, Level{Warn: s.t.DiskUse.Warn})
	}
	return spinning.known()
}

// diskSaturation judges what the host as a whole waits for.
func (s *Signs) diskSaturation() (judged bool) {
	d, ix := &s.disk, &s.ix
	switch {
	case ix.ioSome >= 0:
		some, full := s.at(ix.ioSome), s.at(ix.ioFull)
		s.set(collectors.SatDisk, some.v)
		s.set(collectors.SatDiskFull, full.v)
		if some.step {
			s.stepAt(&d.some, some.v, s.t.DiskPressure)
		}
		if full.step {
			s.stepAt(&d.full, full.v, s.t.DiskFull)
		}
		return some.known() || full.known()
	case !ix.anyQueue && ix.blocked >= 0:
		r := s.at(ix.blocked)
		if !r.known() {
			if r.step {
				d.blocked.step(unknown, unknown)
			}
			return false
		}
		if r.step {
			d.waitingNow = d.waiting.add(r.v)
			s.stepAt(&d.blocked, d.waitingNow, Level{s.t.DiskBlocked.Warn, s.t.DiskBlocked.Crit * float64(s.cpus)})
		}
		s.set(collectors.SatDiskBlocked, d.waitingNow)
		return true
	}
	return false
}

// diskQueues judges each device by its queue and its mean wait together, and emits
// those of the device that is nearest to or furthest beyond its warning.
func (s *Signs) diskQueues() (worst level, judged bool) {
	var show *device
	var showQueue, showScore float64
	for _, e := range s.disk.devices {
		queue := s.at(e.queue)
		if queue.step {
			s.stepQueue(e, queue.v)
		}
		worst = max(worst, e.gate.level())
		if !queue.known() {
			continue
		}
		score := 0.0
		if !math.IsNaN(e.mean) {
			score = min(queue.v/s.t.DiskQueue.Warn, e.mean/s.waitLevel(e).Warn)
		}
		if show == nil || score > showScore || score == showScore && queue.v > showQueue {
			show, showQueue, showScore = e, queue.v, score
		}
	}
	if show == nil {
		return worst, false
	}
	s.set(collectors.SatDiskQueue, showQueue)
	s.set(collectors.SatDiskWait, show.mean)
	return worst, true
}

func (s *Signs) waitLevel(e *device) Level {
	if e.rotational {
		return s.t.DiskWaitRotational
	}
	return s.t.DiskWait
}

func (s *Signs) stepQueue(e *device, queue float64) {
	e.mean = s.meanWait(e)
	q, w := s.t.DiskQueue, s.waitLevel(e)
	e.gate.step(
		both(s.atLeast(queue, q.Warn), s.atLeast(e.mean, w.Warn)),
		both(s.atLeast(queue, q.Crit), s.atLeast(e.mean, w.Crit)))
}

// meanWait is Δ(time of reads and writes) ÷ Δ(reads and writes), put together again
// from the means of each.
func (s *Signs) meanWait(e *device) float64 {
	operations, waited := 0.0, 0.0
	for dir := range e.wait {
		if e.operations[dir] < 0 || e.wait[dir] < 0 {
			continue
		}
		n := s.row.Values[e.operations[dir]].Delta
		if !(n > 0) {
			continue
		}
		operations += n
		if w := s.at(e.wait[dir]); w.known() {
			waited += n * w.v
		}
	}
	if operations < s.t.DiskWaitOperations {
		return math.NaN()
	}
	return waited / operations
}
