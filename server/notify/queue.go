package notify

import (
	"slices"
	"time"

	"dashcam/collectors/alert"
)

const (
	// triedFor is how long a notice is tried, knownFor how long its id is known, so that
	// it is not taken again.
	triedFor = 24 * time.Hour
	knownFor = 7 * 24 * time.Hour
	// mostKnown bounds the notices that are known; the oldest that are over go first.
	mostKnown = 5000
)

// entry is a notice and how far it has come with each of its receivers.
type entry struct {
	notice  alert.Notice
	taken   int64
	to      []string // in the order of the configuration
	message *Message // nil until somebody made it
	states  map[string]*progress
}

// progress is how far a notice has come with a receiver.
type progress struct {
	state alert.DeliveryState
	at    int64
	next  int64
	tries int
	// lost counts attempts of which the answer was lost.
	lost   int
	trying bool
	err    string
}

func (e *entry) over() bool {
	for _, p := range e.states {
		if !over(p.state) {
			return false
		}
	}
	return true
}

// queue is what was taken, in that order. It has no lock of its own.
type queue struct {
	entries []*entry
	byID    map[string]*entry
}

func newQueue() *queue { return &queue{byID: make(map[string]*entry)} }

// apply brings a record into force.
func (q *queue) apply(r *record) {
	if r.Op == opNotice {
		if q.byID[r.ID] != nil {
			return
		}
		e := &entry{notice: *r.Notice, taken: r.T, to: r.To, message: r.Message, states: make(map[string]*progress, len(r.To))}
		for _, key := range r.To {
			e.states[key] = &progress{state: alert.DeliveryQueued, at: r.T}
		}
		q.entries = append(q.entries, e)
		q.byID[r.ID] = e
		return
	}
	e := q.byID[r.ID]
	if e == nil {
		return
	}
	if r.Op == opMessage {
		e.message = r.Message
		return
	}
	p := e.states[r.Key]
	if p == nil {
		return
	}
	switch r.Op {
	case opTry:
		p.trying, p.at, p.tries = true, r.T, r.Tries
	case opResult:
		*p = progress{state: r.State, at: r.T, next: r.Next, tries: r.Tries, lost: r.Lost, err: r.Error}
	}
}

// recover makes what the process before left in the middle an attempt without an answer,
// and ends what is for receivers that are not configured any more.
func (q *queue) recover(now int64, keys []string) {
	for _, e := range q.entries {
		for _, key := range sortedKeys(e.states) {
			p := e.states[key]
			if over(p.state) {
				continue
			}
			r := p.record(e, key, now)
			switch {
			case !slices.Contains(keys, key):
				r.State, r.Error = alert.DeliveryExpired, "not configured any more"
			case p.trying:
				r.State, r.Lost, r.Error, r.Next = alert.DeliveryFailing, p.lost+1, "dashcam ended before the answer", now
			default:
				continue
			}
			q.apply(r)
		}
	}
}

func (p *progress) record(e *entry, key string, now int64) *record {
	return &record{Op: opResult, ID: e.notice.ID, T: now, Key: key, State: p.state, Tries: p.tries, Lost: p.lost, Next: p.next, Error: p.err}
}

// next is the oldest notice that is not over for a receiver: they are sent in order.
func (q *queue) next(key string) (*entry, *progress) {
	for _, e := range q.entries {
		if p := e.states[key]; p != nil && !over(p.state) {
			return e, p
		}
	}
	return nil, nil
}

// count is how many notices wait for a receiver.
func (q *queue) count(key string) (n int) {
	for _, e := range q.entries {
		if p := e.states[key]; p != nil && !over(p.state) {
			n++
		}
	}
	return n
}

// untold reports whether a notice tells of a recovery from what the receiver was never
// told. What is not known any more counts as told.
func (q *queue) untold(n *alert.Notice, key string) bool {
	if n.Kind != alert.NoticeResolved || len(n.After) == 0 {
		return false
	}
	for _, id := range n.After {
		e := q.byID[id]
		if e == nil {
			return false
		}
		if p := e.states[key]; p != nil && (p.state == alert.DeliveryDelivered || p.lost > 0) {
			return false
		}
	}
	return true
}

// forget drops what nobody asks for any more.
func (q *queue) forget(now int64) {
	excess := len(q.entries) - mostKnown
	q.entries = slices.DeleteFunc(q.entries, func(e *entry) bool {
		old := now-e.taken > knownFor.Milliseconds() || excess > 0
		if !old || !e.over() {
			return false
		}
		excess--
		delete(q.byID, e.notice.ID)
		return true
	})
}

// records are what a journal has to say of the queue.
func (q *queue) records() (out []*record) {
	for _, e := range q.entries {
		r := &record{Op: opNotice, ID: e.notice.ID, T: e.taken, Notice: &e.notice, To: e.to, Message: e.message}
		if e.over() {
			r.Notice, r.Message = short(&e.notice), nil
		}
		out = append(out, r)
		for _, key := range e.to {
			if p := e.states[key]; p.state != alert.DeliveryQueued || p.trying {
				out = append(out, p.record(e, key, p.at))
				if p.trying {
					out = append(out, &record{Op: opTry, ID: e.notice.ID, T: p.at, Key: key, Tries: p.tries})
				}
			}
		}
	}
	return out
}

// short is what has to be known of a notice that is over.
func short(n *alert.Notice) *alert.Notice {
	out := &alert.Notice{ID: n.ID, AtMs: n.AtMs, Kind: n.Kind, Level: n.Level}
	for i := range n.Alerts {
		a := &n.Alerts[i]
		out.Alerts = append(out.Alerts, alert.Alert{ID: a.ID, Rule: a.Rule, Phase: a.Phase, Level: a.Level})
	}
	return out
}

// news leaves out of a notice the alerts of which one of its kind told already. Who decides
// on notices does so again when he was killed, and may put alerts together otherwise.
func (q *queue) news(n *alert.Notice) bool {
	if n.Kind != alert.NoticeFiring && n.Kind != alert.NoticeResolved {
		return true
	}
	told := make(map[string]bool)
	for _, e := range q.entries {
		if e.notice.Kind != n.Kind {
			continue
		}
		for i := range e.notice.Alerts {
			told[e.notice.Alerts[i].ID+string(e.notice.Alerts[i].Level)] = true
		}
	}
	n.Alerts = slices.DeleteFunc(slices.Clone(n.Alerts), func(a alert.Alert) bool { return told[a.ID+string(a.Level)] })
	return len(n.Alerts) > 0
}
