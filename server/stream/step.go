package stream

import (
	"errors"
	"time"

	"dashcam/server/wire"
)

// step returns the next message in view v, or nil when the viewer has everything or
// waits for a batch. A message that could not be encoded is nil too; its cursor has
// moved on, so that a later call returns what comes after it.
func (f *Feed) step(v *view) (*Message, error) {
	f.waitsUntil, f.verdicts.made = time.Time{}, nil
	if v.stopped && f.ending == nil {
		f.ending = &ending{err: ErrStopping}
	}
	if f.ending != nil {
		return f.end()
	}
	if !v.ready {
		return nil, nil
	}
	if !f.greeted {
		f.greeted = true
		return f.greet(), nil
	}
	if p := f.ping; p != nil {
		f.ping = nil
		return f.fan.encode(wire.Pong{ID: p.ID, T: p.T, NowMs: f.fan.now().UnixMilli()}, false), nil
	}
	if f.schema == nil || f.schema.Rev != v.schema.Rev {
		return f.describe(v.schema), nil
	}
	if m := f.row(v); m != nil {
		return m, nil
	}
	if f.waitsForRows() {
		return nil, nil // what comes behind the rows waits for them
	}
	if m := f.event(v); m != nil {
		return m, nil
	}
	if m := f.table(v); m != nil {
		return m, nil
	}
	if m := f.verdict(v); m != nil {
		return m, nil
	}
	// A joining page draws its first screen without.
	if f.firstScreenSent(v) {
		if n := nextNotice(v.health, f.healthNo); n != nil {
			f.healthNo = n.number
			return n.message(), nil
		}
	}
	return f.remaining(v), nil
}

// firstScreenSent reports whether the viewer has said what it wants, and has it but for
// the remaining columns.
func (f *Feed) firstScreenSent(v *view) bool {
	m := &f.metrics
	return f.subscribedOnce && (!m.on || m.request == nil && m.cursor >= v.newest)
}

func (f *Feed) end() (*Message, error) {
	if f.ending.said {
		return nil, f.ending.err
	}
	f.ending.said = true
	reason, text := wire.ByeStopping, ""
	if c, ok := errors.AsType[*CloseError](f.ending.err); ok {
		reason, text = c.Reason, c.Text
	}
	if m := f.fan.bye(reason, text); m != nil {
		return m, nil
	}
	return nil, f.ending.err
}

func (f *Feed) greet() *Message {
	hello := f.fan.hello()
	b := f.fan.ring.Bounds()
	hello.Instance = f.fan.ring.Instance()
	hello.NowMs = f.fan.now().UnixMilli()
	hello.Oldest, hello.OldestT, hello.Newest = b.Oldest, b.OldestT, b.Newest
	return f.fan.encode(hello, false)
}

// describe sends the schema: the shared difference to a viewer that has the revision
// before, else a difference of its own; the whole one to a new viewer.
func (f *Feed) describe(s *schema) *Message {
	had := f.schema
	f.schema = s.Schema
	switch {
	case had == nil:
		return s.whole.message()
	case s.before == had:
		return s.difference.message()
	default:
		f.fan.counts.encoded("schema")
		return f.fan.encode(wire.SchemaDifference(had, s.Schema), false)
	}
}

// row sends the rows after the cursor: frames where the viewer is close enough and
// knows the row before, history otherwise.
func (f *Feed) row(v *view) *Message {
	m := &f.metrics
	if m.on && m.request != nil {
		f.begin(v)
	}
	if f.waitsForRows() {
		if message, done := f.take(); message != nil || !done {
			return message
		}
	}
	if !m.on || m.cursor >= v.newest {
		return nil
	}
	if m.based && !m.more {
		if next := v.frame(m.cursor + 1); next != nil {
			m.cursor++
			m.live = true
			f.ledger.Frames++
			f.fan.counts.frames.Add(1)
			return next.message()
		}
		if m.live {
			m.live = false
			f.catchUps++
			f.fan.counts.catchUps.Add(1)
		}
	}
	want := rowRange{after: m.cursor, to: v.newest}
	if m.cursor < m.partialTo {
		want.to, want.part, want.priority = m.partialTo, wire.PartPriority, m.priority
	}
	f.ask(v, want)
	return nil
}

// waitsForRows reports whether a batch of rows is being made that comes before all others.
func (f *Feed) waitsForRows() bool {
	return f.pending != nil && f.pending.rows.part != wire.PartRemaining
}

// begin applies a subscription to the rows there are.
func (f *Feed) begin(v *view) {
	m := &f.metrics
	s := m.request
	m.request = nil
	var reach uint64
	if v.newest > wire.MaxReach {
		reach = v.newest - wire.MaxReach
	}
	if head := f.fan.ring.Bounds().Head; f.fan.partial && head > 0 {
		reach = max(reach, head-1)
	}
	if s.Since != nil && s.Since.Instance == f.fan.ring.Instance() && s.Since.Seq <= v.newest {
		// One row is a frame that is made already; more of them come as one batch.
		m.cursor, m.based = s.Since.Seq, v.newest-s.Since.Seq <= 1
		if rows := s.Since.Rest; rows != nil {
			m.remainingAfter, m.partialTo, m.priority = rows.From-1, rows.To, new(priority)
			m.based = m.based && rows.To < m.cursor // no frame follows a partial row
		}
		if m.cursor < reach {
			// Rows before the reach are the API's to give; only those that nobody
			// remembers are a gap.
			oldest := f.fan.ring.Bounds().Oldest
			if m.cursor+1 < oldest {
				m.gap = &wire.Gap{From: m.cursor + 1, To: min(oldest-1, reach)}
			}
			if from := max(m.cursor+1, oldest); from <= reach {
				m.older = &wire.Older{From: from, To: reach}
			}
			m.cursor, m.based = reach, false
		}
	} else {
		window := uint64(min(max(s.Window, 0), wire.MaxReach))
		switch {
		case window == 0 && s.Since != nil:
			window = wire.MaxReach
		case window == 0:
			window = 1
		}
		m.fresh = true
		if v.newest > window {
			m.cursor = v.newest - window
		}
		if oldest := f.fan.ring.Bounds().Oldest; m.cursor+1 < oldest {
			m.cursor = oldest - 1
		}
		if f.fan.partial && m.cursor < reach {
			m.older = &wire.Older{From: m.cursor + 1, To: reach}
			m.cursor = reach
		}
		m.based = v.newest == 0 // before the first row everything is missing
		if s.Parts && v.newest > m.cursor+1 {
			m.remainingAfter, m.partialTo, m.priority = m.cursor, v.newest-1, v.schema.priority()
		}
	}
	told := m.cursor
	if !m.fresh {
		// An event comes after the rows there are; the connection may have ended in
		// between. The page knows again what it was told already.
		told -= min(told, wire.MaxReach)
	}
	f.eventNo = lastBefore(v.events, told)
}

// lastBefore returns the number of the last event up to the row seq: what the viewer
// already has.
func lastBefore(events []*notice, seq uint64) uint64 {
	var number uint64
	for _, e := range events {
		if e.seq <= seq {
			number = max(number, e.number)
		}
	}
	return number
}

// event sends the next event. It is asked for once the viewer has every row.
func (f *Feed) event(v *view) *Message {
	if m := &f.metrics; !m.on || m.cursor < v.newest {
		return nil
	}
	n := nextNotice(v.events, f.eventNo)
	if n == nil {
		return nil
	}
	f.eventNo = n.number
	return n.message()
}

// table sends the newest observation: the shared difference to a viewer that has the
// one before, the shared whole one to any other.
func (f *Feed) table(v *view) *Message {
	for i := range f.tables {
		c := &f.tables[i]
		t := v.tables[c.name]
		if t == nil || t.data.Seq <= c.seq {
			continue
		}
		had := c.seq
		c.seq = t.data.Seq
		if t.base != nil && had == t.base.Seq {
			return t.difference.message()
		}
		return t.whole.message()
	}
	return nil
}
