package promql

import (
	"context"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
	"dashcam/collectors/synthetic"
	"dashcam/server/prom"
)

// begin is when the world of the tests begins, at no full minute.
var begin = time.Date(2026, 11, 29, 12, 0, 7, 0, time.UTC)

// world is a simulated host that was watched for a while.
type world struct {
	ring     *history.Ring
	exporter *prom.Exporter
	handler  *Handler
	end      time.Time
}

// watched watches a simulated host for so long. Each is called after every row.
func watched(t testing.TB, span time.Duration, each func(*world, int64)) *world {
	t.Helper()
	host := synthetic.New(synthetic.Config{Seed: 7, Start: begin})
	facts := host.Facts()
	w := &world{ring: history.New(history.Config{Memory: 256 << 20}), end: begin.Add(span)}
	derived := signs.New(signs.Config{CPUs: facts.CPUs})
	s, err := sampler.New(sampler.Config{Collectors: host.Collectors(), Ring: w.ring, Derivers: []collectors.Deriver{derived}, Budget: -1})
	if err != nil {
		t.Fatal(err)
	}
	w.exporter, err = prom.New(prom.Config{Ring: w.ring, Version: "1.2.3", CPUTick: 0.01, Host: func() collectors.Host { return facts }})
	if err != nil {
		t.Fatal(err)
	}
	step := span
	if each != nil {
		step = time.Second
	}
	for at := begin; at.Before(w.end); at = at.Add(step) {
		if err := s.Backfill(t.Context(), at, at.Add(step), host.At); err != nil {
			t.Fatal(err)
		}
		if each != nil {
			each(w, w.ring.Bounds().NewestT)
		}
	}
	w.handler, err = New(Config{
		Source: w.ring, Metrics: w.exporter.Remembered, Counted: w.exporter.Counted, Newest: func() int64 { return w.ring.Bounds().NewestT },
		Instance: facts.Hostname,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) ask(ctx context.Context, path string, form map[string][]string) (int, string) {
	status, body := w.handler.Answer(ctx, path, form)
	return status, string(body)
}

// metricsNamed returns those of one name.
func metricsNamed(all []metric, name string) (out []*prom.Metric) {
	for i := range all {
		if all[i].Name == name {
			out = append(out, &all[i].Metric)
		}
	}
	return out
}
