package history

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func gauge(label string) collectors.Series {
	return collectors.Series{Family: testGauge, Labels: collectors.LabelsOf(label)}
}

func mustIntern(t testing.TB, r *Ring, s collectors.Series) collectors.SeriesID {
	t.Helper()
	id, err := r.Intern(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// appendRow commits a row at second t with one value per id.
func appendRow(r *Ring, t int64, ids []collectors.SeriesID, q ...int64) collectors.Row {
	row, _ := r.Append(Commit{Row: collectors.Row{T: t * 1000, IDs: ids, Q: q}})
	return row
}

func TestRing_NumbersRowsAndKeepsTimeRising(t *testing.T) {
	r := New(Config{})
	if b := r.Bounds(); b.Oldest != 0 || b.Newest != 0 {
		t.Errorf("an empty ring remembers %d to %d", b.Oldest, b.Newest)
	}
	var got [][2]int64
	for _, ms := range []int64{5000, 6000, 6000, 5500, 7000} {
		row, _ := r.Append(Commit{Row: collectors.Row{T: ms}})
		got = append(got, [2]int64{int64(row.Seq), row.T})
	}
	want := [][2]int64{{1, 5000}, {2, 6000}, {3, 6001}, {4, 6002}, {5, 7000}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("seq and time (-want +got):\n%s", diff)
	}
}

func TestIntern_MakesOneRevisionPerCommit(t *testing.T) {
	r := New(Config{})
	a, b := mustIntern(t, r, gauge("a")), mustIntern(t, r, gauge("b"))
	if a != 0 || b != 1 || mustIntern(t, r, gauge("a")) != a {
		t.Fatalf("ids %d, %d: want 0, 1 and the same again", a, b)
	}
	before := schemaOf(r)
	if len(before.Series) != 0 {
		t.Error("series are published before a row has them")
	}
	ids := []collectors.SeriesID{a, b}
	row := appendRow(r, 1, ids, 1, 2)
	if row.Rev != before.Rev+1 || schemaOf(r).Rev != row.Rev || len(schemaOf(r).Series) != 2 {
		t.Errorf("row has revision %d, schema %d with %d series", row.Rev, schemaOf(r).Rev, len(schemaOf(r).Series))
	}
	if same := appendRow(r, 2, ids, 1, 2); same.Rev != row.Rev {
		t.Errorf("revision rose to %d without a change", same.Rev)
	}

	changed := gauge("a")
	changed.Info, changed.Max, changed.Warn, changed.Crit = map[string]string{"driver": "x"}, 10, 8, 9
	old := schemaOf(r)
	if id := mustIntern(t, r, changed); id != a {
		t.Errorf("changed facts make id %d, want %d", id, a)
	}
	row = appendRow(r, 3, ids, 1, 2)
	if row.Rev != old.Rev+1 {
		t.Errorf("changed facts make revision %d, want %d", row.Rev, old.Rev+1)
	}
	changed.ID = a
	if diff := cmp.Diff(&changed, schemaOf(r).Find(a)); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	if old.Find(a).Max != 0 {
		t.Error("the schema that was published before has changed")
	}
}

func TestIntern_RefusesBeyondMaxSeries(t *testing.T) {
	r := New(Config{MaxSeries: 2})
	mustIntern(t, r, gauge("a"))
	mustIntern(t, r, gauge("b"))
	for range 3 {
		if _, err := r.Intern(gauge("c")); !errors.Is(err, ErrTooManySeries) {
			t.Fatalf("error %v, want ErrTooManySeries", err)
		}
	}
	if _, err := r.Intern(gauge("d")); !errors.Is(err, ErrTooManySeries) {
		t.Fatalf("error %v, want ErrTooManySeries", err)
	}
	mustIntern(t, r, gauge("a"))
	if got := r.Bounds().Refused; got != 2 {
		t.Errorf("%d series count as refused, want 2: one that asks again counts once", got)
	}
	// Nobody asks for them any more.
	ids := []collectors.SeriesID{mustIntern(t, r, gauge("a")), mustIntern(t, r, gauge("b"))}
	for sec := int64(1); sec <= 1500; sec++ {
		appendRow(r, sec, ids, 1, 2)
	}
	if got := r.Bounds().Refused; got != 0 {
		t.Errorf("%d series count as refused, want none of those that are gone", got)
	}
}

func TestRing_ForgetsSeriesWithTheirLastValue(t *testing.T) {
	r := New(Config{Age: 5 * time.Minute})
	stays, leaves, empty := mustIntern(t, r, gauge("stays")), mustIntern(t, r, gauge("leaves")), mustIntern(t, r, gauge("empty"))
	both, one := []collectors.SeriesID{stays, leaves, empty}, []collectors.SeriesID{stays}
	sec := int64(0)
	fill := func(n int, ids []collectors.SeriesID) {
		for range n {
			sec++
			q := slices.Repeat([]int64{sec % 7}, len(ids))
			if len(ids) == 3 {
				q[2] = collectors.Missing
			}
			appendRow(r, sec, ids, q...)
		}
	}
	fill(200, both)
	if schemaOf(r).Find(empty) == nil {
		t.Error("a series that rows still list was dropped because it has no value yet")
	}
	fill(200, one)
	if id := mustIntern(t, r, gauge("leaves")); id != leaves {
		t.Fatalf("a series that is remembered came back as %d, want %d", id, leaves)
	}
	if schemaOf(r).Find(empty) != nil {
		t.Error("a series without a remembered value is still in the schema")
	}
	fill(600, one)
	if schemaOf(r).Find(leaves) != nil {
		t.Error("a series is in the schema after its last row was evicted")
	}
	// Its old id is not good any more, and must not come alive by itself.
	sec++
	if row := appendRow(r, sec, both, 1, 2, 3); row.Value(leaves) != collectors.Missing || row.Value(stays) != 1 {
		t.Errorf("row %+v has a value of a series that was dropped", row)
	}
	back := mustIntern(t, r, gauge("leaves"))
	if back <= empty {
		t.Errorf("a dropped series came back as %d, want an id that was never given", back)
	}
	sec++
	appendRow(r, sec, []collectors.SeriesID{stays, back}, 1, 2)
	if s := schemaOf(r).Find(back); s == nil || s.Labels.At(0) != "leaves" {
		t.Errorf("series %d is %+v", back, s)
	}
}

func TestIntern_HoldsAnIdUntilTheNextCommit(t *testing.T) {
	r := New(Config{})
	ids := []collectors.SeriesID{mustIntern(t, r, gauge("a"))}
	// At one of these commits a block is sealed and series are looked through.
	for sec := int64(1); sec <= 300; sec++ {
		next := mustIntern(t, r, gauge(time.Duration(sec).String()))
		appendRow(r, sec, ids, 1)
		if schemaOf(r).Find(next) == nil {
			t.Fatalf("row %d: a series that was just interned is not in the schema", sec)
		}
	}
}

func TestRing_KeepsWithinItsMemory(t *testing.T) {
	rows := hostRows(600, 100, true)
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	p := newProcesses(30)
	before := heap()
	const memory = 2 << 20
	r := New(Config{Memory: memory})
	var ids []collectors.SeriesID
	for i := range 100 {
		ids = append(ids, mustIntern(t, r, gauge(strings.Repeat("x", i))))
	}
	for i := range 16_000 {
		c := Commit{Row: collectors.Row{T: int64(i+1) * 1000, IDs: ids, Q: slices.Clone(rows[i%len(rows)])}}
		if i%4 == 0 {
			c.Tables = []*collectors.TableData{p.observe()}
		}
		if i%100 == 0 {
			c.Events = []collectors.Event{{Kind: "test", Text: strings.Repeat("e", 50)}}
		}
		r.Append(c)
		if got := r.Bounds().Bytes; got > memory {
			t.Fatalf("row %d: %d bytes are remembered, want at most %d", i+1, got, memory)
		}
	}
	b, used := r.Bounds(), heap()-before
	if b.Oldest == 1 || b.Bytes < memory*9/10 {
		t.Errorf("%d bytes from row %d on: the memory is not made use of", b.Bytes, b.Oldest)
	}
	// What the process really holds, scratch space included.
	if used > b.Bytes*115/100 || used < b.Bytes*85/100 {
		t.Errorf("the heap grew by %d bytes, the ring counts %d", used, b.Bytes)
	}
	runtime.KeepAlive(r)
	runtime.KeepAlive(rows)
	runtime.KeepAlive(p)
}

func TestWait_ReturnsWithTheNextRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(Config{})
		appendRow(r, 1, nil)
		if err := r.Wait(t.Context(), 0); err != nil {
			t.Errorf("a row is there: %v", err)
		}
		var wg sync.WaitGroup
		woken := make(chan error, 3)
		for range 3 {
			wg.Go(func() { woken <- r.Wait(t.Context(), 1) })
		}
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			if err := r.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled wait: %v", err)
			}
		})
		synctest.Wait()
		if len(woken) > 0 {
			t.Fatal("wait returned without a row")
		}
		cancel()
		synctest.Wait()
		appendRow(r, 2, nil)
		wg.Wait()
		for range 3 {
			if err := <-woken; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRowsSince_HandsOutTheNewestWithoutACopy(t *testing.T) {
	r := benchRing(t, 1000)
	for range 200 {
		newest := r.Bounds().Newest
		if n := testing.AllocsPerRun(10, func() { r.Rows(newest-5, 10) }); n != 0 {
			t.Fatalf("%v allocations for the newest 5 of %d rows, want 0", n, newest)
		}
		r.Append(Commit{Row: collectors.Row{T: r.Bounds().NewestT + 1000, IDs: benchIDs(), Q: make([]int64, benchSeries)}})
	}
}

func TestEvents_AreNumberedAndBounded(t *testing.T) {
	r := New(Config{Age: time.Hour})
	commit := func(sec int64, n int) {
		c := Commit{Row: collectors.Row{T: sec * 1000}}
		for range n {
			c.Events = append(c.Events, collectors.Event{Kind: "test", Text: "text"})
		}
		r.Append(c)
	}
	commit(1, 2)
	commit(2, 0)
	commit(3, 1)
	want := []collectors.Event{
		{Seq: 1, T: 1000, ID: "1.0", Kind: "test", Text: "text"}, {Seq: 1, T: 1000, ID: "1.1", Kind: "test", Text: "text"},
		{Seq: 3, T: 3000, ID: "3.0", Kind: "test", Text: "text"},
	}
	if diff := cmp.Diff(want, eventsOf(r, 0)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[2:], eventsOf(r, 1)); diff != "" {
		t.Errorf("events after row 1 (-want +got):\n%s", diff)
	}
	commit(3700, 1) // an hour after the first three
	if got := eventsOf(r, 0); len(got) != 1 || got[0].Seq != 4 {
		t.Errorf("events beyond the age are remembered: %+v", got)
	}
	for i := range 200 {
		commit(3701+int64(i), 100)
	}
	if got := eventsOf(r, 0); len(got) != maxEvents || got[len(got)-1].Seq != 204 {
		t.Errorf("%d events are remembered, want the last %d", len(got), maxEvents)
	}
}

func TestExplain_KeepsTheLastTwoReadings(t *testing.T) {
	r := New(Config{})
	fast, slow := mustIntern(t, r, gauge("fast")), mustIntern(t, r, gauge("slow"))
	at := func(sec int) time.Time { return time.Unix(int64(sec), 0) }
	reading := func(id collectors.SeriesID, sec int) collectors.Reading {
		return collectors.Reading{ID: id, Form: collectors.FormCounter, Num: uint64(sec) * 10, At: at(sec)}
	}
	readings := make([]collectors.Reading, 0, 2)
	for sec := 1; sec <= 12; sec++ {
		// The slow one is read every 5 s and repeats in between.
		readings = append(readings[:0], reading(fast, sec), reading(slow, sec/5*5))
		row := collectors.Row{T: int64(sec) * 1000, IDs: []collectors.SeriesID{fast, slow}, Q: []int64{1, 2}}
		_, readings = r.Append(Commit{Row: row, Readings: readings})
	}
	if diff := cmp.Diff([2]collectors.Reading{reading(fast, 12), reading(fast, 11)}, r.Explain(fast)); diff != "" {
		t.Errorf("fast (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([2]collectors.Reading{reading(slow, 10), reading(slow, 5)}, r.Explain(slow)); diff != "" {
		t.Errorf("slow (-want +got):\n%s", diff)
	}
	if got := r.Explain(99); got != ([2]collectors.Reading{}) {
		t.Errorf("an unknown series has readings: %v", got)
	}
}

func TestLatestReadings_AreThoseOfTheNewestRow(t *testing.T) {
	r := New(Config{})
	if l, got := r.Readings(nil); len(got) != 0 || l.Row.Seq != 0 {
		t.Errorf("an empty ring has row %d and readings %v", l.Row.Seq, got)
	}
	a, b := mustIntern(t, r, gauge("a")), mustIntern(t, r, gauge("b"))
	reading := func(id collectors.SeriesID, n uint64) collectors.Reading {
		return collectors.Reading{ID: id, Form: collectors.FormCounter, Num: n, At: time.Unix(int64(n), 0)}
	}
	commit := func(readings ...collectors.Reading) {
		row := collectors.Row{IDs: []collectors.SeriesID{a, b}, Q: []int64{1, 2}}
		r.Append(Commit{Row: row, Readings: readings})
	}
	commit(reading(b, 1), reading(a, 1))
	commit(reading(b, 2)) // a has gone
	kept := collectors.Reading{ID: 77}
	l, got := r.Readings([]collectors.Reading{kept})
	if diff := cmp.Diff([]collectors.Reading{kept, reading(b, 2)}, got); diff != "" || l.Row.Seq != 2 {
		t.Errorf("row %d (-want +got):\n%s", l.Row.Seq, diff)
	}
	commit(reading(b, 2), reading(a, 3)) // b was not due and repeats
	if _, got = r.Readings(nil); cmp.Diff([]collectors.Reading{reading(a, 3), reading(b, 2)}, got) != "" {
		t.Errorf("readings are %v, want those of a and b, in this order", got)
	}
}

func TestHealth_ChangesAreNoticed(t *testing.T) {
	r := New(Config{})
	ok := collectors.Health{Collector: "cpu", State: collectors.HealthOK, SinceMs: 1, Unavailable: []collectors.Unavailable{{Source: "a", Reason: "b"}}}
	disk := collectors.Health{Collector: "disk", State: collectors.HealthLate}
	r.SetHealth(ok)
	r.SetHealth(disk)
	version, before := r.HealthVersion(), r.Health()
	r.SetHealth(ok)
	if r.HealthVersion() != version {
		t.Error("the version rose without a change")
	}
	failing := ok
	failing.State, failing.Reason = collectors.HealthFailing, "no such file"
	r.SetHealth(failing)
	if r.HealthVersion() == version {
		t.Error("the version did not rise with a change")
	}
	if diff := cmp.Diff([]collectors.Health{failing, disk}, r.Health()); diff != "" {
		t.Errorf("health (-want +got):\n%s", diff)
	}
	if before[0].State != collectors.HealthOK {
		t.Error("the health that was handed out before has changed")
	}
}

func TestInstance_SortsByTime(t *testing.T) {
	early, late := newInstance(time.UnixMilli(1_795_186_288_000)), newInstance(time.UnixMilli(1_795_186_288_001))
	if len(early) != 26 || strings.Trim(early, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
		t.Errorf("instance %q is not 26 digits of base 32", early)
	}
	if early[:10] != "01M7WQ1SC0" || early >= late {
		t.Errorf("instances %q, %q: want the first to begin with its time and sort before the second", early, late)
	}
	one, other := newInstance(time.UnixMilli(0)), newInstance(time.UnixMilli(0))
	if one == other {
		t.Error("two instances of the same millisecond are equal")
	}
	if got := New(Config{Instance: "mine"}).Instance(); got != "mine" {
		t.Errorf("instance %q, want the given one", got)
	}
}

// TestRing_ServesReadersWhileItIsWritten is for the race detector, and checks that
// every reader sees consecutive rows.
func TestRing_ServesReadersWhileItIsWritten(t *testing.T) {
	d := newDriver(t, 3, Config{Memory: 150_000})
	for n := range 20 {
		d.active[n] = true
	}
	d.tick(30)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	follow := func(read func(cursor uint64) (first, last uint64)) {
		wg.Go(func() {
			cursor := uint64(0)
			for r := d.ring; r.Wait(ctx, cursor) == nil; {
				first, last := read(cursor)
				if first < cursor+1 || last < first {
					t.Errorf("after row %d came rows %d to %d", cursor, first, last)
					return
				}
				cursor = last
			}
		})
	}
	for range 2 {
		follow(func(cursor uint64) (uint64, uint64) {
			rows, gap := rowsSince(d.ring, cursor, 50)
			if gap == nil && rows[0].Seq != cursor+1 {
				t.Errorf("rows are missing after row %d without a gap", cursor)
			}
			return rows[0].Seq, rows[len(rows)-1].Seq
		})
		follow(func(cursor uint64) (uint64, uint64) {
			s := since(d.ring, cursor, 300)
			if s.Gap == nil && s.First != cursor+1 {
				t.Errorf("rows are missing after row %d without a gap", cursor)
			}
			return s.First, s.First + uint64(len(s.T)) - 1
		})
		follow(func(uint64) (uint64, uint64) {
			b, err := ask(d.ring, collectors.Query{Points: 50})
			if err != nil {
				t.Error(err)
				return 0, 0
			}
			eventsOf(d.ring, 0)
			d.ring.Health()
			d.ring.Explain(3)
			tablesOf(d.ring, "processes", b.FirstSeq[0], b.LastSeq[0])
			last := d.ring.Latest().Row.Seq
			return last, last
		})
	}
	p := newProcesses(20)
	for range 1500 {
		d.tick(30)
		d.ring.SetHealth(collectors.Health{Collector: "cpu", SinceMs: d.now})
		d.ring.Append(Commit{
			Row:      collectors.Row{T: d.now + 10},
			Readings: []collectors.Reading{{ID: 3, At: time.UnixMilli(d.now)}},
			Tables:   []*collectors.TableData{p.observe()},
			Events:   []collectors.Event{{Kind: "test"}},
		})
	}
	cancel()
	wg.Wait()
}

// Events come from any goroutine and enter with the next row.
func TestRing_PostedEventsEnterWithTheNextRow(t *testing.T) {
	r := New(Config{})
	ids := []collectors.SeriesID{mustIntern(t, r, gauge("a"))}
	var posting sync.WaitGroup
	for i := range 20 {
		posting.Go(func() {
			r.Post(collectors.Event{Kind: "oom", Text: "killed", ID: fmt.Sprint(i), Level: collectors.LevelCritical, About: collectors.About{Kind: "process", Name: "mysqld"}})
		})
	}
	posting.Wait()
	if got := eventsOf(r, 0); got != nil {
		t.Errorf("%d events are there before a row", len(got))
	}
	r.Append(Commit{Row: collectors.Row{T: 1000, IDs: ids, Q: []int64{1}}, Events: []collectors.Event{{Kind: "start"}}})
	r.Post(collectors.Event{Kind: "oom", Resolves: "3"})
	appendRow(r, 2, ids, 1)
	got := eventsOf(r, 0)
	if len(got) != 22 || got[0].Kind != "start" || got[1].Seq != 1 || got[1].About.Name != "mysqld" || got[21].Seq != 2 || got[21].Resolves != "3" {
		t.Errorf("events %+v", got)
	}
	for range maxPosted + 5 {
		r.Post(collectors.Event{Kind: "many"})
	}
	appendRow(r, 3, ids, 1)
	if got := eventsOf(r, 2); len(got) != maxPosted {
		t.Errorf("%d events waited, want %d", len(got), maxPosted)
	}
}

func TestRing_MirrorKeepsTheNumbersOfAnotherHost(t *testing.T) {
	r := New(Config{})
	ids := []collectors.SeriesID{mustIntern(t, r, gauge("a"))}
	mirror := func(seq uint64) error {
		_, _, err := r.Mirror(Commit{Row: collectors.Row{Seq: seq, T: int64(seq) * 1000, IDs: ids, Q: []int64{int64(seq)}}})
		return err
	}
	for seq := uint64(5000); seq < 5400; seq++ {
		if err := mirror(seq); err != nil {
			t.Fatal(err)
		}
	}
	if err := mirror(5405); err == nil || err.Error() != "row 5405 of another host: expected row 5400" {
		t.Errorf("behind a gap: %v", err)
	}
	if b := r.Bounds(); b.Oldest != 5000 || b.Newest != 5399 || b.RowsEver != 400 {
		t.Errorf("bounds %+v", b)
	}
	if s := since(r, 5100, 10); s.First != 5101 || s.Columns[0].Q[0] != 5101 {
		t.Errorf("rows from %d, values %v", s.First, s.Columns)
	}
}

// TestRing_MirrorsTheSchemaOfAnotherHost holds that what a mirror says in ids and revisions
// is what the host itself says.
func TestRing_MirrorsTheSchemaOfAnotherHost(t *testing.T) {
	r := New(Config{})
	schema := func(rev uint64, ids ...collectors.SeriesID) *collectors.Schema {
		s := &collectors.Schema{Rev: rev}
		for _, id := range ids {
			one := gauge("a" + strconv.Itoa(int(id)))
			one.ID = id
			s.Series = append(s.Series, one)
		}
		return s
	}
	mirror := func(seq uint64, ids ...collectors.SeriesID) {
		q := make([]int64, len(ids))
		for i, id := range ids {
			q[i] = int64(id) * 10
		}
		if _, _, err := r.Mirror(Commit{Row: collectors.Row{Seq: seq, T: int64(seq) * 1000, IDs: ids, Q: q}}); err != nil {
			t.Fatal(err)
		}
	}
	first := schema(17, 3, 9)
	r.Describe(first)
	mirror(100, 3, 9)
	second := schema(19, 9, 12)
	r.Describe(second)
	for seq := uint64(101); seq < 500; seq++ { // longer than series linger
		mirror(seq, 9, 12)
	}
	latest := r.Latest()
	if latest.Schema != second || latest.Row.Rev != 19 {
		t.Errorf("revision %d of the row, schema %+v", latest.Row.Rev, latest.Schema)
	}
	rows, _ := r.Rows(498, 1)
	if len(rows) != 1 || rows[0].Value(12) != 120 || rows[0].Value(3) != collectors.Missing {
		t.Errorf("%+v", rows)
	}
	past, err := r.Schema(t.Context(), collectors.Window{First: 100, Last: 100})
	if err != nil || past.Find(3) == nil {
		t.Errorf("what is gone is not described: %+v, %v", past, err)
	}
	if s := since(r, 99, 1); len(s.Columns) != 2 || s.Columns[0].ID != 3 || s.Columns[0].Q[0] != 30 {
		t.Errorf("the first row %+v", s)
	}
	r.Describe(schema(20, 3, 9, 12)) // it is back, under its id
	mirror(500, 3, 9, 12)
	if rows, _ := r.Rows(499, 1); rows[0].Value(3) != 30 || rows[0].Rev != 20 {
		t.Errorf("%+v", rows)
	}
}
