package signs

import (
	"slices"
	"testing"

	"dashcam/collectors"
)

// reasonIs compares what a reason family says in words.
func (r *rig) reasonIs(t *testing.T, f *collectors.Family, want string) {
	t.Helper()
	got := "missing"
	if v, known := r.got[f.Name]; known {
		got = f.States[int(v)]
	}
	if got != want {
		t.Errorf("%s is %q, want %q", f.Name, got, want)
	}
}

func TestTable_EveryLineIsAReason(t *testing.T) {
	for i := range table {
		g := &table[i]
		if f := cellFamilies[g.resource].reason; !slices.Contains(f.States, g.name()) {
			t.Errorf("%s does not know %s", f.Name, g.name())
		}
	}
	if f := collectors.ReasonDisk; !slices.Contains(f.States, collectors.FilesystemReadOnly.Name) {
		t.Errorf("%s does not know a remount", f.Name)
	}
}

// TestReason_SaysWhichFamilyDecided: the page said "busy" for retransmits, for one full
// core and for steal alike.
func TestReason_SaysWhichFamilyDecided(t *testing.T) {
	r := newRig(4)
	r.count(collectors.TCPRetransmits, 20)
	r.count(collectors.TCPSegments, 1000, "out")
	r.set(collectors.CPUCoreBusy, 100, "0")
	r.set(collectors.CPUUsage, 30, "user")
	r.count(collectors.MemoryOOMKills, 0)
	r.disk("no", 0, missing, 0)
	r.tick(5)
	r.reasonIs(t, collectors.ReasonNetwork, "sat.network")
	r.reasonIs(t, collectors.ReasonCPU, "cpu.busiest")
	r.reasonIs(t, collectors.ReasonMemory, "none")
	r.reasonIs(t, collectors.ReasonDisk, "none")
	r.reasonIs(t, collectors.ReasonLimits, "missing")

	r.set(collectors.PressureTime, 30, "cpu", "some")
	r.count(collectors.MemoryOOMKills, 1)
	r.filesystem(100*gib, 92*gib)
	r.disk("no", 2, 0.05, 20)
	r.tick(5)
	r.reasonIs(t, collectors.ReasonCPU, "sat.cpu")
	r.reasonIs(t, collectors.ReasonMemory, "memory.oom_kills")
	r.reasonIs(t, collectors.ReasonLimits, "filesystem")
	r.reasonIs(t, collectors.ReasonDisk, "sat.disk.queue")
}

func TestReason_OfErrorsIsTheNewestOfTheWorst(t *testing.T) {
	r := newRig(1)
	r.link(0, 0, 1e9)
	class := map[string]string{"class": "physical"}
	r.count(collectors.NetErrors, 1, "eth0", "in").Info = class
	r.count(collectors.NetCarrierChanges, 0, "eth0").Info = class
	r.tick(1)
	r.reasonIs(t, collectors.ReasonNetwork, "net.errors")
	r.count(collectors.NetCarrierChanges, 1, "eth0")
	r.count(collectors.NetErrors, 0, "eth0", "in")
	r.tick(1)
	r.reasonIs(t, collectors.ReasonNetwork, "net.carrier_changes")
	r.count(collectors.NetCarrierChanges, 0, "eth0")
	r.count(collectors.NetErrors, 1, "eth0", "in") // a warning does not replace it
	r.tick(1)
	r.reasonIs(t, collectors.ReasonNetwork, "net.carrier_changes")
	r.count(collectors.NetErrors, 10, "eth0", "in") // as bad, and newer
	r.tick(1)
	r.reasonIs(t, collectors.ReasonNetwork, "net.errors")
}

// TestNow_IsThisSampleAlone: a state is held for ten samples, and that of an error for five
// minutes. A process of a calm second was marked as taking a large share of a busy host.
func TestNow_IsThisSampleAlone(t *testing.T) {
	r := newRig(1)
	r.set(collectors.PressureTime, 30, "cpu", "some")
	r.count(collectors.MemoryOOMKills, 1)
	r.tick(1)
	r.want(t, "now.cpu", 1) // at once, before three of five
	r.want(t, "state.cpu", 0)
	r.want(t, "now.memory", 0) // a kill was at a moment
	r.want(t, "state.memory", 2)
	r.tick(4)
	r.set(collectors.PressureTime, 3, "cpu", "some")
	r.tick(1)
	r.want(t, "now.cpu", 0)
	r.want(t, "state.cpu", 1)
	r.set(collectors.PressureTime, 19, "cpu", "some")
	r.tick(1)
	r.want(t, "now.cpu", 0)
	r.set(collectors.PressureTime, 60, "cpu", "some")
	r.tick(1)
	r.want(t, "now.cpu", 2)
	r.set(collectors.PressureTime, missing, "cpu", "some")
	r.set(collectors.MemoryOOMKills, missing)
	r.tick(1)
	r.want(t, "now.cpu", missing)
	r.want(t, "state.cpu", 1)
}

func TestNow_NeedsBothConditions(t *testing.T) {
	r := newRig(1)
	r.memory(98)
	r.set(collectors.PressureTime, 0, "memory", "some")
	r.tick(1)
	r.want(t, "now.memory", 1)
	r.set(collectors.PressureTime, 10, "memory", "some")
	r.tick(1)
	r.want(t, "now.memory", 2)
}

func TestNow_AMountThatDoesNotAnswerGoesOn(t *testing.T) {
	r := newRig(1)
	r.set(collectors.FilesystemStalled, 12, "/mnt")
	r.tick(1)
	r.want(t, "now.limits", 2)
	r.set(collectors.FilesystemStalled, 0, "/mnt")
	r.tick(1)
	r.want(t, "now.limits", 0)
	r.want(t, "state.limits", 2)
}
