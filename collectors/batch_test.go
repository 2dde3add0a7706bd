package collectors

import (
	"fmt"
	"math/rand/v2"
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
	if s.Labels.At(0) != "here" || !set || s.Gauge != 2 {
		t.Errorf("kept %v, set %v, value %v", s.Labels, set, s.Gauge)
	}
}

// Where all labels are others at every look, ten minutes of them took a hundred times the
// memory of those that there are, and each new one was compared with all of them.
func TestBatch_ForgetsSoonerWhereMoreComeAndGoThanStay(t *testing.T) {
	const stay, come = 50, 200
	f := &Family{Name: "x", Labels: []string{"dev"}, Quantum: 1}
	b := NewBatch()
	most := 0
	for round := range 2000 {
		b.Begin(testTime)
		for i := range stay {
			b.Gauge(b.Slot(f, fmt.Sprint("stays ", i)), 1)
		}
		for i := range come {
			b.Gauge(b.Slot(f, fmt.Sprint("came at ", round, " ", i)), 2)
		}
		most = max(most, b.Len())
	}
	if limit := stay + 2*come*(keepForCrowded+1); most > limit {
		t.Errorf("%d series were remembered at once, want at most %d", most, limit)
	}
	for i := range stay {
		if s, set := b.Series(i); !set || s.Labels.At(0) != fmt.Sprint("stays ", i) {
			t.Fatalf("series %d is %v, set %v", i, s.Labels, set)
		}
	}
}

// A new layout makes everyone who follows the batch look at every series again.
func TestBatch_LayoutStaysWhileNoSeriesLeaves(t *testing.T) {
	f := &Family{Name: "x", Labels: []string{"dev"}, Quantum: 1}
	b := NewBatch()
	layout := -1
	for i := range 1300 {
		b.Begin(testTime)
		b.Gauge(b.Slot(f, "here"), 2)
		if i == 0 {
			layout = b.Layout()
		}
		if b.Layout() != layout {
			t.Fatalf("the layout changed at observation %d", i+1)
		}
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

// TestBatch_SlotIsTheSameInAnyOrder asks for known series in other orders, with new ones
// between them and old ones left out.
func TestBatch_SlotIsTheSameInAnyOrder(t *testing.T) {
	one := &Family{Name: "one", Labels: []string{"dev"}, Quantum: 1}
	two := &Family{Name: "two", Labels: []string{"dev", "dir"}, Quantum: 1}
	none := &Family{Name: "none", Quantum: 1}
	type key struct {
		f    *Family
		a, b string
	}
	b, slots := NewBatch(), map[key]Slot{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		b.Begin(testTime)
		for range 20 {
			k := [...]key{{one, "a", ""}, {one, "b", ""}, {none, "", ""}, {two, "a", "in"}, {two, "a", "out"}, {two, "b", "in"}, {two, "b", "out"}}[r.IntN(7)]
			s := b.Slot(k.f, []string{k.a, k.b}[:len(k.f.Labels)]...)
			if want, ok := slots[k]; ok && s != want {
				t.Fatalf("%s %q %q has slot %d, first it had %d", k.f.Name, k.a, k.b, s, want)
			}
			slots[k] = s
			if got, _ := b.Series(int(s)); got.Family != k.f || got.Labels != LabelsOf([]string{k.a, k.b}[:len(k.f.Labels)]...) {
				t.Fatalf("slot %d is of %s %q, want %s %q %q", s, got.Family.Name, got.Labels, k.f.Name, k.a, k.b)
			}
		}
	}
}

func TestBatch_AFamilyThatIsDescribedAnewReplacesItsSeries(t *testing.T) {
	before := &Family{Name: "x", Help: "Before.", Kind: KindGauge, Labels: []string{"n"}, Quantum: 1}
	after := &Family{Name: "x", Help: "After.", Kind: KindGauge, Labels: []string{"n"}, Quantum: 1}
	b := NewBatch()
	b.Begin(time.Unix(1, 0))
	b.Gauge(b.Slot(before, "1"), 1)
	b.Gauge(b.Slot(before, "2"), 2)
	layout := b.Layout()
	b.Begin(time.Unix(2, 0))
	b.Gauge(b.Slot(after, "2"), 4)
	if b.Len() != 2 || b.Layout() == layout {
		t.Errorf("%d series, layout %d after %d, want 2 and another layout", b.Len(), b.Layout(), layout)
	}
	if s, set := b.Series(1); s.Family != after || s.Gauge != 4 || !set {
		t.Errorf("the series is %v", s)
	}
	b.Begin(time.Unix(3, 0))
	b.Gauge(b.Slot(after, "2"), 5)
	if s, set := b.Series(1); b.Len() != 2 || s.Gauge != 5 || !set {
		t.Errorf("%d series, the second is %v", b.Len(), s)
	}
}

// The rows of an observation get their room at once: a table of processes that grows row by
// row leaves twice as much garbage as it holds.
func TestBatch_RowsHaveTheRoomOfThoseBefore(t *testing.T) {
	table := &Table{Name: "test", Columns: []Column{{Name: "a", Kind: ColumnText}, {Name: "n", Kind: ColumnNumber, Quantum: 1}}}
	b := NewBatch()
	observe := func() {
		b.Begin(testTime)
		rows := b.Rows(table)
		for range 300 {
			rows.Add("key").Number(1, 5)
		}
		if got := len(b.TakeTables()[0].Data().Rows); got != 300 {
			t.Fatalf("%d rows", got)
		}
	}
	observe()
	if n := testing.AllocsPerRun(10, observe); n > 4 {
		t.Errorf("%v allocations for a table, want one each for the rows, their cells, and what holds them", n)
	}
}
