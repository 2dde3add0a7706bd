package stream

import (
	"context"
	"time"

	"dashcam/server/wire"
)

// metrics is where a viewer stands in the rows.
type metrics struct {
	on bool
	// request is a subscription that no view was applied to yet.
	request *wire.Subscribe
	// cursor is the last row the viewer has; based says that it knows its values, so
	// that a frame can follow.
	cursor uint64
	based  bool
	// live is set once frames came: one that is not to be had any more is a lag.
	live bool
	// more is set while the last history message promised another.
	more bool
	// gap is named by the next history message. fresh viewers asked for what there
	// is, and are told of no gap.
	gap   *wire.Gap
	fresh bool
	// older is named by it too: rows that are remembered, but beyond the reach, or that
	// cannot be read now.
	older *wire.Older
	// The rows up to partialTo are sent with their priority columns first. Those after
	// remainingAfter are owed the others, which priority divides. See priority.go.
	partialTo, remainingAfter uint64
	priority                  *priority
	// own says that what others are given does not suit this viewer.
	own bool
	// retry is when the disk is asked again for remaining columns.
	retry time.Time
}

// whyUnreadable is what a page is told of rows that the disk does not give.
const whyUnreadable = "the disk does not answer"

// retryDisk is how long remaining columns wait for a disk that did not answer.
const retryDisk = 5 * time.Second

// asked is a batch that a viewer waits for.
type asked struct {
	*pending
	rows rowRange
	// number is the subscription that it is for.
	number uint64
	shared bool
	cancel context.CancelFunc // of one of its own
}

// ask begins to make the first batch of a range, once the viewer's tokens and those of
// all viewers allow it.
func (f *Feed) ask(v *view, want rowRange) {
	m := &f.metrics
	f.forgetPending()
	fill, now := &f.fan.backfill, time.Now()
	per := fill.rowBytes(want.part)
	most := fill.most()
	limit := int(min(want.to-want.after, per.limit(most)))
	mayShare := !m.own && (m.gap == nil && m.older == nil || want.part == wire.PartRemaining)
	cost := per.cost(limit)
	if mayShare && v.batches.has(want) {
		cost = 0
	}
	limit, ready := f.budget.pay(f.fan.budget, want.part, limit, cost, now)
	if now.Before(ready) {
		f.waitsUntil = ready
		return
	}
	f.pending = &asked{rows: want, number: f.subscription}
	if mayShare {
		if p := v.batches.at(f.fan, want); p != nil {
			f.pending.pending, f.pending.shared = p, true
			return
		}
	}
	r := request{
		rows: want, limit: limit, most: most, gap: m.gap, older: m.older, fresh: m.fresh,
		remainingAfter: m.remainingAfter, partialTo: m.partialTo,
	}
	if want.part == wire.PartRemaining {
		r.gap, r.older = nil, nil // said before the next rows
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.pending.cancel = cancel
	f.pending.pending = f.fan.begin(ctx, func(ctx context.Context) *batch { return f.fan.own(ctx, r) })
}

// take hands over the batch that was asked for. done is false while it is being made. No
// message with done says that there is none, and that the viewer stands elsewhere now.
func (f *Feed) take() (message *Message, done bool) {
	p := f.pending
	stale := p.number != f.subscription
	select {
	case <-p.done:
	default:
		if !stale {
			return nil, false
		}
	}
	f.forgetPending()
	if stale {
		return nil, true
	}
	m, b := &f.metrics, p.batch
	if b == nil {
		// A shared one would name a gap, or the ring evicted everything: then the next
		// row brings the next try.
		if !p.shared {
			return nil, false
		}
		m.own = true
		return nil, true
	}
	m.own = false
	if b.unreadable > 0 {
		f.cannotRead(p.rows, b.unreadable)
		return nil, true
	}
	f.budget.spend(p.rows.part, int(b.rows), time.Now())
	if b.message != nil && !p.shared {
		f.inFlight = int64(len(b.message.bytes))
		f.fan.backfill.inFlight.Add(f.inFlight)
	}
	if !p.shared {
		m.remainingAfter = b.remainingAfter
	}
	f.account(b)
	if p.rows.part == wire.PartRemaining {
		m.remainingAfter = b.last
		f.fill(b.rows)
		return b.message, true
	}
	m.cursor, m.more = b.last, b.more || p.rows.part == wire.PartPriority
	m.based, m.fresh, m.gap, m.older = true, false, nil, nil
	if p.rows.part == "" {
		f.fill(b.rows)
	}
	return b.message, true
}

// account counts the rows that a batch names instead of sending them.
func (f *Feed) account(b *batch) {
	if b.lost != nil {
		lost := b.lost.To - b.lost.From + 1
		f.ledger.Lost += lost
		f.ledger.Gaps++
		f.fan.counts.lost.Add(lost)
		f.fan.counts.gaps.Add(1)
	}
	if b.older != nil {
		older := b.older.To - b.older.From + 1
		f.ledger.Older += older
		f.fan.counts.older.Add(older)
	}
}

func (f *Feed) fill(rows uint64) {
	f.ledger.Filled += rows
	f.fan.counts.filled.Add(rows)
}

// cannotRead goes on behind rows that the disk does not give. The next message names
// them as older: the API has them once the disk answers again.
func (f *Feed) cannotRead(rows rowRange, last uint64) {
	m := &f.metrics
	if rows.part == wire.PartRemaining {
		m.retry = time.Now().Add(retryDisk)
		return
	}
	from, oldest := m.cursor+1, f.fan.ring.Bounds().Oldest
	if m.older != nil {
		from = m.older.From
	}
	if from < oldest && !m.fresh && m.gap == nil {
		m.gap = &wire.Gap{From: from, To: oldest - 1}
	}
	m.older = &wire.Older{From: max(from, oldest), To: last, Why: whyUnreadable}
	switch {
	case rows.part == "":
	case m.cursor == m.remainingAfter:
		m.remainingAfter = last
	default:
		m.partialTo = m.cursor // what follows comes whole
	}
	m.cursor, m.based = last, false
}

// forgetPending lets go of the batch that was asked for.
func (f *Feed) forgetPending() {
	if f.pending != nil && f.pending.cancel != nil {
		f.pending.cancel()
	}
	f.pending = nil
}

// batchLeft is called when the viewer asks for more, or leaves.
func (f *Feed) batchLeft() {
	if f.inFlight != 0 {
		f.fan.backfill.inFlight.Add(-f.inFlight)
		f.inFlight = 0
	}
}
