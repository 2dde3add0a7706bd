package signs

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

const (
	none = iota
	byUse
	bySaturation
	byErrors
)

// point is a value with the state and the cause it must lead to.
type point struct{ v, state, cause float64 }

func TestDerive_EveryThreshold(t *testing.T) {
	cases := map[string]struct {
		resource string
		put      func(r *rig, v float64)
		points   []point
	}{
		"cpu use": {"cpu", func(r *rig, v float64) {
			r.set(collectors.CPUUsage, v-10, "user")
			r.set(collectors.CPUUsage, 4, "system")
			r.set(collectors.CPUUsage, 3, "nice")
			r.set(collectors.CPUUsage, 2, "irq")
			r.set(collectors.CPUUsage, 1, "softirq")
			r.set(collectors.CPUUsage, 99, "idle")
			r.set(collectors.CPUUsage, 99, "iowait")
		}, []point{{89.9, 0, none}, {90, 1, byUse}, {100, 1, byUse}}},
		"busiest core": {"cpu", func(r *rig, v float64) {
			r.set(collectors.CPUCoreBusy, 3, "0")
			r.set(collectors.CPUCoreBusy, v, "1")
		}, []point{{94.9, 0, none}, {95, 1, byUse}, {100, 1, byUse}}},
		"cpu pressure": {"cpu", func(r *rig, v float64) { r.set(collectors.PressureTime, v, "cpu", "some") },
			[]point{{19.9, 0, none}, {20, 1, bySaturation}, {59.9, 1, bySaturation}, {60, 2, bySaturation}}},
		"cpu full pressure is not read": {"cpu", func(r *rig, v float64) {
			r.set(collectors.PressureTime, 0, "cpu", "some")
			r.set(collectors.PressureTime, v, "cpu", "full")
		}, []point{{100, 0, none}}},
		"steal": {"cpu", func(r *rig, v float64) { r.set(collectors.CPUUsage, v, "steal") },
			[]point{{4.9, 0, none}, {5, 1, bySaturation}, {19.9, 1, bySaturation}, {20, 2, bySaturation}}},
		"run delay": {"cpu", func(r *rig, v float64) { r.set(collectors.CPURunDelay, v) },
			[]point{{24.9, 0, none}, {25, 1, bySaturation}, {99.9, 1, bySaturation}, {100, 2, bySaturation}}},
		"runnable beyond 4 processors and ourselves": {"cpu", func(r *rig, v float64) { r.set(collectors.TasksRunnable, v) },
			[]point{{5, 0, none}, {6, 1, bySaturation}, {8, 1, bySaturation}, {9, 2, bySaturation}}},
		"load of 4 processors": {"cpu", func(r *rig, v float64) { r.set(collectors.LoadAverage, v, "1m") },
			[]point{{3.9, 0, none}, {4, 1, bySaturation}, {7.9, 1, bySaturation}, {8, 2, bySaturation}}},
		"throttling": {"cpu", func(r *rig, v float64) { r.count(collectors.CPUThrottles, v) },
			[]point{{0, 0, none}, {1, 1, byErrors}, {1000, 1, byErrors}}},
		"machine check": {"cpu", func(r *rig, v float64) { r.count(collectors.CPUMachineChecks, v) },
			[]point{{0, 0, none}, {1, 2, byErrors}}},

		"memory use": {"memory", (*rig).memory, []point{{89.9, 0, none}, {90, 1, byUse}, {97, 1, byUse}, {100, 1, byUse}}},
		"memory use with saturation": {"memory", func(r *rig, v float64) {
			r.memory(v)
			r.set(collectors.PressureTime, 10, "memory", "some")
		}, []point{{96.9, 1, bySaturation}, {97, 2, byUse}}},
		"memory pressure": {"memory", func(r *rig, v float64) { r.set(collectors.PressureTime, v, "memory", "some") },
			[]point{{9.9, 0, none}, {10, 1, bySaturation}, {39.9, 1, bySaturation}, {40, 2, bySaturation}}},
		"memory full pressure": {"memory", func(r *rig, v float64) {
			r.set(collectors.PressureTime, 5, "memory", "some")
			r.set(collectors.PressureTime, v, "memory", "full")
		}, []point{{9.9, 0, none}, {10, 2, bySaturation}}},
		"swapping": {"memory", func(r *rig, v float64) {
			r.set(collectors.SwapPages, v/2, "in")
			r.set(collectors.SwapPages, v/2, "out")
		}, []point{{0, 0, none}, {0.1, 1, bySaturation}, {999, 1, bySaturation}, {1000, 2, bySaturation}}},
		"allocation stalls": {"memory", func(r *rig, v float64) {
			r.set(collectors.SwapPages, 0, "in")
			r.set(collectors.MemoryAllocStalls, v)
		}, []point{{0, 0, none}, {0.1, 1, bySaturation}, {5000, 1, bySaturation}}},
		"oom kill":        {"memory", func(r *rig, v float64) { r.count(collectors.MemoryOOMKills, v) }, []point{{0, 0, none}, {1, 2, byErrors}}},
		"ecc corrected":   {"memory", func(r *rig, v float64) { r.count(collectors.MemoryECC, v, "corrected") }, []point{{0, 0, none}, {1, 1, byErrors}}},
		"ecc uncorrected": {"memory", func(r *rig, v float64) { r.count(collectors.MemoryECC, v, "uncorrected") }, []point{{0, 0, none}, {1, 2, byErrors}}},

		"rotating disk busy": {"disk", func(r *rig, v float64) {
			r.set(collectors.DiskBusy, v, "sda").Info = map[string]string{"class": "physical", "rotational": "yes"}
		}, []point{{79.9, 0, none}, {80, 1, byUse}, {100, 1, byUse}}},
		"other disk busy": {"disk", func(r *rig, v float64) {
			r.set(collectors.DiskBusy, v, "nvme0n1").Info = map[string]string{"class": "physical", "rotational": "no"}
		}, []point{{100, missing, missing}}},
		"mapped disk busy": {"disk", func(r *rig, v float64) {
			r.set(collectors.DiskBusy, v, "dm-0").Info = map[string]string{"class": "virtual", "rotational": "yes"}
		}, []point{{100, missing, missing}}},
		"io pressure": {"disk", func(r *rig, v float64) { r.set(collectors.PressureTime, v, "io", "some") },
			[]point{{19.9, 0, none}, {20, 1, bySaturation}, {100, 1, bySaturation}}},
		"io full pressure": {"disk", func(r *rig, v float64) {
			r.set(collectors.PressureTime, 10, "io", "some")
			r.set(collectors.PressureTime, v, "io", "full")
		}, []point{{19.9, 0, none}, {20, 2, bySaturation}}},
		"queue with wait":                {"disk", func(r *rig, v float64) { r.disk("no", v, 1, 10) }, []point{{0.9, 0, none}, {1, 1, bySaturation}, {3.9, 1, bySaturation}, {4, 2, bySaturation}}},
		"wait with queue":                {"disk", func(r *rig, v float64) { r.disk("no", 9, v, 10) }, []point{{0.0199, 0, none}, {0.02, 1, bySaturation}, {0.0999, 1, bySaturation}, {0.1, 2, bySaturation}}},
		"wait with queue of a rotating":  {"disk", func(r *rig, v float64) { r.disk("yes", 9, v, 10) }, []point{{0.049, 0, none}, {0.05, 1, bySaturation}, {0.199, 1, bySaturation}, {0.2, 2, bySaturation}}},
		"operations that a wait needs":   {"disk", func(r *rig, v float64) { r.disk("no", 9, 1, v) }, []point{{9, 0, none}, {10, 2, bySaturation}}},
		"blocked tasks on 4 processors":  {"disk", func(r *rig, v float64) { r.set(collectors.TasksBlocked, v) }, []point{{0, 0, none}, {1, 1, bySaturation}, {3, 1, bySaturation}, {4, 2, bySaturation}}},
		"failed requests":                {"disk", func(r *rig, v float64) { r.count(collectors.DiskErrors, v, "sda") }, []point{{0, 0, none}, {1, 1, byErrors}}},
		"errors that file systems noted": {"disk", func(r *rig, v float64) { r.count(collectors.FilesystemErrors, v, "sda1") }, []point{{0, 0, none}, {1, 2, byErrors}}},

		"link in use":  {"network", func(r *rig, v float64) { r.link(1e7*v, 5e8, 1e9) }, []point{{79.9, 0, none}, {80, 1, byUse}, {100, 1, byUse}}},
		"link sending": {"network", func(r *rig, v float64) { r.link(7e8, 1e7*v, 1e9) }, []point{{79.9, 0, none}, {80, 1, byUse}}},
		"link in use with saturation": {"network", func(r *rig, v float64) {
			r.link(1e7*v, 0, 1e9)
			r.set(collectors.NetSoftnet, 0.2, "dropped")
		}, []point{{94.9, 1, bySaturation}, {95, 2, byUse}}},
		"link without speed": {"network", func(r *rig, v float64) { r.link(v, 0, -1) }, []point{{1e12, missing, missing}}},
		"retransmits": {"network", func(r *rig, v float64) {
			r.count(collectors.TCPRetransmits, 10*v)
			r.count(collectors.TCPSegments, 1000, "out")
			r.count(collectors.TCPSegments, 1, "in")
		}, []point{{0.99, 0, none}, {1, 1, bySaturation}, {4.99, 1, bySaturation}, {5, 2, bySaturation}}},
		"lost segments that a share needs in five seconds": {"network", func(r *rig, v float64) {
			r.count(collectors.TCPRetransmits, v/5)
			r.count(collectors.TCPSegments, 20, "out")
		}, []point{{9.9, 0, none}, {10, 2, bySaturation}}},
		// Found as a network that was "busy" at 10 kbit/s many times an hour: of 3,704
		// segments sent again 3,655 were tail-loss probes, which nothing had made necessary.
		"segments sent again that the peer had": {"network", func(r *rig, v float64) {
			r.count(collectors.TCPRetransmits, 10)
			r.count(collectors.TCPDuplicates, 10-v)
			r.count(collectors.TCPSegments, 100, "out")
		}, []point{{0, 0, none}, {1.9, 0, none}, {2, 1, bySaturation}, {10, 2, bySaturation}}},
		"segments sent again to a peer that does not answer": {"network", func(r *rig, v float64) {
			r.count(collectors.TCPRetransmits, 10)
			r.count(collectors.TCPOpeningAgain, 10-v)
			r.count(collectors.TCPSegments, 100, "out")
		}, []point{{0, 0, none}, {1.9, 0, none}, {2, 1, bySaturation}}},
		"segments that a share needs in five seconds": {"network", func(r *rig, v float64) {
			r.count(collectors.TCPRetransmits, 5)
			r.count(collectors.TCPSegments, v, "out")
		}, []point{{19.9, 0, none}, {20, 2, bySaturation}}},
		"connections that a listener lost": {"network", func(r *rig, v float64) {
			r.set(collectors.TCPListen, v/2, "overflows")
			r.set(collectors.TCPListen, v/2, "drops")
		}, []point{{0, 0, none}, {0.1, 1, bySaturation}, {9.9, 1, bySaturation}, {10, 2, bySaturation}}},
		"softnet dropped":  {"network", func(r *rig, v float64) { r.set(collectors.NetSoftnet, v, "dropped") }, []point{{0, 0, none}, {0.1, 1, bySaturation}, {9999, 1, bySaturation}}},
		"softnet squeezed": {"network", func(r *rig, v float64) { r.set(collectors.NetSoftnet, v, "squeezed") }, []point{{9999, missing, missing}}},
		"missed":           {"network", func(r *rig, v float64) { r.set(collectors.NetMissed, v, "eth0") }, []point{{0, 0, none}, {0.1, 1, bySaturation}}},
		"dropped sending":  {"network", func(r *rig, v float64) { r.set(collectors.NetDrops, v, "eth0", "out") }, []point{{0, 0, none}, {0.1, 1, bySaturation}}},
		"dropped receiving counts unknown protocols": {"network", func(r *rig, v float64) { r.set(collectors.NetDrops, v, "eth0", "in") }, []point{{9999, missing, missing}}},
		"link errors": {"network", func(r *rig, v float64) {
			r.count(collectors.NetErrors, v/2, "eth0", "in")
			r.count(collectors.NetErrors, v/2, "eth0", "out")
		}, []point{{0, 0, none}, {1, 1, byErrors}, {9.9, 1, byErrors}, {10, 2, byErrors}}},
		"carrier change": {"network", func(r *rig, v float64) { r.count(collectors.NetCarrierChanges, v, "eth0") }, []point{{0, 0, none}, {1, 2, byErrors}}},
		"errors of a link that is a name": {"network", func(r *rig, v float64) {
			r.count(collectors.NetErrors, v, "br0", "in").Info = map[string]string{"class": "bridge"}
		}, []point{{100, missing, missing}}},

		"file system of 400 GiB":        {"limits", func(r *rig, v float64) { r.filesystem(400*gib, 4*gib*v) }, []point{{89.9, 0, none}, {90, 1, byUse}, {96.9, 1, byUse}}},
		"file system of 1000 GiB":       {"limits", func(r *rig, v float64) { r.filesystem(1000*gib, 10*gib*v) }, []point{{90, 0, none}, {95, 0, none}, {95.1, 1, byUse}, {98.9, 1, byUse}, {99.1, 2, byUse}}},
		"file system of 300 GiB":        {"limits", func(r *rig, v float64) { r.filesystem(300*gib, 3*gib*v) }, []point{{96.9, 1, byUse}, {97, 2, byUse}}},
		"last GiB of a large one":       {"limits", func(r *rig, v float64) { r.filesystem(21*gib, 21*gib-v*gib) }, []point{{1, 1, byUse}, {0.99, 2, byUse}}},
		"last GiB of a small one":       {"limits", func(r *rig, v float64) { r.filesystem(20*gib, 20*gib-v*gib) }, []point{{0.99, 1, byUse}}},
		"inodes":                        {"limits", share(collectors.FilesystemInodes, "total", "/"), []point{{79.9, 0, none}, {80, 1, byUse}, {94.9, 1, byUse}, {95, 2, byUse}}},
		"open files":                    {"limits", share(collectors.KernelFiles, "max"), []point{{79.9, 0, none}, {80, 1, byUse}, {94.9, 1, byUse}, {95, 2, byUse}}},
		"conntrack":                     {"limits", share(collectors.KernelConntrack, "max"), []point{{79.9, 0, none}, {80, 1, byUse}, {94.9, 1, byUse}, {95, 2, byUse}}},
		"pids":                          {"limits", share(collectors.KernelPIDs, "max"), []point{{79.9, 0, none}, {80, 1, byUse}, {94.9, 1, byUse}, {95, 2, byUse}}},
		"swap":                          {"limits", share(collectors.SwapBytes, "total"), []point{{100, 0, none}}},
		"swap with saturation":          {"limits", saturated(share(collectors.SwapBytes, "total")), []point{{79.9, 0, none}, {80, 1, byUse}, {95, 2, byUse}}},
		"control group":                 {"limits", share(collectors.CgroupMemory, "max"), []point{{100, 0, none}}},
		"control group with saturation": {"limits", saturated(share(collectors.CgroupMemory, "max")), []point{{79.9, 0, none}, {80, 1, byUse}, {95, 2, byUse}}},
		"memory of a service that the kernel tells no pressure of": {"limits", share(collectors.ServiceMemory, "max", "api"), []point{{94.9, 0, none}, {95, 1, byUse}, {100, 1, byUse}}},
		"memory of a service that waits for none": {"limits", func(r *rig, v float64) {
			share(collectors.ServiceMemory, "max", "api")(r, v)
			r.set(collectors.ServiceStalled, 4.9, "api")
		}, []point{{100, 0, none}}},
		"memory of a service that waits for it": {"limits", func(r *rig, v float64) {
			share(collectors.ServiceMemory, "max", "api")(r, v)
			r.set(collectors.ServiceStalled, 5, "api")
		}, []point{{94.9, 0, none}, {95, 1, byUse}}},
		"throttled service":          {"limits", func(r *rig, v float64) { r.set(collectors.ServiceThrottled, v, "api") }, []point{{24.9, 0, none}, {25, 1, byUse}, {100, 1, byUse}}},
		"killed service":             {"limits", func(r *rig, v float64) { r.count(collectors.ServiceOOMKills, v, "api") }, []point{{0, 0, none}, {1, 2, byErrors}}},
		"temperature":                {"limits", func(r *rig, v float64) { r.set(collectors.SensorTemperature, v, "nvme0").Max = 100 }, []point{{84.9, 0, none}, {85, 1, byUse}, {94.9, 1, byUse}, {95, 2, byUse}}},
		"temperature without a mark": {"limits", func(r *rig, v float64) { r.set(collectors.SensorTemperature, v, "board") }, []point{{120, missing, missing}}},
		"mount not answering": {"limits", func(r *rig, v float64) {
			r.set(collectors.FilesystemStalled, v, "/mnt").Info = map[string]string{"fstype": "nfs4", "device": "nas:/x"}
		}, []point{{9.9, 0, none}, {10, 2, byErrors}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, p := range c.points {
				r := newRig(4)
				for range 9 {
					c.put(r, p.v)
					r.tick(1)
				}
				got := point{p.v, r.value("state." + c.resource), r.value("cause." + c.resource)}
				if !same(got.state, p.state) || !same(got.cause, p.cause) {
					t.Errorf("at %v state %v by cause %v, want %v by %v", p.v, got.state, got.cause, p.state, p.cause)
				}
			}
		})
	}
}

func share(f *collectors.Family, most string, labels ...string) func(r *rig, v float64) {
	return func(r *rig, v float64) {
		r.set(f, v, append(labels, "used")...)
		r.set(f, 100, append(labels, most)...)
	}
}

func saturated(put func(r *rig, v float64)) func(r *rig, v float64) {
	return func(r *rig, v float64) {
		put(r, v)
		r.set(collectors.PressureTime, 10, "memory", "some")
	}
}

func TestThresholds_ForTheSchema(t *testing.T) {
	at := func(f *collectors.Family, labels ...string) *collectors.Series {
		return &collectors.Series{Family: f, Labels: collectors.LabelsOf(labels...)}
	}
	rotational := at(collectors.UseDisk)
	rotational.Info = map[string]string{"rotational": "yes"}
	own := Thresholds{CPUUse: Level{Warn: 70}, CPUPressure: Level{30, math.Inf(1)}}
	cases := []struct {
		table  Thresholds
		series *collectors.Series
		want   Level
	}{
		{Thresholds{}, at(collectors.UseCPU), Level{90, 0}},
		{own, at(collectors.UseCPU), Level{70, 0}},
		{own, at(collectors.SatCPU), Level{30, 0}},
		{own, at(collectors.SatMemory), Level{10, 40}},
		{Thresholds{}, at(collectors.SatCPU), Level{20, 60}},
		{Thresholds{}, at(collectors.SatCPUQueue), Level{1.0 / 128, 1}},
		{Thresholds{}, at(collectors.UseMemory), Level{90, 0}},
		{Thresholds{}, at(collectors.SatMemoryFull), Level{0, 10}},
		{Thresholds{}, at(collectors.UseDisk), Level{}},
		{Thresholds{}, rotational, Level{80, 0}},
		{Thresholds{}, at(collectors.SatDiskQueue), Level{}},
		{Thresholds{}, at(collectors.SatNetwork), Level{1, 5}},
		{Thresholds{}, at(collectors.SatNetworkListen), Level{1.0 / 16, 10}},
		{Thresholds{}, at(collectors.LimitUsed, "filesystem", "/"), Level{90, 97}},
		{Thresholds{}, at(collectors.LimitUsed, "pids", "pids"), Level{80, 95}},
		{Thresholds{}, at(collectors.LimitUsed, "swap", "swap"), Level{}},
		{Thresholds{}, at(collectors.LimitUsed, "temperature", "nvme0"), Level{85, 95}},
		{Thresholds{}, at(collectors.CPUUsage, "user"), Level{}},
	}
	for _, c := range cases {
		warn, crit := c.table.For(c.series)
		if diff := cmp.Diff(c.want, Level{warn, crit}); diff != "" {
			t.Errorf("%s%v (-want +got):\n%s", c.series.Family.Name, c.series.Labels, diff)
		}
	}
}

func TestThresholds_AreSettings(t *testing.T) {
	r := newRig(1)
	r.s = New(Config{Thresholds: Thresholds{CPUPressure: Level{30, math.Inf(1)}, Stalled: 3 * time.Second}})
	r.set(collectors.PressureTime, 29, "cpu", "some")
	r.set(collectors.FilesystemStalled, 3, "/mnt")
	r.tick(5)
	r.want(t, "state.cpu", 0)
	r.want(t, "state.limits", 2)
	r.set(collectors.PressureTime, 100, "cpu", "some")
	r.tick(5)
	r.want(t, "state.cpu", 1)
}
