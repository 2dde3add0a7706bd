package host

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// The benchmarks below compare with a floor or with another way of doing the same, in the
// same loop: other machines are faster or slower, but the ratio stays. They report
// medians, because a shared machine interrupts.

// pairOf times two ways of doing the same in turns.
type pairOf struct{ ours, theirs []time.Duration }

func (p *pairOf) run(b *testing.B, ours, theirs func()) {
	b.Helper()
	for b.Loop() {
		t0 := time.Now()
		ours()
		t1 := time.Now()
		theirs()
		p.ours, p.theirs = append(p.ours, t1.Sub(t0)), append(p.theirs, time.Since(t1))
	}
}

func (p *pairOf) report(b *testing.B, unit string) {
	b.Helper()
	ours, theirs := median(p.ours), median(p.theirs)
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	b.ReportMetric(float64(ours), "ours-ns")
	b.ReportMetric(float64(theirs), "theirs-ns")
	b.ReportMetric(float64(ours)/float64(theirs), unit)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// hotFacts are the collectors of every tick without the process scan.
func hotFacts(keep *keeper) []collectors.Collector {
	o := Options{keep: keep}
	return []collectors.Collector{newCPU(o), newLoad(o), newMemory(o), newPressure(o), newDisk(o), newNetwork(o), newSockets(o), newLimits(o)}
}

// BenchmarkFacts_OverReading is what facts of the host cost, over one pread of each of the
// same files into a buffer that is just large enough.
func BenchmarkFacts_OverReading(b *testing.B) {
	before := kernelFiles(b)
	all := hotFacts(newKeeper())
	var batches []*collectors.Batch
	for range all {
		batches = append(batches, collectors.NewBatch())
	}
	at := time.Now()
	sample := func() {
		for i, c := range all {
			batches[i].Begin(at)
			if err := c.Sample(b.Context(), batches[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	sample()
	sample()
	var fds []int
	for fd := range kernelFiles(b) {
		if _, ok := before[fd]; !ok {
			fds = append(fds, fd)
		}
	}
	slices.Sort(fds)
	bufs := make([][]byte, len(fds))
	for i, fd := range fds {
		// Not larger than needed: the kernel makes one of the same size for some files.
		large := make([]byte, 1<<20)
		n, err := unix.Pread(fd, large, 0)
		if err != nil {
			b.Fatal(err)
		}
		bufs[i] = large[: n+64 : n+64]
	}
	read := func() {
		for i, fd := range fds {
			if n, err := unix.Pread(fd, bufs[i], 0); n == 0 || err != nil {
				b.Fatalf("read descriptor %d: %d, %v", fd, n, err)
			}
		}
	}
	b.ReportAllocs()
	var p pairOf
	p.run(b, sample, read)
	p.report(b, "x-of-floor")
	b.ReportMetric(float64(len(fds)), "files")
}

// kernelFiles returns the descriptors of this process that are files of /proc and /sys.
func kernelFiles(tb testing.TB) map[int]string {
	tb.Helper()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	found := map[int]string{}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			tb.Fatal(err)
		}
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		var st unix.Stat_t
		if err != nil || unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
			continue // the directory that was just listed
		}
		if strings.HasPrefix(target, "/proc/") || strings.HasPrefix(target, "/sys/") {
			found[fd] = target
		}
	}
	return found
}
