//go:build !linux

package host

import (
	"context"

	"dashcam/collectors"
)

// limits has nothing to read: gopsutil knows none of them.
type limits struct{}

func newLimits(Options) collectors.Collector { return &limits{} }

func (c *limits) Sample(_ context.Context, b *collectors.Batch) error {
	b.Unavailable("open files, tracked connections, tasks, control groups", notHere)
	return nil
}
