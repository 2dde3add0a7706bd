package prom

import "testing"

// BenchmarkAnswer is one scrape of a series of every family in every form.
func BenchmarkAnswer(b *testing.B) {
	r := newRig(b)
	everything(r)
	e := r.exporter(nil)
	for b.Loop() {
		if _, _, err := e.Answer(""); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(r.row.IDs)), "series")
}
