package host

import "dashcam/collectors"

// loadWindows are the spans over which kernels average, in the order they are given.
var loadWindows = [...]string{"1m", "5m", "15m"}

func putLoad(b *collectors.Batch, average [len(loadWindows)]float64) {
	for i, window := range loadWindows {
		b.Gauge(b.Slot(collectors.LoadAverage, window), average[i])
	}
}
