package host

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shirou/gopsutil/v3/common"
	pscpu "github.com/shirou/gopsutil/v3/cpu"
	pshost "github.com/shirou/gopsutil/v3/host"
	psload "github.com/shirou/gopsutil/v3/load"
	psmem "github.com/shirou/gopsutil/v3/mem"
)

// The tests below compare our own readers with gopsutil. What the machine of the test says
// is copied once, and both read the copy: between two readings of a machine that others use
// anything may happen. A swap area is switched on, a link goes and comes back with its
// counters at zero, and memory is taken and given back.

// copyOfProc copies files of /proc. It returns where to read them, and the context by which
// gopsutil does. What both look up in /sys is the machine's own.
func copyOfProc(t *testing.T, names ...string) (Options, context.Context) {
	t.Helper()
	files := handmade{}
	for _, name := range names {
		text, err := os.ReadFile("/proc/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files["proc/"+name] = string(text)
		if strings.HasPrefix(name, "net/") {
			files["proc/1/"+name] = string(text)
		}
	}
	root := files.write(t)
	if err := os.Symlink("/sys", filepath.Join(root, "sys")); err != nil {
		t.Fatal(err)
	}
	env := common.EnvMap{common.HostProcEnvKey: filepath.Join(root, "proc")}
	return Options{Root: root}, context.WithValue(t.Context(), common.EnvKey, env)
}

func agrees(t *testing.T, name string, got any, want float64) {
	t.Helper()
	var v float64
	switch got := got.(type) {
	case float64:
		v = got
	case uint64:
		v = float64(got)
	default:
		t.Errorf("%s was not read: %v", name, got)
		return
	}
	if v != want {
		t.Errorf("%s is %v, gopsutil says %v", name, v, want)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAgrees_CPUTimes(t *testing.T) {
	o, ctx := copyOfProc(t, "stat", "cpuinfo")
	theirs := must(pscpu.TimesWithContext(ctx, false))(t)[0]
	got := observe(t, newCPU(o), nil)
	for mode, want := range map[string]float64{
		"user": theirs.User, "nice": theirs.Nice, "system": theirs.System, "idle": theirs.Idle, "iowait": theirs.Iowait,
		"irq": theirs.Irq, "softirq": theirs.Softirq, "steal": theirs.Steal,
	} {
		ratio, ok := got.values["cpu.usage "+mode].([2]uint64)
		if !ok {
			t.Errorf("%s was not read", mode)
			continue
		}
		agrees(t, mode, float64(ratio[0])/userTicks, want)
	}
	agrees(t, "processors online", got.values["cpu.online"], float64(must(pscpu.CountsWithContext(ctx, true))(t)))
}

func TestAgrees_Memory(t *testing.T) {
	o, ctx := copyOfProc(t, "meminfo", "vmstat")
	theirs := must(psmem.VirtualMemoryWithContext(ctx))(t)
	got := observe(t, newMemory(o), nil)
	for kind, want := range map[string]uint64{
		"total": theirs.Total, "free": theirs.Free, "available": theirs.Available, "buffers": theirs.Buffers, "shmem": theirs.Shared,
		"slab_reclaimable": theirs.Sreclaimable, "page_tables": theirs.PageTables,
		// gopsutil leaves shared memory out of used; it cannot be taken back.
		"used": theirs.Used + theirs.Shared,
	} {
		agrees(t, kind, got.values["memory.bytes "+kind], float64(want))
	}
	agrees(t, "swap total", got.values["swap.bytes total"], float64(theirs.SwapTotal))
	agrees(t, "swap used", got.values["swap.bytes used"], float64(theirs.SwapTotal-theirs.SwapFree))
	// gopsutil takes it for a number of pages, and a page for 4 KiB.
	faults := must(psmem.SwapMemoryWithContext(ctx))(t).PgMajFault / 4096
	agrees(t, "major faults", got.values["memory.faults major"], float64(faults))
}

func TestAgrees_LoadUptimeAndFacts(t *testing.T) {
	o, copied := copyOfProc(t, "loadavg")
	theirs := must(psload.AvgWithContext(copied))(t)
	load := observe(t, newLoad(o), nil)
	agrees(t, "load 1m", load.values["load.average 1m"], theirs.Load1)
	agrees(t, "load 5m", load.values["load.average 5m"], theirs.Load5)
	agrees(t, "load 15m", load.values["load.average 15m"], theirs.Load15)

	// What follows stays as it is, or only rises.
	ctx := t.Context()
	const seconds = 2
	boot := float64(must(pshost.BootTimeWithContext(ctx))(t))
	facts := must(Facts(ctx, Options{}))(t)
	if got := float64(facts.BootMs) / 1000; math.Abs(got-boot) > seconds {
		t.Errorf("booted at %v, gopsutil says %v", got, boot)
	}
	before := float64(must(pshost.UptimeWithContext(ctx))(t))
	up, ok := observe(t, newHost(Options{}), nil).values["host.uptime"].(float64)
	if after := float64(must(pshost.UptimeWithContext(ctx))(t)); !ok || up < before-seconds || up > after+seconds {
		t.Errorf("up for %v s, gopsutil says %v before and %v after", up, before, after)
	}

	info := must(pshost.InfoWithContext(ctx))(t)
	if facts.Hostname != info.Hostname || facts.Kernel != info.KernelVersion || facts.Arch != info.KernelArch {
		t.Errorf("facts are %s, %s, %s; gopsutil says %s, %s, %s", facts.Hostname, facts.Kernel, facts.Arch, info.Hostname, info.KernelVersion, info.KernelArch)
	}
	if total := must(psmem.VirtualMemoryWithContext(ctx))(t).Total; facts.Memory != total {
		t.Errorf("memory is %d, gopsutil says %d", facts.Memory, total)
	}
}
