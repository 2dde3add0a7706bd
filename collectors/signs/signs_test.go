package signs

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestState_EnteredByThreeOfFiveAndLeftByTenBelow(t *testing.T) {
	r := newRig(1)
	step := func(v float64, wantState float64) {
		t.Helper()
		r.set(collectors.PressureTime, v, "cpu", "some")
		r.tick(1)
		r.want(t, "state.cpu", wantState)
	}
	for _, v := range []float64{20, 0, 20, 0, 0, 20, 0, 20} { // never three among five
		step(v, 0)
	}
	step(20, 1) // the third of the last five
	entered := r.t
	for range 9 {
		step(15.9, 1)
	}
	step(16, 1) // 0.8 × 20 is not below
	for range 9 {
		step(15.9, 1)
	}
	r.want(t, "since.cpu", float64(entered/1000))
	step(15.9, 0)
	r.want(t, "since.cpu", float64(r.t/1000))
	step(20, 0)
	step(20, 0)
	step(20, 1)
	step(60, 1)
	step(60, 1)
	step(60, 2)
	step(0, 2)
}

func TestState_RepeatedValueIsNotASample(t *testing.T) {
	r := newRig(1)
	v := r.set(collectors.PressureTime, 90, "cpu", "some")
	r.tick(1)
	v.Fresh = false
	r.tick(20)
	r.want(t, "state.cpu", 0)
	r.want(t, "sat.cpu", 90)
	v.Fresh = true
	r.tick(2)
	r.want(t, "state.cpu", 2)
}

func TestState_BothConditionsInTheSameSample(t *testing.T) {
	r := newRig(1)
	for i := range 40 { // high use and saturation take turns
		r.memory([]float64{98, 50}[i%2])
		r.set(collectors.PressureTime, []float64{0, 12}[i%2], "memory", "some")
		r.tick(1)
	}
	r.want(t, "state.memory", 1)
}

func TestState_MissingValuesKeepALevelForTenSamples(t *testing.T) {
	r := newRig(1)
	r.set(collectors.PressureTime, 90, "cpu", "some")
	r.tick(5)
	r.want(t, "state.cpu", 2)
	r.set(collectors.PressureTime, missing, "cpu", "some").Fresh = false
	r.tick(9)
	r.want(t, "state.cpu", 2)
	r.want(t, "sat.cpu", missing)
	r.tick(1)
	r.want(t, "state.cpu", missing)
	r.want(t, "cause.cpu", missing)
	r.want(t, "since.cpu", missing)
}

func TestState_UnknownWithoutSources(t *testing.T) {
	r := newRig(1)
	r.set(collectors.HostUptime, 1)
	r.tick(5)
	if diff := cmp.Diff(map[string]float64{}, r.got); diff != "" {
		t.Errorf("signs of a host that tells nothing:\n%s", diff)
	}
}

func TestEval_FirstRowHasNoRates(t *testing.T) {
	r := newRig(1)
	for _, mode := range []string{"user", "system", "idle", "steal"} {
		r.set(collectors.CPUUsage, missing, mode)
	}
	r.set(collectors.PressureTime, missing, "cpu", "some")
	r.set(collectors.LoadAverage, 9, "1m")
	r.count(collectors.MemoryOOMKills, missing)
	r.tick(1)
	if diff := cmp.Diff(map[string]float64{}, r.got); diff != "" {
		t.Errorf("a late reading must not be replaced by another source, nor by 0:\n%s", diff)
	}
}

func TestEval_FallbacksInTheirOrder(t *testing.T) {
	r := newRig(2)
	sat := func() (names []string) {
		for name := range r.got {
			if strings.HasPrefix(name, "sat.") {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return names
	}
	check := func(what string, want ...string) {
		t.Helper()
		r.tick(1)
		if diff := cmp.Diff(want, sat()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	r.set(collectors.LoadAverage, 1, "1m")
	r.set(collectors.LoadAverage, 1, "5m")
	check("load", "sat.cpu.load")
	r.want(t, "sat.cpu.load", 0.5)
	r.set(collectors.TasksRunnable, 5)
	check("runnable", "sat.cpu.queue")
	r.want(t, "sat.cpu.queue", 1)
	r.set(collectors.CPURunDelay, 3)
	check("run delay", "sat.cpu.delay")
	r.set(collectors.PressureTime, 4, "cpu", "some")
	check("pressure", "sat.cpu")
	r.set(collectors.CPUUsage, 2, "steal")
	check("steal is beside it", "sat.cpu", "sat.cpu.steal")

	r.set(collectors.SwapPages, 3, "in")
	r.set(collectors.SwapPages, 4, "out")
	r.set(collectors.MemoryAllocStalls, 5)
	check("swapping", "sat.cpu", "sat.cpu.steal", "sat.memory.swap")
	r.want(t, "sat.memory.swap", 12)
	r.set(collectors.PressureTime, 1, "memory", "some")
	r.set(collectors.PressureTime, 0, "memory", "full")
	check("memory pressure", "sat.cpu", "sat.cpu.steal", "sat.memory", "sat.memory.full")

	r.set(collectors.TasksBlocked, 1)
	check("blocked", "sat.cpu", "sat.cpu.steal", "sat.disk.blocked", "sat.memory", "sat.memory.full")
	r.disk("no", 0.5, 0.001, 10)
	check("queue", "sat.cpu", "sat.cpu.steal", "sat.disk.queue", "sat.disk.wait", "sat.memory", "sat.memory.full")
	r.set(collectors.PressureTime, 1, "io", "some")
	r.set(collectors.PressureTime, 0, "io", "full")
	check("io pressure", "sat.cpu", "sat.cpu.steal", "sat.disk", "sat.disk.full", "sat.disk.queue", "sat.disk.wait", "sat.memory", "sat.memory.full")
}

func TestEval_RunnableIsTheMedianOfFive(t *testing.T) {
	r := newRig(4)
	for _, v := range []float64{5, 9, 13, 5, 17} { // 0, 1, 2, 0, 3 per processor
		r.set(collectors.TasksRunnable, v)
		r.tick(1)
	}
	r.want(t, "sat.cpu.queue", 1)
	r.set(collectors.TasksRunnable, 17) // the oldest 0 leaves
	r.tick(1)
	r.want(t, "sat.cpu.queue", 2)
}

func TestEval_ProcessorsAreCountedWhereTheyAreTold(t *testing.T) {
	r := newRig(1)
	r.set(collectors.LoadAverage, 6, "1m")
	r.tick(1)
	r.want(t, "sat.cpu.load", 6)
	r.set(collectors.CPUOnline, 3)
	r.tick(1)
	r.want(t, "sat.cpu.load", 2)
}

func TestUse_Values(t *testing.T) {
	r := newRig(4)
	r.memory(71)
	r.set(collectors.MemoryBytes, 999, "zfs_arc") // already within available
	r.link(3e8, 6e8, 1e9)
	down := map[string]string{"class": "physical"}
	r.set(collectors.NetBytes, 1e9, "eth1", "in").Info = down
	r.set(collectors.NetSpeed, 1e9, "eth1").Info = down
	r.set(collectors.NetLink, 1, "eth1").Info = down
	r.set(collectors.NetBytes, 1e9, "docker0", "in").Info = map[string]string{"class": "bridge"}
	for name, busy := range map[string]float64{"sda": 30, "nvme0n1": 97} {
		r.set(collectors.DiskBusy, busy, name).Info = map[string]string{"class": "physical", "rotational": map[string]string{"sda": "yes", "nvme0n1": "no"}[name]}
	}
	r.set(collectors.DiskBytes, 5, "sda", "read").Info = map[string]string{"class": "physical"}
	r.tick(5)
	r.want(t, "use.memory", 71)
	r.want(t, "use.network", 60)
	r.want(t, "use.network.rate", missing)
	r.want(t, "use.disk", 97)
	r.want(t, "use.disk.rate", missing)
	r.want(t, "state.disk", 0) // the busy one does not rotate
	if got := r.info["use.disk"]["rotational"]; got != "mixed" {
		t.Errorf("use.disk rotational = %q, want mixed", got)
	}
}

func TestUse_WithoutItsSource(t *testing.T) {
	r := newRig(1)
	for kind, v := range map[string]float64{"total": 1000, "free": 100, "buffers": 50, "cached": 300, "slab_reclaimable": 60, "shmem": 110} {
		r.set(collectors.MemoryBytes, v, kind)
	}
	r.set(collectors.NetBytes, 125, "eth0", "in")
	r.set(collectors.NetBytes, 250, "eth0", "out")
	r.set(collectors.DiskBytes, 5, "disk0", "read")
	r.set(collectors.DiskBytes, 7, "disk0", "write")
	r.tick(1)
	r.want(t, "use.memory", 60) // 1000 − (100 + 50 + 300 + 60 − 110)
	if got := r.info["use.memory"]["approx"]; got != "yes" {
		t.Errorf("use.memory approx = %q, want yes", got)
	}
	r.want(t, "use.network.rate", 2000)
	r.want(t, "use.network", missing)
	r.want(t, "use.disk.rate", 12)
	r.set(collectors.MemoryBytes, 0, "total")
	r.tick(1)
	r.want(t, "use.memory", missing)
}

func TestDisk_WorstDeviceIsNearestToBothConditions(t *testing.T) {
	r := newRig(1)
	r.disk("no", 1, 0.010, 20)
	other := map[string]string{"class": "physical"}
	r.set(collectors.DiskQueue, 30, "nvme0n1").Info = other // deep and fast
	r.set(collectors.DiskWait, 0.0002, "nvme0n1", "read").Info = other
	r.set(collectors.DiskWait, 0.0006, "nvme0n1", "write").Info = other
	r.count(collectors.DiskOperations, 3000, "nvme0n1", "read").Info = other
	r.count(collectors.DiskOperations, 1000, "nvme0n1", "write").Info = other
	r.tick(5)
	r.want(t, "sat.disk.queue", 1)
	r.want(t, "sat.disk.wait", 0.010)
	r.want(t, "state.disk", 0)
	r.disk("no", 0, missing, 0)
	r.tick(1)
	r.want(t, "sat.disk.queue", 30)
	r.want(t, "sat.disk.wait", 0.0003) // the mean over reads and writes
}

func TestErrors_CountForFiveMinutesAndHoldTheirState(t *testing.T) {
	r := newRig(1)
	r.count(collectors.MemoryOOMKills, 0)
	r.count(collectors.MemoryECC, 0, "corrected")
	r.tick(10)
	r.want(t, "err.memory", 0)
	r.count(collectors.MemoryOOMKills, 1)
	r.tick(1)
	r.want(t, "state.memory", 2)
	r.want(t, "err.memory", 1)
	r.count(collectors.MemoryOOMKills, 0)
	r.tick(99)
	r.count(collectors.MemoryECC, 4, "corrected")
	r.tick(1)
	r.want(t, "err.memory", 5)
	r.count(collectors.MemoryECC, 0, "corrected")
	r.tick(199)
	r.want(t, "err.memory", 5)
	r.want(t, "state.memory", 2)
	r.tick(1) // 300 s after the kill
	r.want(t, "err.memory", 4)
	r.want(t, "state.memory", 1)
	r.want(t, "cause.memory", byErrors)
	r.tick(100)
	r.want(t, "err.memory", 0)
	r.want(t, "state.memory", 0)
}

func TestErrors_RepeatedRiseCountsOnce(t *testing.T) {
	r := newRig(1)
	v := r.count(collectors.CPUThrottles, 2)
	r.tick(1)
	v.Fresh = false
	r.tick(4)
	r.want(t, "err.cpu", 2)
}

func TestErrors_WithoutASourceAreNotZero(t *testing.T) {
	r := newRig(1)
	r.filesystem(100*gib, 10*gib) // a remount would be noticed, but no device counts errors
	r.disk("no", 0, missing, 0)
	r.memory(10)
	r.tick(5)
	for _, name := range []string{"err.cpu", "err.memory", "err.disk", "err.network"} {
		r.want(t, name, missing)
	}
	r.want(t, "err.limits", 0)
	r.want(t, "state.memory", 0)
}

func TestCause_ErrorsBeforeSaturationBeforeUse(t *testing.T) {
	r := newRig(1)
	r.set(collectors.CPUUsage, 95, "user")
	r.tick(5)
	r.want(t, "cause.cpu", byUse)
	r.set(collectors.PressureTime, 30, "cpu", "some")
	r.tick(5)
	r.want(t, "cause.cpu", bySaturation)
	r.count(collectors.CPUThrottles, 1)
	r.tick(1)
	r.want(t, "cause.cpu", byErrors)
	r.set(collectors.PressureTime, 70, "cpu", "some")
	r.tick(3)
	r.want(t, "state.cpu", 2)
	r.want(t, "cause.cpu", bySaturation) // only it is critical
}

func TestRemount_IsAnErrorOfDiskAndLimits(t *testing.T) {
	r := newRig(1)
	r.filesystem(100*gib, 10*gib)
	r.tick(5)
	r.want(t, "limit.state filesystem /", 0)
	r.set(collectors.FilesystemReadOnly, 1, "/")
	r.tick(1)
	r.want(t, "err.limits", 1)
	r.want(t, "err.disk", 1)
	r.want(t, "state.limits", 2)
	r.want(t, "cause.limits", byErrors)
	r.want(t, "state.disk", 2)
	r.want(t, "limit.state filesystem /", 2)
	r.tick(300)
	r.want(t, "err.limits", 0)
	r.want(t, "state.limits", 0)
	r.want(t, "limit.used filesystem /", 10)
}

func TestLimits_LeftOut(t *testing.T) {
	cases := map[string]func(r *rig){
		"squashfs": func(r *rig) { r.values[0].Info = map[string]string{"fstype": "squashfs"} },
		"iso9660":  func(r *rig) { r.values[0].Info = map[string]string{"fstype": "iso9660"} },
		"overlay":  func(r *rig) { r.values[0].Info = map[string]string{"fstype": "overlay"} },
		"small tmpfs": func(r *rig) {
			r.set(collectors.FilesystemBytes, 64<<20-1, "/", "total")
			for i := range r.values {
				r.values[i].Info = map[string]string{"fstype": "tmpfs", "device": "tmpfs"}
			}
		},
		"read-only at first sight": func(r *rig) { r.set(collectors.FilesystemReadOnly, 1, "/") },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRig(1)
			r.filesystem(100*gib, 50*gib)
			change(r)
			for i := range r.values {
				r.values[i].Info = map[string]string{"fstype": r.values[0].Info["fstype"], "device": r.values[0].Info["device"]}
			}
			r.tick(1)
			r.want(t, "limit.used filesystem /", missing)
			r.want(t, "state.disk", missing)
		})
	}
	t.Run("further mounts of the same device", func(t *testing.T) {
		r := newRig(1)
		for _, mount := range []string{"/var/lib/docker", "/var", "/mnt"} {
			info := map[string]string{"device": map[bool]string{true: "/dev/sdb", false: "/dev/sda"}[mount == "/mnt"], "fstype": "ext4"}
			r.set(collectors.FilesystemBytes, 50*gib, mount, "used").Info = info
			r.set(collectors.FilesystemBytes, 50*gib, mount, "available").Info = info
		}
		r.tick(1)
		r.want(t, "limit.used filesystem /var", 50)
		r.want(t, "limit.used filesystem /mnt", 50)
		r.want(t, "limit.used filesystem /var/lib/docker", missing)
	})
}

func TestLimits_PercentAsDF(t *testing.T) {
	r := newRig(1)
	r.set(collectors.FilesystemBytes, 100, "/", "total")
	r.set(collectors.FilesystemBytes, 60, "/", "used")
	r.set(collectors.FilesystemBytes, 20, "/", "available") // 20 are reserved
	r.set(collectors.FilesystemInodes, 0, "/", "total")
	r.set(collectors.FilesystemInodes, 0, "/", "used")
	r.set(collectors.SensorTemperature, 42, "nvme0").Max = 84
	r.set(collectors.KernelFiles, 3, "used")
	r.set(collectors.KernelFiles, 12, "max")
	r.tick(1)
	r.want(t, "limit.used filesystem /", 75)
	r.want(t, "limit.used inodes /", missing)
	r.want(t, "limit.used temperature nvme0", 50)
	r.want(t, "limit.used files files", 25)
	if diff := cmp.Diff(map[string]string{"unit": "celsius", "full": "84"}, r.info["limit.used temperature nvme0"]); diff != "" {
		t.Errorf("info of a temperature (-want +got):\n%s", diff)
	}
}

// fill lets a file system grow for some minutes, looked at every ten seconds.
func fill(r *rig, minutes int, used func(second float64) float64) {
	for i := range minutes*6 + 1 {
		r.filesystem(1000*gib, used(float64(i*10)))
		elapsed := 10 * time.Second
		if r.first {
			elapsed, r.first = 0, false
		}
		r.t += elapsed.Milliseconds()
		r.eval(elapsed)
	}
}

func TestForecast_NeedsHalfAnHourOnALine(t *testing.T) {
	growing := func(perHour float64) func(float64) float64 {
		return func(s float64) float64 { return 500*gib + perHour*s/3600 }
	}
	cases := map[string]struct {
		minutes int
		used    func(s float64) float64
		hours   float64
		state   float64
	}{
		"too short":          {28, growing(25 * gib), missing, 0},
		"full in 19.5 hours": {30, growing(25 * gib), 19.5, 1},
		"full in 3.5 hours":  {30, growing(125 * gib), 3.5, 2},
		"full in 24.5 hours": {30, growing(20 * gib), 24.5, 0},
		"in 40 days":         {30, growing(0.5 * gib), missing, 0},
		"shrinking":          {30, growing(-25 * gib), missing, 0},
		"standing still":     {30, growing(0), missing, 0},
		"up and down":        {30, func(s float64) float64 { return 500*gib + gib*math.Sin(s/60) + 0.1*gib*s/3600 }, missing, 0},
		"one leap":           {30, func(s float64) float64 { return 500*gib + 90*gib*min(1, math.Floor(s/900)) }, missing, 0}, // R² is 0.75
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRig(1)
			fill(r, c.minutes, c.used)
			if got := r.value("limit.full_in filesystem /") / 3600; !(math.Abs(got-c.hours) < 0.01) && !same(got, c.hours) {
				t.Errorf("full in %v h, want %v", got, c.hours)
			}
			if c.minutes == 30 { // its own three samples are over as well
				fill(r, 1, func(s float64) float64 { return c.used(s + 1810) })
			}
			r.want(t, "limit.state filesystem /", c.state)
			r.want(t, "state.limits", c.state)
		})
	}
}

func TestNetwork_ShareIsOfFiveSeconds(t *testing.T) {
	r := newRig(1)
	send := func(again, sent float64) {
		r.count(collectors.TCPRetransmits, again)
		r.count(collectors.TCPSegments, sent, "out")
		r.tick(1)
	}
	for range 10 {
		send(0, 100)
	}
	send(25, 100)
	r.want(t, "sat.network", 5)
	for range 4 {
		send(0, 100)
		r.want(t, "sat.network", 5)
	}
	send(0, 100)
	r.want(t, "sat.network", 0)
	for range 5 {
		send(0, 10)
	}
	r.want(t, "sat.network", missing) // 50 segments have no share
	r.want(t, "state.network", 2)
	for range 4 {
		send(0, 10) // but they are ten samples without saturation
	}
	r.want(t, "state.network", 0)
}

func TestEval_KeepsStateWhenTheLayoutChanges(t *testing.T) {
	r := newRig(1)
	r.disk("no", 5, 1, 50)
	r.filesystem(100*gib, 98*gib)
	r.set(collectors.SensorTemperature, 99, "nvme0").Max = 100
	r.tick(5)
	r.disk("no", 0.9, 1, 50)
	r.set(collectors.DiskQueue, 0, "sdb").Info = map[string]string{"class": "physical"}
	r.tick(1)
	r.want(t, "state.disk", 2)
	r.want(t, "state.limits", 2)
	r.values = slices.DeleteFunc(r.values, func(v Value) bool { return v.Labels[0] == "sda" || v.Labels[0] == "nvme0" })
	r.layout++
	r.tick(1)
	r.want(t, "state.disk", 0)
	r.want(t, "limit.used temperature nvme0", missing)
}

func TestEval_DescribesWhatItSets(t *testing.T) {
	described := map[*collectors.Family]bool{}
	for _, f := range New(Config{}).Describe() {
		if err := f.Validate(); err != nil {
			t.Error(err)
		}
		described[f] = true
	}
	for _, f := range collectors.Families() {
		own := f == collectors.SelfViewers || f == collectors.SelfSent || f == collectors.SamplerDelay || strings.HasPrefix(f.Name, "collector.")
		if f.Source == "dashcam" && !own && !described[f] {
			t.Errorf("%s is a sign that Eval does not describe", f.Name)
		}
	}
}

func TestEval_DoesNotAllocate(t *testing.T) {
	r := newRig(4)
	r.memory(50)
	r.disk("yes", 1, 0.01, 20)
	r.link(1e8, 1e8, 1e9)
	r.filesystem(100*gib, 50*gib)
	r.set(collectors.CPUUsage, 30, "user")
	r.set(collectors.PressureTime, 1, "io", "some")
	r.set(collectors.SensorTemperature, 50, "nvme0").Max = 84
	r.set(collectors.KernelFiles, 3, "used")
	r.set(collectors.KernelFiles, 12, "max")
	r.count(collectors.NetErrors, 1, "eth0", "in")
	r.count(collectors.TCPRetransmits, 1)
	r.count(collectors.TCPSegments, 100, "out")
	r.tick(20)
	at := time.UnixMilli(r.t)
	allocs := testing.AllocsPerRun(200, func() {
		r.t += 1000
		r.out.Begin(at)
		r.s.Eval(View{T: r.t, Elapsed: time.Second, Values: r.values, Layout: r.layout}, r.out)
	})
	if allocs > 0 {
		t.Errorf("a row of unchanged layout allocates %v times", allocs)
	}
}

func BenchmarkEval(b *testing.B) {
	r := newRig(16)
	r.memory(50)
	for i := range 16 {
		r.set(collectors.CPUCoreBusy, 50, string(rune('a'+i)))
	}
	r.disk("yes", 1, 0.01, 20)
	r.link(1e8, 1e8, 1e9)
	r.filesystem(100*gib, 50*gib)
	b.ReportAllocs()
	for b.Loop() {
		r.out.Begin(time.Time{})
		r.s.Eval(View{T: r.t, Elapsed: time.Second, Values: r.values, Layout: r.layout}, r.out)
	}
}
