package history_test

import (
	"fmt"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/recorded"
)

const (
	daySeries = 300
	dayBegins = 1_795_186_288_000
)

// day is a day of 300 changing series at one row a second, made of a recording of a real
// host: its changing series, and again with other labels until there are enough, each of
// these an hour further in the recording. Every row can be made again, so that nothing has to
// be remembered to compare with.
type day struct {
	recording *recorded.Recording
	series    []collectors.Series
	from      []int // place in the recording's series
	ahead     []int // rows
	ids       []collectors.SeriesID
}

func newDay(tb testing.TB, name string) *day {
	tb.Helper()
	r, err := recorded.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	d := &day{recording: r}
	changing := r.Changing()
	for i := range daySeries {
		from, ahead := changing[i%len(changing)], i/len(changing)*3600
		s := r.Series[from]
		if ahead > 0 {
			f := *s.Family
			f.Name = fmt.Sprint(f.Name, ".", ahead)
			s.Family = &f
		}
		d.from, d.ahead, d.series = append(d.from, from), append(d.ahead, ahead), append(d.series, s)
	}
	return d
}

// join interns all series.
func (d *day) join(tb testing.TB, ring *history.Ring) {
	tb.Helper()
	d.ids = nil
	for _, s := range d.series {
		id, err := ring.Intern(s)
		if err != nil {
			tb.Fatal(err)
		}
		d.ids = append(d.ids, id)
	}
}

func (d *day) value(i, row int) int64 {
	return d.recording.Q[d.from[i]][(row+d.ahead[i])%len(d.recording.T)]
}

// TestDay_ReadsBackNumberForNumber puts a day of recorded rows into a ring, with ticks that
// were skipped, series that come and go and one that is away for an hour, and compares every
// number of it with what it was, by all ways of reading. It would fail if a number were changed
// by packing, by a block's end or by another schema, and if a day took more than 40 MB. Who
// does not require all gets the first three hours.
func TestDay_ReadsBackNumberForNumber(t *testing.T) {
	t.Parallel()
	need.Undetected(t)
	const most = 40_000_000
	dayRows := need.Times(t, 24*3600, 3*3600)
	d := newDay(t, "busy")
	ring := history.New(history.Config{Age: 25 * time.Hour, Memory: 2 * most})
	d.join(t, ring)
	plan := dayPlan{day: d, extra: map[int]collectors.SeriesID{}}
	for row := range dayRows {
		ring.Append(history.Commit{Row: plan.row(t, ring, row)})
	}
	b := ring.Bounds()
	if b.Oldest != 1 || b.Newest != uint64(dayRows) || b.Bytes > most {
		t.Errorf("rows %d to %d in %d bytes, want 1 to %d in at most %d", b.Oldest, b.Newest, b.Bytes, dayRows, most)
	}
	t.Logf("%d rows of %d series in %.1f MB, %.2f bytes per sample", dayRows, daySeries, float64(b.Bytes)/1e6, float64(b.Bytes)/float64(dayRows)/daySeries)

	revisions := map[uint64]bool{}
	read := 0
	for read < dayRows {
		// Not a multiple of the rows of a block, so that every read begins elsewhere.
		rows, gap := ring.Rows(uint64(read), 1000)
		if gap != nil || len(rows) == 0 {
			t.Fatalf("after row %d: %d rows, gap %v", read, len(rows), gap)
		}
		for i := range rows {
			plan.compare(t, read, &rows[i])
			revisions[rows[i].Rev] = true
			read++
		}
		if t.Failed() {
			return
		}
	}
	if want := dayRows / changesEvery / 2; len(revisions) < want {
		t.Errorf("%d schema revisions, want %d at least: the day has to have changes", len(revisions), want)
	}
	for read = 0; read < dayRows; {
		span := ring.ReadHead(uint64(read), 777)
		plan.compareSpan(t, read, &span)
		read += len(span.T)
		if t.Failed() || len(span.T) == 0 {
			t.Fatalf("stopped at row %d", read)
		}
	}
}

const (
	// changesEvery is how many rows one series more or less is there for.
	changesEvery = 1009
	// skipsEvery is how often ticks are skipped.
	skipsEvery = 4999
	// awayFrom and awayTo are the rows without the second series.
	awayFrom, awayTo = 5_000, 8_600
)

// dayPlan says what each row of the day is.
type dayPlan struct {
	*day
	ids   []collectors.SeriesID
	extra map[int]collectors.SeriesID // by stretch
}

// has reports whether a row has the series; every second stretch has one more than
// daySeries, which is there only then.
func (p *dayPlan) has(i, row int) bool {
	switch i {
	case 1:
		return row < awayFrom || row >= awayTo
	case daySeries:
		return row/changesEvery%2 == 1
	}
	return true
}

func (p *dayPlan) q(i, row int) int64 {
	if i == daySeries {
		return int64(row)
	}
	return p.value(i, row)
}

func (p *dayPlan) time(row int) (t int64, missed int) {
	skipped := row / skipsEvery
	if row > 0 && row%skipsEvery == 0 {
		missed = 7
	}
	return dayBegins + int64(row+7*skipped)*1000, missed
}

// row makes a row, and interns as the sampler does when series come and go.
func (p *dayPlan) row(t *testing.T, ring *history.Ring, row int) collectors.Row {
	if row%changesEvery == 0 || row == awayFrom || row == awayTo {
		p.intern(t, ring, row)
	}
	r := collectors.Row{IDs: p.ids}
	r.T, r.Missed = p.time(row)
	if r.Missed > 0 {
		r.Why = "sampler late by 7.0 s"
	}
	for i := range daySeries + 1 {
		if p.has(i, row) {
			r.Q = append(r.Q, p.q(i, row))
		}
	}
	return r
}

func (p *dayPlan) intern(t *testing.T, ring *history.Ring, row int) {
	p.ids = nil
	for i := range daySeries + 1 {
		if !p.has(i, row) {
			continue
		}
		s := collectors.Series{Family: collectors.LoadAverage, Labels: collectors.LabelsOf(fmt.Sprint(row / changesEvery))}
		if i < daySeries {
			s = p.series[i]
		}
		id, err := ring.Intern(s)
		if err != nil {
			t.Fatal(err)
		}
		if i == daySeries {
			p.extra[row/changesEvery] = id
		} else if id != p.day.ids[i] {
			t.Fatalf("row %d: series %d came back as %d, was %d", row, i, id, p.day.ids[i])
		}
		p.ids = append(p.ids, id)
	}
}

// id returns the id that a series has in a row, and false where it is not there.
func (p *dayPlan) id(i, row int) (collectors.SeriesID, bool) {
	if i == daySeries {
		id, ok := p.extra[row/changesEvery]
		return id, ok
	}
	return p.day.ids[i], true
}

func (p *dayPlan) compare(t *testing.T, row int, got *collectors.Row) {
	t.Helper()
	wantT, missed := p.time(row)
	if got.Seq != uint64(row+1) || got.T != wantT || got.Missed != missed || (got.Why != "") != (missed > 0) {
		t.Errorf("row %d has number %d, time %d, missed %d (%q), want time %d, missed %d", row, got.Seq, got.T, got.Missed, got.Why, wantT, missed)
	}
	for i := range daySeries + 1 {
		id, ok := p.id(i, row)
		if !ok {
			continue
		}
		want := collectors.Missing
		if p.has(i, row) {
			want = p.q(i, row)
		}
		if q := got.Value(id); q != want {
			t.Errorf("row %d, series %d: %d, want %d", row, i, q, want)
			return
		}
	}
}

func (p *dayPlan) compareSpan(t *testing.T, first int, got *collectors.Span) {
	t.Helper()
	columns := map[collectors.SeriesID][]int64{}
	for _, c := range got.Columns {
		columns[c.ID] = c.Q
	}
	for k, at := range got.T {
		row := first + k
		if want, _ := p.time(row); at != want {
			t.Errorf("row %d has time %d, want %d", row, at, want)
		}
		for i := range daySeries + 1 {
			id, ok := p.id(i, row)
			if !ok {
				continue
			}
			want := collectors.Missing
			if p.has(i, row) {
				want = p.q(i, row)
			}
			q := collectors.Missing
			if c := columns[id]; c != nil {
				q = c[k]
			}
			if q != want {
				t.Errorf("row %d, series %d: %d in a span, want %d", row, i, q, want)
				return
			}
		}
	}
}

// TestReach_IsAboutRight compares the guess with a ring that is full of recorded rows and
// their tables.
func TestReach_IsAboutRight(t *testing.T) {
	need.Undetected(t)
	const memory, rows = 2 << 20, 12_000
	for _, name := range recorded.Names() {
		r, err := recorded.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		ring := history.New(history.Config{Memory: memory})
		var ids []collectors.SeriesID
		for _, s := range r.Series {
			id, err := ring.Intern(s)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		for p := range r.Play(dayBegins, rows) {
			ring.Append(history.Commit{Row: collectors.Row{T: p.T, IDs: ids, Q: r.Row(p.Row)}, Tables: p.Tables})
		}
		b := ring.Bounds()
		if b.Oldest == 1 {
			t.Fatalf("%s: %d rows fit, the test needs more", name, rows)
		}
		got := time.Duration(b.NewestT-b.OldestT) * time.Millisecond
		guess := history.Reach(memory, r.Interval, len(r.Series))
		if off := float64(guess) / float64(got); off < 0.5 || off > 1.3 {
			t.Errorf("%s: reaches %s back, guessed %s", name, got, guess)
		}
	}
}
