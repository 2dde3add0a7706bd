package sampler

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/services"
)

// groups are control groups of version 2, as a collector of services reads them below a root
// of its own.
type groups struct {
	t    *testing.T
	root string
}

func newGroups(t *testing.T) *groups {
	g := &groups{t, t.TempDir()}
	g.write("proc/1/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
	g.write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
	return g
}

func (g *groups) write(path, text string) {
	g.t.Helper()
	full := filepath.Join(g.root, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		g.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

// used says how much processor time a group has taken.
func (g *groups) used(name string, d time.Duration) {
	g.write("sys/fs/cgroup/"+name+"/cpu.stat", fmt.Sprintf("usage_usec %d\n", d.Microseconds()))
}

// costly is the collector of services, each of which costs processor time.
type costly struct {
	collectors.Collector
	each  time.Duration
	spent time.Duration
	asked int
}

func (c *costly) Sample(ctx context.Context, b *collectors.Batch) error {
	err := c.Collector.Sample(ctx, b)
	for _, rows := range b.TakeTables() {
		d := rows.Data()
		c.spent += c.each * time.Duration(len(d.Rows))
		copyRows(b.Rows(d.Table), d)
	}
	c.asked++
	return err
}

// copyRows gives an observation again.
func copyRows(rows *collectors.Rows, d *collectors.TableData) {
	for _, row := range d.Rows {
		w := rows.Add(row.Key)
		for i, cell := range row.Cells {
			switch c := &d.Table.Columns[i]; {
			case c.Kind == collectors.ColumnText:
				w.Text(i, cell.Text)
			case cell.Q != collectors.Missing:
				w.Number(i, c.Value(cell.Q))
			}
		}
	}
}

// Three hundred services that cost more than the budget are asked for less often, and what
// is said of them stays true. When most have ended they are asked for every second again.
func TestGovernor_AsksForServicesLessOftenWhileTheyAreManyAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many, few = 300, 20
		g := newGroups(t)
		name := func(i int) string { return fmt.Sprintf("n%d.service", i) }
		for i := range many {
			g.used(name(i), time.Hour)
		}
		c := &costly{Collector: services.New(services.Options{Root: g.root}), each: 100 * time.Microsecond}
		ring := history.New(history.Config{Interval: time.Second, Tables: []*collectors.Table{collectors.Services}})
		r := newRig(t, Config{Collectors: []collectors.Collector{c}, Ring: ring})
		r.runners[0].threadTime = func() time.Duration { return c.spent }

		used := time.Hour
		column := collectors.Services.Column("cpu")
		for range 3 * 60 {
			// The one at work takes a tenth of a processor.
			used += time.Second / 10
			g.used(name(0), used)
			r.ticks(1)
			synctest.Wait() // the observation is not awaited by the row
			checkShare(t, ring.Latest().Tables["services"], name(0), column, 10)
		}
		if n := c.asked; n < 45+30/2 || n > 30+30/2+121/4+3 {
			t.Errorf("they were asked for %d times in three minutes", n)
		}
		if h := health(ring, services.Name); h.State != collectors.HealthOK || h.CadenceMs != 4000 {
			t.Errorf("while they are many the health is %q every %d ms, want ok every 4000", h.State, h.CadenceMs)
		}

		for i := few; i < many; i++ {
			if err := os.RemoveAll(filepath.Join(g.root, "sys/fs/cgroup", name(i))); err != nil {
				t.Fatal(err)
			}
		}
		for range 12 * 60 {
			used += time.Second / 10
			g.used(name(0), used)
			r.ticks(1)
			synctest.Wait() // the observation is not awaited by the row
			checkShare(t, ring.Latest().Tables["services"], name(0), column, 10)
		}
		if h := health(ring, services.Name); h.State != collectors.HealthOK || h.CadenceMs != 1000 {
			t.Errorf("when they are few the health is %q every %d ms, want ok every 1000", h.State, h.CadenceMs)
		}
		if rows := ring.Latest().Tables["services"].Rows; len(rows) != few+1 {
			t.Errorf("there are %d rows, want %d", len(rows), few+1)
		}
		var got []string
		for e := range ring.Events(t.Context(), collectors.Window{First: 2}) {
			if e.Kind == collectors.EventGovernor {
				got = append(got, e.Text)
			}
		}
		want := []string{
			"Services and containers every 2 s instead of 1 s: the collectors took 3.01 % of a core, the budget is 1 %",
			"Services and containers every 4 s instead of 2 s: the collectors took 1.5 % of a core, the budget is 1 %",
			"Services and containers every 2 s again: the collectors took 0.0525 % of a core, after 300 s below half the budget",
			"Services and containers every 1 s again: the collectors took 0.105 % of a core, after 300 s below half the budget",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// checkShare fails where the row of a service says another number than it should; a missing
// one is none.
func checkShare(t *testing.T, d *collectors.TableData, name string, column int, want float64) {
	t.Helper()
	if d == nil {
		return // not yet observed
	}
	for _, row := range d.Rows {
		if row.Cells[d.Table.Column("name")].Text != name {
			continue
		}
		if q := row.Cells[column].Q; q != collectors.Missing && math.Abs(d.Table.Columns[column].Value(q)-want) > 0.5 {
			t.Errorf("at %d %s is %v, want %v", d.T, name, d.Table.Columns[column].Value(q), want)
		}
		return
	}
	t.Errorf("at %d there is no row of %s", d.T, name)
}
