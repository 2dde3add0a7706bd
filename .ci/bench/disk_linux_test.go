package bench

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/compression"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
	"dashcam/collectors/recorded"
)

// kept is the rows of a real host, repeated for days, on the disk twice: in our history and in
// Prometheus' database, each closed after the last row. Tables, which Prometheus does not
// have, are left out.
type kept struct {
	*recorded.Recording
	rows    int
	begin   int64
	samples int
	series  []labels.Labels
	charted []int // ten series that change
	// ours and theirs are the directories, and what it took to write them.
	ours, theirs           string
	oursCost, theirsCost   time.Duration
	oursBytes, theirsBytes int64
}

// newKept prepares one day, or as many as DASHCAM_DAYS says.
func newKept(b *testing.B) *kept {
	b.Helper()
	days := 1
	if s := os.Getenv("DASHCAM_DAYS"); s != "" {
		var err error
		if days, err = strconv.Atoi(s); err != nil || days < 1 {
			b.Fatalf("DASHCAM_DAYS is %q: expected a number of at least 1", s)
		}
	}
	r, err := recorded.Open("busy")
	if err != nil {
		b.Fatal(err)
	}
	d := &kept{Recording: r, rows: days * 86_400}
	d.begin = time.Now().Truncate(time.Hour).Add(-time.Duration(days) * 24 * time.Hour).UnixMilli()
	d.charted = r.Changing()[:10]
	for i := range r.Series {
		s := &r.Series[i]
		text := []string{labels.MetricName, strings.ReplaceAll(s.Family.Name, ".", "_")}
		for k, name := range s.Family.Labels {
			text = append(text, name, s.Labels.At(k))
		}
		d.series = append(d.series, labels.FromStrings(text...))
		for row, q := range r.Q[i][:min(len(r.T), d.rows)] {
			if q != collectors.Missing {
				d.samples += (d.rows - row + len(r.T) - 1) / len(r.T)
			}
		}
	}
	return d
}

// write fills both directories anew.
func (d *kept) write(b *testing.B) {
	b.Helper()
	d.ours, d.theirs = filepath.Join(b.TempDir(), "ours"), filepath.Join(b.TempDir(), "theirs")
	for _, way := range []struct {
		write func(*testing.B)
		cost  *time.Duration
		bytes *int64
	}{{d.writeOurs, &d.oursCost, &d.oursBytes}, {d.writeTheirs, &d.theirsCost, &d.theirsBytes}} {
		cost, bytes := processorTime(b), writtenBytes(b)
		way.write(b)
		*way.cost, *way.bytes = processorTime(b)-cost, writtenBytes(b)-bytes
	}
}

// pace is how many rows are appended before the store has to have written some: so few
// that each goes the way it goes at one a second, to the write-ahead log and later into a
// block.
const pace = 16

func (d *kept) writeOurs(b *testing.B) {
	store, err := store.Open(store.Config{Dir: d.ours, Limit: 64 << 30})
	if err != nil {
		b.Fatal(err)
	}
	ring := history.New(history.Config{Store: store})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- store.Run(ctx, ring) }()
	var ids []collectors.SeriesID
	for _, s := range d.Series {
		id, err := ring.Intern(s)
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, id)
	}
	look := time.NewTicker(50 * time.Microsecond)
	defer look.Stop()
	n, before := 0, int64(0)
	for played := range d.Play(d.begin, d.rows) {
		ring.Append(history.Commit{Row: collectors.Row{T: played.T, IDs: ids, Q: d.Row(played.Row)}})
		if n++; n%pace == 0 {
			for store.Stats().Written == before {
				<-look.C
			}
			before = store.Stats().Written
		}
	}
	cancel()
	if err := errors.Join(<-ended, store.Close()); err != nil {
		b.Fatal(err)
	}
	if s := store.Stats(); s.Newest != uint64(d.rows) || s.LostRows > 0 {
		b.Fatalf("%d of %d rows are on the disk, %d were lost", s.Newest, d.rows, s.LostRows)
	}
}

// openTheirs opens the database with what Prometheus sets for 30 days.
func (d *kept) openTheirs() (*tsdb.DB, error) {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = (30 * 24 * time.Hour).Milliseconds()
	o.MaxBlockDuration = o.RetentionDuration / 10
	o.WALCompression = compression.Snappy
	db, err := tsdb.Open(d.theirs, slog.New(slog.DiscardHandler), nil, o, nil)
	if err == nil {
		db.DisableCompactions() // writeTheirs says when, not the clock of this machine
	}
	return db, err
}

func (d *kept) writeTheirs(b *testing.B) {
	db, err := d.openTheirs()
	if err != nil {
		b.Fatal(err)
	}
	refs := make([]storage.SeriesRef, len(d.series))
	n := 0
	for played := range d.Play(d.begin, d.rows) {
		to := db.Appender(b.Context())
		for i := range d.series {
			q := d.Q[i][played.Row]
			if q == collectors.Missing {
				continue // Prometheus has no word for it
			}
			if refs[i], err = to.Append(refs[i], d.series[i], played.T, d.Series[i].Family.Value(q)); err != nil {
				b.Fatal(err)
			}
		}
		if err := to.Commit(); err != nil {
			b.Fatal(err)
		}
		if n++; n%1800 == 0 {
			if err := db.Compact(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// writtenBytes is what this process gave to the kernel to write.
func writtenBytes(b *testing.B) int64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		b.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^wchar: (\d+)$`).FindSubmatch(text)
	if found == nil {
		b.Fatalf("no wchar in %s", text)
	}
	n, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// stored is the bytes of the files in a directory whose paths do not contain one of without.
func stored(b *testing.B, dir string, without ...string) (n float64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || slices.ContainsFunc(without, func(part string) bool { return strings.Contains(path, part) }) {
			return err
		}
		info, err := e.Info()
		if err == nil {
			n += float64(info.Size())
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkDisk writes a day of a host's rows, one each second, to our history and to
// Prometheus' database, and asks both for charts. Prometheus keeps the newest hours in a
// log; blocks-B/sample is without that. What is compared is reading samples and summing them
// up: Prometheus' language on top of it is left out.
func BenchmarkDisk(b *testing.B) {
	d := newKept(b)
	d.write(b)
	b.Run("write", func(b *testing.B) {
		for b.Loop() { // once is enough: it was written above
		}
		ours, theirs := stored(b, d.ours), stored(b, d.theirs)
		million := float64(d.samples) / 1e6
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(d.samples), "samples")
		for _, m := range []struct {
			unit         string
			ours, theirs float64
		}{
			{"B/sample", ours / float64(d.samples), theirs / float64(d.samples)},
			{"cpu-s/million", d.oursCost.Seconds() / million, d.theirsCost.Seconds() / million},
			{"written/stored", float64(d.oursBytes) / ours, float64(d.theirsBytes) / theirs},
		} {
			b.ReportMetric(m.ours, "ours-"+m.unit)
			b.ReportMetric(m.theirs, "theirs-"+m.unit)
			b.ReportMetric(m.ours/m.theirs, "ratio-"+m.unit)
		}
		blocks := stored(b, d.theirs, "/wal/", "/chunks_head/")
		b.ReportMetric(blocks/float64(d.samples), "theirs-blocks-B/sample")
		b.ReportMetric(ours/blocks, "ratio-blocks-B/sample")
	})
	b.Run("reopen", func(b *testing.B) {
		compareBy(b, func(*testing.B) time.Duration { return time.Duration(time.Now().UnixNano()) }, func() error {
			store, err := store.Open(store.Config{Dir: d.ours, Limit: 64 << 30})
			if err != nil {
				return err
			}
			ring := history.New(history.Config{Store: store})
			if got := ring.Bounds().Newest; got != uint64(d.rows) {
				b.Errorf("%d rows are there, want %d", got, d.rows)
			}
			return store.Close()
		}, func() error {
			db, err := d.openTheirs()
			if err != nil {
				return err
			}
			return db.Close()
		})
	})
	d.charts(b)
}

// charts asks for ten series at 800 points, over spans as far as the rows reach.
func (d *kept) charts(b *testing.B) {
	store, err := store.Open(store.Config{Dir: d.ours, Limit: 64 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	ring := history.New(history.Config{Store: store})
	db, err := d.openTheirs()
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	keys := make(map[collectors.SeriesKey]bool)
	for _, i := range d.charted {
		keys[d.Series[i].Key()] = true
	}
	newest := ring.Bounds().NewestT
	for _, span := range []struct {
		name  string
		hours int64
	}{{"1h", 1}, {"24h", 24}, {"7d", 7 * 24}, {"30d", 30 * 24}} {
		if span.hours*3600 > int64(d.rows) {
			break
		}
		b.Run("chart/"+span.name, func(b *testing.B) {
			from := newest - span.hours*3_600_000 + 1
			ours, theirs := 0, 0
			step := int64(1000)
			compare(b, func() error {
				answer, err := ring.Buckets(b.Context(), collectors.Query{
					Window: collectors.Window{From: from, To: newest + 1}, Points: 800,
					Match: collectors.MatcherOf(func(s *collectors.Series) bool { return keys[s.Key()] }),
				})
				if err != nil {
					return err
				}
				ours, step = 0, answer.StepMs
				for series, err := range answer.Series {
					if err != nil {
						return err
					}
					for _, n := range series.N {
						ours += n
					}
				}
				return nil
			}, func() error {
				theirs = 0
				return d.chartTheirs(b, db, from/step*step, (newest/step+1)*step-1, step, &theirs)
			})
			if ours == 0 || ours != theirs {
				b.Errorf("the chart is of %d samples, theirs of %d", ours, theirs)
			}
			b.ReportMetric(float64(ours), "samples")
		})
	}
}

// chartTheirs summarises the samples of the charted series in buckets as ours does.
func (d *kept) chartTheirs(b *testing.B, db *tsdb.DB, from, to, step int64, samples *int) error {
	q, err := db.Querier(from, to)
	if err != nil {
		return err
	}
	defer q.Close()
	for _, i := range d.charted {
		var matchers []*labels.Matcher
		d.series[i].Range(func(l labels.Label) {
			matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
		})
		set := q.Select(b.Context(), false, nil, matchers...)
		for set.Next() {
			it := set.At().Iterator(nil)
			var out bucketed
			for it.Next() != chunkenc.ValNone {
				t, v := it.At()
				out.add(t/step, v)
				*samples++
			}
			if err := it.Err(); err != nil {
				return err
			}
		}
		if err := set.Err(); err != nil {
			return err
		}
	}
	return nil
}
