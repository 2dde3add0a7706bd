package history

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/eventlog"
	"dashcam/collectors/history/segment"
)

const (
	// maxEventLog and eventLogPerLimit bound what the events may take of a store: the
	// first holds about 150,000.
	maxEventLog      = 32 << 20
	eventLogPerLimit = 8
)

// openEventLog looks at the events of a store.
func openEventLog(cfg *StoreConfig, open func(path string, flags int) (segment.File, error)) (*eventlog.Log, []error) {
	return eventlog.Open(eventlog.Config{
		Dir: cfg.Dir, Limit: min(maxEventLog, cfg.Limit/eventLogPerLimit), Retention: cfg.Retention, Open: open,
	})
}

// restoredEvents are the newest events of earlier instances, which the ring holds from the
// start: of versions before they are in segments.
func (t *Store) restoredEvents() []collectors.Event {
	logged := t.events.Newest(keptEvents)
	older := t.loaded.events
	if len(logged) > 0 {
		older = slices.DeleteFunc(slices.Clone(older), func(e collectors.Event) bool { return e.Seq >= logged[0].Seq })
	}
	all := slices.Concat(older, logged)
	return all[max(0, len(all)-keptEvents):]
}

// HeadEvents returns the events in memory of the rows after seq.
func (r *Ring) HeadEvents(seq uint64) []collectors.Event { return eventsAfter(r.head().events, seq) }

func eventsAfter(events []collectors.Event, seq uint64) []collectors.Event {
	i, _ := slices.BinarySearchFunc(events, seq, func(e collectors.Event, seq uint64) int {
		if e.Seq <= seq {
			return -1
		}
		return 1
	})
	return slices.Clip(events[i:])
}

// Events yields the remembered events: those that the ring does not hold any more from the
// store.
func (r *Ring) Events(ctx context.Context, w collectors.Window) iter.Seq2[collectors.Event, error] {
	return func(yield func(collectors.Event, error) bool) {
		events := r.head().events
		var once eventlog.Once
		if r.cfg.Store != nil && (len(events) == 0 || w.First <= events[0].Seq) {
			below := r.eventsFrom(events)
			rd := r.reader(ctx)
			defer rd.close()
			for e, err := range rd.events(r.cfg.Store.events, &w) {
				if err != nil {
					yield(e, err)
					return
				}
				if e.Seq > below {
					break
				}
				if w.Holds(e.Seq, e.T) && once.First(&e) && !yield(e, nil) {
					return
				}
			}
		}
		for _, e := range eventsAfter(events, max(w.First, 1)-1) {
			if w.Holds(e.Seq, e.T) && once.First(&e) && !yield(e, nil) {
				return
			}
		}
	}
}

// eventsFrom is the row up to which events are read from the store: those of the first row in
// memory may be there in part.
func (r *Ring) eventsFrom(held []collectors.Event) uint64 {
	if len(held) == 0 {
		return r.Bounds().Newest
	}
	return held[0].Seq
}

// events yields those of the files that touch a window.
func (r *storeReader) events(log *eventlog.Log, w *collectors.Window) iter.Seq2[collectors.Event, error] {
	return func(yield func(collectors.Event, error) bool) {
		for _, f := range log.Files() {
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
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

// writeEvents writes the events that are not yet on the store.
func (w *recorder) writeEvents(v *view) error {
	if !w.hasEvents(v) {
		return nil
	}
	log := w.store.events
	before := log.Bytes()
	if err := log.Append(eventsAfter(v.events, w.event)); err != nil {
		return err
	}
	w.event = v.events[len(v.events)-1].Seq
	w.store.mu.Lock()
	w.store.stats.Written += max(0, log.Bytes()-before)
	w.store.mu.Unlock()
	return nil
}

func (w *recorder) hasEvents(v *view) bool {
	n := len(v.events)
	return n > 0 && v.events[n-1].Seq > w.event
}

// Events calls f for the events with a time from from to to (Unix milliseconds, to
// exclusive), in the order in which they were recorded, until f returns an error.
func (a *Archive) Events(from, to int64, f func(e *collectors.Event) error) error {
	log, problems := eventlog.Open(eventlog.Config{Dir: a.dir})
	if err := errors.Join(problems...); err != nil {
		return err
	}
	r := storeReader{}
	defer r.close()
	var once eventlog.Once
	give := func(e *collectors.Event) error {
		if e.T < from || e.T >= to || !once.First(e) {
			return nil
		}
		return f(e)
	}
	for i := range a.l.events { // of versions before
		if err := give(&a.l.events[i]); err != nil {
			return err
		}
	}
	for e, err := range r.events(log, &collectors.Window{From: max(from, 0), To: to}) {
		if err == nil {
			err = give(&e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
