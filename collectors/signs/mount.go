package signs

import (
	"math"
	"strings"

	"dashcam/collectors"
)

// smallTemporary is the size below which a tmpfs is not worth a line.
const smallTemporary = 64 << 20

// mount is what several lines know of a file system.
type mount struct {
	name, device string
	temporary    bool
	seen         bool
	further      bool // another mount of the same device is the one that counts

	trend       trend
	total       float64 // bytes; NaN is unknown
	looked      bool
	readOnly    bool
	leftOut     bool // read-only at first sight
	remountHeld int64
	stallHeld   int64
	worst       level // of this row, space and forecast
	known       bool
}

// mounts are the file systems of the row, in its order.
type mounts struct {
	all    []*mount
	byName map[string]*mount
}

func (m *mounts) reset() {
	m.all = m.all[:0]
	for _, e := range m.byName {
		e.seen, e.further = false, false
	}
}

func (m *mounts) of(v *Value) *mount {
	e := m.byName[v.Labels.At(0)]
	if e == nil {
		e = &mount{name: v.Labels.At(0), total: math.NaN()}
		m.byName[e.name] = e
	}
	if !e.seen {
		e.seen, e.device, e.temporary = true, v.Info["device"], v.Info["fstype"] == "tmpfs"
		m.all = append(m.all, e)
	}
	return e
}

func (m *mounts) begin() {
	for _, e := range m.all {
		e.worst, e.known = ok, false
	}
}

// keep drops what has no series any more, and notes further mounts of the same device:
// the shortest path counts, which is the one the others were bound from.
func (m *mounts) keep() {
	for name, e := range m.byName {
		if !e.seen {
			delete(m.byName, name)
		}
	}
	first := map[string]*mount{}
	for _, e := range m.all {
		if f := first[e.device]; strings.HasPrefix(e.device, "/") && (f == nil || len(e.name) < len(f.name)) {
			first[e.device] = e
		}
	}
	for _, e := range m.all {
		f := first[e.device]
		e.further = f != nil && f != e
	}
}

// counts says whether the space of a mount is of interest.
func (m *mount) counts() bool { return !m.leftOut && !(m.temporary && m.total < smallTemporary) }

// watchReadOnly notices remounts, which are errors of the disk too.
func watchReadOnly(s *Signs, l *line, p *part) measure {
	m, r := p.mount, s.one(p.at[0])
	if !r.known() {
		return plain(r)
	}
	s.cells[limits].counted = true
	now := r.v >= 1
	switch {
	case !m.looked:
		m.looked, m.leftOut = true, now
	case now && !m.readOnly:
		for _, c := range []*cell{&s.cells[limits], &s.cells[disk]} {
			c.errors.add(s.second, 1, critical, c.reasonOf(l.name()))
		}
		m.remountHeld = s.second + errorWindow
	case !now:
		m.leftOut = false
	}
	m.readOnly = now
	return plain(r)
}

// watchStalled notices mounts that do not answer.
func watchStalled(s *Signs, l *line, p *part) measure {
	c, m, r := &s.cells[limits], p.mount, s.one(p.at[0])
	c.counted = c.counted || r.known()
	if r.v >= s.t.Stalled.Seconds() {
		m.stallHeld = s.second + errorWindow
		c.now = critical
	}
	if m.stallHeld > s.second {
		c.going++
		c.raise(failure, critical, l.reason)
	}
	return plain(r)
}

// space is the percent as df computes it.
func space(s *Signs, _ *line, p *part) measure {
	m, used, free := p.mount, s.one(p.at[0]), s.one(p.at[1])
	m.total = s.one(p.at[2]).v
	switch {
	case !m.counts():
		return plain(absent)
	case !(used.v+free.v > 0):
		return plain(reading{math.NaN(), used.step})
	}
	return plain(reading{100 * used.v / (used.v + free.v), used.step})
}

// compareSpace needs a share and few bytes left; the last bytes of a large file system
// are critical by themselves.
func compareSpace(s *Signs, l *line, p *part, m measure) pair {
	free, left := s.one(p.at[1]).v, s.t.FilesystemFree
	if math.IsNaN(m.warn) {
		return pair{}
	}
	x := pair{atLeast(m.warn, l.at.Warn, s.t.LeaveLimit), atLeast(m.crit, l.at.Crit, s.t.LeaveLimit)}.both(
		pair{lessThan(free, left.Warn, s.t.LeaveLimit), lessThan(free, left.Crit, s.t.LeaveLimit)})
	if p.mount.total > s.t.FilesystemLarge {
		x.crit = max(x.crit, lessThan(free, s.t.FilesystemLast, s.t.LeaveLimit))
	}
	return x
}

func showSpace(s *Signs, l *line, p *part, m measure) {
	p.mount.worst, p.mount.known = p.levels.level(), !math.IsNaN(m.shown)
	if p.mount.known {
		s.out.Gauge(s.out.Slot(collectors.LimitUsed, kindFilesystem, p.key), m.shown)
	}
}

// fullIn is the time until a file system is full.
func fullIn(s *Signs, _ *line, p *part) measure {
	used, free := s.one(p.at[0]), s.one(p.at[1])
	if !p.mount.counts() {
		return plain(absent)
	}
	if !(used.v+free.v > 0) {
		return plain(reading{math.NaN(), used.step})
	}
	window := s.t.FullInWindow.Seconds()
	if used.step {
		p.mount.trend.add(s.clock, used.v, window)
	}
	seconds := p.mount.trend.fullIn(free.v, window, s.t.FullInFit)
	if seconds > s.t.FullInMost.Seconds() {
		seconds = math.NaN()
	}
	return plain(reading{seconds, used.step})
}

// compareFullIn takes no forecast for a good one: the file system does not fill up.
func compareFullIn(s *Signs, _ *line, p *part, m measure) pair {
	if math.IsNaN(m.warn) {
		if !p.mount.known {
			return pair{}
		}
		return pair{under, under}
	}
	return pair{lessThan(m.warn, s.t.FullIn.Warn, s.t.Leave), lessThan(m.crit, s.t.FullIn.Crit, s.t.Leave)}
}

func showFullIn(s *Signs, _ *line, p *part, m measure) {
	p.mount.worst = max(p.mount.worst, p.levels.level())
	if !math.IsNaN(m.shown) {
		s.out.Gauge(s.out.Slot(collectors.LimitFullIn, kindFilesystem, p.key), m.shown)
	}
}

// deriveMounts emits the states of file systems: of space and forecast the worse, and
// critical while one was remounted or does not answer.
func (s *Signs) deriveMounts() {
	for _, m := range s.mounts.all {
		if m.further {
			continue
		}
		bad := m.remountHeld > s.second || m.stallHeld > s.second
		if bad {
			m.worst = critical
		}
		if m.known || bad {
			s.out.Gauge(s.out.Slot(collectors.LimitState, kindFilesystem, m.name), float64(m.worst))
		}
	}
}
