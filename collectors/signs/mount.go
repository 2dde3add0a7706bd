package signs

import (
	"math"

	"dashcam/collectors"
)

// smallTemporary is the size below which a tmpfs is not worth a line.
const smallTemporary = 64 << 20

// mount is a file system with its space, its inodes and its forecast.
type mount struct {
	name, device            string
	temporary               bool
	seen                    bool
	total, used, available  int
	inodesTotal, inodesUsed int
	readOnlyAt, stalledAt   int

	space, inodes, forecast gate
	trend                   trend

	looked, readOnly bool // whether it was seen at all, and how
	leftOut          bool // read-only at first sight
	watched          bool // whether this row told if it answers or is read-only
	remountHeld      int64
	stallHeld        int64
}

func newMount(name string) *mount {
	m := &mount{name: name}
	m.forget()
	return m
}

func (m *mount) forget() {
	m.seen = false
	m.total, m.used, m.available, m.inodesTotal, m.inodesUsed, m.readOnlyAt, m.stalledAt = -1, -1, -1, -1, -1, -1, -1
}

// evalMount judges one file system. err says that it became read-only or did not
// answer within the last five minutes.
func (s *Signs) evalMount(m *mount) (worst level, err, known bool) {
	err = s.watchMount(m)
	total := s.at(m.total)
	counts := !m.leftOut && !(m.temporary && total.v < smallTemporary)
	if counts {
		worst, known = s.evalSpace(m, total)
	}
	state := worst
	if err {
		state = critical
	}
	if known || err {
		s.out.Gauge(s.out.Slot(collectors.LimitState, kindFilesystem, m.name), float64(state))
	}
	if !counts {
		return worst, err, known
	}
	inodes := s.evalShare(&m.inodes, kindInodes, m.name, m.inodesUsed, m.inodesTotal, s.t.LimitUsed, over)
	return max(worst, inodes.level), err, known || inodes.known
}

// watchMount notices remounts and mounts that do not answer.
func (s *Signs) watchMount(m *mount) (err bool) {
	readOnly, stalled := s.at(m.readOnlyAt), s.at(m.stalledAt)
	m.watched = readOnly.known() || stalled.known()
	if readOnly.known() {
		now := readOnly.v >= 1
		switch {
		case !m.looked:
			m.looked, m.leftOut = true, now
		case now && !m.readOnly:
			s.limits.errors.add(s.second, 1, critical)
			s.disk.errors.add(s.second, 1, critical)
			m.remountHeld = s.second + errorWindow
		case !now:
			m.leftOut = false
		}
		m.readOnly = now
	}
	if stalled.v >= s.t.Stalled.Seconds() {
		m.stallHeld = s.second + errorWindow
	}
	return m.remountHeld > s.second || m.stallHeld > s.second
}

// evalSpace emits the percent as df computes it and the time until it is full.
func (s *Signs) evalSpace(m *mount, total reading) (worst level, known bool) {
	used, free := s.at(m.used), s.at(m.available)
	if !(used.v+free.v > 0) {
		if used.step && m.used >= 0 {
			m.space.step(unknown, unknown)
			m.forecast.step(unknown, unknown)
		}
		return max(m.space.level(), m.forecast.level()), false
	}
	percent := 100 * used.v / (used.v + free.v)
	s.out.Gauge(s.out.Slot(collectors.LimitUsed, kindFilesystem, m.name), percent)

	if used.step {
		m.trend.add(s.clock, used.v, s.t.FullInWindow.Seconds())
	}
	fullIn := m.trend.fullIn(free.v, s.t.FullInWindow.Seconds(), s.t.FullInFit)
	if fullIn > s.t.FullInMost.Seconds() {
		fullIn = math.NaN()
	}
	if !math.IsNaN(fullIn) {
		s.out.Gauge(s.out.Slot(collectors.LimitFullIn, kindFilesystem, m.name), fullIn)
	}
	if used.step {
		s.stepSpace(m, percent, free.v, total.v, fullIn)
	}
	return max(m.space.level(), m.forecast.level()), true
}

func (s *Signs) stepSpace(m *mount, percent, free, total, fullIn float64) {
	used, left := s.t.FilesystemUsed, s.t.FilesystemFree
	last := under
	if total > s.t.FilesystemLarge {
		last = s.leftOver(free, s.t.FilesystemLast)
	}
	m.space.step(
		both(s.filled(percent, used.Warn), s.leftOver(free, left.Warn)),
		either(last, both(s.filled(percent, used.Crit), s.leftOver(free, left.Crit))))
	if math.IsNaN(fullIn) {
		m.forecast.step(under, under) // no trend: it does not fill up
		return
	}
	m.forecast.step(lessThan(fullIn, s.t.FullIn.Warn, s.t.Leave), lessThan(fullIn, s.t.FullIn.Crit, s.t.Leave))
}
