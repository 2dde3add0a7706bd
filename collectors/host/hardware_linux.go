package host

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"dashcam/collectors"
)

// hardware reads what processors and memory say about themselves. It is a collector of
// its own because every fact is a file per processor or, for machine checks, a file that
// the kernel fills slowly on large machines, and none changes by the second.
//
// The "cpu MHz" of /proc/cpuinfo is not used: where there is no cpufreq driver it is a
// constant measured at the boot, and a constant drawn as a line looks like a measurement.
type hardware struct {
	root       root
	files      files
	interrupts file

	samples     int
	clocks      []numbered // one per processor
	throttles   []numbered // one per core
	corrected   []numbered // one per memory controller
	uncorrected []numbered

	names                     numberNames
	throttled, checks, ce, ue rises
}

// numbered is a file of one of many like parts.
type numbered struct {
	id int
	*file
}

func newHardware(o Options) collectors.Collector {
	r := o.root()
	return &hardware{root: r, files: files{root: r}, interrupts: r.file("/proc/interrupts")}
}

func (c *hardware) Sample(_ context.Context, b *collectors.Batch) error {
	const rediscover = 12
	if c.samples%rediscover == 0 {
		c.discover()
	}
	c.samples++
	c.frequency(b)
	c.throttling(b)
	c.machineChecks(b)
	c.memoryErrors(b)
	return nil
}

const cpuDir = "/sys/devices/system/cpu/"

// discover finds the files: processors are plugged, drivers are loaded.
func (c *hardware) discover() {
	c.files.begin()
	defer c.files.end()
	c.clocks = c.numbered(c.clocks[:0], cpuDir+"cpu", "/cpufreq/scaling_cur_freq", func(cpu int) int { return cpu })
	c.throttles = c.numbered(c.throttles[:0], cpuDir+"cpu", "/thermal_throttle/core_throttle_count", c.core)
	same := func(controller int) int { return controller }
	c.corrected = c.numbered(c.corrected[:0], "/sys/devices/system/edac/mc/mc", "/ce_count", same)
	c.uncorrected = c.numbered(c.uncorrected[:0], "/sys/devices/system/edac/mc/mc", "/ue_count", same)
}

// numbered appends the files before+N+after, one for each different id(N).
func (c *hardware) numbered(found []numbered, before, after string, id func(int) int) []numbered {
	seen := make(map[int]bool)
	for _, name := range c.root.glob(before + "[0-9]*" + after) {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, before), after))
		if err != nil {
			continue
		}
		if n = id(n); !seen[n] {
			seen[n] = true
			found = append(found, numbered{n, c.files.get(name)})
		}
	}
	return found
}

// core returns a number for the core that a processor belongs to: its threads share the
// count of throttles, which must not be added twice.
func (c *hardware) core(cpu int) int {
	dir := cpuDir + "cpu" + strconv.Itoa(cpu) + "/topology/"
	core, err := c.root.readUint(dir + "core_id")
	pkg, err2 := c.root.readUint(dir + "physical_package_id")
	if err != nil || err2 != nil || core > 1<<20 || pkg > 1<<10 {
		return -1 - cpu
	}
	return int(pkg<<20 | core)
}

func (c *hardware) frequency(b *collectors.Batch) {
	if len(c.clocks) == 0 {
		b.Unavailable(collectors.CPUFrequency.Source, "no driver tells the clock (usual in virtual machines)")
	}
	for i := range c.clocks {
		f := &c.clocks[i]
		if khz, err := f.uint(); err == nil { // an error: unplugged since
			b.Gauge(b.Slot(collectors.CPUFrequency, c.names.of(f.id)), float64(khz)*1000)
		}
	}
}

func (c *hardware) throttling(b *collectors.Batch) {
	if len(c.throttles) == 0 {
		b.Unavailable(collectors.CPUThrottles.Source, "the processor does not tell it (only Intel's do, and not virtual ones)")
		return
	}
	putSum(b, b.Slot(collectors.CPUThrottles), &c.throttled, c.throttles)
}

func (c *hardware) memoryErrors(b *collectors.Batch) {
	if len(c.corrected) == 0 && len(c.uncorrected) == 0 {
		b.Unavailable(collectors.MemoryECC.Source, "no memory controller reports errors here")
		return
	}
	putSum(b, b.Slot(collectors.MemoryECC, "corrected"), &c.ce, c.corrected)
	putSum(b, b.Slot(collectors.MemoryECC, "uncorrected"), &c.ue, c.uncorrected)
}

// putSum gives how much the counters in files rose together.
func putSum(b *collectors.Batch, s collectors.Slot, r *rises, files []numbered) {
	r.begin()
	for i := range files {
		if v, err := files[i].uint(); err == nil {
			r.add(files[i].id, v)
		}
	}
	if total, members := r.sum(); members > 0 {
		b.Counter(s, total)
	}
}

func (c *hardware) machineChecks(b *collectors.Batch) {
	text, err := c.interrupts.read()
	if err != nil {
		unavailable(b, c.interrupts.name, err)
		return
	}
	c.checks.begin()
	parseInterrupts(text, "MCE", &c.checks)
	if total, members := c.checks.sum(); members > 0 {
		b.Counter(b.Slot(collectors.CPUMachineChecks), total)
		return
	}
	b.Unavailable("/proc/interrupts: MCE", "the processor does not count machine checks")
}

// parseInterrupts adds the counts of one row of /proc/interrupts by processor. The first
// line names the processors that are online, one per column.
func parseInterrupts(b []byte, row string, into *rises) {
	header, rest := nextLine(b)
	for line := range lines(rest) {
		key, counts, ok := cutKey(line)
		if !ok || string(key) != row {
			continue
		}
		for {
			var column []byte
			if column, header = nextField(header); !bytes.HasPrefix(column, []byte("CPU")) {
				return
			}
			cpu, ok := parseUint(column[len("CPU"):])
			if !ok || cpu > 1<<20 {
				return
			}
			var n uint64
			if n, counts, ok = nextUint(counts); !ok {
				return
			}
			into.add(int(cpu), n)
		}
	}
}
