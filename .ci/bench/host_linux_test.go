package bench

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"github.com/prometheus/procfs/blockdevice"
	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/disk"
	"github.com/shirou/gopsutil/v3/load"
	"github.com/shirou/gopsutil/v3/mem"
	"github.com/shirou/gopsutil/v3/net"
	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/host"
)

// sampled returns a function that samples the collectors of this host with the given names.
func sampled(b *testing.B, names ...string) func() {
	b.Helper()
	var all []collectors.Collector
	var batches []*collectors.Batch
	for _, c := range host.Collectors(host.Options{}) {
		if slices.Contains(names, c.Describe().Name) {
			all, batches = append(all, c), append(batches, collectors.NewBatch())
		}
	}
	if len(all) != len(names) {
		b.Fatalf("%d of %q found", len(all), names)
	}
	return func() {
		for i, c := range all {
			batches[i].Begin(time.Now())
			if err := c.Sample(b.Context(), batches[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// compare measures the processor time of two ways in turns and reports the ratio of the
// medians. The library is given its best: what it can keep is kept.
func compare(b *testing.B, ours, theirs func() error) {
	b.Helper()
	compareBy(b, processorTime, ours, theirs)
}

// compareBy does it by another clock.
func compareBy(b *testing.B, clock func(*testing.B) time.Duration, ours, theirs func() error) {
	b.Helper()
	var a, z []time.Duration
	measure := func(f func() error) time.Duration {
		before := clock(b)
		if err := f(); err != nil {
			b.Fatal(err)
		}
		return clock(b) - before
	}
	for b.Loop() {
		a = append(a, measure(ours))
		z = append(z, measure(theirs))
	}
	slices.Sort(a)
	slices.Sort(z)
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	b.ReportMetric(float64(a[len(a)/2]), "ours-ns")
	b.ReportMetric(float64(z[len(z)/2]), "theirs-ns")
	b.ReportMetric(float64(a[len(a)/2])/float64(z[len(z)/2]), "ratio")
}

func processorTime(b *testing.B) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		b.Fatal(err)
	}
	return time.Duration(ts.Nano())
}

// first returns the first of several errors.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func warm(f func()) func() error {
	f()
	f()
	return func() error { f(); return nil }
}

// BenchmarkFacts is everything but processes. The libraries tell less: neither reads TCP's
// extended counters in such a call, gopsutil no pressure and no receive queues.
func BenchmarkFacts(b *testing.B) {
	ours := warm(sampled(b, "cpu", "load", "memory", "pressure", "disk", "network", "sockets", "limits"))
	b.Run("gopsutil", func(b *testing.B) {
		ctx := b.Context()
		compare(b, ours, func() error {
			_, err1 := cpu.TimesWithContext(ctx, false)
			_, err2 := cpu.TimesWithContext(ctx, true)
			_, err3 := mem.VirtualMemoryWithContext(ctx)
			_, err4 := mem.SwapMemoryWithContext(ctx)
			_, err5 := disk.IOCountersWithContext(ctx)
			_, err6 := net.IOCountersWithContext(ctx, true)
			_, err7 := net.ProtoCountersWithContext(ctx, []string{"tcp", "udp"})
			_, err8 := load.AvgWithContext(ctx)
			_, err9 := load.MiscWithContext(ctx)
			return first(err1, err2, err3, err4, err5, err6, err7, err8, err9)
		})
	})
	b.Run("procfs", func(b *testing.B) {
		fs, err := procfs.NewDefaultFS()
		if err != nil {
			b.Fatal(err)
		}
		blocks, err := blockdevice.NewDefaultFS()
		if err != nil {
			b.Fatal(err)
		}
		self, err := fs.Self()
		if err != nil {
			b.Fatal(err)
		}
		compare(b, ours, func() error {
			_, err1 := fs.Stat()
			_, err2 := fs.Meminfo()
			_, err3 := blocks.ProcDiskstats()
			_, err4 := fs.NetDev()
			_, err5 := fs.NetSoftnetStat()
			_, err6 := fs.NetSockstat()
			_, err7 := self.Snmp()
			_, err8 := self.Netstat()
			_, err9 := fs.LoadAvg()
			for _, resource := range []string{"cpu", "io", "memory"} {
				_, _ = fs.PSIStatsForResource(resource) // not in every kernel
			}
			return first(err1, err2, err3, err4, err5, err6, err7, err8, err9)
		})
	})
}

// BenchmarkScan is a scan of about a thousand processes that sleep.
func BenchmarkScan(b *testing.B) {
	spawnSleepers(b, 1000)
	ours := warm(sampled(b, "processes"))
	for range 20 {
		_ = ours() // until those that sleep are known for it
	}
	b.Run("gopsutil", func(b *testing.B) {
		ctx := b.Context()
		process.EnableBootTimeCache(true)
		known := map[int32]*process.Process{}
		compare(b, ours, func() error {
			pids, err := process.PidsWithContext(ctx)
			if err != nil {
				return err
			}
			for _, pid := range pids {
				p, ok := known[pid]
				if !ok {
					if p, err = process.NewProcessWithContext(ctx, pid); err != nil {
						continue // it has ended
					}
					known[pid] = p
				}
				_, _ = p.TimesWithContext(ctx)
				_, _ = p.MemoryInfoWithContext(ctx)
				_, _ = p.IOCountersWithContext(ctx)
				_, _ = p.StatusWithContext(ctx)
			}
			return nil
		})
	})
	b.Run("procfs", func(b *testing.B) {
		fs, err := procfs.NewDefaultFS()
		if err != nil {
			b.Fatal(err)
		}
		compare(b, ours, func() error {
			all, err := fs.AllProcs()
			for _, p := range all {
				_, _ = p.Stat()
				_, _ = p.IO()
			}
			return err
		})
	})
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
