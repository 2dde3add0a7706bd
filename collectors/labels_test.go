package collectors

import (
	"slices"
	"testing"
)

func TestLabels_AnyNumberIsOneKey(t *testing.T) {
	for _, values := range [][]string{{}, {"a"}, {"a", "b"}, {"a", "", "c"}, {"", "", "", "d"}, {"ä", "b", "c", "d", "e"}} {
		l := LabelsOf(values...)
		for i, v := range values {
			if l.At(i) != v {
				t.Errorf("%q: value %d is %q", values, i, l.At(i))
			}
		}
		if got := l.At(len(values)); got != "" {
			t.Errorf("%q: behind the last value is %q", values, got)
		}
		if !l.are(values) || l.are(append(slices.Clone(values), "x")) || len(values) > 0 && l.are(values[:len(values)-1]) && values[len(values)-1] != "" {
			t.Errorf("%q are not told from others", values)
		}
		if got := l.List(len(values)); !slices.Equal(got, values) {
			t.Errorf("%q are listed as %q", values, got)
		}
	}
	if LabelsOf("a", "bc") == LabelsOf("ab", "c") || LabelsOf("a", "b") != LabelsOf([]string{"a", "b"}...) {
		t.Error("labels are compared wrongly")
	}
}

// A value that holds the separator would pass for two.
func TestLabels_NoValueHoldsTheSeparator(t *testing.T) {
	if got := LabelsOf("a\xffb", "c"); got.At(0) != "a\uFFFDb" || got.At(1) != "c" {
		t.Errorf("values are %q and %q", got.At(0), got.At(1))
	}
	two := &Family{Name: "two", Labels: []string{"a", "b"}, Quantum: 1}
	b := NewBatch()
	b.Begin(testTime)
	if b.Slot(two, "x\xffy", "z") == b.Slot(two, "x", "y\xffz") {
		t.Error("two series have one slot")
	}
}

func TestBatch_TakesAnyNumberOfLabels(t *testing.T) {
	four := &Family{Name: "four", Help: "Four.", Kind: KindGauge, Labels: []string{"a", "b", "c", "d"}, Quantum: 1}
	if err := four.Validate(); err != nil {
		t.Fatal(err)
	}
	b := NewBatch()
	sample := func() {
		b.Begin(testTime)
		b.Gauge(b.Slot(four, "1", "2", "3", "5"), 2)
		b.Gauge(b.Slot(four, "1", "2", "3", "4"), 1)
	}
	sample()
	b.Begin(testTime)
	b.Gauge(b.Slot(four, "1", "2", "3", "4"), 7)
	if s, set := b.Series(1); b.Len() != 2 || !set || s.Gauge != 7 || s.Labels != LabelsOf("1", "2", "3", "4") {
		t.Errorf("series %v, set %v, of %d", s, set, b.Len())
	}
	if n := testing.AllocsPerRun(100, sample); n != 0 {
		t.Errorf("%v allocations per observation, want 0", n)
	}
}

func TestUnescapePath(t *testing.T) {
	for text, want := range map[string]string{`a\040b`: "a b", `\134`: `\`, `\012\011\043`: "\n\t#", `\04`: `\04`, `\999x`: `\999x`, `\777`: `\777`, "plain": "plain", `\`: `\`} {
		if got := UnescapePath(text); got != want {
			t.Errorf("UnescapePath(%q) = %q, want %q", text, got, want)
		}
	}
}
