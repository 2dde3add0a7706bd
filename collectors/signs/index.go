package signs

import "dashcam/collectors"

// index says where in a row the inputs of the signs stand. It is made anew when the
// layout changes; -1 and empty lists stand for series that this host does not have.
type index struct {
	layout int

	online                       int
	working, cores               []int // cpu.usage of the modes that are work; cpu.core.busy
	steal                        int
	cpuSome                      int
	delay, runnable, load        int
	throttles, checks            []int
	total, free, available       int
	buffers, cached, slab, shmem int
	memorySome, memoryFull       int
	swapping, stalls             []int
	kills                        []int
	corrected, uncorrected       []int
	ioSome, ioFull, blocked      int
	diskErrors, filesystemErrors []int
	retransmits, segments        int
	listen, softnetDropped       []int
	swapTotal, swapUsed          int
	filesUsed, filesMax          int
	conntrackUsed, conntrackMax  int
	pidsUsed, pidsMax            int
	cgroupUsed, cgroupMax        int

	// What the physical disks are and tell.
	anyBusy, anyQueue bool
	rotational        string // "yes", "no" or "mixed"
}

// learn finds the inputs in the values of the row. State that belongs to a disk, a
// link, a mount or a sensor is kept as long as its series exist.
func (s *Signs) learn() {
	s.ix = index{
		layout: s.row.Layout, online: -1,
		steal: -1, delay: -1, runnable: -1, load: -1, cpuSome: -1,
		total: -1, free: -1, available: -1, buffers: -1, cached: -1, slab: -1, shmem: -1,
		memorySome: -1, memoryFull: -1, ioSome: -1, ioFull: -1, blocked: -1,
		retransmits: -1, segments: -1,
		swapTotal: -1, swapUsed: -1, filesUsed: -1, filesMax: -1, conntrackUsed: -1, conntrackMax: -1,
		pidsUsed: -1, pidsMax: -1, cgroupUsed: -1, cgroupMax: -1,
	}
	s.disk.forget()
	s.network.forget()
	s.limits.forget()
	for i := range s.row.Values {
		s.learnHost(i, &s.row.Values[i])
		s.learnDevice(i, &s.row.Values[i])
	}
	s.disk.keep(&s.ix)
	s.network.keep()
	s.limits.keep()
}

// learnHost notes series that exist once per host.
func (s *Signs) learnHost(i int, v *Value) {
	ix := &s.ix
	first := v.Labels.At(0)
	switch v.Family {
	case collectors.CPUOnline:
		ix.online = i
	case collectors.CPUUsage:
		switch first {
		case "user", "nice", "system", "irq", "softirq":
			ix.working = append(ix.working, i)
		case "steal":
			ix.steal = i
		}
	case collectors.CPUCoreBusy:
		ix.cores = append(ix.cores, i)
	case collectors.CPUThrottles:
		ix.throttles = append(ix.throttles, i)
	case collectors.CPUMachineChecks:
		ix.checks = append(ix.checks, i)
	case collectors.CPURunDelay:
		ix.delay = i
	case collectors.TasksRunnable:
		ix.runnable = i
	case collectors.TasksBlocked:
		ix.blocked = i
	case collectors.LoadAverage:
		if first == "1m" {
			ix.load = i
		}
	case collectors.MemoryBytes:
		put(i, first, names{
			"total": &ix.total, "free": &ix.free, "available": &ix.available, "buffers": &ix.buffers, "cached": &ix.cached, "slab_reclaimable": &ix.slab, "shmem": &ix.shmem,
		})
	case collectors.PressureTime:
		put(i, first+" "+v.Labels.At(1), names{"cpu some": &ix.cpuSome, "memory some": &ix.memorySome, "memory full": &ix.memoryFull, "io some": &ix.ioSome, "io full": &ix.ioFull})
	case collectors.SwapPages:
		ix.swapping = append(ix.swapping, i)
	case collectors.MemoryAllocStalls:
		ix.stalls = append(ix.stalls, i)
	case collectors.MemoryOOMKills:
		ix.kills = append(ix.kills, i)
	case collectors.MemoryECC:
		if first == "corrected" {
			ix.corrected = append(ix.corrected, i)
		} else {
			ix.uncorrected = append(ix.uncorrected, i)
		}
	case collectors.DiskErrors:
		ix.diskErrors = append(ix.diskErrors, i)
	case collectors.FilesystemErrors:
		ix.filesystemErrors = append(ix.filesystemErrors, i)
	case collectors.TCPRetransmits:
		ix.retransmits = i
	case collectors.TCPSegments:
		put(i, first, names{"out": &ix.segments})
	case collectors.TCPListen:
		ix.listen = append(ix.listen, i)
	case collectors.NetSoftnet:
		if first == "dropped" {
			ix.softnetDropped = append(ix.softnetDropped, i)
		}
	case collectors.SwapBytes:
		put(i, first, names{"total": &ix.swapTotal, "used": &ix.swapUsed})
	case collectors.KernelFiles:
		put(i, first, names{"used": &ix.filesUsed, "max": &ix.filesMax})
	case collectors.KernelConntrack:
		put(i, first, names{"used": &ix.conntrackUsed, "max": &ix.conntrackMax})
	case collectors.KernelPIDs:
		put(i, first, names{"used": &ix.pidsUsed, "max": &ix.pidsMax})
	case collectors.CgroupMemory:
		put(i, first, names{"used": &ix.cgroupUsed, "max": &ix.cgroupMax})
	}
}

// learnDevice notes series that exist per disk, link, mount or sensor.
func (s *Signs) learnDevice(i int, v *Value) {
	first, second := v.Labels.At(0), v.Labels.At(1)
	switch v.Family {
	case collectors.DiskBusy:
		s.disk.find(v).busy = i
	case collectors.DiskQueue:
		s.disk.find(v).queue = i
	case collectors.DiskWait:
		d := s.disk.find(v)
		put(i, second, names{"read": &d.wait[0], "write": &d.wait[1]})
	case collectors.DiskOperations:
		d := s.disk.find(v)
		put(i, second, names{"read": &d.operations[0], "write": &d.operations[1]})
	case collectors.DiskBytes:
		d := s.disk.find(v)
		d.bytes = append(d.bytes, i)
	case collectors.NetBytes:
		l := s.network.find(v)
		l.bytes = append(l.bytes, i)
	case collectors.NetSpeed:
		s.network.find(v).speed = i
	case collectors.NetLink:
		s.network.find(v).link = i
	case collectors.NetErrors:
		l := s.network.find(v)
		l.errors = append(l.errors, i)
	case collectors.NetCarrierChanges:
		l := s.network.find(v)
		l.carrier = append(l.carrier, i)
	case collectors.NetMissed:
		l := s.network.find(v)
		l.dropped = append(l.dropped, i)
	case collectors.NetDrops:
		if second == "out" {
			l := s.network.find(v)
			l.dropped = append(l.dropped, i)
		}
	case collectors.FilesystemBytes:
		if f := s.limits.find(v); f != nil {
			put(i, second, names{"total": &f.total, "used": &f.used, "available": &f.available})
		}
	case collectors.FilesystemInodes:
		if f := s.limits.find(v); f != nil {
			put(i, second, names{"total": &f.inodesTotal, "used": &f.inodesUsed})
		}
	case collectors.FilesystemReadOnly:
		if f := s.limits.find(v); f != nil {
			f.readOnlyAt = i
		}
	case collectors.FilesystemStalled:
		if f := s.limits.find(v); f != nil {
			f.stalledAt = i
		}
	case collectors.SensorTemperature:
		s.limits.sensor(first).at = i
	}
}

// names maps label values to the variables that hold their index.
type names map[string]*int

// put stores i in the variable of the given name, if there is one.
func put(i int, name string, in names) {
	if at, ok := in[name]; ok {
		*at = i
	}
}
