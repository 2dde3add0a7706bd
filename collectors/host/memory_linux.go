package host

import (
	"bytes"
	"context"

	"dashcam/collectors"
)

// memory reads /proc/meminfo, /proc/vmstat and, where there is ZFS, its cache.
type memory struct {
	meminfo, vmstat, arcstats file
}

func newMemory(o Options) collectors.Collector {
	r := o.root()
	return &memory{r.file("/proc/meminfo"), r.file("/proc/vmstat"), r.file("/proc/spl/kstat/zfs/arcstats")}
}

func (c *memory) Describe() collectors.Description {
	return collectors.Description{Name: "memory", Title: "Memory", Families: []*collectors.Family{
		collectors.MemoryBytes, collectors.SwapBytes, collectors.SwapPages, collectors.MemoryFaults,
		collectors.MemoryPaging, collectors.MemoryOOMKills, collectors.MemoryAllocStalls,
	}}
}

func (c *memory) Sample(_ context.Context, b *collectors.Batch) error {
	if err := c.sizes(b); err != nil {
		return err
	}
	v, err := parsed(&c.vmstat, parseVMStat)
	if err != nil {
		unavailable(b, c.vmstat.name, err)
		return nil
	}
	v.put(b)
	if !v.oomKills.ok {
		b.Unavailable("/proc/vmstat: oom_kill", "kernels before 4.13 do not count it")
	}
	return nil
}

func (c *memory) sizes(b *collectors.Batch) error {
	m, err := parsed(&c.meminfo, parseMeminfo)
	if err != nil {
		if !absent(err) {
			return err
		}
		unavailable(b, c.meminfo.name, err)
		return nil
	}
	if m.total.n == 0 {
		b.Unavailable(c.meminfo.name, "says that there is no memory at all")
		return nil
	}
	m.estimateAvailable()
	arc, err := parsed(&c.arcstats, parseARC)
	switch {
	case err == nil:
		// The kernel does not know that ZFS gives its cache back down to a minimum.
		if give := arc.size.minus(arc.least); give.ok && m.available.ok {
			m.available.n = min(m.available.n+give.n, m.total.n)
		}
		arc.size.gauge(b, collectors.MemoryBytes, "zfs_arc")
		b.Max(b.Slot(collectors.MemoryBytes, "zfs_arc"), float64(m.total.n))
	case !absent(err): // most hosts have no ZFS, which is nothing to report
		unavailable(b, c.arcstats.name, err)
	}
	m.put(b)
	m.putSwap(b)
	return nil
}

// parseMeminfo reads lines like "MemTotal:       24684084 kB". A kB is 1024 bytes.
func parseMeminfo(name string, b []byte) (memoryBytes, error) {
	var m memoryBytes
	for line := range lines(b) {
		key, rest, _ := cutKey(line)
		into := m.named(key)
		if into == nil {
			continue
		}
		kib, _, ok := nextUint(rest)
		if !ok || kib > 1<<53 {
			return memoryBytes{}, malformed(name, line)
		}
		*into = number{kib * 1024, true}
	}
	if !m.total.ok {
		return memoryBytes{}, malformed(name, b)
	}
	return m, nil
}

// named returns where the value of a key belongs, or nil.
func (m *memoryBytes) named(key []byte) *number {
	switch string(key) {
	case "MemTotal":
		return &m.total
	case "MemFree":
		return &m.free
	case "MemAvailable":
		return &m.available
	case "Buffers":
		return &m.buffers
	case "Cached":
		return &m.cached
	case "Shmem":
		return &m.shmem
	case "SReclaimable":
		return &m.slabReclaimable
	case "SUnreclaim":
		return &m.slabUnreclaimable
	case "AnonPages":
		return &m.anon
	case "Mapped":
		return &m.mapped
	case "PageTables":
		return &m.pageTables
	case "KernelStack":
		return &m.kernelStack
	case "Dirty":
		return &m.dirty
	case "Writeback":
		return &m.writeback
	case "SwapTotal":
		return &m.swapTotal
	case "SwapFree":
		return &m.swapFree
	case "SwapCached":
		return &m.swapCached
	}
	return nil
}

// vmstat is what we use of /proc/vmstat. Page-ins and page-outs are in KiB.
type vmstat struct {
	swapIn, swapOut, faults, majorFaults number
	pageIn, pageOut, oomKills, stalls    number
}

func (v *vmstat) put(b *collectors.Batch) {
	v.swapIn.counter(b, collectors.SwapPages, "in")
	v.swapOut.counter(b, collectors.SwapPages, "out")
	v.faults.counter(b, collectors.MemoryFaults, "all")
	v.majorFaults.counter(b, collectors.MemoryFaults, "major")
	v.pageIn.counter(b, collectors.MemoryPaging, "in")
	v.pageOut.counter(b, collectors.MemoryPaging, "out")
	v.oomKills.counter(b, collectors.MemoryOOMKills)
	v.stalls.counter(b, collectors.MemoryAllocStalls)
}

// parseVMStat reads lines like "pgfault 5422599". Allocation stalls are counted per zone
// since 4.10 and are added up.
func parseVMStat(name string, b []byte) (vmstat, error) {
	var v vmstat
	found := false
	for line := range lines(b) {
		// Most of nearly two hundred lines are passed over: that must be quick.
		key, rest, _ := bytes.Cut(line, []byte{' '})
		into := v.named(key)
		if into == nil {
			continue
		}
		n, _, ok := nextUint(rest)
		if !ok {
			return vmstat{}, malformed(name, line)
		}
		into.n += n
		into.ok = true
		found = true
	}
	if !found {
		return vmstat{}, malformed(name, b)
	}
	return v, nil
}

func (v *vmstat) named(key []byte) *number {
	switch string(key) {
	case "pswpin":
		return &v.swapIn
	case "pswpout":
		return &v.swapOut
	case "pgfault":
		return &v.faults
	case "pgmajfault":
		return &v.majorFaults
	case "pgpgin":
		return &v.pageIn
	case "pgpgout":
		return &v.pageOut
	case "oom_kill":
		return &v.oomKills
	}
	if bytes.HasPrefix(key, []byte("allocstall")) {
		return &v.stalls
	}
	return nil
}

// arc is the cache of ZFS: its size and the least it can shrink to.
type arc struct{ size, least number }

// parseARC reads lines like "size    4    1073741824".
func parseARC(name string, b []byte) (arc, error) {
	var a arc
	for line := range lines(b) {
		key, rest := nextField(line)
		var into *number
		switch string(key) {
		case "size":
			into = &a.size
		case "c_min":
			into = &a.least
		default:
			continue
		}
		if into.n, into.ok = parseUint(fieldAt(rest, 1)); !into.ok {
			return arc{}, malformed(name, line)
		}
	}
	if !a.size.ok {
		return arc{}, malformed(name, b)
	}
	return a, nil
}
