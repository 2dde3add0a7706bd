package synthetic

import (
	"math"
	"strconv"
	"time"

	"dashcam/collectors"
)

// makeCollectors lists everything the host tells, in the order of the page.
func (h *Host) makeCollectors() []*collector {
	all := []*collector{
		h.cpuCollector(), h.hardwareCollector(), h.loadCollector(), h.memoryCollector(), h.pressureCollector(),
		h.diskCollector(), h.filesystemCollector(), h.networkCollector(), h.socketsCollector(), h.sensorsCollector(),
		h.limitsCollector(), h.hostCollector(), h.processesCollector(), h.servicesCollector(),
	}
	offset := 0
	for _, c := range all {
		c.host, c.offset = h, offset
		offset += len(c.counters)
		for i := range c.gauges {
			c.declare(c.gauges[i].family)
		}
		for i := range c.counters {
			if !c.counters[i].hidden {
				c.declare(c.counters[i].family)
			}
		}
		for i := range c.ratios {
			c.declare(c.ratios[i].family)
		}
	}
	return all
}

func (c *collector) declare(f *collectors.Family) {
	for _, have := range c.description.Families {
		if have == f {
			return
		}
	}
	c.description.Families = append(c.description.Families, f)
}

func describe(name, title string, cadence time.Duration) *collector {
	return &collector{description: collectors.Description{Name: name, Title: title, Cadence: cadence, Optional: cadence > 0}}
}

// coreNames are names of waves: so many processors differ from each other.
var coreNames = func() (names [64]string) {
	for i := range names {
		names[i] = "core " + strconv.Itoa(i)
	}
	return names
}()

var modeNames = [modes]string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"}

// cpuCollector counts in ticks of 10 ms, like /proc/stat.
func (h *Host) cpuCollector() *collector {
	const ticks = 100
	c := describe("cpu", "CPU", 0)
	byMode := [modes][]int{}
	var every []int
	for i := range h.cpus {
		cpu := strconv.Itoa(i)
		var parts [modes]int
		for mode := range modes {
			parts[mode] = c.part(func(m *moment) float64 { return ticks * m.cores[i][mode] })
			byMode[mode] = append(byMode[mode], parts[mode])
		}
		every = append(every, parts[:]...)
		for mode := range modes {
			c.ratio(collectors.CPUCoreUsage, parts[mode:mode+1], parts[:], cpu, modeNames[mode])
		}
		c.ratio(collectors.CPUCoreBusy, []int{parts[user], parts[nice], parts[system], parts[irq], parts[softirq]}, parts[:], cpu)
	}
	for mode := range modes {
		c.ratio(collectors.CPUUsage, byMode[mode], every, modeNames[mode])
	}
	c.counter(collectors.CPUContextSwitches, func(m *moment) float64 { return m.switches })
	c.counter(collectors.CPUInterrupts, func(m *moment) float64 { return m.interrupts })
	c.counter(collectors.CPUForks, func(m *moment) float64 { return m.forks })
	c.counter(collectors.CPURunDelay, func(m *moment) float64 { return 1e9 * m.runDelay })
	c.constant(collectors.CPUOnline, float64(h.cpus))
	c.gauge(collectors.TasksRunnable, func(m *moment) float64 { return m.runnable })
	c.gauge(collectors.TasksBlocked, func(m *moment) float64 { return m.blocked })
	return c
}

func (h *Host) hardwareCollector() *collector {
	c := describe("hardware", "Processor and memory hardware", 5*time.Second)
	for i := range h.cpus {
		c.gauge(collectors.CPUFrequency, func(m *moment) float64 {
			busy := 1 - m.cores[i][idle] - m.cores[i][iowait]
			return 1e6 * math.Round(1500+2200*min(1, 1.4*busy))
		}, strconv.Itoa(i))
	}
	never := func(*moment) float64 { return 0 }
	c.counter(collectors.CPUThrottles, never)
	c.counter(collectors.CPUMachineChecks, never)
	c.counter(collectors.MemoryECC, never, "corrected")
	c.counter(collectors.MemoryECC, never, "uncorrected")
	return c
}

func (h *Host) loadCollector() *collector {
	c := describe("load", "Load", 0)
	for i, window := range [...]string{"1m", "5m", "15m"} {
		c.gauge(collectors.LoadAverage, func(m *moment) float64 { return math.Round(100*m.load[i]) / 100 }, window)
	}
	c.gauge(collectors.TasksTotal, func(m *moment) float64 { return m.threads })
	return c
}

func (h *Host) memoryCollector() *collector {
	c := describe("memory", "Memory", 0)
	bytes := func(kind string, value func(v *memoryMoment) float64) {
		// The kernel counts in KiB.
		g := c.gauge(collectors.MemoryBytes, func(m *moment) float64 { return math.Floor(value(&m.memory)/1024) * 1024 }, kind)
		g.max = memoryTotal
	}
	bytes("total", func(*memoryMoment) float64 { return memoryTotal })
	bytes("free", func(v *memoryMoment) float64 { return v.free })
	bytes("available", func(v *memoryMoment) float64 { return v.available })
	bytes("buffers", func(v *memoryMoment) float64 { return v.buffers })
	bytes("cached", func(v *memoryMoment) float64 { return v.cached })
	bytes("shmem", func(v *memoryMoment) float64 { return v.shmem })
	bytes("slab_reclaimable", func(v *memoryMoment) float64 { return v.slabReclaimable })
	bytes("slab_unreclaimable", func(v *memoryMoment) float64 { return v.slabUnreclaimable })
	bytes("anon", func(v *memoryMoment) float64 { return v.anon })
	bytes("mapped", func(v *memoryMoment) float64 { return v.mapped })
	bytes("page_tables", func(v *memoryMoment) float64 { return v.pageTables })
	bytes("kernel_stack", func(v *memoryMoment) float64 { return v.stack })
	bytes("dirty", func(v *memoryMoment) float64 { return v.dirty })
	bytes("writeback", func(v *memoryMoment) float64 { return v.writeback })
	bytes("slab", func(v *memoryMoment) float64 { return v.slabReclaimable })
	bytes("cache", func(v *memoryMoment) float64 { return v.buffers + v.cached - v.shmem })
	bytes("used", func(v *memoryMoment) float64 {
		return memoryTotal - v.free - v.buffers - v.cached - v.slabReclaimable + v.shmem
	})
	swap := func(kind string, value func(v *memoryMoment) float64) {
		g := c.gauge(collectors.SwapBytes, func(m *moment) float64 { return math.Floor(value(&m.memory)/1024) * 1024 }, kind)
		g.max = 8 * gib
	}
	swap("total", func(v *memoryMoment) float64 { return v.swapTotal })
	swap("free", func(v *memoryMoment) float64 { return v.swapTotal - v.swapUsed })
	swap("used", func(v *memoryMoment) float64 { return v.swapUsed })
	swap("cached", func(v *memoryMoment) float64 { return v.swapUsed / 40 })

	c.counter(collectors.SwapPages, func(m *moment) float64 { return m.memory.swapIn }, "in")
	c.counter(collectors.SwapPages, func(m *moment) float64 { return m.memory.swapOut }, "out")
	c.counter(collectors.MemoryFaults, func(m *moment) float64 { return m.memory.faults }, "all")
	c.counter(collectors.MemoryFaults, func(m *moment) float64 { return m.memory.major }, "major")
	c.counter(collectors.MemoryPaging, func(m *moment) float64 { return m.memory.pagedIn }, "in")
	c.counter(collectors.MemoryPaging, func(m *moment) float64 { return m.memory.pagedOut }, "out")
	c.counter(collectors.MemoryOOMKills, func(m *moment) float64 {
		if m.killed {
			return 1
		}
		return 0
	})
	c.counter(collectors.MemoryAllocStalls, func(m *moment) float64 { return m.memory.stalls })
	return c
}

// pressureCollector counts in microseconds.
func (h *Host) pressureCollector() *collector {
	c := describe("pressure", "Pressure", 0)
	share := func(resource, kind string, value func(m *moment) float64) {
		c.counter(collectors.PressureTime, func(m *moment) float64 { return 1e6 * min(1, value(m)) }, resource, kind)
	}
	share("cpu", "some", func(m *moment) float64 { return m.cpuWait })
	share("cpu", "full", func(*moment) float64 { return 0 })
	share("memory", "some", func(m *moment) float64 { return m.memoryWait })
	share("memory", "full", func(m *moment) float64 { return m.memoryHalt })
	share("io", "some", func(m *moment) float64 { return m.ioWait })
	share("io", "full", func(m *moment) float64 { return m.ioHalt })
	return c
}

func (h *Host) sensorsCollector() *collector {
	c := describe("sensors", "Sensors", 5*time.Second)
	sensor := func(chip, label, device string, critical float64, value func(m *moment) float64) {
		g := c.gauge(collectors.SensorTemperature, func(m *moment) float64 { return math.Round(10*value(m)) / 10 }, chip+" "+label)
		g.info, g.max = []string{"chip", chip, "critical", strconv.FormatFloat(critical, 'f', -1, 64)}, critical
		if device != "" {
			g.info = append(g.info, "device", device)
		}
	}
	sensor("k10temp", "Tctl", "", 100, func(m *moment) float64 { return 41 + 38*m.busy + 2*h.wave("tctl", m.t, 40) })
	sensor("nvme", "Composite", "nvme0", 84, func(m *moment) float64 { return 52 + 9*m.dump + 2*h.wave("nvme", m.t, 90) })
	sensor("drivetemp", "temp1", "sda", 60, func(m *moment) float64 { return 37 + 3*m.dump + h.wave("drivetemp", m.t, 200) })
	return c
}

func (h *Host) limitsCollector() *collector {
	c := describe("limits", "Kernel limits", 0)
	limit := func(f *collectors.Family, most float64, used func(m *moment) float64) {
		c.gauge(f, func(m *moment) float64 { return math.Round(used(m)) }, "used").max = most
		c.constant(f, most, "max")
	}
	limit(collectors.KernelFiles, 524288, func(m *moment) float64 { return 9800*h.vary("files", m.t, 0.08) + m.tcp.established })
	limit(collectors.KernelConntrack, 262144, func(m *moment) float64 { return 3200*h.vary("conntrack", m.t, 0.3) + m.tcp.waiting })
	limit(collectors.KernelPIDs, 4194304, func(m *moment) float64 { return m.threads })
	c.declare(collectors.CgroupMemory)
	return c
}

func (h *Host) hostCollector() *collector {
	c := describe("host", "Host", 10*time.Second)
	c.gauge(collectors.HostUptime, func(m *moment) float64 { return uptime.Seconds() + m.t })
	c.constant(collectors.HostClock, 0)
	c.constant(collectors.HostUsers, 2)
	return c
}

func (h *Host) processesCollector() *collector {
	c := describe("processes", "Processes", time.Second)
	c.description.Detached = true
	c.description.Tables = []*collectors.Table{collectors.Processes}
	for i, state := range stateNames {
		c.gauge(collectors.ProcessCount, func(m *moment) float64 { return m.states[i] }, state)
	}
	c.gauge(collectors.ProcessThreads, func(m *moment) float64 { return m.threads })
	c.fill = h.fillProcesses(processColumns())
	return c
}
