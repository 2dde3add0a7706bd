//go:build unix

package history

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
)

// stored is a rig right after a restart: its rows are on the disk alone.
func stored(t *testing.T, rows int) (r *rig, segment string) {
	t.Helper()
	r = newRig(t, 5, Config{})
	r.active[1], r.active[2] = true, true
	for range rows {
		r.tick(3)
		r.step()
	}
	r.stop()
	r.start()
	return r, filepath.Join(r.dir, "00000001.seg")
}

// readsAtOnce is how many reads of files a store allows at the same time.
const readsAtOnce = 8

// A file that nobody writes to makes its reader wait for ever, as a disk that hangs does.
func TestRing_ADiskThatHangsHoldsUpNobodyForGood(t *testing.T) {
	t.Parallel()
	r, segment := stored(t, 300)
	if err := os.Rename(segment, segment+".away"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(segment, 0o600); err != nil {
		t.Fatal(err)
	}
	r.tick(3)
	reads := map[string]func(ctx context.Context) error{
		"rows": func(ctx context.Context) error { _, err := r.ring.ReadSince(ctx, 0, 10); return err },
		"buckets": func(ctx context.Context) error {
			_, err := r.ring.Buckets(ctx, collectors.Query{})
			return err
		},
		"columns": func(ctx context.Context) error {
			_, err := collectors.All(r.ring.Columns(ctx, collectors.Query{}))
			return err
		},
		"schema": func(ctx context.Context) error {
			_, err := r.ring.Schema(ctx, collectors.Window{Last: 10})
			return err
		},
	}
	ended := make(chan error, 100)
	for range readsAtOnce / len(reads) {
		for _, read := range reads {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			go func() { ended <- read(ctx) }()
		}
	}
	for range readsAtOnce {
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a read ended with %v, want the context's error", err)
		}
	}
	// All places are taken by reads that hang.
	if _, err := r.ring.ReadSince(context.Background(), 0, 10); !errors.Is(err, collectors.ErrStoreBusy) {
		t.Errorf("one more: %v, want %v", err, collectors.ErrStoreBusy)
	}
	r.tick(3) // the ring does not wait
	if s := r.ring.ReadHead(300, 10); len(s.T) != 2 {
		t.Errorf("%d rows in memory, want 2", len(s.T))
	}
	if got := r.ring.Bounds(); got.Oldest != 1 || got.Newest != 302 {
		t.Errorf("bounds %+v", got)
	}

	// The disk answers again: the reads find nothing, and give their places back.
	if err := os.Rename(segment, segment+".fifo"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(segment+".away", segment); err != nil {
		t.Fatal(err)
	}
	freed, err := os.OpenFile(segment+".fifo", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer freed.Close()
	s, err := r.ring.ReadSince(t.Context(), 0, 10)
	for errors.Is(err, collectors.ErrStoreBusy) {
		s, err = r.ring.ReadSince(t.Context(), 0, 10)
	}
	if err != nil || len(s.T) != 10 || s.Gap != nil {
		t.Errorf("then %d rows, gap %v, %v, want 10", len(s.T), s.Gap, err)
	}
}

// What the disk refuses is a gap that says why, and is asked for again. It was taken for
// damage until the next start.
func TestRing_AsksADiskThatRefusedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, segment := stored(t, 300)
		if err := os.Rename(segment, segment+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(segment, 0o700); err != nil { // it opens, and gives no bytes
			t.Fatal(err)
		}
		from, to := r.model.rows[0].T, r.model.rows[299].T
		if rows, _ := rowsSince(r.ring, 0, 10); len(rows) > 0 {
			t.Errorf("%d rows are there", len(rows))
		}
		b, err := ask(r.ring, between(from, to))
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Gaps) == 0 || !b.Gaps[0].Lost || !strings.HasPrefix(b.Gaps[0].Why, store.WhyUnreadable) {
			t.Errorf("gaps %+v, want one that says that it cannot be read", b.Gaps)
		}
		if n := r.on.Stats().Damaged; n > 0 {
			t.Errorf("%d records are said to be damaged", n)
		}
		if err := os.Remove(segment); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(segment+".away", segment); err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Second) // virtual; it is asked again after 10 s
		checkPrefix(t, r.ring, r.model.rows, "when the disk answers")
	})
}

// A segment that is a link is not read, whoever made it.
func TestStore_FollowsNoLink(t *testing.T) {
	r := newRig(t, 1, Config{})
	r.active[1] = true
	for range 300 {
		r.tick(1)
		r.step()
	}
	r.stop()
	elsewhere := filepath.Join(fastDir(t), "00000001.seg")
	name := filepath.Join(r.dir, "00000001.seg")
	if err := os.Rename(name, elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, name); err != nil {
		t.Fatal(err)
	}
	r.start()
	if b := r.ring.Bounds(); b.Oldest == 1 {
		t.Errorf("rows up to %d were read through a link", b.Newest)
	}
}
