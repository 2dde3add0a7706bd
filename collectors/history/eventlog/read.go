package eventlog

import "dashcam/collectors"

// Parse returns the events in the bytes of a file, oldest first. What is
// damaged is left out.
func Parse(b []byte, number uint64) []collectors.Event {
	var all []collectors.Event
	scan(b, number, func(e *collectors.Event) { all = append(all, *e) })
	return all
}

// Once tells events that were written twice, because the disk failed between: it is asked
// for each in the order in which they were written.
type Once struct {
	seq uint64
	ids map[string]bool // of the events of seq
}

// First reports whether e was not there before.
func (o *Once) First(e *collectors.Event) bool {
	switch {
	case e.Seq < o.seq:
		return false
	case e.Seq > o.seq || o.ids == nil:
		o.seq, o.ids = e.Seq, make(map[string]bool, 1)
	}
	if o.ids[e.ID] && e.ID != "" {
		return false
	}
	o.ids[e.ID] = true
	return true
}
