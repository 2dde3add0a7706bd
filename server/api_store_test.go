package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors/history/store"
)

// life is one life of dashcam on a directory: rows are committed until it is ended.
type life struct {
	*rig
	store *store.Store
	// broken says that the disk is, so that the end cannot be written.
	broken bool
	// end writes what is left and lets go of the directory; it returns what became of the
	// writing.
	end func() error
}

func newLife(t *testing.T, name, dir string, now int64) *life {
	t.Helper()
	kept, err := store.Open(store.Config{Dir: dir, Limit: store.MinLimit, Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	ring := newRing(name, kept)
	l := &life{rig: newRigOn(t, ring, func(c *Config) { c.Store = kept.Stats }), store: kept}
	l.now = now
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- kept.Run(ctx, ring) }()
	l.end = sync.OnceValue(func() error {
		cancel()
		return errors.Join(<-ended, kept.Close())
	})
	t.Cleanup(func() {
		if err := l.end(); err != nil && !l.broken {
			t.Errorf("the store: %v", err)
		}
	})
	return l
}

// health is the part of the answer that is about the store, and whether it is as described.
func (l *life) health(d *described) map[string]any {
	l.t.Helper()
	res, body := l.get("/api/v1/health")
	if err := d.check("/api/v1/health", res, body); err != nil {
		l.t.Errorf("%v\n%s", err, body)
	}
	store, _ := object(l.t, res, body)["tape"].(map[string]any)
	return store
}

// fill commits 300 rows and waits until all of them are on the disk.
func (l *life) fill(dir string) {
	l.t.Helper()
	for i := range 300 {
		l.commit(int64(i) % 100)
	}
	newest := l.ring.Bounds().Newest
	waitFor(l.t, "the rows to be in the store", func() bool {
		a, err := store.OpenArchive(dir)
		return err == nil && a.Stats().Newest == newest
	})
}

// TestAPI_HealthSaysWhatTheStoreHolds asks after a stop and a kill. A copy of the directory
// of one that runs is what a kill leaves behind.
func TestAPI_HealthSaysWhatTheStoreHolds(t *testing.T) {
	begin := int64(1_795_186_288_000)
	dir, killed := filepath.Join(t.TempDir(), "state"), filepath.Join(t.TempDir(), "killed")
	first := newLife(t, "first", dir, begin)
	d := description(t, first.rig)
	if got := first.health(d); got["bytes"] == nil || got["problem"] != nil || len(got["instances"].([]any)) != 0 {
		t.Errorf("before the first row: %v", got)
	}
	first.fill(dir)
	if err := first.end(); err != nil {
		t.Fatal(err)
	}

	second := newLife(t, "second", dir, begin+1_000_000)
	if ended := second.health(d)["instances"].([]any)[0].(map[string]any)["ended"]; ended != store.WhyStopped {
		t.Errorf("before the second one has a row, the first one ended with %v", ended)
	}
	second.fill(dir)
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	tear(t, killed)

	third := newLife(t, "third", killed, begin+2_000_000)
	third.commit(1)
	waitFor(t, "the third one to be in the store", func() bool { return len(third.store.Stats().Instances) == 3 })
	waitFor(t, "what the second one left to be written", func() bool { return third.store.Stats().Written > 0 })
	got := third.health(d)
	for _, name := range []string{"bytes", "written"} {
		if n, _ := got[name].(float64); n <= 0 || n > store.MinLimit {
			t.Errorf("%s is %v", name, got[name])
		}
		delete(got, name)
	}
	var starts []any
	for _, in := range got["instances"].([]any) {
		starts = append(starts, in.(map[string]any)["startT"])
		delete(in.(map[string]any), "startT")
	}
	if len(starts) != 3 || starts[0].(float64) < 1_700_000_000_000 {
		t.Errorf("they began at %v", starts)
	}
	want := map[string]any{
		"limit": float64(store.MinLimit), "retentionMs": float64(store.DefaultRetention.Milliseconds()),
		"oldest": 1.0, "newest": 600.0, "oldestT": float64(begin), "newestT": float64(begin + 1_299_000),
		"segments": got["segments"], "damaged": 0.0, "torn": 3.0, "lost": 0.0, "leftOut": 0.0,
		"instances": []any{
			map[string]any{"id": "first", "first": 1.0, "firstT": float64(begin), "intervalMs": 1000.0, "version": "1", "ended": store.WhyStopped},
			map[string]any{"id": "second", "first": 301.0, "firstT": float64(begin + 1_000_000), "intervalMs": 1000.0, "version": "1", "ended": store.WhyKilled},
			map[string]any{"id": "third", "first": 601.0, "firstT": float64(begin + 2_000_000), "intervalMs": 1000.0, "version": "1"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n, _ := got["segments"].(float64); n < 1 {
		t.Errorf("%v segments", got["segments"])
	}
}

// tear adds a part of a record to a write-ahead log, as a power cut leaves it.
func tear(t *testing.T, dir string) {
	t.Helper()
	open, err := filepath.Glob(filepath.Join(dir, "*.open"))
	if err != nil || len(open) == 0 {
		t.Fatalf("write-ahead logs: %v, %v", open, err)
	}
	f, err := os.OpenFile(open[len(open)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("tor"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAPI_HealthSaysWhyTheStoreIsNotWritten puts a file where the directory was.
func TestAPI_HealthSaysWhyTheStoreIsNotWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	l := newLife(t, "only", dir, 1_795_186_288_000)
	d := description(t, l.rig)
	l.fill(dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	problem := ""
	waitFor(t, "the problem", func() bool {
		l.commit(1)
		problem, _ = l.health(d)["problem"].(string)
		return problem != ""
	})
	if !strings.HasSuffix(problem, ": not a directory") || strings.Contains(problem, dir) {
		t.Errorf("the problem is %q", problem)
	}
	l.broken = true
	if err := l.end(); err == nil {
		t.Error("the end was written where there is no directory")
	}
}
