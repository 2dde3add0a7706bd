package store

import (
	"errors"
	"os"
	"path/filepath"
)

// gone reports whether the files that are written are no longer where they were.
func (w *recorder) gone() bool {
	held, err := w.store.lock.Stat()
	if err != nil {
		return false // the store was closed, and this is what was abandoned
	}
	path := w.resume.blocks.path
	if w.blocks != nil {
		path = w.blocks.path
	}
	if path != "" {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return true
		}
	}
	there, err := os.Lstat(filepath.Join(w.store.cfg.Dir, lockName))
	if err != nil {
		return errors.Is(err, os.ErrNotExist)
	}
	return !os.SameFile(there, held)
}

// recreate begins an empty store after everything on it was removed: what the ring holds
// is written once more.
func (w *recorder) recreate(h *Head) error {
	lock, err := lockStore(w.store.cfg.Dir)
	if err != nil {
		return err
	}
	_ = unlockFile(w.store.lock) // of a file that does not exist any more
	w.store.lock = lock
	w.pending, w.logs = nil, nil
	w.resume = resumed{}
	w.sealed = 0
	if oldest, _ := h.Held(); oldest > 0 {
		w.sealed = oldest - 1
	}
	w.cursor, w.event = w.sealed, w.sealed
	w.instance.After, w.instance.Why = w.sealed, ""
	clear(w.tabled)
	w.store.events.Reset()
	w.store.held.Store(&Snapshot{})
	return nil
}

var errGone = errors.New("the directory was removed")
