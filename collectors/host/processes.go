package host

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"dashcam/collectors"
)

const (
	// scanBudget is the processor time that one scan may take. A host whose processors are
	// all busy is one whose processes somebody wants to see: the scan may wait for them,
	// but not longer than scanTimeout, since the next one is due.
	scanBudget  = 250 * time.Millisecond
	scanTimeout = 900 * time.Millisecond
	// processFactsEvery is how often user and control group of a process are read.
	processFactsEvery = time.Minute
)

// processes observes all processes. A process is its pid and its start: pids are used
// again. Environments are never read, and command lines only where that is asked for: they
// hold secrets.
type processes struct {
	scanner scanner
	now     func() time.Time
	// spent is the processor time of this thread, which may not rise by more than budget in
	// a scan; timeout is how long it may take.
	spent           func() time.Duration
	budget, timeout time.Duration
	choice          Selection

	// all are the processes of the last listing, by pid; spare is the memory of the
	// one before.
	all, spare []process
	// estates are of processes that ended since the last listing.
	estates []estate
	names   map[string]string
	table   *collectors.Table
	round   uint64
	// next is the first pid of the next scan when this one ran out of time.
	next int32
	// vanished counts the processes that ended between being listed and being read.
	vanished uint64
	// hidden and hiddenIO say how many may not be read, failing how many could not be.
	hidden, hiddenIO, failing refusals
	waking                    waking
}

func newProcesses(o Options) collectors.Collector {
	table := collectors.Processes
	if o.CommandLines.shown() {
		table = collectors.ProcessesWithCommands
	}
	return &processes{scanner: newScanner(o), now: time.Now, spent: threadTime, budget: scanBudget, timeout: scanTimeout, choice: o.Processes, names: make(map[string]string), table: table}
}

func (c *processes) Describe() collectors.Description {
	return collectors.Description{Name: "processes", Title: "Processes", Cadence: time.Second, Detached: true, Optional: true,
		Families: []*collectors.Family{collectors.ProcessCount, collectors.ProcessThreads},
		Tables:   []*collectors.Table{c.table}}
}

func (c *processes) Sample(ctx context.Context, b *collectors.Batch) error {
	s := scan{began: c.now(), spent: c.spent()}
	if err := c.list(ctx, s.began); err != nil {
		if absent(err) {
			unavailable(b, "/proc/[pid]", err)
			return nil
		}
		return err
	}
	c.round++
	c.waking.begin(&c.scanner)
	unread := c.readDue(ctx, &s)
	if unread == 0 && s.resting > 0 && c.waking.suspected(s.explained) {
		before := s.explained
		c.readResting(ctx, &s)
		c.waking.found(before, s.explained)
	}
	s.rows = b.Rows(c.table)
	c.put(&s)
	switch read := len(c.all) - unread - s.failed; {
	case unread > 0:
		s.rows.Partial(fmt.Sprintf("%d of %d processes read within %v", read, len(c.all), s.limit))
	case s.failed > 0:
		s.rows.Partial(fmt.Sprintf("%d of %d processes read: %s", read, len(c.all), reason(c.scanner.failure)))
	default:
		c.next = 0
		s.setCounts(b)
	}
	c.setUnavailable(b, &s, len(c.all)-unread)
	c.scanner.end(b)
	if len(c.names) > 4096 {
		clear(c.names)
	}
	return nil
}

// scan adds up one scan.
type scan struct {
	began              time.Time
	spent              time.Duration // before it
	limit              time.Duration // what ended it early
	rows               *collectors.Rows
	states             [len(processStates)]int
	threads            uint64
	forbidden, failed  int
	ioAsked, ioRefused int
	resting            int // processes that were left alone
	// explained is what the processes that were read used of processors since the last
	// scan.
	explained time.Duration
}

// list takes the processes there are now, with what is known of each.
func (c *processes) list(ctx context.Context, now time.Time) error {
	listed, err := c.scanner.begin(ctx, c.spare[:0], now)
	c.spare = listed
	if err != nil {
		return err
	}
	byPID := func(a, b process) int { return cmp.Compare(a.pid, b.pid) }
	if !slices.IsSortedFunc(listed, byPID) { // the kernel's list is
		slices.SortFunc(listed, byPID)
	}
	before := c.all
	for i := range listed {
		p := &listed[i]
		for len(before) > 0 && before[0].pid < p.pid {
			c.bequeath(&before[0])
			before = before[1:]
		}
		if len(before) > 0 && before[0].pid == p.pid {
			p.known = before[0].known
			if p.known != nil && p.token != before[0].token {
				p.known.idle = 0 // perhaps another process by now: look
			}
			before = before[1:]
		}
	}
	for i := range before {
		c.bequeath(&before[i])
	}
	clear(c.all) // so that what was known of processes that ended is not held
	c.all, c.spare = listed, c.all
	c.inherit()
	return nil
}

// readDue reads the processes that do not rest, and returns how many it did not reach in
// time. The next scan begins with those, so that no process is left out for good.
func (c *processes) readDue(ctx context.Context, s *scan) (unread int) {
	first, _ := slices.BinarySearchFunc(c.all, c.next, func(p process, pid int32) int { return cmp.Compare(p.pid, pid) })
	for i := range c.all {
		p := &c.all[(first+i)%len(c.all)]
		if c.rests(p.known, s.began) {
			p.known.rested = c.round
			s.resting++
			continue
		}
		now := c.now()
		switch {
		case unread > 0:
			unread++
		case ctx.Err() != nil || c.outOfTime(now, s):
			c.next = p.pid
			unread++
		default:
			c.observe(ctx, p, now, s)
		}
	}
	return unread
}

// outOfTime reports whether a scan has to end, and says in it why.
func (c *processes) outOfTime(now time.Time, s *scan) bool {
	took := now.Sub(s.began)
	switch {
	case took <= c.budget: // so it has not used more either
		return false
	case took > c.timeout:
		s.limit = c.timeout
	case c.spent()-s.spent > c.budget:
		s.limit = c.budget
	}
	return s.limit > 0
}

// observe reads one process.
func (c *processes) observe(ctx context.Context, at *process, now time.Time, s *scan) {
	var r processReading
	var files *pidFiles // those of a process that is read again and again
	if at.known != nil && at.known.idle < restAfter {
		files = &at.known.files
	}
	switch c.scanner.read(ctx, at.pid, files, &r) {
	case scanGone:
		c.vanished++
		c.bequeath(at)
		return
	case scanForbidden:
		s.forbidden++
		at.evict()
		return
	case scanFailed:
		if at.known != nil && at.known.rested == c.round {
			return // its row repeats what was read last
		}
		if s.failed++; s.failed == 1 {
			c.next = at.pid
		}
		return
	}
	if at.known != nil && at.known.reading.start != r.start {
		at.evict()
		files = nil
	}
	p := c.track(at, &r, now, s)
	if !now.Before(p.factAt) {
		p.facts = c.scanner.facts(ctx, at.pid)
		// Spread, so that a minute after the start not all fall due at once.
		p.factAt = now.Add(processFactsEvery - time.Duration(at.pid%16)*time.Second)
		if p.ioLast == ioForbidden {
			p.ioLast = ioNotAsked
		}
	}
	p.memory = math.NaN()
	if !r.kernel {
		if bytes, ok := c.scanner.memory(ctx, at.pid, files); ok {
			p.memory = float64(bytes)
		}
		c.observeIO(ctx, p, files)
	}
	p.settle()
}

// track returns what is remembered of the process, with its use of processors since the last
// reading.
func (c *processes) track(at *process, r *processReading, now time.Time, s *scan) *knownProcess {
	p := at.known
	if p == nil {
		p = &knownProcess{key: processKey(r.pid, r.start), factAt: now, percent: math.NaN(), ioRate: unknownRate()}
		at.known = p
		s.explained += r.cpu // it was not there at the last scan
	} else {
		used, dt := r.cpu-p.reading.cpu, now.Sub(p.at)
		p.percent = math.NaN()
		if r.cpuKnown && dt > 0 && used >= 0 {
			p.percent = 100 * float64(used) / float64(dt)
		}
		if used != 0 {
			s.explained += max(used, 0)
			p.idle = -1 // none in a row, once settled
		}
	}
	if p.name != string(r.name) {
		p.name = c.intern(r.name)
		p.factAt = now // it runs another program
		p.hidden = c.choice.excludes(p.name)
	}
	p.reading, p.at, p.read = *r, now, c.round
	p.reading.name = nil
	return p
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
