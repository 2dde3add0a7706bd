//go:build !linux

package services

import (
	"context"

	"dashcam/collectors"
)

type services struct{}

func newServices(Options) *services { return &services{} }

// Sample implements [collectors.Collector].
func (*services) Sample(_ context.Context, b *collectors.Batch) error {
	b.Unavailable("control groups", "only Linux has them")
	return nil
}
