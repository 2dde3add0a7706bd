package host

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest"
)

const machineVM = "testdata/vm-2cpu-6.18"

// TestCollectors_ReadCapturedHost replays two moments of a real machine. The golden
// files hold every reading.
func TestCollectors_ReadCapturedHost(t *testing.T) {
	for name, build := range map[string]func(Options) collectors.Collector{
		"cpu": newCPU, "hardware": newHardware, "load": newLoad, "memory": newMemory, "pressure": newPressure,
		"sensors": newSensors, "limits": newLimits, "host": newHost,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, moments := collectortest.Replay(t, machineVM+"/t0", machineVM+"/t1")
			collectortest.Golden(t, machineVM+"/"+name+".json", build(Options{Root: root}), moments...)
			collectortest.Conform(t, build(Options{Root: root}))
		})
	}
}

// TestFacts_OfCapturedHost has no machine id to read: that is never captured.
func TestFacts_OfCapturedHost(t *testing.T) {
	got, err := Facts(t.Context(), Options{Root: machineVM + "/t0", HostID: "0123456789abcdef0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	golden := machineVM + "/facts.json"
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if collectortest.Updating() {
		if err := os.WriteFile(golden, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)+"\n"); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}

// TestCollectors_OfThisHostConform runs every collector on the machine of the test.
func TestCollectors_OfThisHostConform(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Collectors(Options{}) {
		name := c.Describe().Name
		if names[name] {
			t.Errorf("two collectors are called %q", name)
		}
		names[name] = true
		t.Run(name, func(t *testing.T) { collectortest.Conform(t, c) })
	}
}
