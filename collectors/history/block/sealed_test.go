package block

import (
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/recorded"
)

// TestSeal_TakesFewBytesPerSample is the figure that the ring's size rests on.
func TestSeal_TakesFewBytesPerSample(t *testing.T) {
	const most = 1.2
	for _, name := range recorded.Names() {
		blocks, series := recordedBlocks(t, name)
		s := NewSealer(1000, 48<<20)
		size := int64(0)
		for _, rows := range blocks {
			size += sizeOf(s.Seal(rows))
		}
		if got := float64(size) / float64(len(blocks)*MaxRows*series); got > most {
			t.Errorf("%s: %.2f bytes per sample, want at most %.2f", name, got, most)
		}
	}
}

// recordedBlocks are the changing series of a real host, in runs of rows of a block each.
func recordedBlocks(tb testing.TB, name string) (blocks [][]collectors.Row, series int) {
	tb.Helper()
	r, err := recorded.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	changing := r.Changing()
	ids := make([]collectors.SeriesID, len(changing))
	for i := range ids {
		ids[i] = collectors.SeriesID(i)
	}
	for row := 0; row+MaxRows <= len(r.T); row += MaxRows {
		rows := make([]collectors.Row, MaxRows)
		for i := range rows {
			q := make([]int64, len(changing))
			for k, from := range changing {
				q[k] = r.Q[from][row+i]
			}
			rows[i] = collectors.Row{Seq: uint64(row + i + 1), T: r.T[row+i], Rev: 1, IDs: ids, Q: q}
		}
		blocks = append(blocks, rows)
	}
	return blocks, len(changing)
}

// BenchmarkSeal packs the rows of real hosts, and reports what a sample of a series that
// changes takes.
func BenchmarkSeal(b *testing.B) {
	for _, name := range recorded.Names() {
		b.Run(name, func(b *testing.B) {
			blocks, series := recordedBlocks(b, name)
			s := NewSealer(1000, 48<<20)
			b.ReportAllocs()
			var size int64
			for b.Loop() {
				size = 0
				for _, rows := range blocks {
					size += sizeOf(s.Seal(rows))
				}
			}
			samples := float64(len(blocks) * MaxRows * series)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/samples, "ns/sample")
			b.ReportMetric(float64(size)/samples, "B/sample")
		})
	}
}

// sizeOf returns what a block takes.
func sizeOf(b *Sealed) int64 { return b.Bytes + int64(len(b.slab)) }

// BenchmarkUnpack unpacks every column of the blocks of real hosts.
func BenchmarkUnpack(b *testing.B) {
	for _, name := range recorded.Names() {
		b.Run(name, func(b *testing.B) {
			recorded, series := recordedBlocks(b, name)
			s := NewSealer(1000, 48<<20)
			var blocks []*Sealed
			for _, rows := range recorded {
				blocks = append(blocks, s.Seal(rows))
			}
			var v [MaxRows]int64
			b.ReportAllocs()
			for b.Loop() {
				for _, block := range blocks {
					for i := range block.IDs {
						c := block.Column(i)
						c.Unpack(v[:])
					}
				}
			}
			samples := float64(len(blocks) * MaxRows * series)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/samples, "ns/sample")
		})
	}
}
