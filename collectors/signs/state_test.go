package signs

import (
	"testing"

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
