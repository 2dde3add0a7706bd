//go:build !linux

package host

import (
	"context"

	gopsutil "github.com/shirou/gopsutil/v3/host"

	"dashcam/collectors"
)

// sensors gives the temperatures that gopsutil knows.
type sensors struct{}

func newSensors(Options) collectors.Collector { return &sensors{} }

func (c *sensors) Sample(ctx context.Context, b *collectors.Batch) error {
	// An error may come with some readings: it names those that failed.
	found, err := gopsutil.SensorsTemperaturesWithContext(ctx)
	for _, s := range found {
		if s.Temperature != 0 { // 0 stands for "no such sensor"
			putTemperature(b, s.SensorKey, s.SensorKey, "", s.Temperature, s.Critical)
		}
	}
	if len(found) == 0 {
		b.Unavailable("temperatures", unknown(err))
	}
	return nil
}
