package promql

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/prom"
)

// TestRead_SkimsAsItReadsEveryRow compares the samples of a day with those of whoever looks
// at every row, over rows that are missing, come late and have no value, and up to an end in
// the middle of them.
func TestRead_SkimsAsItReadsEveryRow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ring := history.New(history.Config{Interval: time.Second})
	var ids []collectors.SeriesID
	var all []*prom.Metric
	for i, f := range []*collectors.Family{collectors.NetBytes, collectors.CPUUsage, collectors.LoadAverage} {
		one := collectors.Series{Family: f, Labels: collectors.LabelsOf([]string{"eth0", "user", "1m"}[i])}
		if f == collectors.NetBytes {
			one.Labels = collectors.LabelsOf("eth0", "in")
		}
		id, err := ring.Intern(one)
		if err != nil {
			t.Fatal(err)
		}
		one.ID = id
		ids = append(ids, id)
		all = append(all, &prom.Metric{Name: f.Name, Rate: i < 2, Plus: float64(i % 2), Terms: []prom.Term{{Series: &one, Factor: 1}}})
	}
	at := begin.UnixMilli()
	for range 20_000 {
		at += 1000
		switch random.IntN(2000) {
		case 0:
			at += 60_000
		case 1, 2:
			at += 300
		}
		row := collectors.Row{T: at, IDs: ids, Q: make([]int64, len(ids))}
		for i := range row.Q {
			if row.Q[i] = random.Int64N(1 << 20); random.IntN(3000) == 0 {
				row.Q[i] = collectors.Missing
			}
		}
		ring.Append(history.Commit{Row: row})
	}
	cfg := &Config{Source: ring, Interval: time.Second, MaxSamples: 1 << 30}
	for _, span := range []int64{300_000, 60_000, 0} {
		hints := &storage.SelectHints{Start: begin.UnixMilli() + 1, End: at - 3_000_500, Step: 60_000, Range: span, Func: "delta"}
		thin, err := read(t.Context(), cfg, hints, all, false)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := read(t.Context(), cfg, hints, all, true)
		if err != nil {
			t.Fatal(err)
		}
		for i := range thin {
			every := make(map[int64]float64)
			ends := 0
			for j, at := range whole[i].t {
				if every[at] = whole[i].v[j]; value.IsStaleNaN(every[at]) {
					ends++
				}
			}
			for j, at := range thin[i].t {
				v, want := thin[i].v[j], every[at]
				if value.IsStaleNaN(v) && value.IsStaleNaN(want) {
					ends--
				} else if math.IsNaN(want) || math.Abs(v-want) > 1e-9*want {
					t.Fatalf("range %d, %s at %d: %v, looked at each it is %v", span, all[i].Name, at, v, want)
				}
			}
			if ends != 0 || len(thin[i].t)*2 > len(whole[i].t) {
				t.Errorf("range %d, %s: %d samples of %d, %d ends are missing", span, all[i].Name, len(thin[i].t), len(whole[i].t), ends)
			}
		}
	}
}
