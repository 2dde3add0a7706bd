package attacks

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/wire"
)

// TestChurn lets the labels of a text file change at every look at it, as those of a job
// that names its runs do: many more series than may live, of which few live at once. What
// lives must be remembered, on time, and cheaply.
func TestChurn(t *testing.T) {
	t.Parallel()
	const kind, limit, each = "series that come and go", 1500, 150
	rounds := need.Times(t, 40, 15)
	dir := t.TempDir()
	write := func(round int) {
		t.Helper()
		var b strings.Builder
		for i := range each {
			fmt.Fprintf(&b, "churn_runs{run=\"%d.%d\"} %d\n", round, i, i)
		}
		fmt.Fprintf(&b, "churn_round %d\n", round)
		path := filepath.Join(dir, "churn.prom")
		if err := os.WriteFile(path+".new", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	write(0)
	p := start(t, "--textfile-dir", dir, "--collector-interval", "textfile=1s", "--max-series", fmt.Sprint(limit), "--interval", "1s")
	type bounds struct {
		Remembered struct{ Newest, Rows uint64 }
	}
	began, spent := time.Now(), p.processorTime()
	first := object[bounds](p, "/api/v1/health").Remembered.Rows
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for round := range rounds {
		write(round + 1)
		<-every.C
	}
	took, spent := time.Since(began), p.processorTime()-spent
	rows := object[bounds](p, "/api/v1/health").Remembered.Rows - first
	attack(t, kind, float64(rows) > 0.9*took.Seconds()-2, "%d rows in %v", rows, took)
	attack(t, kind, spent < took/4, "%v of processor time in %v", spent, took)
	// A series that begins to live now is remembered, and the viewer is told of it.
	write(rounds + 1)
	ws := p.subscribe(wire.Subscribe{Topics: []string{wire.TopicMetrics}, Window: 1}, nil)
	newest := fmt.Sprintf("%d.0", rounds+1)
	watch(t, ws, "the newest round", func(s *wire.State) bool {
		for id, series := range s.Series {
			if series.Labels["run"] != newest {
				continue
			}
			for _, row := range s.Rows {
				if _, has := row.Values[id]; has {
					return true
				}
			}
		}
		return false
	})
	right(t, kind, !t.Failed(), "the newest series was not served in time")
	t.Logf("%d series, %d at once: %v of processor time in %v, %d rows", each*rounds, each, spent.Round(10*time.Millisecond), took.Round(time.Second), rows)
}
