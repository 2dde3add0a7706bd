package history

import (
	"context"
	"iter"

	"dashcam/collectors"
)

// HeadEvents returns the events in memory of the rows after seq.
func (r *Ring) HeadEvents(seq uint64) []collectors.Event {
	h := r.Head()
	return h.EventsAfter(seq)
}

// Events yields the remembered events: those that the ring does not hold any more from the
// store.
func (r *Ring) Events(ctx context.Context, w collectors.Window) iter.Seq2[collectors.Event, error] {
	return func(yield func(collectors.Event, error) bool) {
		h := r.Head()
		below := h.Newest
		if len(h.Events) > 0 {
			below = h.Events[0].Seq // whose events may be in memory in part
		}
		shown := make(map[string]bool) // of that row, by id
		if len(h.Events) == 0 || w.First <= below {
			rd := r.reader(ctx)
			defer rd.Close()
			for e, err := range rd.Events(&w) {
				if err != nil {
					yield(e, err)
					return
				}
				if e.Seq > below {
					break
				}
				if e.Seq == below {
					shown[e.ID] = true
				}
				if w.Holds(e.Seq, e.T) && !yield(e, nil) {
					return
				}
			}
		}
		for _, e := range h.EventsAfter(max(w.First, 1) - 1) {
			again := e.Seq == below && shown[e.ID]
			if w.Holds(e.Seq, e.T) && !again && !yield(e, nil) {
				return
			}
		}
	}
}
