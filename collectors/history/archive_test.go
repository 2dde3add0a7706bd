package history

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
)

// TestArchive_ReadsALiveDirectoryAndChangesNothing would fail if rows of the open block
// were left out, or if looking at a store did anything to it.
func TestArchive_ReadsALiveDirectoryAndChangesNothing(t *testing.T) {
	r := newRig(t, 3, Config{})
	for n := range 8 {
		r.active[n] = true
	}
	for range 400 {
		r.tick(8)
		r.step()
	}
	r.step()
	look := func() map[string]string {
		files := make(map[string]string)
		err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			files[path] = string(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	before := look()
	a, err := store.OpenArchive(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	err = a.Rows(0, math.MaxInt64, func(row *collectors.Row) error {
		want := &r.model.rows[at]
		if row.Seq != want.Seq || row.T != want.T || row.Missed != want.Missed {
			t.Fatalf("row %+v, want %+v", row, want)
		}
		for _, id := range want.IDs {
			if row.Value(id) != want.Value(id) {
				t.Fatalf("row %d, series %d: %d, want %d", row.Seq, id, row.Value(id), want.Value(id))
			}
		}
		at++
		return nil
	})
	if err != nil || at != len(r.model.rows) {
		t.Errorf("%d rows, want %d (%v)", at, len(r.model.rows), err)
	}
	n := 0
	from, to := r.model.rows[100].T, r.model.rows[130].T
	stop := errors.New("enough")
	err = a.Rows(from, to, func(*collectors.Row) error {
		if n++; n == 20 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) {
		t.Errorf("error %v, want the one of the function", err)
	}
	if s := a.Stats(); s.Damaged > 0 || s.Oldest != 1 || s.Newest != uint64(at) || s.Rows != int64(at) || a.Ended() {
		t.Errorf("stats %+v", s)
	}
	if diff := cmp.Diff(before, look()); diff != "" {
		t.Errorf("files changed (-before +after):\n%s", diff)
	}
	r.kill()
}

// TestOpenArchive_AnswersLikeTheRing asks an archive and the ring that wrote it the same.
func TestOpenArchive_AnswersLikeTheRing(t *testing.T) {
	r := newRig(t, 5, Config{})
	for n := range 8 {
		r.active[n] = true
	}
	for range 200 {
		r.tick(8)
		r.step()
	}
	p := newProcesses(50)
	for range 200 {
		r.now += 1000
		r.resolve()
		row, _ := r.ring.Append(Commit{
			Row: collectors.Row{T: r.now, IDs: r.ids, Q: make([]int64, len(r.ids))}, Tables: []*collectors.TableData{p.observe()},
			Events: []collectors.Event{{Kind: collectors.EventMark, Text: "deploy"}},
		})
		r.model.rows = append(r.model.rows, row)
		r.step()
	}
	r.step()
	a, err := OpenArchive(r.dir, collectors.Host{Hostname: "db-01"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.Bounds(), r.ring.Bounds(); got.Oldest != want.Oldest || got.Newest != want.Newest || got.NewestT != want.NewestT {
		t.Errorf("bounds %+v, want those of the ring %+v", got, want)
	}
	if a.Info().Hostname != "db-01" {
		t.Errorf("host %+v", a.Info())
	}
	from, to := r.model.rows[100].T, r.model.rows[350].T
	ask := func(s collectors.Source) (rows []collectors.Row, observations []*collectors.TableData, events []collectors.Event, buckets []int64) {
		t.Helper()
		w := collectors.Window{From: from, To: to}
		for span, err := range s.Columns(t.Context(), collectors.Query{Window: w}) {
			if err != nil {
				t.Fatal(err)
			}
			for i, at := range span.T {
				row := collectors.Row{Seq: span.First + uint64(i), T: at}
				for _, c := range span.Columns {
					if c.Q[i] != collectors.Missing {
						row.IDs, row.Q = append(row.IDs, c.ID), append(row.Q, c.Q[i])
					}
				}
				rows = append(rows, row)
			}
		}
		if observations, err = collectors.All(s.Tables(t.Context(), collectors.Processes.Name, w)); err != nil {
			t.Fatal(err)
		}
		if events, err = collectors.All(s.Events(t.Context(), w)); err != nil {
			t.Fatal(err)
		}
		b, err := s.Buckets(t.Context(), collectors.Query{Window: w, Points: 50})
		if err != nil {
			t.Fatal(err)
		}
		for one, err := range b.Series {
			if err != nil {
				t.Fatal(err)
			}
			buckets = append(append(buckets, int64(one.ID)), one.Max...)
		}
		return rows, observations, events, buckets
	}
	rows, observations, events, buckets := ask(a)
	wantRows, wantObservations, wantEvents, wantBuckets := ask(r.ring)
	if len(rows) != 250 || len(observations) < 100 || len(events) < 100 || len(buckets) == 0 {
		t.Errorf("%d rows, %d observations, %d numbers of buckets", len(rows), len(observations), len(buckets))
	}
	if diff := cmp.Diff(wantRows, rows); diff != "" {
		t.Errorf("rows (-ring +archive):\n%s", diff)
	}
	if !reflect.DeepEqual(wantObservations, observations) {
		t.Errorf("%d observations are not the %d of the ring", len(observations), len(wantObservations))
	}
	if diff := cmp.Diff(wantEvents, events); diff != "" {
		t.Errorf("events (-ring +archive):\n%s", diff)
	}
	if diff := cmp.Diff(wantBuckets, buckets); diff != "" {
		t.Errorf("buckets (-ring +archive):\n%s", diff)
	}
	r.kill()
}

func TestOpenArchive_SaysWhatIsMissing(t *testing.T) {
	for name, dir := range map[string]string{"no directory": filepath.Join(t.TempDir(), "none"), "nothing in it": t.TempDir()} {
		if _, err := store.OpenArchive(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
