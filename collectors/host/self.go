package host

import (
	"context"
	"runtime/metrics"

	"dashcam/collectors"
)

// self says what dashcam itself costs. It is about our own process, whatever the root.
type self struct {
	stats   SelfStats
	runtime []metrics.Sample
	process selfProcess
}

// The places in self.runtime.
const (
	runtimeGoroutines = iota
	runtimeHeap
	runtimeStacks
)

func newSelf(o Options) collectors.Collector {
	return &self{stats: o.Self, process: newSelfProcess(o), runtime: []metrics.Sample{
		runtimeGoroutines: {Name: "/sched/goroutines:goroutines"},
		runtimeHeap:       {Name: "/memory/classes/heap/objects:bytes"},
		runtimeStacks:     {Name: "/memory/classes/heap/stacks:bytes"},
	}}
}

func (c *self) Describe() collectors.Description {
	return collectors.Description{Name: "self", Title: "dashcam", Families: []*collectors.Family{
		collectors.SelfCPU, collectors.SelfMemory, collectors.SelfReach,
		collectors.SelfDisk, collectors.SelfDiskReach, collectors.SelfDiskWritten, collectors.SelfDiskLost,
		collectors.SelfGoroutines, collectors.SelfViewers, collectors.SelfSent,
	}}
}

func (c *self) Sample(ctx context.Context, b *collectors.Batch) error {
	if us, err := c.process.cpuMicroseconds(); err != nil {
		unavailable(b, "own processor time", err)
	} else {
		b.Counter(b.Slot(collectors.SelfCPU), us)
	}
	if bytes, err := c.process.residentBytes(ctx); err != nil {
		unavailable(b, "own resident memory", err)
	} else {
		b.Gauge(b.Slot(collectors.SelfMemory, "resident"), float64(bytes))
	}

	metrics.Read(c.runtime)
	b.Gauge(b.Slot(collectors.SelfGoroutines), float64(c.runtime[runtimeGoroutines].Value.Uint64()))
	b.Gauge(b.Slot(collectors.SelfMemory, "heap"), float64(c.runtime[runtimeHeap].Value.Uint64()))
	b.Gauge(b.Slot(collectors.SelfMemory, "stacks"), float64(c.runtime[runtimeStacks].Value.Uint64()))

	if c.stats.RememberedBytes != nil {
		b.Gauge(b.Slot(collectors.SelfMemory, "remembered"), float64(c.stats.RememberedBytes()))
	}
	if c.stats.RememberedFor != nil {
		b.Gauge(b.Slot(collectors.SelfReach), c.stats.RememberedFor().Seconds())
	}
	if c.stats.OnDisk != nil {
		c.onDisk(b)
	}
	if c.stats.Viewers != nil {
		b.Gauge(b.Slot(collectors.SelfViewers), float64(c.stats.Viewers()))
	}
	if c.stats.SentBytes != nil {
		b.Counter(b.Slot(collectors.SelfSent), c.stats.SentBytes())
	}
	return nil
}

func (c *self) onDisk(b *collectors.Batch) {
	d := c.stats.OnDisk()
	b.Gauge(b.Slot(collectors.SelfDisk, "used"), float64(d.Bytes))
	b.Gauge(b.Slot(collectors.SelfDisk, "limit"), float64(d.Limit))
	b.Counter(b.Slot(collectors.SelfDiskWritten), d.Written)
	b.Gauge(b.Slot(collectors.SelfDiskLost), float64(d.Lost))
	if d.For > 0 {
		b.Gauge(b.Slot(collectors.SelfDiskReach), d.For.Seconds())
	}
}
