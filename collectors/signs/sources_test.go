package signs

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestDerive_FallbacksInTheirOrder(t *testing.T) {
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

func TestDerive_RunnableIsTheMedianOfFive(t *testing.T) {
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

func TestDerive_ProcessorsAreCountedWhereTheyAreTold(t *testing.T) {
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

// A peer tells that it had a segment already one round trip after that was sent again, so
// in another sample: what is needless is taken off the window's sum.
func TestNetwork_NeedlessSegmentsAreToldLater(t *testing.T) {
	r := newRig(1)
	send := func(again, needless float64) {
		r.count(collectors.TCPRetransmits, again)
		r.count(collectors.TCPDuplicates, needless)
		r.count(collectors.TCPSegments, 100, "out")
		r.tick(1)
	}
	for range 10 {
		send(0, 0)
	}
	send(20, 0)
	r.want(t, "sat.network", 4)
	send(0, 20)
	r.want(t, "sat.network", 0)
	r.want(t, "now.network", 0)
	send(0, 7) // told of those before the window: never below 0
	r.want(t, "sat.network", 0)
}

// Four segments of a hundred are 4 %, and one connection that lost its peer.
func TestNetwork_AHandfulLostIsNoShare(t *testing.T) {
	r := newRig(1)
	for _, again := range []float64{0, 0, 0, 0, 1, 0, 1, 1, 1} {
		r.count(collectors.TCPRetransmits, again)
		r.count(collectors.TCPSegments, 20, "out")
		r.tick(1)
	}
	r.want(t, "sat.network", missing)
	r.want(t, "state.network", 0)
	r.count(collectors.TCPSegments, 2000, "out")
	r.count(collectors.TCPRetransmits, 1)
	r.tick(1)
	r.want(t, "sat.network", 100*4.0/2080) // below its level it is a share like any other
}

// A reading that is missing is not zero: without it there is no share.
func TestNetwork_WithoutTheNeedlessThereIsNoShare(t *testing.T) {
	r := newRig(1)
	for range 5 {
		r.count(collectors.TCPRetransmits, 20)
		r.count(collectors.TCPSegments, 1000, "out")
		r.set(collectors.TCPDuplicates, missing)
		r.tick(1)
	}
	r.want(t, "sat.network", missing)
	r.want(t, "state.network", missing)
}
