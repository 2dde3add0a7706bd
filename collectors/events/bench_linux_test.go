package events

import (
	"context"
	"os/exec"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// BenchmarkProcesses is what a start and its end cost us while a shell starts programs as
// fast as it can: the processor time of this process, which starts none of them.
func BenchmarkProcesses(b *testing.B) {
	f, err := listenProcesses()
	if err != nil {
		need.Missing(b, "the process connector: "+err.Error())
	}
	_ = unix.Close(f)
	var mu sync.Mutex
	lost := 0
	c := New(Config{Post: func(e collectors.Event) {
		mu.Lock()
		defer mu.Unlock()
		if e.Kind == KindLost {
			lost++
		}
	}})
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	defer running.Wait()
	defer cancel()
	cpu := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begin, at := cpu(), time.Now()
	for b.Loop() {
		if err := exec.Command("sh", "-c", "i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i+1)); done").Run(); err != nil {
			b.Fatal(err)
		}
	}
	used, took := cpu()-begin, time.Since(at)
	b.ReportMetric(float64(b.N)*1000/took.Seconds(), "starts/s")
	b.ReportMetric(float64(used.Microseconds())/(float64(b.N)*1000), "µs/start")
	b.ReportMetric(float64(lost), "lost")
}

// Asking the sources takes no memory as long as nothing happens: it is done every second.
func TestSample_TakesNoMemoryWhileNothingHappens(t *testing.T) {
	for _, s := range []source{newLinks(Config{}), newAddresses(Config{}), newDevices(Config{})} {
		poll := func() {
			if err := s.poll(func(collectors.Event) {}); err != nil {
				t.Fatal(err)
			}
		}
		poll()
		if n := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				poll()
			}
		}).AllocedBytesPerOp(); n > 512 {
			t.Errorf("%s takes %d bytes each time", s.name(), n)
		}
		s.close()
	}
}
