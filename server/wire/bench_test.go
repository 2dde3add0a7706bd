package wire

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"slices"
	"testing"
	"time"
)

func deflated(tb testing.TB, text []byte) int {
	tb.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Len()
}

// BenchmarkFrame compares AppendFrame with encoding/json of the same delta, in turns, and
// its bytes with those of a named snapshot, for 500 series of which 40 % changed. The target
// is a fifth of the time and a tenth of the bytes.
func BenchmarkFrame(b *testing.B) {
	prev, row := hostRows(500)
	snapshot, f := namedSnapshot(row), frameOf(prev, row)
	dst := make([]byte, 0, 1<<16)
	const times = 50 // the clock takes a part of what one frame takes
	var ours, theirs []time.Duration
	for b.Loop() {
		t0 := time.Now()
		for range times {
			dst = AppendFrame(dst[:0], prev, row)
		}
		t1 := time.Now()
		for range times {
			if _, err := json.Marshal(f); err != nil {
				b.Fatal(err)
			}
		}
		ours, theirs = append(ours, t1.Sub(t0)/times), append(theirs, time.Since(t1)/times)
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	ourMedian, theirMedian := float64(ours[len(ours)/2]), float64(theirs[len(theirs)/2])
	small := float64(deflated(b, dst))
	b.ReportMetric(0, "ns/op") // of both together: says nothing
	b.ReportMetric(ourMedian, "ours-ns")
	b.ReportMetric(theirMedian, "encoding-json-ns")
	b.ReportMetric(ourMedian/theirMedian, "ratio")
	b.ReportMetric(testing.AllocsPerRun(100, func() { dst = AppendFrame(dst[:0], prev, row) }), "ours-allocs")
	b.ReportMetric(float64(len(dst)), "B/frame")
	b.ReportMetric(small, "deflatedB/frame")
	b.ReportMetric(float64(len(snapshot))/float64(len(dst)), "snapshot/frame")
	b.ReportMetric(float64(len(snapshot))/small, "snapshot/deflatedFrame")
}

func BenchmarkHistory(b *testing.B) {
	span := hostSpan(300, MaxBatch)
	b.ReportAllocs()
	var dst []byte
	taken := 0
	for b.Loop() {
		dst, taken = AppendHistory(dst[:0], span)
	}
	b.ReportMetric(float64(len(dst)), "B/batch")
	b.ReportMetric(float64(taken), "rows/batch")
}

func BenchmarkTable(b *testing.B) {
	data, base := scans(300)
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = AppendTable(dst[:0], data, base)
	}
	b.ReportMetric(float64(len(dst)), "B/difference")
	b.ReportMetric(float64(len(AppendTable(nil, data, nil))), "B/whole")
}
