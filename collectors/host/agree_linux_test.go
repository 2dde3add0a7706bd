package host

import (
	"math"
	"testing"

	pscpu "github.com/shirou/gopsutil/v3/cpu"
	pshost "github.com/shirou/gopsutil/v3/host"
	psload "github.com/shirou/gopsutil/v3/load"
	psmem "github.com/shirou/gopsutil/v3/mem"
)

// The tests below compare our own readers with gopsutil on the machine of the test. What
// changes by itself is read by gopsutil before and after ours, and ours must lie
// between the two, give or take the stated slack.

type span struct{ before, after, slack float64 }

func (s span) holds(v float64) bool {
	return v >= math.Min(s.before, s.after)-s.slack && v <= math.Max(s.before, s.after)+s.slack
}

func check(t *testing.T, name string, got any, want span) {
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
	if !want.holds(v) {
		t.Errorf("%s is %v, gopsutil says %v before and %v after (slack %v)", name, v, want.before, want.after, want.slack)
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
	ctx := t.Context()
	before := must(pscpu.TimesWithContext(ctx, false))(t)[0]
	got := observe(t, newCPU(Options{}), nil)
	after := must(pscpu.TimesWithContext(ctx, false))(t)[0]
	// The kernel corrects idle and iowait afterwards by some ticks of 10 ms.
	const slack = 0.1
	for mode, want := range map[string]span{
		"user":    {before.User, after.User, slack},
		"nice":    {before.Nice, after.Nice, slack},
		"system":  {before.System, after.System, slack},
		"idle":    {before.Idle, after.Idle, slack},
		"iowait":  {before.Iowait, after.Iowait, slack},
		"irq":     {before.Irq, after.Irq, slack},
		"softirq": {before.Softirq, after.Softirq, slack},
		"steal":   {before.Steal, after.Steal, slack},
	} {
		ratio, ok := got.values["cpu.usage "+mode].([2]uint64)
		if !ok {
			t.Errorf("%s was not read", mode)
			continue
		}
		check(t, mode, float64(ratio[0])/100, want)
	}
	cpus := float64(must(pscpu.CountsWithContext(ctx, true))(t))
	check(t, "processors online", got.values["cpu.online"], span{cpus, cpus, 0})
}

func TestAgrees_Memory(t *testing.T) {
	ctx := t.Context()
	before := must(psmem.VirtualMemoryWithContext(ctx))(t)
	got := observe(t, newMemory(Options{}), nil)
	after := must(psmem.VirtualMemoryWithContext(ctx))(t)
	// Other tests run meanwhile; what they take and give back between the readings is
	// not seen by gopsutil.
	slack := 0.01 * float64(before.Total)
	for kind, want := range map[string]span{
		"total":            {float64(before.Total), float64(after.Total), 0},
		"free":             {float64(before.Free), float64(after.Free), slack},
		"available":        {float64(before.Available), float64(after.Available), slack},
		"buffers":          {float64(before.Buffers), float64(after.Buffers), slack},
		"shmem":            {float64(before.Shared), float64(after.Shared), slack},
		"slab_reclaimable": {float64(before.Sreclaimable), float64(after.Sreclaimable), slack},
		"page_tables":      {float64(before.PageTables), float64(after.PageTables), slack},
		// gopsutil leaves shared memory out of used; it cannot be taken back.
		"used": {float64(before.Used + before.Shared), float64(after.Used + after.Shared), slack},
	} {
		check(t, kind, got.values["memory.bytes "+kind], want)
	}
	swap := must(psmem.SwapMemoryWithContext(ctx))(t)
	check(t, "swap total", got.values["swap.bytes total"], span{float64(swap.Total), float64(swap.Total), 0})
	check(t, "swap used", got.values["swap.bytes used"], span{float64(swap.Used), float64(swap.Used), slack})
	check(t, "major faults", got.values["memory.faults major"], span{0, float64(swap.PgMajFault), 0})
}

func TestAgrees_LoadUptimeAndFacts(t *testing.T) {
	ctx := t.Context()
	before := must(psload.AvgWithContext(ctx))(t)
	got := observe(t, newLoad(Options{}), nil)
	after := must(psload.AvgWithContext(ctx))(t)
	check(t, "load 1m", got.values["load.average 1m"], span{before.Load1, after.Load1, 0})
	check(t, "load 5m", got.values["load.average 5m"], span{before.Load5, after.Load5, 0})
	check(t, "load 15m", got.values["load.average 15m"], span{before.Load15, after.Load15, 0})

	const seconds = 2
	boot := float64(must(pshost.BootTimeWithContext(ctx))(t))
	facts := must(Facts(ctx, Options{}))(t)
	check(t, "boot", float64(facts.BootMs)/1000, span{boot, boot, seconds})
	up := float64(must(pshost.UptimeWithContext(ctx))(t))
	check(t, "uptime", observe(t, newHost(Options{}), nil).values["host.uptime"], span{up, up, seconds})

	info := must(pshost.InfoWithContext(ctx))(t)
	if facts.Hostname != info.Hostname || facts.Kernel != info.KernelVersion || facts.Arch != info.KernelArch {
		t.Errorf("facts are %s, %s, %s; gopsutil says %s, %s, %s", facts.Hostname, facts.Kernel, facts.Arch, info.Hostname, info.KernelVersion, info.KernelArch)
	}
	if total := must(psmem.VirtualMemoryWithContext(ctx))(t).Total; facts.Memory != total {
		t.Errorf("memory is %d, gopsutil says %d", facts.Memory, total)
	}
}
