package store

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"dashcam/collectors/history/segment"
)

type syncResult struct {
	sealed uint64
	err    error
}

// sync puts what was written on the disk, beside everything else, when syncEvery has
// passed since the last time. When force is set it waits for it.
func (w *recorder) sync(force bool) error {
	if w.syncing {
		if !force {
			return nil
		}
		if err := w.joinSync(<-w.synced); err != nil {
			return err
		}
	}
	now := w.now()
	if !force && now.Sub(w.lastSync) < syncEvery {
		return nil
	}
	w.lastSync = now
	if w.gone() {
		return errGone
	}
	var files []segment.File
	for _, f := range []*outFile{w.blocks, w.tables, w.wal} {
		if f != nil && f.dirty {
			files = append(files, f.file)
			f.dirty = false
		}
	}
	events, full := w.store.events.Unsynced()
	files = append(files, events...)
	retired := append(w.retired, full...)
	w.retired = nil
	if len(files)+len(retired) == 0 {
		w.removeLogs(w.sealed)
		return nil
	}
	sealed := w.sealed
	w.syncing = true
	go func() {
		res := syncResult{sealed: sealed}
		for _, f := range files {
			res.err = errors.Join(res.err, f.Sync())
		}
		for _, f := range retired {
			res.err = errors.Join(res.err, f.Sync(), f.Close())
		}
		w.synced <- res
	}()
	if force {
		return w.joinSync(<-w.synced)
	}
	return nil
}

// collectSync takes the outcome of a sync that has ended.
func (w *recorder) collectSync() error {
	select {
	case res := <-w.synced:
		return w.joinSync(res)
	default:
		return nil
	}
}

func (w *recorder) joinSync(res syncResult) error {
	w.syncing = false
	if res.err != nil && !errors.Is(res.err, os.ErrClosed) {
		return res.err
	}
	w.removeLogs(res.sealed)
	return nil
}

// removeLogs removes the write-ahead logs whose rows are in blocks on the disk.
func (w *recorder) removeLogs(sealed uint64) {
	if w.pending != nil {
		return
	}
	w.logs = slices.DeleteFunc(w.logs, func(f walFile) bool {
		if f.last > sealed {
			return false
		}
		err := os.Remove(f.path)
		return err == nil || errors.Is(err, fs.ErrNotExist)
	})
}
