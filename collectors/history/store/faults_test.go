package store

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// faulty is a disk that can hang, and fail.
type faulty struct {
	mu   sync.Mutex
	err  error         // of every write, after half of it
	hang chan struct{} // closed when writes go on; nil while they do
}

func (f *faulty) set(err error, hang chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.hang = err, hang
}

func (f *faulty) now() (chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hang, f.err
}

func (f *faulty) open(path string, flags int) (segment.File, error) {
	if _, err := f.now(); errors.Is(err, syscall.EROFS) {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	file, err := os.OpenFile(path, flags, 0o600)
	return &faultyFile{file, f}, err
}

type faultyFile struct {
	*os.File
	disk *faulty
}

func (f *faultyFile) Write(b []byte) (int, error) {
	hang, err := f.disk.now()
	if hang != nil {
		<-hang
	}
	if err != nil {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, &os.PathError{Op: "write", Path: f.Name(), Err: err}
	}
	return f.File.Write(b)
}

// life is a ring with a store that runs, in virtual time.
type life struct {
	t     *testing.T
	dir   string
	disk  *faulty
	store *Store
	ring  *testRing
	stop  context.CancelFunc
	ended chan error
}

func begin(t *testing.T, dir string) *life {
	t.Helper()
	store, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	l := &life{t: t, dir: dir, disk: new(faulty), store: store, ring: newTestRing(store, "one"), ended: make(chan error, 1)}
	store.open = l.disk.open
	ctx, stop := context.WithCancel(t.Context())
	l.stop = stop
	go func() { l.ended <- store.Run(ctx, l.ring) }()
	return l
}

// rows appends one row a second.
func (l *life) rows(n int) {
	for range n {
		time.Sleep(time.Second)
		l.ring.add(time.Now().UnixMilli(), nil)
	}
	synctest.Wait()
}

func (l *life) end() error {
	l.stop()
	err := <-l.ended
	return errors.Join(err, l.store.Close())
}

func (l *life) health() collectors.Health {
	l.t.Helper()
	l.ring.mu.Lock()
	defer l.ring.mu.Unlock()
	if l.ring.health.Collector != "tape" {
		l.t.Fatal("no health of the store")
	}
	return l.ring.health
}

// expectRows reads the directory again and looks for every row from first to last but
// those of the gap.
func expectRows(t *testing.T, dir string, first, last uint64, gap *collectors.Gap) {
	t.Helper()
	a, err := OpenArchive(dir)
	if err != nil {
		t.Fatal(err)
	}
	at := first
	err = a.Rows(0, math.MaxInt64, func(row *collectors.Row) error {
		if gap != nil && at == gap.From {
			at, gap = gap.To+1, nil
		}
		if q := int64(at); row.Seq != at || row.Value(0) != q || row.Value(1) != q%7 || row.Value(2) != 12 {
			t.Fatalf("row %d holds %v, want row %d", row.Seq, row.Q, at)
		}
		at++
		return nil
	})
	if err != nil || at != last+1 || gap != nil {
		t.Fatalf("the last row is %d, want %d; the gap %+v did not come; %v", at-1, last, gap, err)
	}
}

// TestRun_HangingDiskHoldsUpNothing would fail if a write that does not return stopped
// rows, or cost any.
func TestRun_HangingDiskHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, t.TempDir())
		l.rows(10)
		hang := make(chan struct{})
		l.disk.set(nil, hang)
		l.rows(200)
		if h := l.health(); h.State != collectors.HealthStuck || h.Reason != "the disk does not answer" {
			t.Errorf("health %+v", h)
		}
		if got := l.store.Stats().Problem; got != "the disk does not answer" {
			t.Errorf("problem %q", got)
		}
		l.disk.set(nil, nil)
		close(hang)
		l.rows(3)
		if h := l.health(); h.State != collectors.HealthOK {
			t.Errorf("health %+v", h)
		}
		if err := l.end(); err != nil {
			t.Error(err)
		}
		expectRows(t, l.dir, 1, 213, nil)
	})
}

// TestRun_EndsThoughTheDiskHangs would fail if a stop waited for a disk for ever.
func TestRun_EndsThoughTheDiskHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, t.TempDir())
		l.rows(10)
		hang := make(chan struct{})
		l.disk.set(nil, hang)
		l.rows(3)
		before := time.Now()
		err := l.end()
		if err == nil || !strings.Contains(err.Error(), "the disk has not answered for 4s") {
			t.Errorf("error %v", err)
		}
		if d := time.Since(before); d > 2*time.Second {
			t.Errorf("it took %s", d)
		}
		close(hang)
	})
}

// TestRun_FullDiskIsAGapWithItsReason lets a disk be full for longer than the ring
// remembers.
func TestRun_FullDiskIsAGapWithItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, t.TempDir())
		l.ring.most = 4
		l.rows(300)
		l.disk.set(syscall.ENOSPC, nil)
		l.rows(1500)
		if h := l.health(); h.State != collectors.HealthFailing || h.Reason != "the disk is full" {
			t.Errorf("health %+v", h)
		}
		held := l.ring.Head()
		l.disk.set(nil, nil)
		l.rows(200)
		if h := l.health(); h.State != collectors.HealthOK || h.Reason != "" {
			t.Errorf("health %+v", h)
		}
		stats := l.store.Stats()
		if stats.LostRows == 0 || stats.LostRows > 1300 || stats.Damaged > 0 {
			t.Errorf("stats %+v", stats)
		}
		first, _ := held.Held()
		if why := l.store.Snapshot().WhyLost(first - 1); why != whyNotWritten+": the disk is full" {
			t.Errorf("the row before the gap's end is lost: %q", why)
		}
		if err := l.end(); err != nil {
			t.Error(err)
		}
		expectRows(t, l.dir, 1, 2000, &collectors.Gap{From: first - stats.LostRows, To: first - 1})
	})
}

// TestRun_ReadOnlyDisk goes on when it can be written again.
func TestRun_ReadOnlyDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, t.TempDir())
		l.disk.set(syscall.EROFS, nil)
		l.rows(300)
		if h := l.health(); h.State != collectors.HealthFailing || h.Reason != "the disk is read-only" {
			t.Errorf("health %+v", h)
		}
		l.disk.set(nil, nil)
		l.rows(10)
		if err := l.end(); err != nil {
			t.Error(err)
		}
		expectRows(t, l.dir, 1, 310, nil)
	})
}

// TestRun_RemovedDirectoryBeginsAgain writes what the ring holds once more.
func TestRun_RemovedDirectoryBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "state")
		l := begin(t, dir)
		l.rows(400)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		l.rows(10)
		if h := l.health(); h.State != collectors.HealthOK {
			t.Errorf("health %+v", h)
		}
		if err := l.end(); err != nil {
			t.Error(err)
		}
		expectRows(t, dir, 1, 410, nil)
	})
}

// A directory that was removed just when a block had ended was never written to again:
// only files that were open were looked for.
func TestRun_RemovedAtTheEndOfABlockBeginsAgain(t *testing.T) {
	for rows := block.MaxRows + testTail - 1; rows < block.MaxRows+testTail+5; rows++ {
		synctest.Test(t, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			l := begin(t, dir)
			l.rows(rows)
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			l.rows(20)
			if h := l.health(); h.State != collectors.HealthOK {
				t.Errorf("removed after %d rows: health %+v", rows, h)
			}
			if err := l.end(); err != nil {
				t.Error(err)
			}
			expectRows(t, dir, 1, uint64(rows)+20, nil)
		})
	}
}

// TestRun_SyncsEveryTwoSeconds counts what a power cut would take.
func TestRun_SyncsEveryTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, t.TempDir())
		var mu sync.Mutex
		var last time.Time
		longest := time.Duration(0)
		l.store.open = func(path string, flags int) (segment.File, error) {
			f, err := l.disk.open(path, flags)
			return &syncSpy{f.(*faultyFile), func() {
				mu.Lock()
				defer mu.Unlock()
				if !last.IsZero() {
					longest = max(longest, time.Since(last))
				}
				last = time.Now()
			}}, err
		}
		l.rows(300)
		mu.Lock()
		if longest == 0 || longest > 2*time.Second {
			t.Errorf("%s passed between two syncs", longest)
		}
		mu.Unlock()
		if err := l.end(); err != nil {
			t.Error(err)
		}
	})
}

type syncSpy struct {
	*faultyFile
	synced func()
}

func (f *syncSpy) Sync() error {
	f.synced()
	return f.faultyFile.Sync()
}
