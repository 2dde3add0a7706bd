package host

import (
	"testing"
	"time"

	"dashcam/collectors"
)

// warm returns a collector of this machine that has seen everything once, and its batch.
func warm(tb testing.TB, build func(Options) collectors.Collector) (collectors.Collector, *collectors.Batch) {
	tb.Helper()
	c, b := build(Options{}), collectors.NewBatch()
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
}

func BenchmarkSample(b *testing.B) {
	for name, build := range hot {
		b.Run(name, func(b *testing.B) {
			c, batch := warm(b, build)
			b.ReportAllocs()
			for b.Loop() {
				batch.Begin(time.Time{})
				if err := c.Sample(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestSample_AllocatesOnlyToOpenFiles counts what is left as long as files are opened
// anew: for each an *os.File and what the operating system layer needs for its name.
// Nothing that is parsed may add to it.
func TestSample_AllocatesOnlyToOpenFiles(t *testing.T) {
	const perFile = 4
	files := map[string]float64{"cpu": 2, "load": 1, "memory": 3, "pressure": 3, "limits": 9, "self": 1}
	for name, build := range hot {
		c, b := warm(t, build)
		got := testing.AllocsPerRun(20, func() {
			b.Begin(time.Time{})
			if err := c.Sample(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		})
		if most := files[name] * perFile; got > most {
			t.Errorf("%s: %v allocations per sample, more than %v for its files", name, got, most)
		}
	}
}
