package host

import (
	"testing"
	"time"

	"dashcam/collectors"
)

// warm returns a collector of this machine that has seen everything once, and its batch.
func warm(tb testing.TB, build func(Options) collectors.Collector) (collectors.Collector, *collectors.Batch) {
	tb.Helper()
	c, b := build(Options{keep: newKeeper()}), collectors.NewBatch()
	for range 2 {
		b.Begin(time.Now())
		if err := c.Sample(tb.Context(), b); err != nil {
			tb.Fatal(err)
		}
	}
	return c, b
}

var hot = map[string]func(Options) collectors.Collector{
	"cpu": newCPU, "load": newLoad, "memory": newMemory, "pressure": newPressure, "limits": newLimits, "self": newSelf,
	"disk": newDisk, "network": newNetwork, "sockets": newSockets,
}

func BenchmarkSample(b *testing.B) {
	for name, build := range hot {
		b.Run(name, func(b *testing.B) {
			c, batch := warm(b, build)
			b.ReportAllocs()
			for b.Loop() {
				batch.Begin(batch.At())
				if err := c.Sample(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestSampleAllocs counts what a sample of this machine allocates once everything was seen.
// What is found out anew every ten seconds or every minute is not part of it.
func TestSampleAllocs(t *testing.T) {
	for name, build := range hot {
		c, b := warm(t, build)
		got := testing.AllocsPerRun(20, func() {
			b.Begin(b.At())
			if err := c.Sample(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("%s: %v allocations per sample, want none", name, got)
		}
	}
}
