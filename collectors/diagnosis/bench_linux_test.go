package diagnosis

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is the processor time of this process: a machine that is busy with others makes
// it no longer.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkChangesCPU is the processor time of comparing an hour with the hour before, of
// 2000 series.
func BenchmarkChangesCPU(b *testing.B) {
	ring, from, to := benchRing(b, 2000, 7200)
	begin := cpuTime(b)
	for b.Loop() {
		if _, err := Changes(b.Context(), ring, from, to, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime(b)-begin).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}
