package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
)

// lived runs an instance until there is a row after seq, and ends it.
func lived(t *testing.T, cfg Config, seq uint64) *Dashcam {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	if err := d.ring.Wait(ctx, seq); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return d
}

// TestStateDir_GoesOnWhereItEnded runs two instances one after the other on one
// directory.
func TestStateDir_GoesOnWhereItEnded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	var before uint64
	for life := range 2 {
		cfg := quick(nil)
		cfg.StateDir, cfg.Interval = dir, 100*time.Millisecond
		var start Start
		cfg.Started = func(s Start) { start = s }
		d := lived(t, cfg, before+3)
		b := d.ring.Bounds()
		if b.Oldest != 1 || b.Newest < before+4 {
			t.Errorf("life %d remembers the rows %d to %d, there were %d before", life, b.Oldest, b.Newest, before)
		}
		if start.StateDir != dir || start.Disk != store.DefaultLimit || life == 0 != start.Before.IsZero() {
			t.Errorf("life %d starts with %+v", life, start)
		}
		if life == 1 {
			if got := d.starts(); len(got) != 1 || got[0].Seq != before+1 || got[0].Why != store.WhyStopped {
				t.Errorf("starts %+v, want one at row %d, %q", got, before+1, store.WhyStopped)
			}
			for _, h := range d.ring.Health() {
				if h.Collector == "store" && h.State != collectors.HealthOK {
					t.Errorf("health %+v", h)
				}
			}
		}
		before = b.Newest
	}
}

// TestStateDir_TellsHowTheOneBeforeEndedBeforeTheFirstRow is about a page that is back before
// this instance has a row: it was never told of the restart.
func TestStateDir_TellsHowTheOneBeforeEndedBeforeTheFirstRow(t *testing.T) {
	cfg := quick(nil)
	cfg.StateDir, cfg.Interval = filepath.Join(t.TempDir(), "state"), 100*time.Millisecond
	before := lived(t, cfg, 3).ring.Bounds()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.closeStore(); err != nil {
			t.Error(err)
		}
	}()
	got := d.hello().Starts
	if len(got) != 1 || got[0].Seq != before.Newest+1 || got[0].Why != store.WhyStopped || got[0].T < before.NewestT {
		t.Errorf("starts %+v, want one at row %d, %q, after %d", got, before.Newest+1, store.WhyStopped, before.NewestT)
	}
	// The store sees the row later than whoever is told of it.
	row, _ := d.ring.Append(history.Commit{Row: collectors.Row{T: before.NewestT + 5000}})
	if got := d.hello().Starts; len(got) != 1 || got[0].Seq != row.Seq || got[0].T != row.T {
		t.Errorf("starts %+v, want one at row %d, %d", got, row.Seq, row.T)
	}
}

// TestStateDir_IsOfOneProcess would fail if two instances wrote to one directory, or if
// a failed New kept it locked.
func TestStateDir_IsOfOneProcess(t *testing.T) {
	cfg := quick(nil)
	cfg.StateDir = t.TempDir()
	first, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(cfg); !errors.Is(err, ErrStateDirInUse) {
		t.Errorf("the second instance: %v", err)
	}
	if err := first.closeStore(); err != nil {
		t.Fatal(err)
	}
	bad := cfg
	bad.TrustedProxies = []string{"no address"}
	if _, err := New(bad); err == nil {
		t.Fatal("no error")
	}
	second, err := New(cfg)
	if err != nil {
		t.Fatalf("after a New that failed: %v", err)
	}
	if err := second.closeStore(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(cfg.StateDir, "lock")); err != nil {
		t.Error(err)
	}
}

// TestStateDir_IsAmongWhatDashcamCosts looks for the series about the history on disk in
// the rows, and for none of them where nothing is kept.
func TestStateDir_IsAmongWhatDashcamCosts(t *testing.T) {
	told := func(t *testing.T, dir string, enough func(values map[string]float64) bool) map[string]float64 {
		d, _ := running(t, func(c *Config) { c.Collectors, c.StateDir = nil, dir })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for seen := uint64(0); ; {
			if err := d.ring.Wait(ctx, seen); err != nil {
				t.Fatal(err)
			}
			now := d.ring.Latest()
			seen = now.Row.Seq
			values := make(map[string]float64)
			for i := range now.Schema.Series {
				s := &now.Schema.Series[i]
				if q := now.Row.Value(s.ID); q != collectors.Missing && strings.HasPrefix(s.Family.Name, "self.") {
					values[strings.TrimSpace(s.Family.Name+" "+s.Labels.At(0))] = s.Family.Value(q)
				}
			}
			if enough(values) {
				return values
			}
		}
	}
	t.Run("on disk", func(t *testing.T) {
		got := told(t, t.TempDir(), func(v map[string]float64) bool {
			return v["self.disk used"] > 0 && v["self.disk.reach"] > 0 && v["self.disk.written"] > 0
		})
		lost, known := got["self.disk.lost"]
		if got["self.disk limit"] != store.DefaultLimit || got["self.disk used"] > store.DefaultLimit || !known || lost != 0 {
			t.Errorf("told %v", got)
		}
	})
	t.Run("in memory only", func(t *testing.T) {
		got := told(t, "", func(v map[string]float64) bool { return v["self.memory resident"] > 0 && v["self.reach"] > 0 })
		for name := range got {
			if strings.HasPrefix(name, "self.disk") {
				t.Errorf("%s is %v although nothing is kept on disk", name, got[name])
			}
		}
	})
}
