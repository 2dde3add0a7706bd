package history

import (
	"slices"
	"strconv"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// commit stores a row that has its number.
func (r *Ring) commit(c Commit) (collectors.Row, []collectors.Reading) {
	row := c.Row
	c.Events = r.takePosted(c.Events)
	if r.view.NewestT > 0 && row.T <= r.view.NewestT {
		row.T = r.view.NewestT + 1
	}
	r.restartGap(&row)
	next, dropped := r.prepare(&row, &c)

	r.mu.Lock()
	r.addReadings(c.Readings, row.Seq)
	if dropped {
		r.evictReadings()
	}
	r.view = next
	wake := r.wake
	r.wake = nil
	r.mu.Unlock()
	if wake != nil {
		close(wake)
	}
	return row, c.Readings
}

// prepare returns the view with row in it, sets row.Rev, and reports whether series
// may have been dropped. Only the writer changes the view, so that it may read it
// without the lock.
func (r *Ring) prepare(row *collectors.Row, c *Commit) (next view, dropped bool) {
	next = r.view
	if next.Newest == 0 {
		next.After = row.Seq - 1
	}
	next.Newest, next.NewestT = row.Seq, row.T
	if next.FirstT == 0 {
		next.FirstT = row.T
	}
	next.stored = r.cfg.Store.Snapshot()
	r.checkIDs(row)
	r.catalog.row(row)
	r.addEvents(&next, c.Events, row)
	observed := r.tables.add(c.Tables, row)
	r.tables.bound(r.cfg.Memory*tablesPercent/100, row.T)

	// Make room first: what is dropped from the schema must be gone in the revision
	// that row gets.
	size := rowBytes(&next, row)
	sealed := r.seal(&next, size)
	evicted := r.evict(&next, size)
	dropped = sealed || evicted
	if dropped {
		r.catalog.drop(&next)
	}
	switch {
	case r.catalog.mirrored != nil:
		next.Schema = r.catalog.mirrored
	case r.catalog.dirty:
		next.Schema = r.catalog.publish(&r.cfg, next.Schema.Rev+1)
	}
	next.Gone = r.catalog.shown
	row.Rev = next.Schema.Rev
	if next.Open == nil {
		next.Open = make([]collectors.Row, 0, block.MaxRows+tailRows)
	}
	next.Open = append(next.Open, *row)
	r.openBytes += size
	if observed || evicted {
		next.Tables, next.tablesIn = r.tables.views(), r.tables.in
	}
	next.bytes = r.bytes()
	return next, dropped
}

// checkIDs makes the values of series missing that were dropped and not interned
// again. What an open row lists is never dropped, so that rows which share their
// ids with the last one need no look.
func (r *Ring) checkIDs(row *collectors.Row) {
	if open := r.view.Open; len(open) > 0 && block.SameIDs(open[len(open)-1].IDs, row.IDs) {
		return
	}
	for i, id := range row.IDs {
		if r.catalog.byID[id] == nil {
			row.Q[i] = collectors.Missing
		}
	}
}

// rowBytes returns what row takes in the open block.
func rowBytes(v *view, row *collectors.Row) int64 {
	n := 112 + 8*int64(cap(row.Q)) + int64(len(row.Why))
	if len(v.Open) == 0 || !block.SameIDs(v.Open[len(v.Open)-1].IDs, row.IDs) {
		n += 4 * int64(cap(row.IDs))
	}
	return n
}

// seal packs the oldest rows of the open block when it is full, or when it takes
// more than a quarter of the memory.
func (r *Ring) seal(v *view, incoming int64) bool {
	n := 0
	switch {
	case len(v.Open) >= block.MaxRows+tailRows:
		n = block.MaxRows
	case r.openBytes+incoming > r.cfg.Memory/4:
		n = min(block.MaxRows, max(len(v.Open)-tailRows, len(v.Open)/2))
	}
	if n == 0 {
		return false
	}
	b := r.sealer.Seal(v.Open[:n])
	r.catalog.sealed(b)
	r.rowsBytes += b.Bytes
	v.Blocks = append(slices.Clip(v.Blocks), b)

	rest := v.Open[n:]
	v.Open = nil
	open := make([]collectors.Row, 0, block.MaxRows+tailRows)
	r.openBytes = 0
	for i := range rest {
		r.openBytes += rowBytes(v, &rest[i])
		open = append(open, rest[i])
		v.Open = open
	}
	return true
}

// evict drops the oldest blocks that are beyond age or memory.
func (r *Ring) evict(v *view, incoming int64) bool {
	n := 0
	for n < len(v.Blocks) {
		b := v.Blocks[n]
		if b.LastT >= v.NewestT-r.cfg.Age.Milliseconds() && r.bytes()+incoming <= r.cfg.Memory {
			break
		}
		r.rowsBytes -= b.Bytes
		r.sealer.Drop(b)
		n++
	}
	if n == 0 {
		return false
	}
	// A copy, so that the evicted blocks are not kept by the list.
	v.Blocks = append([]*block.Sealed(nil), v.Blocks[n:]...)
	oldest, _ := v.Held()
	r.tables.evict(oldest)
	return true
}

func (r *Ring) addEvents(v *view, events []collectors.Event, row *collectors.Row) {
	for i, e := range events {
		e.Seq, e.T = row.Seq, row.T
		if e.Clean(); e.ID == "" {
			e.ID = strconv.FormatUint(row.Seq, 10) + "." + strconv.Itoa(i)
		}
		v.Events = append(v.Events, e)
		r.eventBytes += eventBytes(&e)
	}
	for len(v.Events) > maxEvents || r.eventBytes > r.cfg.Memory*eventsPercent/100 ||
		len(v.Events) > 0 && v.Events[0].T < row.T-r.cfg.Age.Milliseconds() {
		r.eventBytes -= eventBytes(&v.Events[0])
		v.Events = v.Events[1:]
	}
}
