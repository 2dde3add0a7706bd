package stream

import (
	"sync"

	"dashcam/collectors"
	"dashcam/server/wire"
)

const (
	// recent is how many frames are kept. A viewer that lags further gets one
	// history message instead of that many frames.
	recent = 16
	// keptEvents bounds the events that a joining viewer can still be told of.
	keptEvents = 256
)

// view is everything viewers may be sent as of one tick. It is immutable; the pump
// replaces it and closes superseded, which is what wakes the viewers.
type view struct {
	// ready is set once the pump has seen the ring, stopped once it ended.
	ready, stopped bool
	newest         uint64
	t              int64          // the time of the newest row, 0 where that is not known
	frames         [recent]*frame // by seq % recent
	schema         *schema
	tables         map[string]*table // never changed, only replaced
	health         []*notice
	events         []*notice
	batches        *sharedBatches
	superseded     chan struct{}
}

// frame returns the frame that leads to the row seq, or nil when it is no longer (or
// never was) there.
func (v *view) frame(seq uint64) *frame {
	if f := v.frames[seq%recent]; f != nil && f.seq == seq {
		return f
	}
	return nil
}

type frame struct {
	seq uint64
	*lazy
}

// schema is one revision, whole and as the difference to the revision the pump saw
// before.
type schema struct {
	*collectors.Schema
	before     *collectors.Schema
	whole      *lazy
	difference *lazy
	priority   func() *priority
}

// table is the newest observation of a table, whole and as the difference to the one
// the pump saw before.
type table struct {
	data, base *collectors.TableData
	whole      *lazy
	difference *lazy
}

// notice is a message that is sent once: a health state or an event. Numbers rise in
// the order of happening, and a viewer's cursor is the last one it got.
type notice struct {
	number uint64
	seq    uint64 // the row of an event
	*lazy
}

// nextNotice returns the first notice after number. Notices are not many.
func nextNotice(list []*notice, number uint64) *notice {
	var first *notice
	for _, n := range list {
		if n.number > number && (first == nil || n.number < first.number) {
			first = n
		}
	}
	return first
}

// pump is what the fan-out's one goroutine remembers between ticks.
type pump struct {
	fan           *Fanout
	prev          *collectors.Row
	health        []collectors.Health
	healthVersion uint64
	eventSeq      uint64
	numbers       uint64
}

// start builds the view of a ring that may already hold rows: those are only reached
// through history. Where the newest one is on the disk alone, the row that follows has
// no frame.
func (p *pump) start() *view {
	v := &view{ready: true, tables: make(map[string]*table), batches: new(sharedBatches), superseded: make(chan struct{})}
	v.newest = p.fan.ring.Bounds().Newest
	if v.newest > 0 {
		if rows, _ := p.fan.ring.Rows(v.newest-1, 1); len(rows) == 1 {
			p.prev = &rows[0]
			v.newest, v.t = rows[0].Seq, rows[0].T
		}
	}
	p.update(v)
	return v
}

// next builds the view that follows v.
func (p *pump) next(v *view) *view {
	n := *v
	n.superseded, n.batches = make(chan struct{}), new(sharedBatches)
	for {
		rows, gap := p.fan.ring.Rows(n.newest, recent)
		if len(rows) == 0 {
			break
		}
		for i := range rows {
			p.row(&n, &rows[i], gap != nil && i == 0)
		}
	}
	p.update(&n)
	return &n
}

// row adds the frame of one row. Behind a gap there is no row to differ from: viewers
// find no frame and are given history.
func (p *pump) row(v *view, row *collectors.Row, torn bool) {
	prev := p.prev
	if !torn {
		v.frames[row.Seq%recent] = &frame{row.Seq, newLazy(func() *Message {
			p.fan.counts.encoded(wire.TopicMetrics)
			return &Message{bytes: wire.AppendFrame(nil, prev, row), shared: true}
		})}
	}
	p.prev, v.newest, v.t = row, row.Seq, row.T
}

// update takes over what goes with the rows: schema, tables, health and events.
func (p *pump) update(v *view) {
	latest := p.fan.ring.Latest()
	p.schema(v)
	for name, data := range latest.Tables {
		p.table(v, name, data)
	}
	if now := p.fan.ring.HealthVersion(); now != p.healthVersion || !p.fan.view.Load().ready {
		p.healthVersion = now
		p.healths(v, p.fan.ring.Health())
	}
	p.events(v, p.fan.ring.HeadEvents(p.eventSeq))
}

// schema is read after the rows, so that it describes all of them.
func (p *pump) schema(v *view) {
	now := p.fan.ring.Latest().Schema
	if v.schema != nil && v.schema.Rev == now.Rev {
		return
	}
	s := &schema{Schema: now, priority: sync.OnceValue(func() *priority { return priorityOf(now) }), whole: p.fan.early("schema", func() any { return wire.ViewerSchema(now) })}
	if v.schema != nil {
		before := v.schema.Schema
		s.before = before
		s.difference = p.fan.lazy("schema", func() any { return wire.SchemaDifference(before, now) })
	}
	v.schema = s
}

func (p *pump) table(v *view, name string, data *collectors.TableData) {
	old := v.tables[name]
	if data == nil || (old != nil && old.data.Seq >= data.Seq) {
		return
	}
	fan := p.fan
	t := &table{data: data, whole: newLazy(func() *Message {
		fan.counts.encoded(name)
		return &Message{bytes: wire.AppendTable(nil, data, nil), shared: true, early: true}
	})}
	if old != nil {
		base := old.data
		t.base = base
		t.difference = newLazy(func() *Message {
			fan.counts.encoded(name)
			return &Message{bytes: wire.AppendTable(nil, data, base), shared: true}
		})
	}
	tables := make(map[string]*table, len(v.tables)+1)
	for n, t := range v.tables {
		tables[n] = t
	}
	tables[name] = t
	v.tables = tables
}

// healths replaces the notices of those collectors whose health changed.
func (p *pump) healths(v *view, now []collectors.Health) {
	list := make([]*notice, 0, len(now))
	for i := range now {
		// The ring keeps collectors in the order they were first reported.
		if i < len(p.health) && p.health[i].Same(&now[i]) {
			list = append(list, v.health[i])
			continue
		}
		list = append(list, p.notice(0, "health", wire.Health{Health: now[i]}))
	}
	v.health, p.health = list, now
}

func (p *pump) events(v *view, found []collectors.Event) {
	var fresh []*notice
	last := p.eventSeq
	for _, e := range found {
		if e.Seq > v.newest {
			break // of a row that came meanwhile: the next view has both
		}
		fresh = append(fresh, p.notice(e.Seq, "event", wire.Event{Event: e}))
		last = max(last, e.Seq)
	}
	if fresh == nil {
		return
	}
	p.eventSeq = last
	all := append(v.events[:len(v.events):len(v.events)], fresh...)
	v.events = all[max(0, len(all)-keptEvents):]
}

func (p *pump) notice(seq uint64, topic string, m any) *notice {
	p.numbers++
	return &notice{number: p.numbers, seq: seq, lazy: p.fan.lazy(topic, func() any { return m })}
}

// spanOf gives the wire the ring's columns; only their headers are copied.
func spanOf(s *collectors.Span) *wire.Span {
	out := &wire.Span{Rev: s.Rev, First: s.First, T: s.T, Missed: s.Missed, Why: s.Why, Columns: make([]wire.Column, len(s.Columns))}
	for i := range s.Columns {
		out.Columns[i] = wire.Column{ID: s.Columns[i].ID, Q: s.Columns[i].Q}
	}
	if s.Gap != nil {
		out.Gap = &wire.Gap{From: s.Gap.From, To: s.Gap.To}
	}
	return out
}
