//go:build !linux

package host

import (
	"context"

	gopsutil "github.com/shirou/gopsutil/v3/mem"

	"dashcam/collectors"
)

// memory gives the sizes that gopsutil knows.
type memory struct{}

func newMemory(Options) collectors.Collector { return &memory{} }

func (c *memory) Describe() collectors.Description {
	return collectors.Description{Name: "memory", Title: "Memory", Families: []*collectors.Family{
		collectors.MemoryBytes, collectors.SwapBytes, collectors.SwapPages,
	}}
}

func (c *memory) Sample(ctx context.Context, b *collectors.Batch) error {
	v, err := gopsutil.VirtualMemoryWithContext(ctx)
	if err != nil || v.Total == 0 {
		b.Unavailable("memory", unknown(err))
	} else {
		known := func(n uint64) number { return number{n, true} }
		m := memoryBytes{total: known(v.Total), free: known(v.Free), available: known(v.Available)}
		m.put(b)
		// What is not available is what programs hold: these systems do not tell more.
		known(v.Total).minus(known(v.Available)).gauge(b, collectors.MemoryBytes, "used")
		known(v.Available).minus(known(v.Free)).gauge(b, collectors.MemoryBytes, "cache")
		for _, kind := range []string{"used", "cache"} {
			b.Max(b.Slot(collectors.MemoryBytes, kind), float64(v.Total))
		}
	}
	c.swap(ctx, b)
	b.Unavailable("page faults, paging, allocation stalls, out-of-memory kills", notHere)
	return nil
}

func (c *memory) swap(ctx context.Context, b *collectors.Batch) {
	s, err := gopsutil.SwapMemoryWithContext(ctx)
	if err != nil {
		b.Unavailable("swap", unknown(err))
		return
	}
	m := memoryBytes{swapTotal: number{s.Total, true}, swapFree: number{s.Free, true}}
	m.putSwap(b)
	if s.Sin == 0 && s.Sout == 0 {
		return // not counted, or not yet: nothing that could be told apart
	}
	const page = 4096 // gopsutil gives bytes
	b.Counter(b.Slot(collectors.SwapPages, "in"), s.Sin/page)
	b.Counter(b.Slot(collectors.SwapPages, "out"), s.Sout/page)
}
