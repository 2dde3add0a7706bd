package host

import "dashcam/collectors"

// memoryBytes collects what is known about memory, in bytes.
type memoryBytes struct {
	total, free, available, buffers, cached, shmem number
	slabReclaimable, slabUnreclaimable             number
	anon, mapped, pageTables, kernelStack          number
	dirty, writeback                               number
	swapTotal, swapFree, swapCached                number

	// approximate says that available was not given but computed.
	approximate bool
}

// put gives every kind that is known and those derived from them. Its maximum is the
// whole memory, so that a chart ends there.
func (m *memoryBytes) put(b *collectors.Batch) {
	gauge := func(kind string, v number) { putBytes(b, collectors.MemoryBytes, kind, v, m.total) }
	gauge("total", m.total)
	gauge("free", m.free)
	gauge("available", m.available)
	gauge("buffers", m.buffers)
	gauge("cached", m.cached)
	gauge("shmem", m.shmem)
	gauge("slab_reclaimable", m.slabReclaimable)
	gauge("slab_unreclaimable", m.slabUnreclaimable)
	gauge("anon", m.anon)
	gauge("mapped", m.mapped)
	gauge("page_tables", m.pageTables)
	gauge("kernel_stack", m.kernelStack)
	gauge("dirty", m.dirty)
	gauge("writeback", m.writeback)

	gauge("slab", m.slabReclaimable)
	cache := sum(m.buffers, m.cached).minus(m.shmem)
	gauge("cache", cache)
	gauge("used", m.total.minus(m.free).minus(cache).minus(m.slabReclaimable))

	if m.approximate {
		b.Info(b.Slot(collectors.MemoryBytes, "available"), "approx", "yes")
	}
}

// putSwap gives the swap space. A host without swap has a total of zero: that is known,
// not missing.
func (m *memoryBytes) putSwap(b *collectors.Batch) {
	gauge := func(kind string, v number) { putBytes(b, collectors.SwapBytes, kind, v, m.swapTotal) }
	gauge("total", m.swapTotal)
	gauge("free", m.swapFree)
	gauge("used", m.swapTotal.minus(m.swapFree))
	gauge("cached", m.swapCached)
}

// putBytes gives a kind that is known, of so much.
func putBytes(b *collectors.Batch, f *collectors.Family, kind string, v, of number) {
	if v.ok {
		s := b.Slot(f, kind)
		b.Gauge(s, float64(v.n))
		b.Max(s, float64(of.n))
	}
}

// estimateAvailable fills available on kernels before 3.14, which do not give it, with
// what can be taken back at most: free + buffers + cached + slab − shmem.
func (m *memoryBytes) estimateAvailable() {
	if m.available.ok {
		return
	}
	m.available = sum(m.free, m.buffers, m.cached, m.slabReclaimable).minus(m.shmem)
	m.approximate = m.available.ok
}
