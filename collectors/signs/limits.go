package signs

import (
	"math"
	"strconv"
	"strings"

	"dashcam/collectors"
)

// The kinds of limits: values of the label kind. A limit that exists once has its
// kind for a name.
const (
	kindFilesystem  = "filesystem"
	kindInodes      = "inodes"
	kindFiles       = "files"
	kindConntrack   = "conntrack"
	kindPIDs        = "pids"
	kindSwap        = "swap"
	kindTemperature = "temperature"
	kindCgroup      = "cgroup"
)

type limitSigns struct {
	resource
	mounts  []*mount // in the order of the row
	byMount map[string]*mount
	sensors []*sensor
	byChip  map[string]*sensor

	files, conntrack, pids, swap, cgroup gate
	errors                               errorCount
}

// sensor is a temperature with its own critical mark.
type sensor struct {
	name string
	at   int
	gate gate
	mark float64 // the critical mark that text stands for
	text string
}

func (l *limitSigns) forget() {
	l.mounts, l.sensors = l.mounts[:0], l.sensors[:0]
	for _, m := range l.byMount {
		m.forget()
	}
	for _, e := range l.byChip {
		e.at = -1
	}
}

func (l *limitSigns) sensor(name string) *sensor {
	e := l.byChip[name]
	if e == nil {
		e = &sensor{name: name}
		if l.byChip == nil {
			l.byChip = map[string]*sensor{}
		}
		l.byChip[name] = e
	}
	l.sensors = append(l.sensors, e)
	return e
}

// find returns the mount of a series, or nil where it does not count: images that
// are full by nature, and layers over other file systems.
func (l *limitSigns) find(v *Value) *mount {
	switch v.Info["fstype"] {
	case "squashfs", "iso9660", "overlay":
		return nil
	}
	name := v.Labels.At(0)
	m := l.byMount[name]
	if m == nil {
		m = newMount(name)
		if l.byMount == nil {
			l.byMount = map[string]*mount{}
		}
		l.byMount[name] = m
	}
	if !m.seen {
		m.seen, m.device, m.temporary = true, v.Info["device"], v.Info["fstype"] == "tmpfs"
		l.mounts = append(l.mounts, m)
	}
	return m
}

// keep drops what has no series any more, and further mounts of the same device:
// the shortest path stays, which is the one the others were bound from.
func (l *limitSigns) keep() {
	for name, m := range l.byMount {
		if !m.seen {
			delete(l.byMount, name)
		}
	}
	for name, e := range l.byChip {
		if e.at < 0 {
			delete(l.byChip, name)
		}
	}
	first := map[string]*mount{}
	for _, m := range l.mounts {
		if f := first[m.device]; strings.HasPrefix(m.device, "/") && (f == nil || len(m.name) < len(f.name)) {
			first[m.device] = m
		}
	}
	kept := l.mounts[:0]
	for _, m := range l.mounts {
		if f := first[m.device]; f == nil || f == m {
			kept = append(kept, m)
		}
	}
	l.mounts = kept
}

func (s *Signs) evalLimits() verdict {
	l, ix := &s.limits, &s.ix
	var v verdict
	stalled, watched := 0, false
	for _, m := range l.mounts {
		worst, err, known := s.evalMount(m)
		v.use, v.known = max(v.use, worst), v.known || known
		if err {
			v.err = critical
		}
		if m.stallHeld > s.second {
			stalled++
		}
		watched = watched || m.watched
	}
	for _, e := range l.sensors {
		s.add(&v, s.evalSensor(e))
	}
	saturated := s.memory.saturated
	s.add(&v, s.evalShare(&l.files, kindFiles, kindFiles, ix.filesUsed, ix.filesMax, s.t.LimitUsed, over))
	s.add(&v, s.evalShare(&l.conntrack, kindConntrack, kindConntrack, ix.conntrackUsed, ix.conntrackMax, s.t.LimitUsed, over))
	s.add(&v, s.evalShare(&l.pids, kindPIDs, kindPIDs, ix.pidsUsed, ix.pidsMax, s.t.LimitUsed, over))
	s.add(&v, s.evalShare(&l.swap, kindSwap, kindSwap, ix.swapUsed, ix.swapTotal, s.t.SwapUsed, saturated))
	s.add(&v, s.evalShare(&l.cgroup, kindCgroup, kindCgroup, ix.cgroupUsed, ix.cgroupMax, s.t.CgroupUsed, saturated))

	if n, worst := l.errors.sum(s.second); watched || n > 0 || stalled > 0 {
		s.set(collectors.ErrLimits, n+float64(stalled))
		v.err, v.known = max(v.err, worst), true
	}
	return v
}

// limitResult is the level of one limit; nothing is known of it without a value.
type limitResult struct {
	level level
	known bool
}

func (s *Signs) add(v *verdict, r limitResult) {
	v.use, v.known = max(v.use, r.level), v.known || r.known
}

// evalShare judges used ÷ limit. with is a second condition of the same sample.
func (s *Signs) evalShare(g *gate, kind, name string, usedAt, limitAt int, l Level, with sample) limitResult {
	used, limit := s.at(usedAt), s.at(limitAt)
	if !used.known() || !(limit.v > 0) {
		if used.step && usedAt >= 0 {
			g.step(unknown, unknown)
		}
		return limitResult{}
	}
	percent := 100 * used.v / limit.v
	if used.step {
		g.step(both(s.filled(percent, l.Warn), with), both(s.filled(percent, l.Crit), with))
	}
	s.setLimit(kind, name, percent, g.level())
	return limitResult{g.level(), true}
}

func (s *Signs) evalSensor(e *sensor) limitResult {
	r, mark := s.at(e.at), s.row.Values[e.at].Max
	if !(mark > 0) {
		return limitResult{}
	}
	percent := 100 * r.v / mark
	if r.step {
		e.gate.step(s.filled(percent, s.t.Temperature.Warn), s.filled(percent, s.t.Temperature.Crit))
	}
	if math.IsNaN(percent) {
		return limitResult{}
	}
	slot := s.setLimit(kindTemperature, e.name, percent, e.gate.level())
	if e.mark != mark {
		e.mark, e.text = mark, strconv.FormatFloat(mark, 'f', -1, 64)
	}
	s.out.Info(slot, "unit", "celsius")
	s.out.Info(slot, "full", e.text)
	return limitResult{e.gate.level(), true}
}

// setLimit emits how much of a limit is used and how bad that is.
func (s *Signs) setLimit(kind, name string, percent float64, l level) collectors.Slot {
	slot := s.out.Slot(collectors.LimitUsed, kind, name)
	s.out.Gauge(slot, percent)
	s.out.Gauge(s.out.Slot(collectors.LimitState, kind, name), float64(l))
	return slot
}
