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
// What is found out anew now and then (every ten seconds, or thirty samples) is not part of
// it: one sample in ten may allocate. There are so many samples that a link or a disk which
// another test makes meanwhile is only in a few of them.
func TestSampleAllocs(t *testing.T) {
	const samples, exceptions = 100, 10
	for name, build := range hot {
		c, b := warm(t, build)
		var counts []float64
		for range samples {
			// The mean of several would be rounded down.
			n := testing.AllocsPerRun(1, func() {
				b.Begin(b.At())
				if err := c.Sample(t.Context(), b); err != nil {
					t.Fatal(err)
				}
			})
			if n != 0 {
				counts = append(counts, n)
			}
		}
		if len(counts) > exceptions {
			t.Errorf("%s: %d of %d samples allocate: %v", name, len(counts), samples, counts)
		}
	}
}
