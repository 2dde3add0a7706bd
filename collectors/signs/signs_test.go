package signs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestDerive_FirstRowHasNoRates(t *testing.T) {
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

func TestDerive_KeepsStateWhenTheLayoutChanges(t *testing.T) {
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
	r.values = slices.DeleteFunc(r.values, func(v Value) bool { return v.Labels.At(0) == "sda" || v.Labels.At(0) == "nvme0" })
	r.layout++
	r.tick(1)
	r.want(t, "state.disk", 0)
	r.want(t, "limit.used temperature nvme0", missing)
}

func TestDerive_DescribesWhatItSets(t *testing.T) {
	described := map[*collectors.Family]bool{}
	for _, f := range New(Config{}).Families() {
		if err := f.Validate(); err != nil {
			t.Error(err)
		}
		described[f] = true
	}
	for _, f := range collectors.Families() {
		own := strings.HasPrefix(f.Name, "self.") || strings.HasPrefix(f.Name, "sampler.") || strings.HasPrefix(f.Name, "collector.")
		if f.Source == "dashcam" && !own && !described[f] {
			t.Errorf("%s is a sign that is not described", f.Name)
		}
	}
}

func TestDerive_DoesNotAllocate(t *testing.T) {
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
		r.s.Derive(View{T: r.t, Elapsed: time.Second, Values: r.values, Layout: r.layout}, r.out)
	})
	if allocs > 0 {
		t.Errorf("a row of unchanged layout allocates %v times", allocs)
	}
}

func BenchmarkDerive(b *testing.B) {
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
		r.s.Derive(View{T: r.t, Elapsed: time.Second, Values: r.values, Layout: r.layout}, r.out)
	}
}
