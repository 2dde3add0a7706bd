package synthetic

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/collectortest"
	"dashcam/collectors/signs"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type seriesID struct {
	family *collectors.Family
	labels collectors.Labels
}

// readAll samples every collector of h at a moment.
func readAll(t testing.TB, h *Host, at time.Time) (series map[seriesID]collectors.BatchSeries, table *collectors.TableData) {
	t.Helper()
	series = map[seriesID]collectors.BatchSeries{}
	for _, c := range h.Collectors() {
		b := collectors.NewBatch()
		b.Begin(at)
		if err := c.Sample(context.Background(), b); err != nil {
			t.Fatalf("%s: %v", c.Describe().Name, err)
		}
		for i := range b.Len() {
			if s, set := b.Series(i); set {
				series[seriesID{s.Family, s.Labels}] = *s
			}
		}
		for _, r := range b.TakeTables() {
			if d := r.Data(); d.Table == collectors.Processes {
				table = d
			}
		}
	}
	return series, table
}

func raw(s collectors.BatchSeries) [3]float64 {
	return [3]float64{s.Gauge, float64(s.Num), float64(s.Den)}
}

func rawAll(t testing.TB, h *Host, at time.Time) map[string][3]float64 {
	series, _ := readAll(t, h, at)
	out := map[string][3]float64{}
	for id, s := range series {
		out[id.family.Name+" "+strings.Join(id.labels.List(2), " ")] = raw(s)
	}
	return out
}

func TestCollectors_Conform(t *testing.T) {
	for _, c := range New(Config{}).Collectors() {
		t.Run(c.Describe().Name, func(t *testing.T) { collectortest.Conform(t, c) })
	}
}

func TestCollectors_GiveEveryFamilyOfTheCatalogThatAHostHas(t *testing.T) {
	given := map[string]bool{}
	for _, c := range New(Config{}).Collectors() {
		for _, f := range c.Describe().Families {
			if given[f.Name] {
				t.Errorf("%s is given by two collectors", f.Name)
			}
			given[f.Name] = true
		}
	}
	for _, f := range collectors.Families() {
		own := strings.HasPrefix(f.Name, "self.") || strings.HasPrefix(f.Name, "collector.") || strings.HasPrefix(f.Name, "sampler.")
		if (f.Source != "dashcam" && !own) != given[f.Name] {
			t.Errorf("%s: given %v", f.Name, given[f.Name])
		}
	}
}

func TestHost_SameSeedSameReadingsInAnyOrder(t *testing.T) {
	moments := []time.Duration{0, 1500 * time.Millisecond, 117 * time.Second, 640*time.Second + 700*time.Millisecond}
	forward, backward := New(Config{Seed: 7, Start: start}), New(Config{Seed: 7, Start: start})
	want := make([]map[string][3]float64, len(moments))
	for i, m := range moments {
		want[i] = rawAll(t, forward, start.Add(m))
	}
	for i := len(moments) - 1; i >= 0; i-- {
		if diff := cmp.Diff(want[i], rawAll(t, backward, start.Add(moments[i]))); diff != "" {
			t.Errorf("at %v, forward against backward:\n%s", moments[i], diff)
		}
	}
	other := rawAll(t, New(Config{Seed: 8, Start: start}), start.Add(moments[2]))
	if cmp.Equal(want[2], other) {
		t.Error("another seed gives the same readings")
	}
}

func TestHost_ClockIsAtThenNowThenTheBatch(t *testing.T) {
	uptimeAt := func(h *Host, begun time.Duration) float64 {
		series, _ := readAll(t, h, start.Add(begun))
		return series[seriesID{family: collectors.HostUptime}].Gauge - uptime.Seconds()
	}
	h := New(Config{Start: start, Now: func() time.Time { return start.Add(20 * time.Second) }})
	got := []float64{uptimeAt(New(Config{Start: start}), 10*time.Second), uptimeAt(h, 10*time.Second)}
	h.At(start.Add(30 * time.Second))
	got = append(got, uptimeAt(h, 10*time.Second))
	h.At(time.Time{})
	got = append(got, uptimeAt(h, 10*time.Second), uptimeAt(New(Config{Start: start}), -time.Hour))
	if diff := cmp.Diff([]float64{10, 20, 30, 20, 0}, got); diff != "" {
		t.Errorf("seconds since the start (-want +got):\n%s", diff)
	}
}

func TestHost_CountersNeverFall(t *testing.T) {
	h := New(Config{Seed: 3, Start: start})
	before, _ := readAll(t, h, start)
	for at := 250 * time.Millisecond; at < 310*time.Second; at += 770 * time.Millisecond {
		now, _ := readAll(t, h, start.Add(at))
		for id, s := range now {
			if last := before[id]; s.Form != collectors.FormGauge && (s.Num < last.Num || s.Den < last.Den) {
				t.Fatalf("at %v %s%v falls from %d/%d to %d/%d", at, id.family.Name, id.labels, last.Num, last.Den, s.Num, s.Den)
			}
		}
		before = now
	}
}

func TestHost_PartsAddUp(t *testing.T) {
	h := New(Config{Seed: 5, Start: start})
	for _, at := range []time.Duration{time.Second, 120 * time.Second, 285 * time.Second, 400 * time.Second} {
		series, table := readAll(t, h, start.Add(at))
		memory := func(kind string) float64 {
			return series[seriesID{collectors.MemoryBytes, collectors.LabelsOf(kind)}].Gauge
		}
		if sum := memory("used") + memory("cache") + memory("slab") + memory("free"); math.Abs(sum-memory("total")) > 1<<14 {
			t.Errorf("at %v used + cache + slab + free is %.0f, want %.0f", at, sum, memory("total"))
		}
		if a := memory("available"); a < memory("free")*0.5 || a > memory("total") {
			t.Errorf("at %v available is %.0f of %.0f", at, a, memory("total"))
		}
		usage := series[seriesID{collectors.CPUUsage, collectors.LabelsOf("user")}]
		sum := uint64(0)
		for _, mode := range modeNames {
			sum += series[seriesID{collectors.CPUUsage, collectors.LabelsOf(mode)}].Num
		}
		if want := uint64(16 * 100 * at.Seconds()); sum != usage.Den || sum > want || sum+16*8 < want {
			t.Errorf("at %v the modes sum to %d, the total is %d, want about %d", at, sum, usage.Den, want)
		}
		n := 0.0
		for _, state := range stateNames {
			n += series[seriesID{collectors.ProcessCount, collectors.LabelsOf(state)}].Gauge
		}
		if int(n) != len(table.Rows) || len(table.Rows) < 250 || len(table.Rows) > 350 {
			t.Errorf("at %v %d rows and %v processes by state, want about 300", at, len(table.Rows), n)
		}
	}
}

// derived are the signs of one second, by name.
type derived map[string]float64

// derive lives through the host second by second, turns counters into rates like
// the sampler, and calls visit with the signs.
func derive(t *testing.T, h *Host, from, seconds int, visit func(second int, d derived, top *collectors.TableData)) {
	t.Helper()
	s, out := signs.New(signs.Config{CPUs: h.cpus}), collectors.NewBatch()
	batches := map[string]*collectors.Batch{}
	last := map[seriesID]collectors.BatchSeries{}
	var order []seriesID
	index := map[seriesID]int{}
	values := []signs.Value{}
	for n := from; n < from+seconds; n++ {
		at := h.start.Add(time.Duration(n) * time.Second)
		var table *collectors.TableData
		for _, c := range h.Collectors() {
			name := c.Describe().Name
			if batches[name] == nil {
				batches[name] = collectors.NewBatch()
			}
			b := batches[name]
			due := n == from || c.Describe().Cadence == 0 || n%int(c.Describe().Cadence.Seconds()) == 0
			if !due {
				for i := range b.Len() {
					r, _ := b.Series(i)
					values[index[seriesID{r.Family, r.Labels}]].Fresh = false
				}
				continue
			}
			b.Begin(at)
			if err := c.Sample(context.Background(), b); err != nil {
				t.Fatal(err)
			}
			for i := range b.Len() {
				r, _ := b.Series(i)
				id := seriesID{r.Family, r.Labels}
				if _, ok := index[id]; !ok {
					index[id] = len(order)
					order = append(order, id)
					values = append(values, signs.Value{Family: r.Family, Labels: r.Labels, Info: r.Info, Max: r.Max})
				}
				v := &values[index[id]]
				v.Fresh = true
				v.V, v.Delta = rate(last[id], *r, max(1, c.Describe().Cadence.Seconds()))
				last[id] = *r
			}
			for _, r := range b.TakeTables() {
				if d := r.Data(); d.Table == collectors.Processes {
					table = d
				}
			}
		}
		elapsed := time.Second
		if n == from {
			elapsed = 0
		}
		out.Begin(at)
		s.Derive(signs.View{T: at.UnixMilli(), Elapsed: elapsed, Values: values, Layout: len(values)}, out)
		d := derived{}
		for i := range out.Len() {
			if r, set := out.Series(i); set {
				d[strings.Join(append([]string{r.Family.Name}, r.Labels.List(len(r.Family.Labels))...), " ")] = r.Gauge
			}
		}
		visit(n, d, table)
	}
}

// rate is what the sampler stores, and the raw rise.
func rate(before, now collectors.BatchSeries, seconds float64) (v, delta float64) {
	scale := now.Family.Scale
	if scale == 0 {
		scale = 1
	}
	switch {
	case now.Form == collectors.FormGauge:
		return now.Gauge, math.NaN()
	case before.Form == 0:
		return math.NaN(), math.NaN()
	}
	delta = float64(now.Num - before.Num)
	if now.Form == collectors.FormCounter {
		return delta / seconds * scale, delta
	}
	if now.Den == before.Den {
		return math.NaN(), delta
	}
	return delta / float64(now.Den-before.Den) * scale, delta
}

func topBy(d *collectors.TableData, column string) (names []string) {
	col, name := collectors.Processes.Column(column), collectors.Processes.Column("name")
	rows := d.Rows
	for range 2 {
		best := -1
		for i, r := range rows {
			if r.Cells[col].Q != collectors.Missing && (best < 0 || r.Cells[col].Q > rows[best].Cells[col].Q) {
				best = i
			}
		}
		names = append(names, rows[best].Cells[name].Text+" "+rows[best].Cells[collectors.Processes.Column("state")].Text)
		rows = append(append([]collectors.TableRow{}, rows[:best]...), rows[best+1:]...)
	}
	return names
}

func TestIncidents_ShowInTheSigns(t *testing.T) {
	const calm, warned, critical = 0, 1, 2
	type want map[string][2]float64 // least and most
	level := func(l float64) [2]float64 { return [2]float64{l, l} }
	wants := map[int]want{
		30: { // nothing but /var
			"state.cpu": level(calm), "state.memory": level(calm), "state.disk": level(calm), "state.network": level(calm),
			"state.limits": level(warned), "cause.limits": level(1), "use.cpu": {25, 50}, "use.memory": {40, 75}, "sat.cpu": {0.5, 15},
			"use.network": {0.5, 6}, "err.cpu": level(0), "limit.used filesystem /var": {92.9, 93.1}, "limit.state filesystem /": level(calm)},
		70:  {"cpu.busiest": {98, 100}, "state.cpu": level(warned), "cause.cpu": level(1)},
		130: {"state.disk": level(critical), "cause.disk": level(2), "use.disk": {90, 100}, "sat.disk": {40, 80}, "sat.disk.wait": {0.2, 0.5}, "sat.disk.queue": {4, 500}},
		180: {"state.disk": level(calm), "use.disk": {0, 40}},
		288: {"state.memory": level(critical), "cause.memory": level(2), "use.memory": {90, 99.9}, "sat.memory": {40, 80}, "err.memory": level(0)},
		330: {"state.memory": level(critical), "cause.memory": level(3), "err.memory": level(1), "use.memory": {40, 75}},
		540: {"state.network": level(warned), "cause.network": level(3), "sat.network": {1, 6}, "err.network": {2, 3}},
		595: {"state.memory": level(calm), "err.memory": level(0), "err.network": level(3)},
	}
	h := New(Config{Seed: 1, Start: start})
	derive(t, h, 0, 600, func(second int, d derived, table *collectors.TableData) {
		for name, w := range wants[second] {
			if v, ok := d[name]; !ok || v < w[0] || v > w[1] {
				t.Errorf("at %d s %s is %v (known %v), want %v to %v", second, name, v, ok, w[0], w[1])
			}
		}
		if second == 130 {
			for i, name := range topBy(table, "io") {
				if who := strings.Fields(name)[0]; who != "pg_dump" && who != "postgres" {
					t.Errorf("rank %d by I/O during the dump is %s", i+1, name)
				}
			}
		}
		if top := ""; second == 70 {
			if top = topBy(table, "cpu")[0]; top != "node R" {
				t.Errorf("top by CPU during the burn is %s", top)
			}
		}
		if second == 285 {
			if top := topBy(table, "memory")[0]; !strings.HasPrefix(top, "report-worker") {
				t.Errorf("top by memory before the kill is %s", top)
			}
		}
	})
}

func TestVar_IsForecastToFillUp(t *testing.T) {
	h := New(Config{Seed: 1, Start: start})
	derive(t, h, 0, 31*60, func(second int, d derived, _ *collectors.TableData) {
		hours := d["limit.full_in filesystem /var"] / 3600
		if _, ok := d["limit.full_in filesystem /var"]; ok != (second >= 1790) && second%600 == 0 {
			t.Errorf("at %d s forecast known: %v", second, ok)
		}
		if second == 31*60-1 && (hours < 12 || hours > 16) {
			t.Errorf("/var is full in %.1f h, want about 14", hours)
		}
	})
}

func BenchmarkHour(b *testing.B) {
	for b.Loop() {
		h := New(Config{Seed: 1, Start: start})
		h.reach(3600)
	}
}

func TestLarge_HasWhatItSays(t *testing.T) {
	series, table := readAll(t, New(Large(Config{Seed: 1, Start: start})), start.Add(time.Minute))
	got := map[string]int{}
	for id := range series {
		got[id.family.Name]++
	}
	for family, want := range map[*collectors.Family]int{collectors.DiskQueue: 40, collectors.NetCarrierChanges: 60, collectors.CPUCoreBusy: 64} {
		if got[family.Name] != want {
			t.Errorf("%s has %d series, want %d", family.Name, got[family.Name], want)
		}
	}
	if n := len(table.Rows); n < 1990 {
		t.Errorf("%d processes, want about 2000", n)
	}
}
