package store

import (
	"errors"
	"io/fs"
	"iter"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/eventlog"
)

// Restored returns what earlier instances left. It is there until Run. Events of versions
// before are in segments.
func (t *Store) Restored() Restored {
	out := t.loaded.Restored
	logged, older := t.events.Newest(keptEvents), out.Events
	if len(logged) > 0 {
		older = slices.DeleteFunc(slices.Clone(older), func(e collectors.Event) bool { return e.Seq >= logged[0].Seq })
	}
	all := slices.Concat(older, logged)
	out.Events = all[max(0, len(all)-keptEvents):]
	return out
}

// Events yields those of the files that touch a window.
func (r *Reader) Events(w *collectors.Window) iter.Seq2[collectors.Event, error] {
	return func(yield func(collectors.Event, error) bool) {
		if r.events == nil {
			return
		}
		var once eventlog.Once
		for _, f := range r.events.Files() {
			if !f.Touches(w) {
				continue
			}
			b, err := r.read(f.Path, 0, int(f.Size))
			switch {
			case r.stopped != nil:
				yield(collectors.Event{}, r.stopped)
				return
			case errors.Is(err, fs.ErrNotExist):
				continue // it was evicted meanwhile
			case err != nil:
				yield(collectors.Event{}, err)
				return
			}
			for _, e := range eventlog.Parse(b, f.Number) {
				if once.First(&e) && !yield(e, nil) {
					return
				}
			}
		}
	}
}

// writeEvents writes the events that are not yet on the store.
func (w *recorder) writeEvents(h *Head) error {
	if !w.hasEvents(h) {
		return nil
	}
	log := w.store.events
	before := log.Bytes()
	if err := log.Append(h.EventsAfter(w.event)); err != nil {
		return err
	}
	w.event = h.Events[len(h.Events)-1].Seq
	w.store.mu.Lock()
	w.store.stats.Written += max(0, log.Bytes()-before)
	w.store.mu.Unlock()
	return nil
}

func (w *recorder) hasEvents(h *Head) bool {
	n := len(h.Events)
	return n > 0 && h.Events[n-1].Seq > w.event
}

// Events calls f for the events with a time from from to to (Unix milliseconds, to
// exclusive), in the order in which they were recorded, until f returns an error.
func (a *Archive) Events(from, to int64, f func(e *collectors.Event) error) error {
	log, problems := eventlog.Open(eventlog.Config{Dir: a.dir})
	if err := errors.Join(problems...); err != nil {
		return err
	}
	r := Reader{events: log}
	defer r.Close()
	give := func(e *collectors.Event) error {
		if e.T < from || e.T >= to {
			return nil
		}
		return f(e)
	}
	for i := range a.l.Events { // of versions before
		if err := give(&a.l.Events[i]); err != nil {
			return err
		}
	}
	for e, err := range r.Events(&collectors.Window{From: max(from, 0), To: to}) {
		if err == nil {
			err = give(&e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
