package fleet

import (
	"cmp"
	"slices"
	"time"

	"dashcam/collectors"
)

// HostEvent is an event of one host.
type HostEvent struct {
	Host string `json:"host"`
	collectors.Event
}

// maxHostEvents is how many events of all hosts are remembered.
const maxHostEvents = 10_000

// Happened takes events of a host and returns the last row of which it has them. What it
// has already is left out.
func (w *Wall) Happened(id string, m Events) (seq uint64, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	if h == nil || h.refuses(m.Instance, time.Now()) {
		return 0, false
	}
	last := h.eventAt[m.Instance]
	for _, e := range m.Events {
		if e.Seq <= last {
			w.stats.duplicates.Add(1)
			continue
		}
		w.events = append(w.events, HostEvent{id, e})
	}
	if n := len(m.Events); n > 0 {
		last = max(last, m.Events[n-1].Seq)
	}
	clear(h.eventAt) // an instance that ended says nothing more
	h.eventAt[m.Instance] = last
	if m.Now != nil && (m.Instance != h.presentOf || m.Now.Rev >= h.present.Rev) {
		h.present, h.presentOf = *m.Now, m.Instance
	}
	if n := len(w.events); n > maxHostEvents {
		w.events = slices.Delete(w.events, 0, n-maxHostEvents)
		w.forgotten += int64(n - maxHostEvents)
	}
	return last, true
}

// ackOf is what has come of an instance of a host: up to which row events, and what is
// wrong.
func (w *Wall) ackOf(id, instance string) Control {
	c := Control{Type: typeAck, Instance: instance}
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.hosts[id]; h != nil {
		c.Seq = h.eventAt[instance]
		if h.presentOf == instance {
			c.Rev = h.present.Rev
		}
	}
	return c
}

// EventQuery says which events are asked for. The zero value asks for none: Limit is how
// many at most.
type EventQuery struct {
	FromMs, ToMs int64 // ToMs is the first moment that is no more asked for, 0 for no end
	// After is how many events had come when it was asked before: what came since is
	// found, whenever it happened.
	After int64
	Hosts []string // nil for all
	Limit int
}

// Events returns the newest events that are asked for, oldest first, and how many have
// come in all.
func (w *Wall) Events(q EventQuery) (events []HostEvent, came int64) {
	w.mu.Lock()
	found := []HostEvent{}
	came = w.forgotten + int64(len(w.events))
	for _, e := range w.events[min(max(q.After-w.forgotten, 0), int64(len(w.events))):] {
		if e.T >= q.FromMs && (q.ToMs == 0 || e.T < q.ToMs) && (q.Hosts == nil || slices.Contains(q.Hosts, e.Host)) {
			found = append(found, e)
		}
	}
	w.mu.Unlock()
	slices.SortStableFunc(found, func(a, b HostEvent) int { return cmp.Compare(a.T, b.T) })
	return found[max(0, len(found)-q.Limit):], came
}
