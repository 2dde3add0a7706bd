package host

import (
	"strconv"
	"time"

	"dashcam/collectors"
)

func (c *sensors) Describe() collectors.Description {
	return collectors.Description{
		Name: "sensors", Title: "Sensors", Cadence: 5 * time.Second, Optional: true,
		Families: []*collectors.Family{collectors.SensorTemperature},
	}
}

// putTemperature gives one reading in °C. device is what the chip is part of, where that
// has a name; critical is the sensor's own mark, 0 where it has none.
func putTemperature(b *collectors.Batch, sensor, chip, device string, celsius, critical float64) {
	s := b.Slot(collectors.SensorTemperature, sensor)
	b.Gauge(s, celsius)
	b.Info(s, "chip", chip)
	if device != "" {
		b.Info(s, "device", device)
	}
	if critical > 0 {
		b.Max(s, critical)
		b.Info(s, "critical", strconv.FormatFloat(critical, 'f', -1, 64))
	}
}
