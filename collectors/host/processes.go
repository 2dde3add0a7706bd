package host

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"dashcam/collectors"
)

const (
	// scanBudget is how long one scan may take.
	scanBudget = 250 * time.Millisecond
	// processFactsEvery is how often user and control group of a process are read.
	processFactsEvery = time.Minute
)

// processes observes all processes. A process is its pid and its start: pids are used
// again. Command lines and environments are never read: they hold secrets.
type processes struct {
	scanner scanner
	now     func() time.Time
	budget  time.Duration

	pids  []int32
	known map[int32]*knownProcess
	names map[string]string
	round uint64
	// next is the first pid of the next scan when this one ran out of time.
	next int32
	// vanished counts the processes that ended between being listed and being read.
	vanished uint64
}

// knownProcess is what is remembered of a process between scans.
type knownProcess struct {
	start  uint64
	key    string
	name   string
	facts  processFacts
	round  uint64
	at     time.Time
	cpu    time.Duration
	io     processIO
	ioAt   time.Time
	ioLast ioAccess
	factAt time.Time // when the facts are to be read again
}

// processReading is what is read of a process at every scan.
type processReading struct {
	pid, ppid int32
	// start is in the unit of the system: clock ticks since the boot, or ms.
	start uint64
	// startUnix is the same as a time, in Unix seconds; 0 is unknown.
	startUnix float64
	name      []byte // valid until the next reading
	state     byte   // as ps shows it
	cpu       time.Duration
	cpuKnown  bool
	threads   uint64
	// kernel says that this is a thread of the kernel, which has no memory of its own
	// and does no I/O for itself.
	kernel bool
}

// processFacts hardly ever change.
type processFacts struct {
	user, cgroup string
}

// processIO are the bytes that a process had read from and written to storage.
type processIO struct{ read, written uint64 }

// ioAccess is whether a process's I/O can be told.
type ioAccess uint8

const (
	ioNotAsked ioAccess = iota
	ioKnown
	ioForbidden
	ioGone
)

// scanResult is the outcome of reading one process.
type scanResult uint8

const (
	scanOK scanResult = iota
	scanGone
	scanForbidden
)

// The columns of the table; a test compares them with the catalog.
const (
	columnPID = iota
	columnParent
	columnStart
	columnName
	columnUser
	columnState
	columnCPU
	columnMemory
	columnIO
	columnRead
	columnWrite
	columnThreads
	columnCgroup
)

// The states that are counted, and the letters of ps that belong to them.
var processStates = [...]struct{ name, letters string }{
	{"running", "R"}, {"sleeping", "SKW"}, {"blocked", "D"}, {"stopped", "Tt"}, {"zombie", "ZXx"}, {"idle", "IP"},
}

func newProcesses(o Options) collectors.Collector {
	return &processes{scanner: newScanner(o), now: time.Now, budget: scanBudget,
		known: make(map[int32]*knownProcess), names: make(map[string]string)}
}

func (*processes) Describe() collectors.Description {
	return collectors.Description{Name: "processes", Title: "Processes", Cadence: time.Second, Detached: true, Optional: true,
		Families: []*collectors.Family{collectors.ProcessCount, collectors.ProcessThreads},
		Tables:   []*collectors.Table{collectors.Processes}}
}

func (c *processes) Sample(ctx context.Context, b *collectors.Batch) error {
	began := c.now()
	pids, err := c.scanner.begin(ctx, c.pids[:0], began)
	c.pids = pids
	if err != nil {
		if absent(err) {
			unavailable(b, "/proc/[pid]", err)
			return nil
		}
		return err
	}
	// The kernel lists them in order; the place where a scan goes on relies on it.
	slices.Sort(pids)
	c.round++
	s := scan{rows: b.Rows(collectors.Processes)}
	first := c.firstPID()
	done := 0
	for ; done < len(pids); done++ {
		now := c.now()
		if ctx.Err() != nil || now.Sub(began) > c.budget {
			break
		}
		c.observe(ctx, pids[(first+done)%len(pids)], now, &s)
	}
	if done < len(pids) {
		// The next scan begins where this one ended, so that no process is left
		// out for good.
		c.next = pids[(first+done)%len(pids)]
		s.rows.Partial(fmt.Sprintf("%d of %d processes read within %v", done, len(pids), c.budget))
	} else {
		c.next = 0
		s.setCounts(b)
	}
	s.setUnavailable(b, done)
	c.scanner.end(b)
	c.forget(done == len(pids))
	return nil
}

// scan adds up one scan.
type scan struct {
	rows               *collectors.Rows
	states             [len(processStates)]int
	threads            uint64
	forbidden          int
	ioAsked, ioRefused int
}

func (c *processes) firstPID() int {
	if c.next == 0 {
		return 0
	}
	i, _ := slices.BinarySearch(c.pids, c.next)
	return i % max(len(c.pids), 1)
}

func (c *processes) observe(ctx context.Context, pid int32, now time.Time, s *scan) {
	var r processReading
	switch c.scanner.read(ctx, pid, &r) {
	case scanGone:
		c.vanished++
		return
	case scanForbidden:
		s.forbidden++
		return
	}
	p, cpu := c.track(&r, now)
	if !now.Before(p.factAt) {
		p.facts = c.scanner.facts(ctx, pid)
		// Spread, so that a minute after the start not all fall due at once.
		p.factAt = now.Add(processFactsEvery - time.Duration(pid%16)*time.Second)
		if p.ioLast == ioForbidden {
			p.ioLast = ioNotAsked
		}
	}
	s.count(&r)
	w := s.rows.Add(p.key)
	w.Number(columnPID, float64(r.pid))
	w.Number(columnParent, float64(r.ppid))
	if r.startUnix > 0 {
		w.Number(columnStart, r.startUnix)
	}
	w.Text(columnName, p.name)
	w.Text(columnUser, p.facts.user)
	w.Text(columnState, stateText(r.state))
	w.Text(columnCgroup, p.facts.cgroup)
	w.Number(columnThreads, float64(r.threads))
	w.Number(columnCPU, cpu)
	if r.kernel {
		return
	}
	if bytes, ok := c.scanner.memory(ctx, pid); ok {
		w.Number(columnMemory, float64(bytes))
	}
	c.observeIO(ctx, p, pid, w, s)
}

// track returns what is remembered of the process, and its use of processors since the
// last scan in percent of one; NaN where that is not known.
func (c *processes) track(r *processReading, now time.Time) (p *knownProcess, cpu float64) {
	cpu = math.NaN()
	p, ok := c.known[r.pid]
	if !ok || p.start != r.start {
		p = &knownProcess{start: r.start, key: processKey(r.pid, r.start), factAt: now}
		c.known[r.pid] = p
	} else if dt := now.Sub(p.at); r.cpuKnown && dt > 0 && r.cpu >= p.cpu {
		cpu = 100 * float64(r.cpu-p.cpu) / float64(dt)
	}
	if p.name != string(r.name) {
		p.name = c.intern(r.name)
	}
	p.cpu, p.at, p.round = r.cpu, now, c.round
	return p, cpu
}

func (c *processes) observeIO(ctx context.Context, p *knownProcess, pid int32, w collectors.RowWriter, s *scan) {
	s.ioAsked++
	if p.ioLast == ioForbidden {
		s.ioRefused++
		return
	}
	io, access := c.scanner.io(ctx, pid)
	now := c.now()
	if access == ioKnown && p.ioLast == ioKnown && io.read >= p.io.read && io.written >= p.io.written {
		if dt := now.Sub(p.ioAt).Seconds(); dt > 0 {
			read, written := float64(io.read-p.io.read)/dt, float64(io.written-p.io.written)/dt
			w.Number(columnRead, read)
			w.Number(columnWrite, written)
			w.Number(columnIO, read+written)
		}
	}
	if access == ioForbidden {
		s.ioRefused++
	}
	p.io, p.ioAt, p.ioLast = io, now, access
}

func (s *scan) count(r *processReading) {
	s.threads += r.threads
	for i := range processStates {
		for j := range len(processStates[i].letters) {
			if processStates[i].letters[j] == r.state {
				s.states[i]++
				return
			}
		}
	}
}

func (s *scan) setCounts(b *collectors.Batch) {
	for i := range processStates {
		b.Gauge(b.Slot(collectors.ProcessCount, processStates[i].name), float64(s.states[i]))
	}
	b.Gauge(b.Slot(collectors.ProcessThreads), float64(s.threads))
}

func (s *scan) setUnavailable(b *collectors.Batch, read int) {
	if s.forbidden > 0 {
		b.Unavailable("/proc/[pid]/stat", fmt.Sprintf("%d of %d processes may not be read by this user", s.forbidden, read))
	}
	if s.ioRefused > 0 {
		b.Unavailable("/proc/[pid]/io", fmt.Sprintf("%d of %d processes may not be read by this user", s.ioRefused, s.ioAsked))
	}
}

// forget drops processes that ended. After a scan that ran out of time the ones that were
// not reached are kept for a while.
func (c *processes) forget(complete bool) {
	const keep = 60
	for pid, p := range c.known {
		if missed := c.round - p.round; missed >= keep || complete && missed > 0 {
			delete(c.known, pid)
		}
	}
	if len(c.names) > 4096 {
		clear(c.names)
	}
}

// intern returns the name as a string that all processes of that name share.
func (c *processes) intern(name []byte) string {
	if s, ok := c.names[string(name)]; ok {
		return s
	}
	s := string(name)
	c.names[s] = s
	return s
}

func processKey(pid int32, start uint64) string {
	b := strconv.AppendInt(make([]byte, 0, 24), int64(pid), 10)
	return string(strconv.AppendUint(append(b, '.'), start, 10))
}

// stateText returns the letter of a state without allocating.
func stateText(state byte) string {
	const upper, lower = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
	switch {
	case state >= 'A' && state <= 'Z':
		return upper[state-'A' : state-'A'+1]
	case state >= 'a' && state <= 'z':
		return lower[state-'a' : state-'a'+1]
	}
	return "?"
}
