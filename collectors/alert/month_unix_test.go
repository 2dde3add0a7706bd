//go:build unix

package alert

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
	"dashcam/collectors/recorded"
)

// paced is a ring of which a store takes what there is when it is told to.
type paced struct {
	*history.Ring
	next, idle chan struct{}
}

func (p *paced) Wait(ctx context.Context, _ uint64) error {
	p.idle <- struct{}{}
	select {
	case <-p.next:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writing gives a ring whose rows go to a directory: step writes what was appended, end the
// rest.
func writing(t testing.TB, dir string, cfg history.Config) (ring *history.Ring, step, end func()) {
	t.Helper()
	on, err := store.Open(store.Config{Dir: dir, Limit: 4 << 30, Retention: 60 * 24 * time.Hour, Boot: "one"})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Store = on
	p := &paced{history.New(cfg), make(chan struct{}), make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- on.Run(ctx, p) }()
	<-p.idle
	step = func() { p.next <- struct{}{}; <-p.idle }
	return p.Ring, step, func() {
		step()
		cancel()
		if err := errors.Join(<-done, on.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBacktest_FindsInTheStoreWhatFiredLive plays recorded incidents to a store, with the
// rules running beside as they do live, and asks the store afterwards.
func TestBacktest_FindsInTheStoreWhatFiredLive(t *testing.T) {
	fired := make(map[string]int)
	for _, name := range []string{"limits-read-only", "memory-oom", "memory-swap-storm", "network-link-flaps", "service-out-of-memory", "service-restarts"} {
		r, err := recorded.OpenIncident(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		tables := []*collectors.Table{collectors.Services, collectors.Processes}
		ring, step, end := writing(t, dir, history.Config{Memory: 1 << 20, Interval: r.Interval, Tables: tables})
		live, seq := New(Config{}), uint64(0)
		play(t, ring, r, begin.UnixMilli(), 2000, func(row int) {
			if ring.Bounds().Newest >= seq+live.due() { // as Run waits
				seq, _ = take(live, ring, seq)
			}
			if row%64 == 0 {
				step()
			}
		})
		_, _ = take(live, ring, seq)
		end()
		past, err := history.OpenArchive(dir, collectors.Host{})
		if err != nil {
			t.Fatal(err)
		}
		var want []Alert
		for _, a := range live.Alerts() {
			if a.Phase != Pending {
				want = append(want, a)
				fired[a.Rule]++
			}
		}
		found, err := Backtest(t.Context(), nil, past, collectors.Window{From: begin.UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		byID := func(a, b Alert) int { return strings.Compare(a.ID, b.ID) }
		slices.SortFunc(want, byID)
		slices.SortFunc(found, byID)
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("%s: (-live +backtest)\n%s", name, diff)
		}
	}
	for _, rule := range []string{"filesystem-readonly", "memory-pressure", "oom-kill", "link-down", "service-restarts"} {
		if fired[rule] == 0 {
			t.Errorf("%s never fired: %v", rule, fired)
		}
	}
	t.Log(fired)
}

// BenchmarkBacktest_Month is the backtest of the built-in rules over days of a real host's
// rows on disk, beside reading the same rows alone: a day, or as many as DASHCAM_DAYS says
// (make month: 30). They are kept in DASHCAM_MONTH for another time, where it is set.
func BenchmarkBacktest_Month(b *testing.B) {
	days, err := strconv.Atoi(max(os.Getenv("DASHCAM_DAYS"), "1"))
	if err != nil {
		b.Fatal(err)
	}
	dir := os.Getenv("DASHCAM_MONTH")
	if dir == "" {
		dir = b.TempDir()
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) == 0 {
		r, err := recorded.Open("busy")
		if err != nil {
			b.Fatal(err)
		}
		cfg := history.Config{Memory: 8 << 20, Interval: r.Interval, Tables: []*collectors.Table{collectors.Services, collectors.Processes}}
		ring, step, end := writing(b, dir, cfg)
		play(b, ring, r, begin.UnixMilli(), days*86_400, func(row int) {
			if row%64 == 0 {
				step()
			}
		})
		end()
	}
	past, err := history.OpenArchive(dir, collectors.Host{})
	if err != nil {
		b.Fatal(err)
	}
	measure := func(b *testing.B, do func()) {
		used := processorTime(b)
		for b.Loop() {
			do()
		}
		b.ReportMetric((processorTime(b)-used).Seconds()/float64(b.N), "cpu-s/op")
	}
	b.Run("backtest", func(b *testing.B) {
		measure(b, func() {
			if _, err := Backtest(b.Context(), nil, past, collectors.Window{From: begin.UnixMilli()}); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("rows alone", func(b *testing.B) {
		measure(b, func() {
			for _, err := range past.Columns(b.Context(), collectors.Query{Match: New(Config{}).Match()}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
