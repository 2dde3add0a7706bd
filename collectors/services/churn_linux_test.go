package services

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/sampler"
)

const (
	// perMinute jobs begin and end, each after jobLives, beside some services that stay.
	perMinute, jobLives, stay = 50, 20 * time.Second, 5
	// usedAtOnce is what a job has used before it can be read, and every service uses a
	// tenth of a processor.
	usedAtOnce = time.Hour
)

// churn is a host whose jobs come and go. It is written to by its Sample, before the
// services are read, as what happened since the observation before.
type churn struct {
	collectors.Collector
	h       *hostTree
	t       *testing.T
	begin   time.Time
	births  []time.Time // of the jobs that live
	ended   int
	wrong   int
	known   map[string]int // how many observations there were, of those that live
	latest  []string       // those that ended before the latest observation
	usages  map[string]*os.File
	largest int
}

func job(i int) string { return fmt.Sprintf("job-%d.service", i) }

// make makes the files of a service with a memory limit and a quota.
func (c *churn) make(name string) {
	dir := c.h.cgroups + "/" + name + "/"
	c.h.write(dir+"memory.current", "1048576\n")
	c.h.write(dir+"memory.max", "16777216\n")
	c.h.write(dir+"memory.events", "max 0\noom_kill 0\n")
	c.h.write(dir+"cpu.max", "50000 100000\n")
	f, err := os.Create(c.h.root + dir + "cpu.stat")
	if err != nil {
		c.t.Fatal(err)
	}
	c.usages[name] = f
}

// remove ends a service.
func (c *churn) remove(name string) {
	c.h.remove(name)
	if err := c.usages[name].Close(); err != nil {
		c.t.Fatal(err)
	}
	delete(c.usages, name)
	delete(c.known, name)
	c.latest = append(c.latest, name)
}

func (c *churn) use(name string, d time.Duration) {
	periods := d / (100 * time.Millisecond)
	text := fmt.Sprintf("usage_usec %012d\nnr_periods %012d\nnr_throttled %012d\n", (usedAtOnce + d/10).Microseconds(), 36_000+periods, 18_000+periods/2)
	if _, err := c.usages[name].WriteAt([]byte(text), 0); err != nil {
		c.t.Fatal(err)
	}
}

func (c *churn) Sample(ctx context.Context, b *collectors.Batch) error {
	now := b.At()
	if c.begin.IsZero() {
		c.begin = now
		for i := range stay {
			c.make(fmt.Sprintf("stays-%d.service", i))
		}
	}
	since := now.Sub(c.begin)
	c.latest = c.latest[:0]
	for len(c.births) > 0 && now.Sub(c.births[0]) >= jobLives {
		c.remove(job(c.ended))
		c.births, c.ended = c.births[1:], c.ended+1
	}
	for due := int(since * perMinute / time.Minute); c.ended+len(c.births) < due; {
		c.make(job(c.ended + len(c.births)))
		c.births = append(c.births, now)
	}
	for i := range stay {
		c.use(fmt.Sprintf("stays-%d.service", i), since)
	}
	for i, born := range c.births {
		c.use(job(c.ended+i), now.Sub(born))
	}
	if err := c.Collector.Sample(ctx, b); err != nil {
		return err
	}
	for _, rows := range b.TakeTables() {
		c.check(rows.Data(), now)
	}
	return nil
}

// check holds the rows against what the services did.
func (c *churn) check(d *collectors.TableData, now time.Time) {
	fail := func(format string, args ...any) {
		if c.wrong++; c.wrong <= 10 {
			c.t.Errorf("after %v: %s", now.Sub(c.begin), fmt.Sprintf(format, args...))
		}
	}
	if want := stay + len(c.births) + 1; len(d.Rows) != want {
		fail("%d rows, want %d", len(d.Rows), want)
	}
	c.largest = max(c.largest, len(d.Rows))
	at := d.Table.Column
	for _, row := range d.Rows {
		name := row.Cells[at("name")].Text
		if row.Key == "host" {
			continue
		}
		cpu := row.Cells[at("cpu")].Q
		if first := c.known[name] == 0; first != (cpu == collectors.Missing) {
			fail("at observation %d of %s its processor time is known: %v", c.known[name]+1, name, !first)
		}
		c.known[name]++
		for column, want := range map[string]float64{"cpu": 10, "throttled": 50, "oom": 0, "restarts": 0, "memory": 1 << 20, "memoryLimit": 16 << 20, "cpuLimit": 50} {
			if q := row.Cells[at(column)].Q; q != collectors.Missing && math.Abs(d.Table.Columns[at(column)].Value(q)-want) > want/50 {
				fail("%s of %s is %v, want %v", column, name, d.Table.Columns[at(column)].Value(q), want)
			}
		}
	}
}

// TestServices_ComeAndGoForADay has fifty services a minute begin and end, with a limit of
// series that has hardly more room than for those that live. None is refused, nothing is
// known of one before its second reading and after its end, those that stay have every
// value, and after the first hour nothing grows.
func TestServices_ComeAndGoForADay(t *testing.T) {
	need.Undetected(t)
	synctest.Test(t, func(t *testing.T) {
		const maxSeries = 105
		if _, err := os.Stat("/dev/shm"); err == nil {
			t.Setenv("TMPDIR", "/dev/shm") // a disk would take an hour for a day
		}
		h := newHostTree(t, mountsOfVersion2, "cpu memory")
		inner := newServices(Options{Root: h.root})
		c := &churn{Collector: inner, h: h, t: t, known: map[string]int{}, usages: map[string]*os.File{}}
		ring := history.New(history.Config{Interval: time.Second, Memory: 4 << 20, MaxSeries: maxSeries, Tables: []*collectors.Table{collectors.Services}})
		s, err := sampler.New(sampler.Config{Collectors: []collectors.Collector{c}, Ring: ring, Budget: -1})
		if err != nil {
			t.Fatal(err)
		}
		churnFor := need.Times(t, 24*time.Hour, 3*time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), churnFor)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()

		var early, most uint64
		live := 0
		for ring.Wait(ctx, ring.Latest().Row.Seq) == nil {
			synctest.Wait()
			latest, bounds := ring.Latest(), ring.Bounds()
			live = max(live, bounds.Series)
			if bounds.Refused > 0 {
				t.Fatalf("after %d rows %d series are refused", latest.Row.Seq, bounds.Refused)
			}
			checkThrottled(t, &latest, c)
			if latest.Row.Seq%3600 == 0 {
				held := heapInUse() - uint64(bounds.Bytes) // which is bounded by itself
				if early == 0 {
					early = held
				}
				most = max(most, held)
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if began := c.ended + len(c.births); began < int(churnFor*perMinute/time.Minute)-1 {
			t.Errorf("only %d services began", began)
		}
		if n := len(inner.units) + len(inner.tree.groups) + len(inner.tree.paths); n > 3*(c.largest+1) {
			t.Errorf("%d things are remembered of %d services", n, c.largest)
		}
		if n := len(inner.ended.units); n > int(killedFor*perMinute/time.Minute)+1 {
			t.Errorf("%d services are remembered after their end", n)
		}
		if most > early+(2<<20) {
			t.Errorf("beside the rows memory grew from %d bytes after an hour to %d", early, most)
		}
		t.Logf("%d services began; at most %d rows and %d series of %d; beside the rows %.1f MiB in use after an hour, %.1f at most", c.ended+len(c.births), c.largest, live, maxSeries, float64(early)/(1<<20), float64(most)/(1<<20))
	})
}

// checkThrottled holds the series of a row against what the services did.
func checkThrottled(t *testing.T, latest *collectors.Latest, c *churn) {
	t.Helper()
	stays := 0
	// What is in a row was observed at the one before.
	for i := range latest.Schema.Series {
		series := &latest.Schema.Series[i]
		if series.Family != collectors.ServiceThrottled {
			continue
		}
		name, q := series.Labels.At(0), latest.Row.Value(series.ID)
		if q == collectors.Missing {
			continue
		}
		if v := series.Family.Value(q); math.Abs(v-50) > 1 || c.known[name] == 0 && !slices.Contains(c.latest, name) {
			t.Errorf("row %d: %s is throttled by %v, want 50 of one that lives", latest.Row.Seq, name, v)
		}
		if strings.HasPrefix(name, "stays-") {
			stays++
		}
	}
	// The observation of a row enters the next one, and the first has no rates.
	if latest.Row.Seq > 3 && stays != stay {
		t.Errorf("row %d has %d services that stay, want %d", latest.Row.Seq, stays, stay)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
