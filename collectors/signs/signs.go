package signs

import (
	"math"
	"time"

	"dashcam/collectors"
)

// Config says how the signs judge. The zero value is usable.
type Config struct {
	// Thresholds are what counts as bad; zero fields have their defaults.
	Thresholds Thresholds
	// CPUs is the number of logical processors, used while no collector tells it;
	// 0 means 1.
	CPUs int
}

// View is one row as the signs see it.
type View struct {
	// T is the row's wall clock in Unix milliseconds.
	T int64
	// Elapsed is the monotonic time since the row before; 0 in the first.
	Elapsed time.Duration
	// Values are all series that the host has, those without a value included:
	// which sources exist decides which fallback is used, so that a reading that
	// is late does not change the number shown.
	Values []Value
	// Layout changes whenever the order, the families, the labels, the info or the
	// number of Values do.
	Layout int
}

// Value is one series of a row.
type Value struct {
	Family *collectors.Family
	Labels collectors.Labels
	Info   map[string]string
	Max    float64
	// V is the value in the family's unit; NaN is missing.
	V float64
	// Delta is the rise of a counter's raw reading since the one before; NaN where
	// there is none.
	Delta float64
	// Fresh says that the value was read for this very row and is not repeated.
	Fresh bool
}

// level is how bad something is: the value of a state family.
type level uint8

const (
	ok level = iota
	warn
	critical
)

// Signs derives the signs of one host, row after row. It is not safe for
// concurrent use.
type Signs struct {
	t    Thresholds
	cpus int

	row    View
	out    *collectors.Batch
	ix     index
	clock  float64 // monotonic seconds since the first row
	second int64   // clock in whole seconds

	cpu     cpuSigns
	memory  memorySigns
	disk    diskSigns
	network networkSigns
	limits  limitSigns
}

// New returns signs that have seen nothing yet.
func New(c Config) *Signs {
	s := &Signs{t: c.Thresholds.withDefaults(), cpus: max(c.CPUs, 1), ix: index{layout: -1}}
	s.cpu.resource = resource{state: collectors.StateCPU, cause: collectors.CauseCPU, since: collectors.SinceCPU}
	s.memory.resource = resource{state: collectors.StateMemory, cause: collectors.CauseMemory, since: collectors.SinceMemory}
	s.disk.resource = resource{state: collectors.StateDisk, cause: collectors.CauseDisk, since: collectors.SinceDisk}
	s.network.resource = resource{state: collectors.StateNetwork, cause: collectors.CauseNetwork, since: collectors.SinceNetwork}
	s.limits.resource = resource{state: collectors.StateLimits, cause: collectors.CauseLimits, since: collectors.SinceLimits}
	return s
}

// Describe returns all families that Eval may fill.
func (s *Signs) Describe() []*collectors.Family {
	return []*collectors.Family{
		collectors.UseCPU, collectors.CPUBusiest, collectors.UseMemory, collectors.UseDisk, collectors.UseDiskRate,
		collectors.UseNetwork, collectors.UseNetworkRate,
		collectors.SatCPU, collectors.SatCPUSteal, collectors.SatCPUDelay, collectors.SatCPUQueue, collectors.SatCPULoad,
		collectors.SatMemory, collectors.SatMemoryFull, collectors.SatMemorySwap,
		collectors.SatDisk, collectors.SatDiskFull, collectors.SatDiskQueue, collectors.SatDiskWait, collectors.SatDiskBlocked,
		collectors.SatNetwork, collectors.SatNetworkListen, collectors.SatNetworkDropped,
		collectors.ErrCPU, collectors.ErrMemory, collectors.ErrDisk, collectors.ErrNetwork, collectors.ErrLimits,
		collectors.StateCPU, collectors.StateMemory, collectors.StateDisk, collectors.StateNetwork, collectors.StateLimits,
		collectors.CauseCPU, collectors.CauseMemory, collectors.CauseDisk, collectors.CauseNetwork, collectors.CauseLimits,
		collectors.SinceCPU, collectors.SinceMemory, collectors.SinceDisk, collectors.SinceNetwork, collectors.SinceLimits,
		collectors.LimitUsed, collectors.LimitState, collectors.LimitFullIn,
	}
}

// Thresholds returns the table in force, defaults filled in.
func (s *Signs) Thresholds() Thresholds { return s.t }

// Eval derives the signs of a row and sets them in out, which the caller has begun.
// What cannot be known is not set. Rows must be given in order and each once. While
// Layout stays the same nothing is allocated.
func (s *Signs) Eval(row View, out *collectors.Batch) {
	s.row, s.out = row, out
	s.clock += row.Elapsed.Seconds()
	s.second = int64(s.clock)
	if row.Layout != s.ix.layout {
		s.learn()
	}
	if n := s.at(s.ix.online); n.v >= 1 {
		s.cpus = int(n.v)
	}
	s.conclude(&s.cpu.resource, s.evalCPU())
	s.conclude(&s.memory.resource, s.evalMemory())
	s.conclude(&s.limits.resource, s.evalLimits()) // before the disks: a remount is an error of theirs too
	s.conclude(&s.disk.resource, s.evalDisk())
	s.conclude(&s.network.resource, s.evalNetwork())
	s.row, s.out = View{}, nil
}

// resource is the state of one cell of the matrix.
type resource struct {
	state, cause, since *collectors.Family

	started bool
	level   level
	entered int64 // Unix milliseconds
}

// verdict is what one row says about a resource.
type verdict struct {
	use, sat, err level
	// known says that at least one of the three could be judged.
	known bool
}

// conclude sets state, cause and since. Of several reasons for the same state the
// one that ranks first is named: errors, saturation, use.
func (s *Signs) conclude(r *resource, v verdict) {
	worst := max(v.use, v.sat, v.err)
	if !v.known && worst == ok {
		return
	}
	if !r.started || worst != r.level {
		r.started, r.level, r.entered = true, worst, s.row.T
	}
	cause := 0.0
	switch {
	case worst == ok:
	case v.err == worst:
		cause = 3
	case v.sat == worst:
		cause = 2
	default:
		cause = 1
	}
	s.set(r.state, float64(worst))
	s.set(r.cause, cause)
	s.set(r.since, float64(r.entered/1000))
}

// set emits a sign; NaN is missing.
func (s *Signs) set(f *collectors.Family, v float64) {
	if !math.IsNaN(v) {
		s.out.Gauge(s.out.Slot(f), v)
	}
}

// setError emits the errors of the last five minutes and returns their level. None
// is 0 only where a source was read.
func (s *Signs) setError(f *collectors.Family, e *errorCount, known bool) (worst level, judged bool) {
	n, worst := e.sum(s.second)
	if !known && n == 0 {
		return ok, false
	}
	s.set(f, n)
	return worst, true
}

// reading is one value of the row.
type reading struct {
	v float64
	// step says that rules move on by it: a repeated value is not a new sample, a
	// missing one is.
	step bool
}

var absent = reading{v: math.NaN()}

func (r reading) known() bool { return !math.IsNaN(r.v) }

// at returns the value at index i; a series that does not exist is absent.
func (s *Signs) at(i int) reading {
	if i < 0 {
		return absent
	}
	v := &s.row.Values[i]
	return reading{v.V, v.Fresh || math.IsNaN(v.V)}
}

// sum adds what is known.
func (s *Signs) sum(at []int) reading {
	out := absent
	for _, i := range at {
		r := s.at(i)
		out.step = out.step || r.step
		if r.known() {
			if !out.known() {
				out.v = 0
			}
			out.v += r.v
		}
	}
	return out
}

// worst returns the largest known value.
func (s *Signs) worst(at []int) reading {
	out := absent
	for _, i := range at {
		out = larger(out, s.at(i))
	}
	return out
}

func larger(a, b reading) reading {
	step := a.step || b.step
	if !a.known() || b.v > a.v {
		a = b
	}
	a.step = step
	return a
}

// count adds the events of the row to e, and says whether any source was read.
func (s *Signs) count(e *errorCount, at []int, l level) (known bool) {
	for _, i := range at {
		v := &s.row.Values[i]
		if math.IsNaN(v.V) {
			continue
		}
		known = true
		if v.Fresh && v.Delta > 0 {
			e.add(s.second, v.Delta, l)
		}
	}
	return known
}
