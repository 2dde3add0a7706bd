package history

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"dashcam/collectors"
)

// hostRows makes rows as a two-processor host makes them at 1 Hz: shares of time
// counted in whole ticks, memory in pages, rates of events with bursts, averages.
// Every series changes; the mean bytes per sample are those of changing series.
func hostRows(rows, series int, busy bool) [][]int64 {
	r := rand.New(rand.NewPCG(1, 2))
	level := make([]float64, series)
	all := make([][]int64, rows)
	for row := range all {
		q := make([]int64, series)
		for i := range q {
			q[i] = hostValue(r, i, row, &level[i], busy)
		}
		all[row] = q
	}
	return all
}

func hostValue(r *rand.Rand, i, row int, level *float64, busy bool) int64 {
	load := 1.0
	if busy {
		load = 20
	}
	switch i % 10 {
	case 0, 1: // a share of 200 ticks of processor time, in 1/16 %
		ticks := math.Floor(math.Abs(r.NormFloat64()) * 2 * load)
		return int64(math.Round(ticks / (199 + r.Float64()*2) * 1600))
	case 2, 3: // memory in KiB, counted in pages, with a slow walk
		*level += math.Round(r.NormFloat64()*60*load) + 0.01
		return 4 * int64(500_000+*level)
	case 4: // a rate of events in 1/16 per second
		return int64((400*load + r.NormFloat64()*40*load) * 16 / (1 + r.NormFloat64()*0.0005))
	case 5: // writes that come in bursts every few seconds, in 16 B/s
		if row%5 != i%5 && !busy {
			return 0
		}
		return int64(r.ExpFloat64() * 2000 * load)
	case 6: // a load average in 1/128, moved every 5 s
		if row%5 == 0 {
			*level += r.NormFloat64() * 0.05
		}
		return int64(math.Abs(*level) * 128)
	case 7: // pressure in 1/16 %
		if r.IntN(4) > 0 && !busy {
			return 0
		}
		return int64(r.ExpFloat64() * 16 * load)
	case 8: // bytes of a file system in pages, read every 10 s
		if row%10 == 0 {
			*level += float64(r.IntN(40))
		}
		return 3_000_000 + int64(*level)
	default: // bytes received, in 16 B/s
		return int64((3000*load + r.ExpFloat64()*1500*load) / 16)
	}
}

const benchSeries = 300

func benchIDs() []collectors.SeriesID {
	ids := make([]collectors.SeriesID, benchSeries)
	for i := range ids {
		ids[i] = collectors.SeriesID(i)
	}
	return ids
}

// benchRing returns a ring of 300 series with rows appended.
func benchRing(b testing.TB, rows int) *Ring {
	ring := New(Config{})
	for i := range benchSeries {
		mustIntern(b, ring, gauge(strconv.Itoa(i)))
	}
	ids := benchIDs()
	for i, q := range hostRows(rows, benchSeries, false) {
		ring.Append(Commit{Row: collectors.Row{T: int64(i+1) * 1000, IDs: ids, Q: q}})
	}
	return ring
}

// BenchmarkAppend is one tick of 300 series, sealing included.
func BenchmarkAppend(b *testing.B) {
	ring := benchRing(b, 1)
	ids, rows := benchIDs(), hostRows(512, benchSeries, false)
	b.ReportAllocs()
	n := 1
	for b.Loop() {
		n++
		ring.Append(Commit{Row: collectors.Row{T: int64(n) * 1000, IDs: ids, Q: rows[n%512]}})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchSeries, "ns/sample")
}

// BenchmarkReadSince reads the newest 600 rows, as a page that joins does.
func BenchmarkReadSince(b *testing.B) {
	ring := benchRing(b, 2000)
	b.ReportAllocs()
	for b.Loop() {
		since(ring, 1400, 600)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/600/benchSeries, "ns/sample")
}

// BenchmarkRowsSince reads the newest row, as the stream does at every tick.
func BenchmarkRowsSince(b *testing.B) {
	ring := benchRing(b, 2000)
	b.ReportAllocs()
	for b.Loop() {
		ring.Rows(1999, 10)
	}
}

// BenchmarkRange summarises 4 hours of all 300 series in 240 buckets.
func BenchmarkRange(b *testing.B) {
	ring := benchRing(b, 4*3600)
	b.ReportAllocs()
	for b.Loop() {
		answer, err := ring.Buckets(b.Context(), collectors.Query{Points: 250})
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range answer.Series {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchSeries/14400, "ns/sample")
}

// BenchmarkTables remembers the top rows of 120 processes.
func BenchmarkTables(b *testing.B) {
	p := newProcesses(120)
	observed := make([]*collectors.TableData, 512)
	for i := range observed {
		observed[i] = p.observe()
	}
	ring := New(Config{})
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		d := observed[n%len(observed)]
		ring.Append(Commit{Row: collectors.Row{T: int64(n) * 1000}, Tables: []*collectors.TableData{d}})
	}
	var size, count int64
	for _, c := range ring.tables.histories[0].blocks {
		size, count = size+c.Bytes, count+int64(c.Count)
	}
	if count > 0 {
		b.ReportMetric(float64(size)/float64(count), "B/observation")
	}
}
