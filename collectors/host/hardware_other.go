//go:build !linux

package host

import (
	"context"

	"dashcam/collectors"
)

// hardware has nothing to read: gopsutil knows only the nominal clock.
type hardware struct{}

func newHardware(Options) collectors.Collector { return &hardware{} }

func (c *hardware) Sample(_ context.Context, b *collectors.Batch) error {
	b.Unavailable("clock, throttling, machine checks, memory errors", notHere)
	return nil
}
