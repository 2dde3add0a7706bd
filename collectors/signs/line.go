package signs

import (
	"math"

	"dashcam/collectors"
)

// sign is a line of the table: what is read, what is emitted, and from which level on
// it is bad.
type sign struct {
	resource resource
	role     role
	// family is what the line emits, and the reason it gives for a state; of a failure
	// the family that is counted.
	family *collectors.Family
	// also is a further family that show or after may emit.
	also *collectors.Family
	// kind is the first label of a limit.
	kind string
	// reads are the sources. A line is used where one of them exists, of devices where
	// the first does.
	reads []source
	// unless names families whose lines come first: this one is the fallback.
	unless []*collectors.Family
	// each keeps a part for every first label: a disk, a link, a mount, a sensor. Each
	// is compared on its own, or, where they are merged, all as one.
	each, merged bool
	measure      func(*Signs, *line, *part) measure
	level        func(*Thresholds) Level
	// with is a second condition, which the same sample must meet.
	with condition
	// compare replaces the comparison of the measure with the level.
	compare func(*Signs, *line, *part, measure) pair
	// show replaces emitting the measure under family.
	show func(*Signs, *line, *part, measure)
	// after is called when all parts were derived.
	after func(*Signs, *line)
	// severity is that of a failure.
	severity level
}

// name is how a line is called as a reason.
func (g *sign) name() string {
	if g.kind != "" {
		return g.kind
	}
	return g.family.Name
}

// condition is a second condition of a line.
type condition struct {
	// saturated is the resource that must be saturated in the same sample.
	saturated resource
	// warn says that the warning needs it too; crit that the critical level does.
	warn, crit bool
}

// source is a family that a line reads, of all its series those that match.
type source struct {
	family *collectors.Family
	match  func(*Value) bool
}

// want says which source of which line a series is.
type want struct{ line, source int }

// part is what a line reads and remembers of one device, or of the host.
type part struct {
	key    string
	at     [][]int // where in the row each source stands
	info   map[string]string
	seen   bool
	levels levels
	mount  *mount // of file systems

	median median5
	last   float64 // what a measure keeps until the next sample; NaN in the beginning
	window *shareWindow
	text   string
}

func newPart(key string, sources int) *part {
	return &part{key: key, at: make([][]int, sources), last: math.NaN()}
}

// measure is what a line finds in a row.
type measure struct {
	shown float64 // what is emitted
	// warn and crit are what is compared with the levels.
	warn, crit float64
	step       bool
}

func plain(r reading) measure { return measure{r.v, r.v, r.v, r.step} }

// line is a sign at work.
type line struct {
	sign
	at     Level // in force
	reason uint8
	off    bool // its sources do not exist, or better ones do
	whole  *part
	parts  []*part // in the order of the row
	byKey  map[string]*part
}

// find finds the sources in the values of the row. What is remembered of a device is
// kept as long as its series exist.
func (s *Signs) find() {
	s.online = -1
	s.mounts.reset()
	for i := range s.lines {
		l := &s.lines[i]
		l.whole.reset()
		for _, p := range l.byKey {
			p.reset()
		}
		l.parts = l.parts[:0]
	}
	for i := range s.row.Values {
		v := &s.row.Values[i]
		if v.Family == collectors.CPUOnline {
			s.online = i
		}
		for _, w := range s.wanted[v.Family] {
			l := &s.lines[w.line]
			if match := l.reads[w.source].match; match != nil && !match(v) {
				continue
			}
			p := l.part(v)
			p.at[w.source] = append(p.at[w.source], i)
			if l.resource == limits && l.reads[0].family.Labels[0] == "mount" {
				p.mount = s.mounts.of(v)
			}
		}
	}
	s.mounts.keep()
	used := map[*collectors.Family]bool{}
	for i := range s.lines {
		l := &s.lines[i]
		l.keep()
		l.off = !l.exists()
		for _, f := range l.unless {
			l.off = l.off || used[f]
		}
		used[l.family] = used[l.family] || !l.off
	}
}

func (p *part) reset() {
	p.seen, p.mount = false, nil
	for i := range p.at {
		p.at[i] = p.at[i][:0]
	}
}

// part returns the part of a line that a series belongs to.
func (l *line) part(v *Value) *part {
	p := l.whole
	if l.each {
		if p = l.byKey[v.Labels.At(0)]; p == nil {
			p = newPart(v.Labels.At(0), len(l.reads))
			l.byKey[p.key] = p
		}
		if !p.seen {
			l.parts = append(l.parts, p)
		}
	}
	if !p.seen {
		p.info = v.Info
	}
	p.seen = true
	return p
}

// keep drops the parts that have no series any more, and the mounts that do not count.
func (l *line) keep() {
	for key, p := range l.byKey {
		if !p.seen {
			delete(l.byKey, key)
		}
	}
	kept := l.parts[:0]
	for _, p := range l.parts {
		if p.mount == nil || !p.mount.further {
			kept = append(kept, p)
		}
	}
	l.parts = kept
	if !l.exists() {
		*l.whole = *newPart("", len(l.reads))
	}
}

// exists reports whether a source does, of devices the first one.
func (l *line) exists() bool {
	for _, p := range l.parts {
		if len(p.at[0]) > 0 {
			return true
		}
	}
	return l.whole.seen
}

// derive derives one line.
func (s *Signs) derive(l *line) {
	if l.off {
		return
	}
	if !l.each || l.merged {
		s.derivePart(l, l.whole)
	} else {
		for _, p := range l.parts {
			s.derivePart(l, p)
		}
	}
	if l.after != nil {
		l.after(s, l)
	}
}

func (s *Signs) derivePart(l *line, p *part) {
	c := &s.cells[l.resource]
	if l.role == failure {
		if l.measure != nil {
			l.measure(s, l, p)
		} else {
			s.count(l, p)
		}
		return
	}
	m := l.measure(s, l, p)
	x := s.compare(l, p, m)
	if m.step {
		p.levels.step(x)
	}
	c.known = c.known || !math.IsNaN(m.warn)
	c.now = max(c.now, x.level())
	c.raise(l.role, p.levels.level(), l.reason)
	if l.role == saturation && l.at.Warn > 0 {
		c.saturated = max(c.saturated, x.warn)
	}
	if l.show != nil {
		l.show(s, l, p, m)
	} else {
		s.set(l.family, m.shown)
	}
}

// compare says how a sample stands to the levels of its line. Limits are cleared nearer to
// their level than loads are.
func (s *Signs) compare(l *line, p *part, m measure) pair {
	leave := s.t.Leave
	if l.resource == limits {
		leave = s.t.LeaveLimit
	}
	x := pair{atLeast(m.warn, l.at.Warn, leave), atLeast(m.crit, l.at.Crit, leave)}
	if l.compare != nil {
		x = l.compare(s, l, p, m)
	}
	if l.with.warn {
		x.warn = both(x.warn, s.cells[l.with.saturated].saturated)
	}
	if l.with.crit {
		x.crit = both(x.crit, s.cells[l.with.saturated].saturated)
	}
	return x
}

// count counts the failures of the row. Where a line has levels, the rate of them all
// decides how severe they are.
func (s *Signs) count(l *line, p *part) {
	c := &s.cells[l.resource]
	severity := l.severity
	if l.level != nil && atLeast(s.sum(p.at[0]).v, l.at.Crit, s.t.Leave) == over {
		severity = critical
	}
	for _, i := range p.at[0] {
		v := &s.row.Values[i]
		if math.IsNaN(v.V) {
			continue
		}
		c.counted = true
		if v.Fresh && v.Delta > 0 {
			c.errors.add(s.second, v.Delta, severity, l.reason)
		}
	}
}
