package host

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// interruptsOf returns what is read of a file, by the labels.
func interruptsOf(t *testing.T, text string) map[string]float64 {
	t.Helper()
	out := make(map[string]float64)
	for _, d := range Interrupts(Options{Root: handmade{"proc/interrupts": text}.write(t)}) {
		if d.Metric != "node_interrupts_total" || !d.Counter {
			t.Errorf("%+v is no counter of interrupts", d)
		}
		out[fmt.Sprint(d.Labels)] = d.Value
	}
	return out
}

func TestInterrupts_AreThoseOfEveryProcessor(t *testing.T) {
	got := interruptsOf(t, `           CPU0       CPU2
 24:          1          0  IO-APIC   5-edge      ACPI:Ged
 36:          7    3781855 PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0
 47:24          8  GICv3
NMI:          3          4   Non-maskable interrupts
ERR:          9
MIS:          0
`)
	want := map[string]float64{
		"[[cpu 0] [type 24] [info IO-APIC] [devices 5-edge ACPI:Ged]]":                    1,
		"[[cpu 2] [type 24] [info IO-APIC] [devices 5-edge ACPI:Ged]]":                    0,
		"[[cpu 0] [type 36] [info PCI-MSIX-0000:00:02.0] [devices 1-edge virtio1-req.0]]": 7,
		"[[cpu 2] [type 36] [info PCI-MSIX-0000:00:02.0] [devices 1-edge virtio1-req.0]]": 3781855,
		"[[cpu 0] [type 47] [info GICv3] [devices ]]":                                     24,
		"[[cpu 2] [type 47] [info GICv3] [devices ]]":                                     8,
		"[[cpu 0] [type NMI] [info Non-maskable interrupts] [devices ]]":                  3,
		"[[cpu 2] [type NMI] [info Non-maskable interrupts] [devices ]]":                  4,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInterrupts_ThatCannotBeReadAreMissing(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "only a head": " CPU0 CPU1\n", "no names": " CPU0\n 1 2 3\n", "too short": " CPU0 CPU1\n 24: 1 2\n"} {
		if got := interruptsOf(t, text); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	for labels, v := range interruptsOf(t, " CPU0\n 24: many IO-APIC timer\n") {
		if !math.IsNaN(v) {
			t.Errorf("%s is %v", labels, v)
		}
	}
}
