package diagnosis

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// benchRing is a host of so many series of which half vary, for so many seconds.
func benchRing(b *testing.B, series, rows int) (ring *history.Ring, from, to int64) {
	b.Helper()
	ring = history.New(history.Config{Memory: 512 << 20, Tables: []*collectors.Table{collectors.Processes, collectors.Services}})
	var ids []collectors.SeriesID
	for i := range series {
		id, err := ring.Intern(collectors.Series{Family: collectors.DiskBytes, Labels: collectors.LabelsOf("sd"+strconv.Itoa(i), "write")})
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	r := rand.New(rand.NewPCG(1, 2))
	q := make([]int64, series)
	for i := range rows {
		for k := range q {
			if k%2 == 0 {
				q[k] = 1_000_000 + r.Int64N(300_000)
			}
		}
		ring.Append(history.Commit{Row: collectors.Row{T: begin + int64(i)*1000, IDs: ids, Q: slices.Clone(q)}})
	}
	return ring, begin + int64(rows/2)*1000, begin + int64(rows)*1000
}
