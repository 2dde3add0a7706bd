package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

const (
	// stuckAfter is how long the disk may take before health says that it hangs.
	stuckAfter = 5 * time.Second
	// retryAfter is how long nothing is tried after a failure.
	retryAfter = 5 * time.Second
	// endWait is how long Run waits for the disk when it ends.
	endWait = 2 * time.Second
)

// Run writes what ring gets until ctx ends, then what is left of the open block and
// that the instance ended by itself. Call it once, and let ctx end when nothing is
// appended any more.
//
// A disk that is slow, full or gone holds up nothing: the ring is the buffer, and when
// it evicts rows before they could be written, the store has a gap that says why. A
// disk that hangs when Run ends is named in the error, and what waits for it is
// abandoned, because nothing can interrupt it.
func (t *Store) Run(ctx context.Context, ring Ring) error {
	w := newRecorder(t, ring)
	var busy atomic.Int64 // since when the disk is waited for, in Unix nanoseconds
	done := make(chan error, 1)
	go func() { done <- w.run(ctx, &busy) }()

	watch := time.NewTicker(time.Second)
	defer watch.Stop()
	end := ctx.Done()
	var giveUp <-chan time.Time
	for {
		select {
		case err := <-done:
			return err
		case <-end:
			end = nil
			timer := time.NewTimer(endWait)
			defer timer.Stop()
			giveUp = timer.C
		case <-giveUp:
			return fmt.Errorf("history on disk: the disk has not answered for %s", waited(&busy))
		case <-watch.C:
			if d := waited(&busy); d >= stuckAfter {
				t.health(ring, collectors.HealthStuck, "the disk does not answer")
			}
		}
	}
}

func waited(busy *atomic.Int64) time.Duration {
	since := busy.Load()
	if since == 0 {
		return 0
	}
	return time.Since(time.Unix(0, since)).Truncate(time.Second)
}

func (w *recorder) run(ctx context.Context, busy *atomic.Int64) error {
	leftovers(w.store.cfg.Dir)
	var retry time.Time
	seen := w.instance.After
	for {
		err := w.ring.Wait(ctx, seen)
		h := w.ring.Head()
		seen = h.Newest
		if err == nil && w.now().Before(retry) {
			continue
		}
		busy.Store(time.Now().UnixNano())
		problem := w.step(&h)
		if problem == nil && err != nil {
			problem = w.end(&h)
		}
		if problem != nil && w.gone() {
			w.fail(problem)
			if problem = w.recreate(&h); problem == nil {
				w.store.cfg.Log.Warn("history on disk was removed: a new one begins", "dir", w.store.cfg.Dir)
			}
		}
		busy.Store(0)
		w.report(problem)
		if problem != nil {
			w.fail(problem)
			retry = w.now().Add(retryAfter)
		}
		if err != nil {
			return problem
		}
	}
}

// end writes what is left, and that the instance ended by itself.
func (w *recorder) end(h *Head) error {
	if err := w.begin(h); err != nil { // the step before may have finished the files
		return err
	}
	rows := h.Open
	for len(rows) > 0 {
		n := min(len(rows), block.MaxRows)
		if rows[0].Seq > w.sealed {
			if err := w.writeBlock(w.sealer.Seal(rows[:n])); err != nil {
				return err
			}
		}
		rows = rows[n:]
	}
	for i := range h.Tables {
		if t := &h.Tables[i]; t.Open.Count > 0 {
			if err := w.appendTableBlock(t.Table, &t.Open); err != nil {
				return err
			}
		}
	}
	end := endRecord{w.instance.ID, w.now().UnixMilli()}
	if _, err := w.blocks.Append(recordEnd, asJSON(end)); err != nil {
		return err
	}
	if err := w.flush(w.blocks); err != nil {
		return err
	}
	if w.wal != nil {
		w.rotate()
	}
	if err := w.sync(true); err != nil {
		return err
	}
	return errors.Join(w.blocks.Close(), w.tables.Close(), w.store.events.Close())
}

// report tells health and log what became of a step.
func (w *recorder) report(problem error) {
	t := w.store
	t.mu.Lock()
	t.stats.Bytes = w.bytes()
	had := t.stats.Problem
	t.mu.Unlock()
	t.tellLeftOut()
	if problem == nil {
		t.health(w.ring, collectors.HealthOK, "")
		if had != "" {
			t.cfg.Log.Info("history on disk is written again")
		}
		return
	}
	reason := diskProblem(problem)
	t.health(w.ring, collectors.HealthFailing, reason)
	if had != reason {
		t.cfg.Log.Warn("history on disk is not written", "err", problem)
	}
}
