package collectortest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

var (
	depth = &collectors.Family{Name: "queue.depth", Help: "Jobs waiting.", Unit: collectors.Count, Kind: collectors.KindGauge, Labels: []string{"queue"}, Quantum: 1}
	done  = &collectors.Family{Name: "queue.done", Help: "Jobs done.", Unit: collectors.PerSecond, Kind: collectors.KindCounter, Quantum: 1}
	mood  = &collectors.Family{Name: "queue.mood", Help: "How it goes.", Kind: collectors.KindState, Quantum: 1, States: []string{"fine", "bad"}}
	jobs  = &collectors.Table{Name: "jobs", Title: "Jobs", Columns: []collectors.Column{
		{Name: "id", Kind: collectors.ColumnText}, {Name: "size", Kind: collectors.ColumnNumber, Quantum: 0.5}}, Rank: []string{"size"}, Top: 3}
)

// queue is a collector that behaves, until a test replaces sample.
type queue struct {
	description collectors.Description
	sample      func(ctx context.Context, b *collectors.Batch) error
	n           uint64
}

func newQueue() *queue {
	q := &queue{description: collectors.Description{Name: "queue", Title: "Queue",
		Families: []*collectors.Family{depth, done, mood}, Tables: []*collectors.Table{jobs}}}
	q.sample = q.well
	return q
}

func (q *queue) Describe() collectors.Description { return q.description }

func (q *queue) Sample(ctx context.Context, b *collectors.Batch) error { return q.sample(ctx, b) }

func (q *queue) well(_ context.Context, b *collectors.Batch) error {
	q.n++
	s := b.Slot(depth, "mail")
	b.Gauge(s, 1.5)
	b.Info(s, "driver", "spool<1>")
	b.Max(s, 10)
	b.Gauge(b.Slot(depth, "alpha"), float64(q.n))
	b.Counter(b.Slot(done), 40+q.n)
	b.Unavailable("/spool/b", "no such file")
	b.Unavailable("/spool/a", "permission denied")
	rows := b.Rows(jobs)
	r := rows.Add("j2")
	r.Text(0, "second")
	r.Number(1, 2.5)
	rows.Add("j1").Text(0, "first")
	rows.Partial("one vanished")
	return nil
}

func TestConform_AcceptsACollectorThatBehaves(t *testing.T) {
	Conform(t, newQueue())
}

func TestConform_NamesEachMistake(t *testing.T) {
	var kept collectors.Slot
	cases := map[string]struct {
		describe func(*collectors.Description)
		sample   func(q *queue, ctx context.Context, b *collectors.Batch) error
		want     string
	}{
		"undeclared family": {describe: func(d *collectors.Description) { d.Families = d.Families[1:] }, want: "family queue.depth is used but not declared"},
		"undeclared table":  {describe: func(d *collectors.Description) { d.Tables = nil }, want: "table jobs is used but not declared"},
		"family twice":      {describe: func(d *collectors.Description) { d.Families = append(d.Families, depth) }, want: "declared twice"},
		"invalid family": {describe: func(d *collectors.Description) {
			d.Families = append(d.Families, &collectors.Family{Name: "queue.odd", Help: "Odd.", Kind: collectors.KindGauge, Quantum: 3})
		}, want: "quantum that is a power of two"},
		"name":  {describe: func(d *collectors.Description) { d.Name = "My Queue" }, want: "collector name"},
		"title": {describe: func(d *collectors.Description) { d.Title = "" }, want: "no title"},
		"rank": {describe: func(d *collectors.Description) {
			d.Tables = append(d.Tables, &collectors.Table{Name: "x", Title: "X", Columns: jobs.Columns, Rank: []string{"id"}, Top: 1})
		}, want: "not a number column"},
		"panel twice": {describe: func(d *collectors.Description) {
			p := collectors.Panel{ID: "p", Families: []string{"queue.done"}}
			d.Panels = []collectors.Panel{p, p}
		}, want: "used twice"},
		"error": {sample: func(*queue, context.Context, *collectors.Batch) error { return fmt.Errorf("read spool: gone") }, want: "Sample: read spool: gone"},
		"panic on label count": {sample: func(_ *queue, _ context.Context, b *collectors.Batch) error {
			b.Slot(depth)
			return nil
		}, want: "Sample panics"},
		"gauge as counter": {sample: func(_ *queue, _ context.Context, b *collectors.Batch) error {
			b.Counter(b.Slot(depth, "mail"), 1)
			return nil
		}, want: "a gauge is given as a counter"},
		"counter as gauge": {sample: func(_ *queue, _ context.Context, b *collectors.Batch) error {
			b.Gauge(b.Slot(done), 1)
			return nil
		}, want: "a counter is given as a gauge"},
		"state without name": {sample: func(_ *queue, _ context.Context, b *collectors.Batch) error {
			b.Gauge(b.Slot(mood), 2)
			return nil
		}, want: "not one of the states"},
		"empty label": {sample: func(_ *queue, _ context.Context, b *collectors.Batch) error {
			b.Gauge(b.Slot(depth, ""), 2)
			return nil
		}, want: "label queue is empty"},
		"kept slot": {sample: func(q *queue, _ context.Context, b *collectors.Batch) error {
			if q.n++; q.n == 1 {
				kept = b.Slot(depth, "mail")
			}
			b.Gauge(kept, 2)
			return nil
		}, want: "a slot was kept"},
		"unbounded series": {sample: func(q *queue, _ context.Context, b *collectors.Batch) error {
			q.n++
			b.Gauge(b.Slot(depth, fmt.Sprint("request-", q.n)), 2)
			return nil
		}, want: "no bound"},
		"row key twice": {sample: func(_ *queue, _ context.Context, b *collectors.Batch) error {
			rows := b.Rows(jobs)
			rows.Add("a")
			rows.Add("a")
			return nil
		}, want: `key "a" is empty or used twice`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			q := newQueue()
			if c.describe != nil {
				c.describe(&q.description)
			}
			if c.sample != nil {
				q.sample = func(ctx context.Context, b *collectors.Batch) error { return c.sample(q, ctx, b) }
			}
			if got := strings.Join(problems(q), "\n"); !strings.Contains(got, c.want) {
				t.Errorf("problems = %q, want one that contains %q", got, c.want)
			}
		})
	}
}

func TestConform_NamesACollectorThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		release := make(chan struct{})
		q.sample = func(ctx context.Context, b *collectors.Batch) error {
			if ctx.Err() != nil {
				<-release
			}
			return q.well(ctx, b)
		}
		got := strings.Join(problems(q), "\n")
		close(release)
		if !strings.Contains(got, "does not return") {
			t.Errorf("problems = %q, want one about the context", got)
		}
	})
}

func TestGolden_WritesSortedReadings(t *testing.T) {
	q := newQueue()
	var arranged []string
	arrange := func(name string) Moment {
		return Moment{Name: name, Arrange: func(testing.TB) { arranged = append(arranged, name) }}
	}
	got := string(render(t, q, []Moment{arrange("t0"), arrange("t1")}))
	lines := func(n int) string {
		return fmt.Sprintf(`"series":[
 {"series":"queue.depth{queue=alpha}","gauge":%d},
 {"series":"queue.depth{queue=mail}","gauge":1.5,"max":10,"info":{"driver":"spool<1>"}},
 {"series":"queue.done","counter":%d}],"unavailable":[
 {"source":"/spool/a","reason":"permission denied"},
 {"source":"/spool/b","reason":"no such file"}],"table jobs":[
 {"key":"j1","id":"first"},
 {"key":"j2","id":"second","size":2.5}],"partial jobs":"one vanished"}`, n, 40+n)
	}
	want := `{"collector":"queue","moments":[
{"moment":"t0",` + lines(1) + `,
{"moment":"t1",` + lines(2) + `
]}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("golden text (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"t0", "t1"}, arranged); diff != "" {
		t.Errorf("moments arranged (-want +got):\n%s", diff)
	}
}

// recorder notes failures instead of failing.
type recorder struct {
	testing.TB
	failed []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

func TestGolden_FailsWhenAReadingDiffers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.json")
	if err := os.WriteFile(path, render(t, newQueue(), []Moment{{Name: "t0"}}), 0o644); err != nil {
		t.Fatal(err)
	}
	same := &recorder{TB: t}
	Golden(same, path, newQueue())
	if len(same.failed) > 0 {
		t.Errorf("equal readings fail: %q", same.failed)
	}
	later := newQueue()
	later.n = 1
	other := &recorder{TB: t}
	Golden(other, path, later)
	if len(other.failed) != 1 || !strings.Contains(other.failed[0], "queue.done") {
		t.Errorf("a changed counter gives %q, want one failure that names it", other.failed)
	}
}

func TestReplay_OverwritesInPlaceAndRemovesWhatIsGone(t *testing.T) {
	from := t.TempDir()
	put := func(path, text string) {
		path = filepath.Join(from, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("t0/proc/stat", "cpu 100")
	put("t0/sys/hwmon0/temp", "40")
	put("t1/proc/stat", "cpu 7")
	if err := os.Symlink("stat", filepath.Join(from, "t1/proc/link")); err != nil {
		t.Fatal(err)
	}

	root, moments := Replay(t, filepath.Join(from, "t0"), filepath.Join(from, "t1"))
	open, err := os.Open(filepath.Join(root, "proc/stat"))
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	var got []string
	for _, m := range moments {
		m.Arrange(t)
		text := make([]byte, 32)
		n, _ := open.ReadAt(text, 0)
		_, gone := os.Stat(filepath.Join(root, "sys"))
		linked, _ := os.ReadFile(filepath.Join(root, "proc/link"))
		got = append(got, fmt.Sprintf("%s: %q, sys gone %v, link %q", m.Name, text[:n], gone != nil, linked))
	}
	want := []string{`t0: "cpu 100", sys gone false, link ""`, `t1: "cpu 7", sys gone true, link "cpu 7"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what an open descriptor reads (-want +got):\n%s", diff)
	}
}
