package promql

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/prometheus/prometheus/storage"
)

// BenchmarkDay asks for the rate of all processors' modes over 24 h at a step of a minute;
// decode is the time of reading the same rows alone.
func BenchmarkDay(b *testing.B) {
	w := watched(b, 24*time.Hour, nil)
	form := url.Values{
		"query": {"rate(node_cpu_seconds_total[5m])"}, "step": {"60"},
		"start": {stamp(begin)}, "end": {stamp(w.end.Add(-time.Second))},
	}
	ask := func() {
		if status, body := w.ask(b.Context(), "query_range", form); status != http.StatusOK {
			b.Fatalf("%d %s", status, body)
		}
	}
	b.Run("query_range", func(b *testing.B) {
		used := cpuTime(b)
		for b.Loop() {
			ask()
		}
		b.ReportMetric(1000*(cpuTime(b)-used).Seconds()/float64(b.N), "cpu-ms/op")
	})
	b.Run("decode", func(b *testing.B) {
		q := &querier{queryable: &queryable{cfg: &w.handler.cfg}, maxt: w.end.UnixMilli()}
		all, err := q.metrics(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		hints := &storage.SelectHints{Start: begin.UnixMilli() + 1, End: w.end.UnixMilli(), Step: 60_000, Range: 300_000, Func: "rate"}
		for b.Loop() {
			if _, err := read(b.Context(), &w.handler.cfg, hints, metricsNamed(all, "node_cpu_seconds_total"), false); err != nil {
				b.Fatal(err)
			}
		}
	})
}
