package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gopsutil "github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// The benchmarks below compare with a floor or with another way of doing the same, in the
// same loop: other machines are faster or slower, but the ratio stays. They take processor
// time, with what the garbage costs, and report medians, because a shared machine interrupts.

// pairOf measures two ways of doing the same in turns.
type pairOf struct{ ours, theirs []time.Duration }

func (p *pairOf) run(b *testing.B, ours, theirs func()) {
	b.Helper()
	for b.Loop() {
		t0 := processorTime(b)
		ours()
		t1 := processorTime(b)
		theirs()
		p.ours, p.theirs = append(p.ours, t1-t0), append(p.theirs, processorTime(b)-t1)
	}
}

// processorTime is what this process has used.
func processorTime(tb testing.TB) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(ts.Nano())
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
	sample, read := factsAndReading(b)
	b.ReportAllocs()
	var p pairOf
	p.run(b, sample, read)
	p.report(b, "x-of-floor")
}

// BenchmarkFactsTenTimesASecond_OverReading is the same with a timer that wakes it ten times
// a second, as the sampler at its shortest interval.
func BenchmarkFactsTenTimesASecond_OverReading(b *testing.B) {
	sample, read := factsAndReading(b)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var p pairOf
	p.run(b, func() { <-tick.C; sample() }, func() { <-tick.C; read() })
	p.report(b, "x-of-floor")
}

// factsAndReading returns a sample of all facts, and what only reads the files that it
// reads.
func factsAndReading(b *testing.B) (sample, read func()) {
	before := kernelFiles(b)
	all := hotFacts(newKeeper())
	var batches []*collectors.Batch
	for range all {
		batches = append(batches, collectors.NewBatch())
	}
	at := time.Now()
	sample = func() {
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
	return sample, func() {
		for i, fd := range fds {
			if n, err := unix.Pread(fd, bufs[i], 0); n == 0 || err != nil {
				b.Fatalf("read descriptor %d: %d, %v", fd, n, err)
			}
		}
	}
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

// BenchmarkScan_OverGopsutil is a scan of about a thousand processes of which nearly all
// sleep, over gopsutil at its best: objects kept, the boot time cached, and only those four
// questions asked that give the columns we fill. "all" lets no process rest.
func BenchmarkScan_OverGopsutil(b *testing.B) {
	spawnSleepers(b, 1000)
	for _, rest := range []bool{true, false} {
		name := "all"
		if rest {
			name = "resting"
		}
		b.Run(name, func(b *testing.B) {
			own := newScanEverySecond()
			scan := func() {
				if !rest {
					for i := range own.all {
						own.all[i].known.idle = 0
					}
				}
				own.scan(b)
			}
			for range restAfter + restScans {
				own.scan(b)
			}
			theirs := newGopsutilScan(b)
			theirs.scan(b)
			b.ReportAllocs()
			var p pairOf
			p.run(b, scan, func() { theirs.scan(b) })
			p.report(b, "x-of-gopsutil")
			b.ReportMetric(float64(own.rows), "processes")
			b.ReportMetric(float64(median(p.ours))/float64(own.rows), "ns/process")
		})
	}
}

// BenchmarkScan is a scan of this machine as it is, every second of the scan's own clock.
func BenchmarkScan(b *testing.B) {
	own := newScanEverySecond()
	for range restAfter + restScans {
		own.scan(b)
	}
	b.ReportAllocs()
	for b.Loop() {
		own.scan(b)
	}
	b.ReportMetric(float64(own.rows), "processes")
}

// scanEverySecond scans without a pause, but believes that a second has passed between scans,
// so that everything done by the minute has its share.
type scanEverySecond struct {
	*processes
	batch *collectors.Batch
	began time.Time
	scans int
	rows  int
}

func newScanEverySecond() *scanEverySecond {
	c := &scanEverySecond{processes: newProcesses(Options{keep: newKeeper()}).(*processes), batch: collectors.NewBatch(), began: time.Now()}
	c.now = func() time.Time { return time.Now().Add(time.Duration(c.scans) * time.Second) }
	return c
}

func (c *scanEverySecond) scan(tb testing.TB) {
	c.scans++
	c.batch.Begin(c.now())
	if err := c.Sample(tb.Context(), c.batch); err != nil {
		tb.Fatal(err)
	}
	c.rows = len(c.batch.TakeTables()[0].Data().Rows)
}

// gopsutilScan asks gopsutil for what our scan reads.
type gopsutilScan struct{ known map[int32]*gopsutil.Process }

func newGopsutilScan(tb testing.TB) *gopsutilScan {
	gopsutil.EnableBootTimeCache(true)
	tb.Cleanup(func() { gopsutil.EnableBootTimeCache(false) })
	return &gopsutilScan{known: map[int32]*gopsutil.Process{}}
}

func (g *gopsutilScan) scan(tb testing.TB) {
	ctx := tb.Context()
	pids, err := gopsutil.PidsWithContext(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	for _, pid := range pids {
		p, ok := g.known[pid]
		if !ok {
			if p, err = gopsutil.NewProcessWithContext(ctx, pid); err != nil {
				continue // it has ended
			}
			_, _ = p.NameWithContext(ctx)
			g.known[pid] = p
		}
		_, _ = p.TimesWithContext(ctx)
		_, _ = p.MemoryInfoWithContext(ctx)
		_, _ = p.IOCountersWithContext(ctx)
		_, _ = p.StatusWithContext(ctx)
	}
}

// spawnSleepers starts n processes that do nothing, and ends them after the benchmark. They
// end by themselves when nobody does.
func spawnSleepers(b *testing.B, n int) {
	b.Helper()
	var all []*exec.Cmd
	b.Cleanup(func() {
		for _, c := range all {
			_ = c.Process.Kill()
		}
		for _, c := range all {
			_ = c.Wait()
		}
	})
	for range n {
		c := exec.Command("sleep", "120")
		if err := c.Start(); err != nil {
			b.Fatal(err)
		}
		all = append(all, c)
	}
}
