package sampler_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
)

// What this host costs, per row: processor time of the whole process, and how often
// one of its threads went to sleep and had to be woken (voluntary_ctxt_switches of
// proc(5)). It runs for as long as the rows take: at one row a second
//
//	go test -run '^$' -bench Run_RealHost/1s -benchtime 20x ./collectors/sampler
func BenchmarkRun_RealHost(b *testing.B) {
	for _, interval := range []time.Duration{100 * time.Millisecond, time.Second} {
		b.Run(interval.String(), func(b *testing.B) {
			ring := history.New(history.Config{Interval: interval})
			s, err := sampler.New(sampler.Config{
				Collectors: host.Collectors(host.Options{}), Ring: ring,
				Derivers: []collectors.Deriver{signs.New(signs.Config{})}, Interval: interval, Budget: -1,
			})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error, 1)
			go func() { done <- s.Run(ctx) }()
			const warmUp = 3
			rows := func(until uint64) {
				for ring.Bounds().Newest < until {
					if err := ring.Wait(ctx, ring.Bounds().Newest); err != nil {
						b.Fatal(err)
					}
				}
			}
			rows(warmUp)
			b.ResetTimer()
			cpu, sleeps := processorTime(b), threadSleeps(b)
			rows(warmUp + uint64(b.N))
			cpu, sleeps = processorTime(b)-cpu, threadSleeps(b)-sleeps
			b.StopTimer()
			cancel()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "cpu-µs/row")
			b.ReportMetric(100*cpu.Seconds()/(interval.Seconds()*float64(b.N)), "%core")
			b.ReportMetric(float64(sleeps)/float64(b.N), "wakeups/row")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// threadSleeps counts the voluntary context switches of all threads.
func threadSleeps(b *testing.B) int {
	b.Helper()
	const tasks = "/proc/self/task/"
	threads, err := os.ReadDir(tasks)
	if err != nil {
		b.Fatal(err)
	}
	sum := 0
	for _, thread := range threads {
		status, err := os.ReadFile(tasks + thread.Name() + "/status")
		if err != nil {
			continue // it has ended
		}
		for line := range strings.Lines(string(status)) {
			if n, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				v, err := strconv.Atoi(strings.TrimSpace(n))
				if err != nil {
					b.Fatal(err)
				}
				sum += v
			}
		}
	}
	return sum
}
