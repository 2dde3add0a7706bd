//go:build !linux

package host

import (
	"context"

	gopsutil "github.com/shirou/gopsutil/v3/load"

	"dashcam/collectors"
)

// load gives the averages and the tasks that gopsutil knows. Windows has no load
// average; gopsutil computes one only after it was called for a while.
type load struct{}

func newLoad(Options) collectors.Collector { return &load{} }

func (c *load) Describe() collectors.Description {
	return collectors.Description{Name: "load", Title: "Load", Families: []*collectors.Family{
		collectors.LoadAverage, collectors.TasksTotal, collectors.TasksRunnable, collectors.TasksBlocked,
	}}
}

func (c *load) Sample(ctx context.Context, b *collectors.Batch) error {
	if avg, err := gopsutil.AvgWithContext(ctx); err != nil {
		b.Unavailable("load average", unknown(err))
	} else {
		putLoad(b, [...]float64{avg.Load1, avg.Load5, avg.Load15})
	}
	misc, err := gopsutil.MiscWithContext(ctx)
	if err != nil || misc.ProcsTotal == 0 {
		b.Unavailable("tasks by state", unknown(err))
		return nil
	}
	b.Gauge(b.Slot(collectors.TasksTotal), float64(misc.ProcsTotal))
	b.Gauge(b.Slot(collectors.TasksRunnable), float64(misc.ProcsRunning))
	b.Gauge(b.Slot(collectors.TasksBlocked), float64(misc.ProcsBlocked))
	return nil
}
