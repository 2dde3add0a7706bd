package host

import (
	"bytes"
	"context"

	"dashcam/collectors"
)

// cpu reads /proc/stat once for everything in it: times by mode, context switches,
// interrupts, forks, and the tasks that run or wait for a disk.
type cpu struct {
	stat      file
	schedstat file
	now       systemStat
	held      heldTimes
	delay     rises
	delayed   uint64 // ns per processor
	names     numberNames
}

func newCPU(o Options) collectors.Collector {
	r := o.root()
	return &cpu{stat: r.file("/proc/stat"), schedstat: r.file("/proc/schedstat")}
}

func (c *cpu) Describe() collectors.Description {
	return collectors.Description{Name: "cpu", Title: "CPU", Families: []*collectors.Family{
		collectors.CPUUsage, collectors.CPUCoreUsage, collectors.CPUCoreBusy, collectors.CPUContextSwitches,
		collectors.CPUInterrupts, collectors.CPUForks, collectors.CPURunDelay, collectors.CPUOnline,
		collectors.TasksRunnable, collectors.TasksBlocked,
	}}
}

func (c *cpu) Sample(_ context.Context, b *collectors.Batch) error {
	if err := readStat(&c.stat, &c.now); err != nil {
		if !absent(err) {
			return err
		}
		unavailable(b, c.stat.name, err)
		return nil
	}
	c.held.hold(&c.now)
	putTimes(b, &c.now.all)
	for i := range c.now.cores {
		core := &c.now.cores[i]
		putCoreTimes(b, c.names.of(core.id), &core.times)
	}
	if n := len(c.now.cores); n > 0 {
		b.Gauge(b.Slot(collectors.CPUOnline), float64(n))
	}
	c.now.switches.counter(b, collectors.CPUContextSwitches)
	c.now.interrupts.counter(b, collectors.CPUInterrupts)
	c.now.forks.counter(b, collectors.CPUForks)
	c.now.running.gauge(b, collectors.TasksRunnable)
	c.now.blocked.gauge(b, collectors.TasksBlocked)
	c.runDelay(b)
	return nil
}

// runDelay gives the time that tasks waited for a processor, divided by the number of
// processors. Kernels built without CONFIG_SCHEDSTATS do not tell it.
func (c *cpu) runDelay(b *collectors.Batch) {
	c.delay.begin()
	if err := readRunDelay(&c.schedstat, &c.delay); err != nil {
		unavailable(b, c.schedstat.name, err)
		return
	}
	_, cpus := c.delay.sum()
	// Divided at every reading: the number of processors changes.
	c.delayed += c.delay.rose / uint64(cpus)
	b.Counter(b.Slot(collectors.CPURunDelay), c.delayed)
}

// systemStat is the content of /proc/stat. Times are in ticks of 10 ms.
type systemStat struct {
	all                         cpuTimes
	cores                       []coreTimes // those that are online, in the kernel's order
	switches, interrupts, forks number
	running, blocked            number
	boot                        number // Unix seconds
}

type coreTimes struct {
	id    int
	times cpuTimes
}

// readStat reads /proc/stat into s, whose memory is used again.
func readStat(f *file, s *systemStat) error {
	b, err := f.read()
	if err != nil {
		return err
	}
	return parseStat(f.name, b, s)
}

func parseStat(name string, b []byte, s *systemStat) error {
	*s = systemStat{cores: s.cores[:0]}
	found := false
	for line := range lines(b) {
		key, rest := nextField(line)
		switch {
		case string(key) == "cpu":
			var ok bool
			if s.all, ok = parseTimes(rest); !ok {
				return malformed(name, line)
			}
			found = true
		case bytes.HasPrefix(key, []byte("cpu")):
			id, idOK := parseUint(key[len("cpu"):])
			times, ok := parseTimes(rest)
			if !ok || !idOK || id > 1<<20 {
				return malformed(name, line)
			}
			s.cores = append(s.cores, coreTimes{int(id), times})
		case string(key) == "ctxt":
			s.switches.n, _, s.switches.ok = nextUint(rest)
		case string(key) == "intr":
			s.interrupts.n, _, s.interrupts.ok = nextUint(rest)
		case string(key) == "btime":
			s.boot.n, _, s.boot.ok = nextUint(rest)
		case string(key) == "processes":
			s.forks.n, _, s.forks.ok = nextUint(rest)
		case string(key) == "procs_running":
			s.running.n, _, s.running.ok = nextUint(rest)
		case string(key) == "procs_blocked":
			s.blocked.n, _, s.blocked.ok = nextUint(rest)
		}
	}
	if !found {
		return malformed(name, b)
	}
	return nil
}

// parseTimes reads the modes up to steal, which every kernel since 2.6.11 counts.
func parseTimes(b []byte) (t cpuTimes, ok bool) {
	for i := range t {
		if t[i], b, ok = nextUint(b); !ok {
			return t, false
		}
	}
	return t, true
}

// readRunDelay adds the run delay of every processor, in nanoseconds.
func readRunDelay(f *file, into *rises) error {
	b, err := f.read()
	if err != nil {
		return err
	}
	return parseRunDelay(f.name, b, into)
}

// parseRunDelay reads the lines "cpuN …" of /proc/schedstat, version 15 and later. The
// eighth number is the run delay (Documentation/scheduler/sched-stats.rst).
func parseRunDelay(name string, b []byte, into *rises) error {
	const field = 7
	found := false
	for line := range lines(b) {
		key, rest := nextField(line)
		if !bytes.HasPrefix(key, []byte("cpu")) {
			continue
		}
		id, ok := parseUint(key[len("cpu"):])
		if !ok || id > 1<<20 {
			return malformed(name, line)
		}
		delay, ok := parseUint(fieldAt(rest, field))
		if !ok {
			return malformed(name, line)
		}
		into.add(int(id), delay)
		found = true
	}
	if !found {
		return malformed(name, b)
	}
	return nil
}
