package signs

import (
	"math"

	"dashcam/collectors"
)

// Config says what counts as bad. The zero value is usable.
type Config struct {
	// Thresholds are what counts as bad; zero fields have their defaults.
	Thresholds Thresholds
	// CPUs is the number of logical processors, used while no collector tells it;
	// 0 means 1.
	CPUs int
}

type (
	// View is one row as the signs see it.
	View = collectors.View
	// Value is one series of a row.
	Value = collectors.ViewValue
)

// Signs derives the signs of one host, row after row. It is not safe for
// concurrent use.
type Signs struct {
	t    Thresholds
	cpus int

	row    View
	out    *collectors.Batch
	layout int
	clock  float64 // monotonic seconds since the first row
	second int64   // clock in whole seconds

	online int // where the number of processors stands in the row; -1 is nowhere
	lines  []line
	wanted map[*collectors.Family][]want // which lines read a family
	cells  [resources]cell
	mounts mounts
}

// New returns signs that have seen nothing yet.
func New(c Config) *Signs {
	s := &Signs{t: c.Thresholds.withDefaults(), cpus: max(c.CPUs, 1), layout: -1, online: -1, wanted: map[*collectors.Family][]want{}, mounts: mounts{byName: map[string]*mount{}}}
	for r := range s.cells {
		s.cells[r].emits = cellFamilies[r]
	}
	s.lines = make([]line, len(table))
	for i := range table {
		l := &s.lines[i]
		l.sign = table[i]
		l.whole = newPart("", len(l.reads))
		if l.each {
			l.byKey = map[string]*part{}
		}
		l.reason = s.cells[l.resource].reasonOf(l.name())
		if l.level != nil {
			l.at = l.level(&s.t)
		}
		for j := range l.reads {
			f := l.reads[j].family
			s.wanted[f] = append(s.wanted[f], want{i, j})
		}
	}
	return s
}

// Families returns all families that Derive may fill.
func (s *Signs) Families() []*collectors.Family {
	var all []*collectors.Family
	seen := map[*collectors.Family]bool{nil: true}
	add := func(fs ...*collectors.Family) {
		for _, f := range fs {
			if !seen[f] {
				seen[f] = true
				all = append(all, f)
			}
		}
	}
	for i := range s.lines {
		if l := &s.lines[i]; l.role != failure {
			add(l.family, l.also)
		}
	}
	for r := range s.cells {
		f := &s.cells[r].emits
		add(f.errors, f.state, f.cause, f.reason, f.since, f.now)
	}
	return all
}

// Thresholds returns what is in force, defaults filled in.
func (s *Signs) Thresholds() Thresholds { return s.t }

// Derive derives the signs of a row and sets them in out, which the caller has begun.
// What cannot be known is not set. Rows must be given in order and each once. While
// Layout stays the same nothing is allocated.
func (s *Signs) Derive(row View, out *collectors.Batch) {
	s.row, s.out = row, out
	s.clock += row.Elapsed.Seconds()
	s.second = int64(s.clock)
	if row.Layout != s.layout {
		s.layout = row.Layout
		s.find()
	}
	if s.online >= 0 && s.row.Values[s.online].V >= 1 {
		s.cpus = int(s.row.Values[s.online].V)
	}
	s.mounts.begin()
	for r := range s.cells {
		s.cells[r].begin()
	}
	for i := range s.lines {
		s.derive(&s.lines[i])
	}
	s.deriveMounts()
	for r := range s.cells {
		s.deriveCell(&s.cells[r])
	}
	s.row, s.out = View{}, nil
}

// set emits a sign; NaN is missing.
func (s *Signs) set(f *collectors.Family, v float64) {
	if !math.IsNaN(v) {
		s.out.Gauge(s.out.Slot(f), v)
	}
}

// reading is one value of the row.
type reading struct {
	v float64
	// step says that hysteresis moves on by it: a repeated value is not a new sample,
	// a missing one is.
	step bool
}

var absent = reading{v: math.NaN()}

func (r reading) known() bool { return !math.IsNaN(r.v) }

// one returns the value of a source that exists once, absent where it does not.
func (s *Signs) one(at []int) reading {
	if len(at) == 0 {
		return absent
	}
	v := &s.row.Values[at[len(at)-1]]
	return reading{v.V, v.Fresh || math.IsNaN(v.V)}
}

// sum adds what is known.
func (s *Signs) sum(at []int) reading {
	out := absent
	for i := range at {
		out = plus(out, s.one(at[i:i+1]))
	}
	return out
}

// largest returns the largest known value.
func (s *Signs) largest(at []int) reading {
	out := absent
	for i := range at {
		out = larger(out, s.one(at[i:i+1]))
	}
	return out
}

func plus(a, b reading) reading {
	step := a.step || b.step
	switch {
	case !a.known():
		a = b
	case b.known():
		a.v += b.v
	}
	a.step = step
	return a
}

func larger(a, b reading) reading {
	step := a.step || b.step
	if !a.known() || b.v > a.v {
		a = b
	}
	a.step = step
	return a
}
