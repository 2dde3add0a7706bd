package history

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
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

func TestOpenArchive_SaysWhatIsMissing(t *testing.T) {
	for name, dir := range map[string]string{"no directory": filepath.Join(t.TempDir(), "none"), "nothing in it": t.TempDir()} {
		if _, err := store.OpenArchive(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
