package stream

import (
	"bytes"
	"context"
	"runtime/debug"
	"sync/atomic"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// A batch of history is the only long message, and costs a thousand times what a frame
// does. Viewers that come at the same tick for the same rows, as they do when a network
// or a proxy returns, are given the same one: see shared.go. The others get one of their
// own. A viewer that does not read holds on to that until it is dropped, so what a
// thousand of them may hold must have a bound that does not make anybody wait: the more
// is in flight, the smaller batches become. While little is, a batch has all the bytes
// that the wire allows.
const (
	mostInFlight = 8 * wire.MaxBatchBytes
	leastBatch   = 4 << 10
)

// backfill knows what batches take, and those of single viewers that are in flight.
type backfill struct {
	inFlight atomic.Int64
	// whole, priority and remaining are what a row of the last batch of that part took.
	whole, priority, remaining rowBytes
	// encoding has room for the batches that are being encoded: what a batch is made
	// from is several times as long, and more at once are not made any faster.
	encoding chan struct{}
}

// most returns how many bytes the next batch may have. Beyond mostInFlight it is
// leastBatch: everybody comes forward, if slowly.
func (b *backfill) most() int {
	left := (mostInFlight - b.inFlight.Load()) / (mostInFlight / wire.MaxBatchBytes)
	return int(min(max(left, leastBatch), wire.MaxBatchBytes))
}

// rowBytes is what a row took, so that no more rows are read than a batch can hold.
type rowBytes struct{ atomic.Int64 }

// limit returns how many rows are likely to fit into so many bytes.
func (r *rowBytes) limit(most int) uint64 {
	each := r.Load()
	if each == 0 {
		return wire.MaxBatch
	}
	return uint64(min(max(int64(most)*9/10/each, 1), wire.MaxBatch))
}

// cost returns how many bytes so many rows are likely to take.
func (r *rowBytes) cost(rows int) int {
	each := r.Load()
	if each == 0 {
		return wire.MaxBatchBytes
	}
	return int(min(each*int64(rows), wire.MaxBatchBytes))
}

func (b *backfill) rowBytes(part wire.HistoryPart) *rowBytes {
	switch part {
	case wire.PartPriority:
		return &b.priority
	case wire.PartRemaining:
		return &b.remaining
	}
	return &b.whole
}

// rowRange is rows that are to be sent: those after one, up to another, or some of their
// columns.
type rowRange struct {
	after, to uint64
	part      wire.HistoryPart
	priority  *priority // that divides the columns
}

// request asks for the first batch of a range. It says all that the batch depends on, so
// that it can be made while no lock is held.
type request struct {
	rows rowRange
	// limit is how many rows are read at most, most how many bytes they may take.
	limit, most int
	// gap, older and fresh are those of the viewer, remainingAfter and partialTo too.
	gap                       *wire.Gap
	older                     *wire.Older
	fresh                     bool
	remainingAfter, partialTo uint64
}

// batch is a history message and what it does to the cursor of whoever gets it.
type batch struct {
	message    *Message // nil where nothing of the rows is to be said
	last, rows uint64
	more       bool
	// lost and older are what the message names, remainingAfter as in metrics.
	lost           *wire.Gap
	older          *wire.Older
	remainingAfter uint64
	// unreadable is the last of the rows that cannot be read now, 0 for none.
	unreadable uint64
}

// pending is a batch that a goroutine makes. The batch may be looked at once done is
// closed; nil means that there is none.
type pending struct {
	done  chan struct{}
	batch *batch
}

// begin makes a batch on a goroutine of its own, for which Run waits.
func (fan *Fanout) begin(ctx context.Context, build func(context.Context) *batch) *pending {
	p := &pending{done: make(chan struct{})}
	fan.making.Go(func() {
		defer close(p.done)
		defer func() {
			if r := recover(); r != nil {
				fan.log.Error("batch of history panicked", "panic", r, "stack", string(debug.Stack()))
			}
		}()
		p.batch = build(ctx)
	})
	return p
}

// own makes a batch for one viewer; nil where there is none, or ctx ended.
func (fan *Fanout) own(ctx context.Context, r request) *batch {
	span, release, unreadable := fan.read(ctx, r)
	if unreadable > 0 {
		return &batch{unreadable: unreadable}
	}
	if span == nil {
		return nil
	}
	defer release()
	return fan.encodeBatch(r, span)
}

// read returns those rows of a request that fit into its bytes, or more; nil when there
// are none. Where there are some, the caller calls release when it has encoded them.
// Rows that are not in memory are read from the disk; unreadable is the last of them
// where it does not answer.
func (fan *Fanout) read(ctx context.Context, r request) (span *wire.Span, release func(), unreadable uint64) {
	var found collectors.Span
	leave := func() {}
	last := fan.lastStored(r.rows)
	if last > 0 {
		limit := int(min(uint64(r.limit), last-r.rows.after))
		var err error
		found, leave, err = fan.disk.read(ctx, func() (collectors.Span, error) {
			return fan.ring.ReadSince(ctx, r.rows.after, limit)
		})
		if err != nil {
			if ctx.Err() != nil {
				return nil, nil, 0
			}
			return nil, nil, last
		}
	}
	select {
	case fan.backfill.encoding <- struct{}{}:
	case <-ctx.Done():
		leave()
		return nil, nil, 0
	}
	release = func() {
		<-fan.backfill.encoding
		leave()
	}
	if last == 0 {
		found = fan.ring.ReadHead(r.rows.after, r.limit)
	}
	if len(found.T) == 0 {
		release()
		return nil, nil, 0
	}
	span = spanOf(&found)
	if r.rows.part != "" {
		r.rows.priority.cut(span, r.rows)
	}
	span.More = span.First+uint64(len(span.T)) <= r.rows.to
	return span, release, 0
}

// lastStored returns the last row of a range that has to be read from the disk because
// the first one has to, 0 where that is in memory.
func (fan *Fanout) lastStored(rows rowRange) uint64 {
	b := fan.ring.Bounds()
	first := max(rows.after+1, b.Oldest)
	switch {
	case b.Oldest == 0 || first > rows.to || b.Head > 0 && first >= b.Head:
		return 0
	case b.Head > 0:
		return min(rows.to, b.Head-1)
	}
	return rows.to
}

// encodeBatch writes the message, with the gap before it.
func (fan *Fanout) encodeBatch(r request, span *wire.Span) *batch {
	b := &batch{remainingAfter: r.remainingAfter}
	gap, older := r.gap, r.older
	if older != nil && span.Gap != nil { // the API has them no more either
		if gap == nil {
			gap = &wire.Gap{From: older.From, To: older.To}
		}
		older = nil
	}
	switch {
	case span.Gap != nil && r.rows.part != "":
		r.forgetPartial(span, b)
	case r.fresh:
		span.Gap = nil
	case gap != nil && span.Gap != nil:
		span.Gap.From = gap.From
	case gap != nil:
		span.Gap = gap
	}
	b.lost = span.Gap
	if r.rows.part != wire.PartRemaining {
		span.Older, b.older = older, older
	}
	b.last, b.more = span.First+uint64(len(span.T))-1, span.More
	if len(span.T) == 0 && span.Gap == nil && span.Older == nil {
		return b // all rows that would have come in parts are forgotten
	}
	text, taken := wire.AppendHistoryWithin(nil, span, r.most)
	if cap(text) > len(text)*5/4 {
		text = bytes.Clone(text) // one that was cut has grown further before
	}
	fan.backfill.rowBytes(span.Part).Store(int64(len(text) / max(taken, 1)))
	fan.counts.encoded(wire.TypeHistory)
	b.message = &Message{bytes: text, early: span.Part == wire.PartPriority}
	b.last, b.rows = span.First+uint64(taken)-1, uint64(taken)
	b.more = span.More || taken < len(span.T)
	return b
}
