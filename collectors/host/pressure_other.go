//go:build !linux

package host

import (
	"context"

	"dashcam/collectors"
)

// pressure has nothing to read: only Linux measures it.
type pressure struct{}

func newPressure(Options) collectors.Collector { return &pressure{} }

func (c *pressure) Sample(_ context.Context, b *collectors.Batch) error {
	for _, resource := range pressureResources {
		b.Unavailable("pressure: "+resource, notHere)
	}
	return nil
}
