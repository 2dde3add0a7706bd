package wire

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"testing"
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

// BenchmarkFrame compares AppendFrame with encoding/json of the same delta, and its
// bytes with those of a named snapshot, for 500 series of which 40 % changed. The
// target is a fifth of the time and a tenth of the bytes.
func BenchmarkFrame(b *testing.B) {
	prev, row := hostRows(500)
	snapshot := namedSnapshot(row)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		dst := make([]byte, 0, 1<<16)
		for b.Loop() {
			dst = AppendFrame(dst[:0], prev, row)
		}
		b.ReportMetric(float64(len(dst)), "B/frame")
		b.ReportMetric(float64(deflated(b, dst)), "deflatedB/frame")
		b.ReportMetric(float64(len(snapshot))/float64(len(dst)), "snapshot/frame")
		b.ReportMetric(float64(len(snapshot))/float64(deflated(b, dst)), "snapshot/deflatedFrame")
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		f := frameOf(prev, row)
		for b.Loop() {
			if _, err := json.Marshal(f); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkHistory(b *testing.B) {
	span := hostSpan(300, MaxPiece)
	b.ReportAllocs()
	var dst []byte
	taken := 0
	for b.Loop() {
		dst, taken = AppendHistory(dst[:0], span)
	}
	b.ReportMetric(float64(len(dst)), "B/piece")
	b.ReportMetric(float64(taken), "rows/piece")
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
