package stream

import (
	"errors"

	"dashcam/server/wire"
)

// step returns the next message in view v, or nil when the viewer has everything. A
// message that could not be encoded is nil too; its cursor has moved on, so that a
// later call returns what comes after it.
func (f *Feed) step(v *view) (*Message, error) {
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
	if m := f.event(v); m != nil {
		return m, nil
	}
	if m := f.table(v); m != nil {
		return m, nil
	}
	// A joining page draws its first screen without.
	if n := nextNotice(v.health, f.healthNo); n != nil {
		f.healthNo = n.number
		return n.message(), nil
	}
	return f.rest(v), nil
}

func (f *Feed) end() (*Message, error) {
	if f.ending.said {
		return nil, f.ending.err
	}
	f.ending.said = true
	reason := wire.ByeStopping
	if c, ok := errors.AsType[*CloseError](f.ending.err); ok {
		reason = c.Reason
	}
	if m := f.fan.bye(reason); m != nil {
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
	if !m.on {
		return nil
	}
	if m.request != nil {
		f.begin(v)
	}
	if m.cursor >= v.newest {
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
	return f.history(v)
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
	if s.Since != nil && s.Since.Instance == f.fan.ring.Instance() && s.Since.Seq <= v.newest {
		// One row is a frame that is made already; more of them come as one piece.
		m.cursor, m.based = s.Since.Seq, v.newest-s.Since.Seq <= 1
		if fan := s.Since.Rest; fan != nil {
			m.restFrom, m.halvesTo, m.screen = fan.From-1, fan.To, new(screen)
			m.based = m.based && fan.To < m.cursor // no frame follows half a row
		}
		if m.cursor < reach {
			// Rows before the reach are the API's to give; only those that nobody
			// remembers are a gap.
			oldest := f.fan.ring.Bounds().Oldest
			if m.cursor+1 < oldest {
				m.gap = &wire.Gap{From: m.cursor + 1, To: min(oldest-1, reach)}
			}
			if from := max(m.cursor+1, oldest); from <= reach {
				m.older = &wire.Gap{From: from, To: reach}
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
		m.based = v.newest == 0 // before the first row everything is missing
		if s.Parts && v.newest > m.cursor+1 {
			m.restFrom, m.halvesTo, m.screen = m.cursor, v.newest-1, v.schema.first()
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

// history sends one piece of the rows between the cursor and the view's newest row.
func (f *Feed) history(v *view) *Message {
	m := &f.metrics
	want := stretch{after: m.cursor, to: v.newest}
	if m.cursor < m.halvesTo {
		want.to, want.part, want.screen = m.halvesTo, wire.PartFirst, m.screen
	}
	p := f.piece(v, want)
	if p == nil {
		return nil // a ring that forgot everything; the next row brings the next try
	}
	m.cursor, m.more = p.last, p.more || want.part == wire.PartFirst
	m.based, m.fresh, m.gap, m.older = true, false, nil, nil
	if want.part == "" {
		f.fill(p.rows)
	}
	if p.message == nil { // all rows that would have come in parts are forgotten
		return f.history(v)
	}
	return p.message
}

func (f *Feed) fill(rows uint64) {
	f.ledger.Filled += rows
	f.fan.counts.filled.Add(rows)
}

func (f *Feed) lose(gap *wire.Gap) {
	lost := gap.To - gap.From + 1
	f.ledger.Lost += lost
	f.ledger.Gaps++
	f.fan.counts.lost.Add(lost)
	f.fan.counts.gaps.Add(1)
}

// piece returns the first piece of a stretch of rows, one that others get too where
// there is one.
func (f *Feed) piece(v *view, want stretch) *piece {
	if f.metrics.gap == nil && f.metrics.older == nil {
		if p := v.pieces.at(f.fan, want); p != nil {
			return p
		}
	}
	return f.ownPiece(want)
}

// ownPiece makes a piece for this viewer alone, with the gap before it.
func (f *Feed) ownPiece(want stretch) *piece {
	m := &f.metrics
	f.fan.pieces.making <- struct{}{}
	defer func() { <-f.fan.pieces.making }()
	most := f.fan.pieces.most()
	span := f.fan.read(want, most)
	if span == nil {
		return nil
	}
	if m.older != nil && span.Gap != nil { // the API has them no more either
		if m.gap == nil {
			m.gap = m.older
		}
		m.older = nil
	}
	switch {
	case span.Gap != nil && want.part != "":
		f.forgetHalves(span, want.part)
	case m.fresh:
		span.Gap = nil
	case m.gap != nil && span.Gap != nil:
		span.Gap.From = m.gap.From
	case m.gap != nil:
		span.Gap = m.gap
	}
	if span.Gap != nil {
		f.lose(span.Gap)
	}
	if want.part != wire.PartRest && m.older != nil {
		span.Older = m.older
		older := m.older.To - m.older.From + 1
		f.ledger.Older += older
		f.fan.counts.older.Add(older)
	}
	if len(span.T) == 0 && span.Gap == nil {
		return &piece{last: span.First - 1}
	}
	p := f.fan.encodePiece(span, most)
	f.onTheWay = int64(len(p.message.bytes))
	f.fan.pieces.bytes.Add(f.onTheWay)
	return p
}

// event sends the next event. It is asked for once the viewer has every row.
func (f *Feed) event(v *view) *Message {
	if !f.metrics.on {
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
