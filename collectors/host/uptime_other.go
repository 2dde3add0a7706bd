//go:build !linux

package host

import (
	"context"

	gopsutil "github.com/shirou/gopsutil/v3/host"

	"dashcam/collectors"
)

type uptime struct{}

func newHost(Options) collectors.Collector { return &uptime{} }

func (c *uptime) Sample(ctx context.Context, b *collectors.Batch) error {
	if seconds, err := gopsutil.UptimeWithContext(ctx); err != nil || seconds == 0 {
		b.Unavailable("uptime", unknown(err))
	} else {
		b.Gauge(b.Slot(collectors.HostUptime), float64(seconds))
	}
	if users, err := gopsutil.UsersWithContext(ctx); err != nil {
		b.Unavailable("users", unknown(err))
	} else {
		b.Gauge(b.Slot(collectors.HostUsers), float64(len(users)))
	}
	return nil
}
