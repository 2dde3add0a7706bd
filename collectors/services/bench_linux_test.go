package services

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// BenchmarkSample says what observations cost, in percent of one core at one a second: of
// the host as it is, and with control groups more, of which one in twenty is at work. All
// are the kernel's own.
func BenchmarkSample(b *testing.B) {
	for _, n := range []int{0, 100, 2000} {
		b.Run(fmt.Sprintf("services=%d", n), func(b *testing.B) {
			slice := own("bench", ".slice")
			if n > 0 {
				var names []string
				for i := range n {
					names = append(names, fmt.Sprintf("n%d.service", i))
				}
				makeGroups(b, slice, names)
			}
			c, batch := newServices(Options{}), collectors.NewBatch()
			now := time.Now()
			sample := func() {
				// Those at work are read whole, as every group is whose counters rise.
				for i := 0; i < n; i += 20 {
					if u := c.units[fmt.Sprintf("%s/n%d.service", slice, i)]; u != nil {
						u.idle = 0
					}
				}
				now = now.Add(time.Second)
				batch.Begin(now)
				if err := c.Sample(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
				batch.TakeTables()
			}
			for range 3 * restEvery {
				sample()
			}
			if got := len(c.units); got < n {
				b.Fatalf("%d units are seen, want %d", got, n)
			}
			var all []float64
			for b.Loop() {
				before := processorTime(b)
				sample()
				all = append(all, float64(processorTime(b)-before))
			}
			// Observations differ: the mean counts, not the median.
			sum := 0.0
			for _, each := range all {
				sum += each
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(100*sum/float64(len(all))/1e9, "%core")
			slices.Sort(all)
			b.ReportMetric(all[len(all)*99/100]/1e6, "p99-ms")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		b.Fatal(err)
	}
	return time.Duration(ts.Nano())
}
