package collectors

import (
	"testing"
	"time"
)

var testTime = time.Unix(1795186288, 0)

func TestBatch_ForgetsSeriesThatStayAway(t *testing.T) {
	f := &Family{Name: "x", Labels: []string{"dev"}, Quantum: 1}
	b := NewBatch()
	b.Begin(testTime)
	b.Gauge(b.Slot(f, "gone"), 1)
	for range 1300 {
		b.Begin(testTime)
		b.Gauge(b.Slot(f, "here"), 2)
	}
	if b.Len() != 1 {
		t.Fatalf("%d series remembered, want only the one that is still set", b.Len())
	}
	s, set := b.Series(0)
	if s.Labels[0] != "here" || !set || s.Gauge != 2 {
		t.Errorf("kept %v, set %v, value %v", s.Labels, set, s.Gauge)
	}
}

func TestBatch_SlotPanicsOnWrongLabels(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a wrong number of labels went unnoticed")
		}
	}()
	b := NewBatch()
	b.Begin(testTime)
	b.Slot(CPUUsage)
}

func TestBatch_AllocatesNothingOnceSeriesAreKnown(t *testing.T) {
	b := NewBatch()
	sample := func() {
		b.Begin(testTime)
		for _, m := range []string{"user", "system", "idle"} {
			b.Ratio(b.Slot(CPUUsage, m), 1, 2)
		}
		b.Info(b.Slot(DiskBusy, "sda"), "class", "physical")
	}
	sample()
	if n := testing.AllocsPerRun(100, sample); n != 0 {
		t.Errorf("%v allocations per observation, want 0", n)
	}
}
