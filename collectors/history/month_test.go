package history

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history/store"
	"dashcam/collectors/recorded"
)

// month is the rows of a real host, repeated for days, with series that come and go.
type month struct {
	*recorded.Recording
	begin int64
	// schema is after how many rows one series leaves and another one comes, restart
	// after how many dashcam is restarted.
	schema, restart uint64
}

// series is what one of the recording's series is called in a row.
func (m *month) series(seq uint64, i int) collectors.Series {
	s := m.Series[i]
	generation := int(seq / m.schema)
	if generation > 0 && i == generation*7%len(m.Series) {
		s.Info = map[string]string{"generation": strconv.Itoa(generation)}
		// A series that lives for a while and never returns.
		s.Family = &collectors.Family{Name: fmt.Sprint("month.", generation%3), Help: "Comes and goes.", Kind: s.Family.Kind, Unit: s.Family.Unit,
			Quantum: s.Family.Quantum, States: s.Family.States, Labels: []string{"n"}}
		s.Labels = collectors.LabelsOf(strconv.Itoa(generation))
	}
	return s
}

func (m *month) value(seq uint64, i int) int64 { return m.Q[i][(seq-1)%uint64(len(m.T))] }

// t is the time of a row: every restart cost 100 s.
func (m *month) t(seq uint64) int64 {
	return m.begin + int64(seq)*1000 + int64((seq-1)/m.restart)*100_000
}

// TestStore_AMonthReadsBackNumberForNumber writes days of recorded rows, with series
// that come and go and dashcam killed and stopped in between, and reads all of it back:
// a quarter of a day where all is required, or as many days as DASHCAM_DAYS says (make month: 30).
func TestStore_AMonthReadsBackNumberForNumber(t *testing.T) {
	t.Parallel()
	need.Undetected(t)
	rows, m := need.Times[uint64](t, 6*3600, 2*3600), &month{schema: 2000, restart: 5111}
	if s := os.Getenv("DASHCAM_DAYS"); s != "" {
		days, err := strconv.Atoi(s)
		if err != nil || days < 1 {
			t.Fatalf("DASHCAM_DAYS is %q: expected a number of at least 1", s)
		}
		rows, m.schema, m.restart = uint64(days)*86_400, 6*3600, 17*3600+1234
	}
	var err error
	if m.Recording, err = recorded.Open("busy"); err != nil {
		t.Fatal(err)
	}
	m.begin = (time.Now().UnixMilli() - int64(rows)*1000 - int64(rows/m.restart+1)*100_000) / 1000 * 1000
	r := &rig{driver: newDriver(t, 1, Config{}), dir: t.TempDir(), cfg: Config{Memory: 8 << 20}}
	r.store = store.Config{Limit: 4 << 30, Retention: 60 * 24 * time.Hour}
	r.start()

	written, began, cpu := int64(0), time.Now(), processorTime(t)
	for seq := uint64(1); seq <= rows; seq++ {
		if seq > 1 && (seq-1)%m.restart == 0 {
			r.step()
			written += r.on.Stats().Written
			if (seq-1)/m.restart%2 == 0 {
				r.stop()
			} else {
				r.kill()
			}
			r.start()
		}
		m.append(r, seq)
		if seq%32 == 0 {
			r.step()
		}
	}
	r.step()
	written += r.on.Stats().Written
	took := processorTime(t) - cpu
	r.stop()
	stored := diskUse(t, r.dir)
	samples := float64(rows) * float64(len(m.Series))
	t.Logf("%d rows of %d series (%.1f days): %.1f MB on disk, %.2f B a sample, %.1f MB a day; %.2f bytes written per byte stored; %.2f s of processor time per million samples (ring included), %s in all",
		rows, len(m.Series), float64(rows)/86400, float64(stored)/1e6, float64(stored)/samples, float64(stored)/1e6/(float64(rows)/86400),
		float64(written)/float64(stored), took.Seconds()/samples*1e6, time.Since(began).Truncate(time.Second))

	began = time.Now()
	r.start()
	t.Logf("opened in %s", time.Since(began))
	if b := r.ring.Bounds(); b.Oldest != 1 || b.Newest != rows {
		t.Fatalf("the rows %d to %d are there, want 1 to %d", b.Oldest, b.Newest, rows)
	}
	m.check(t, r.ring, rows)
	for _, window := range []struct {
		name string
		span int64
	}{{"1 h", 3600}, {"24 h", 86_400}, {"7 d", 7 * 86_400}, {"30 d", 30 * 86_400}} {
		newest := r.ring.Bounds().NewestT
		ids := m.charted(r.ring)
		cpu, began := processorTime(t), time.Now()
		b, err := ask(r.ring, collectors.Query{Window: collectors.Window{From: max(1, newest-window.span*1000)}, Points: 800, Match: matching(func(s *collectors.Series) bool { return slices.Contains(ids, s.ID) })})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s of %d series in %d buckets of %d s: %s of processor time, %s", window.name, len(b.Series), len(b.T), b.StepMs/1000, processorTime(t)-cpu, time.Since(began))
	}
	if s := r.on.Stats(); s.Damaged > 0 || s.Torn > 0 {
		t.Errorf("stats %+v", s)
	}
}

// append appends a row to the ring.
func (m *month) append(r *rig, seq uint64) {
	if r.ids == nil || seq%m.schema == 0 {
		ids := make([]collectors.SeriesID, len(m.Series))
		for i := range m.Series {
			ids[i] = mustIntern(r.t, r.ring, m.series(seq, i))
		}
		r.series = make([]int, len(ids)) // the series of the recording, by ascending id
		for i := range r.series {
			r.series[i] = i
		}
		slices.SortFunc(r.series, func(a, b int) int { return int(ids[a] - ids[b]) })
		slices.Sort(ids)
		r.ids = ids
	}
	q := make([]int64, len(r.ids))
	for k, i := range r.series {
		q[k] = m.value(seq, i)
	}
	c := Commit{Row: collectors.Row{T: m.t(seq), IDs: r.ids, Q: q}}
	at := (seq - 1) % uint64(len(m.T))
	for _, d := range m.Tables {
		if d.Seq == at {
			d := *d
			c.Tables = append(c.Tables, &d)
		}
	}
	r.ring.Append(c)
}

// charted are ten series that are there all the time and change.
func (m *month) charted(ring *Ring) []collectors.SeriesID {
	var ids []collectors.SeriesID
	schema := schemaOf(ring)
	for _, i := range m.Changing() {
		for k := range schema.Series {
			if schema.Series[k].Key() == m.Series[i].Key() && len(ids) < 10 {
				ids = append(ids, schema.Series[k].ID)
			}
		}
	}
	return ids
}

// check reads every row, and compares the buckets of the whole with what the rows say.
func (m *month) check(t *testing.T, ring *Ring, rows uint64) {
	t.Helper()
	schema := schemaOf(ring)
	byKey := make(map[collectors.SeriesKey]collectors.SeriesID, len(schema.Series))
	for i := range schema.Series {
		byKey[schema.Series[i].Key()] = schema.Series[i].ID
	}
	charted := m.charted(ring)
	all, err := ask(ring, collectors.Query{Points: 800, Match: matching(func(s *collectors.Series) bool { return slices.Contains(charted, s.ID) })})
	if err != nil {
		t.Fatal(err)
	}
	want := newNaive(charted, all.StepMs)
	var ids []collectors.SeriesID
	for at := uint64(0); at < rows; {
		got, gap := rowsSince(ring, at, 512)
		if gap != nil || len(got) == 0 {
			t.Fatalf("behind row %d come %d rows, gap %v", at, len(got), gap)
		}
		for k := range got {
			row := &got[k]
			if row.Seq != at+1 || row.T != m.t(row.Seq) {
				t.Fatalf("row %d at %d behind row %d, want time %d", row.Seq, row.T, at, m.t(row.Seq))
			}
			if ids == nil || row.Seq%m.schema == 0 {
				ids = make([]collectors.SeriesID, len(m.Series))
				for i := range m.Series {
					s := m.series(row.Seq, i)
					id, known := byKey[s.Key()]
					if !known {
						t.Fatalf("row %d: nothing is known of %v", row.Seq, s.Key())
					}
					ids[i] = id
				}
			}
			for i, id := range ids {
				if q := row.Value(id); q != m.value(row.Seq, i) {
					t.Fatalf("row %d, series %v: %d, want %d", row.Seq, m.Series[i].Key(), q, m.value(row.Seq, i))
				}
			}
			want.add(row)
			at = row.Seq
		}
	}
	want.compare(t, &all)
}

// naive summarises rows one by one.
type naive struct {
	step  int64
	ids   []collectors.SeriesID
	t     []int64
	cells [][]naiveCell // by bucket and series
}

type naiveCell struct {
	n              int
	min, max, last int64
	sum            int64
	maxSeq         uint64
}

func newNaive(ids []collectors.SeriesID, step int64) *naive {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return &naive{step: step, ids: ids}
}

func (n *naive) add(row *collectors.Row) {
	start := row.T / n.step * n.step
	if len(n.t) == 0 || n.t[len(n.t)-1] != start {
		n.t, n.cells = append(n.t, start), append(n.cells, make([]naiveCell, len(n.ids)))
	}
	cells := n.cells[len(n.cells)-1]
	for i, id := range n.ids {
		q := row.Value(id)
		if q == collectors.Missing {
			continue
		}
		c := &cells[i]
		if c.n == 0 || q < c.min {
			c.min = q
		}
		if c.n == 0 || q > c.max {
			c.max, c.maxSeq = q, row.Seq
		}
		c.n, c.last, c.sum = c.n+1, q, c.sum+q
	}
}

func (n *naive) compare(t *testing.T, b *answer) {
	t.Helper()
	if !slices.Equal(n.t, b.T) || len(b.Series) != len(n.ids) {
		t.Fatalf("%d buckets of %d series, want %d of %d", len(b.T), len(b.Series), len(n.t), len(n.ids))
	}
	for i := range b.Series {
		s := &b.Series[i]
		for k := range n.t {
			c := n.cells[k][i]
			if s.N[k] != c.n {
				t.Fatalf("series %d, bucket %d: %d values, want %d", s.ID, k, s.N[k], c.n)
			}
			if c.n == 0 {
				continue
			}
			mean := new(sum128)
			mean.add(c.sum)
			got := naiveCell{s.N[k], s.Min[k], s.Max[k], s.Last[k], s.Mean[k], s.MaxSeq[k]}
			want := c
			want.sum = mean.mean(c.n)
			if got != want {
				t.Fatalf("series %d, bucket %d: %+v, want %+v", s.ID, k, got, want)
			}
		}
	}
}
