package host

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"dashcam/collectors"
)

// handmade is a root made by hand: names and texts of its files.
type handmade map[string]string

// write makes the tree below a directory of its own.
func (files handmade) write(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	files.into(t, dir)
	return dir
}

// into overwrites the files below dir.
func (files handmade) into(t testing.TB, dir string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// observed is what one observation of a collector gave, by family and labels.
type observed struct {
	values      map[string]any // float64, uint64 or [2]uint64
	max         map[string]float64
	info        map[string]map[string]string
	unavailable map[string]string
}

// observe samples c once, and returns what came out of it.
func observe(t testing.TB, c collectors.Collector, b *collectors.Batch) observed {
	t.Helper()
	o, err := tryObserve(t, c, b)
	if err != nil {
		t.Fatalf("sample %s: %v", c.Describe().Name, err)
	}
	return o
}

func tryObserve(t testing.TB, c collectors.Collector, b *collectors.Batch) (observed, error) {
	t.Helper()
	if b == nil {
		b = collectors.NewBatch()
	}
	b.Begin(time.Now())
	o := observed{map[string]any{}, map[string]float64{}, map[string]map[string]string{}, map[string]string{}}
	if err := c.Sample(t.Context(), b); err != nil {
		return o, err
	}
	for i := range b.Len() {
		s, set := b.Series(i)
		if !set {
			continue
		}
		name := s.Family.Name
		for _, l := range s.Labels.List(len(s.Family.Labels)) {
			name += " " + l
		}
		switch s.Form {
		case collectors.FormGauge:
			o.values[name] = s.Gauge
		case collectors.FormCounter:
			o.values[name] = s.Num
		case collectors.FormRatio:
			o.values[name] = [2]uint64{s.Num, s.Den}
		}
		o.max[name], o.info[name] = s.Max, s.Info
	}
	for _, u := range b.TakeUnavailable() {
		o.unavailable[u.Source] = u.Reason
	}
	return o, nil
}
