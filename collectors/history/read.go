package history

import (
	"context"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
)

// Wait returns when a row after seq was committed, or with the context's error.
func (r *Ring) Wait(ctx context.Context, seq uint64) error {
	for {
		r.mu.Lock()
		if r.view.Newest > seq {
			r.mu.Unlock()
			return nil
		}
		if r.wake == nil {
			r.wake = make(chan struct{})
		}
		wake := r.wake
		r.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// window clamps the at most limit rows after seq to what is remembered without a gap.
// It returns first > last where there are none.
func (v *view) window(seq uint64, limit int) (first, last uint64, gap *collectors.Gap) {
	if seq >= v.Newest || limit <= 0 {
		return 1, 0, nil
	}
	for e := range v.extents(seq + 1) {
		if first == 0 {
			first = max(seq+1, e.first)
		} else if e.first != last+1 {
			break
		}
		if last = e.last; last-first >= uint64(limit-1) {
			last = first + uint64(limit-1)
			break
		}
	}
	switch {
	case first == 0:
		return 1, 0, nil // all of it turned out to be damaged
	case first > seq+1:
		gap = &collectors.Gap{From: seq + 1, To: first - 1}
	}
	return first, last, gap
}

// sealed returns the blocks with rows from first to last. It reports false when one turned
// out not to be readable: then the window is another.
func (v *view) sealed(rd *store.Reader, first, last uint64) (blocks []*block.Sealed, ok bool, err error) {
	next := first
	for e := range v.extents(first) {
		if e.open != nil || e.first > last {
			break
		}
		b, err := e.block(rd)
		if b == nil || err != nil || e.first > next {
			return nil, false, err
		}
		if e.segment != nil {
			rd.Keep()
		}
		blocks, next = append(blocks, b), e.last+1
	}
	return blocks, true, nil
}

// unsealed returns the rows of the open block from first to last.
func (v *view) unsealed(first, last uint64) []collectors.Row {
	if len(v.Open) == 0 || last < v.Open[0].Seq {
		return nil
	}
	base := v.Open[0].Seq
	from := max(first, base) - base
	to := min(last-base+1, uint64(len(v.Open)))
	return v.Open[from:to:to]
}

// find returns the window of the at most limit rows after seq up to end, and the blocks
// with rows in it. rd is nil for a view without a disk.
func (v *view) find(rd *store.Reader, seq uint64, limit int, end uint64) (first, last uint64, gap *collectors.Gap, blocks []*block.Sealed, err error) {
	for {
		first, last, gap = v.window(seq, limit)
		if last = min(last, end); first > last {
			if gap != nil && gap.To > end {
				gap = &collectors.Gap{From: gap.From, To: end}
			}
			return first, last, gap, nil, nil
		}
		blocks, ok, err := v.sealed(rd, first, last)
		if err != nil {
			return 0, 0, nil, nil, err
		}
		if ok {
			return first, last, gap, blocks, nil
		}
	}
}

// Rows returns at most limit rows after seq, oldest first, of those in memory. The newest
// 32 rows are handed out without a copy. A row that had been packed lists the series with a
// value in its block, so that its IDs may differ from those it was appended with;
// its values do not. When rows were asked for that are no longer in memory, gap names them
// and rows begin at the oldest one.
func (r *Ring) Rows(seq uint64, limit int) ([]collectors.Row, *collectors.Gap) {
	v := r.head()
	first, last, gap, blocks, _ := v.find(nil, seq, limit, v.Newest) // without a disk there is no error
	if first > last {
		return nil, gap
	}
	tail := v.unsealed(first, last)
	if len(blocks) == 0 {
		return tail, gap
	}
	rows := make([]collectors.Row, 0, last-first+1)
	for _, b := range blocks {
		rows = b.AppendRows(rows, first, last)
	}
	return append(rows, tail...), gap
}

// span returns at most limit rows after seq up to end as columns, those of the wanted
// series; nil means all.
func (v *view) span(rd *store.Reader, seq uint64, limit int, end uint64, wanted []collectors.SeriesID) (collectors.Span, error) {
	first, last, gap, blocks, err := v.find(rd, seq, limit, end)
	if err != nil || first > last {
		return collectors.Span{Gap: gap}, err
	}
	n := int(last - first + 1)
	s := collectors.Span{First: first, T: make([]int64, n), Gap: gap, More: last < v.Newest}
	sr := spanReader{span: &s, first: first, last: last, wanted: wanted}
	sr.addBlocks(blocks)
	sr.addRows(v.unsealed(first, last))
	sr.columns()
	return s, nil
}

// spanReader fills the columns of a span from blocks and rows.
type spanReader struct {
	span        *collectors.Span
	first, last uint64
	blocks      []*block.Sealed
	next        []int // per block, the next column that was not yet looked at
	rows        []collectors.Row
	runs        block.Runs
	wanted      []collectors.SeriesID // ascending; nil for all
}

func (rd *spanReader) note(i, missed int, why string) {
	s := rd.span
	if s.Missed == nil {
		s.Missed, s.Why = make([]int, len(s.T)), make([]string, len(s.T))
	}
	s.Missed[i], s.Why[i] = missed, why
}

func (rd *spanReader) addBlocks(blocks []*block.Sealed) {
	rd.blocks, rd.next = blocks, make([]int, len(blocks))
	var scratch [block.MaxRows]int64
	for _, b := range blocks {
		from, to, at := rd.part(b)
		v := scratch[:b.Rows]
		b.Times(v)
		copy(rd.span.T[at:], v[from:to])
		rd.span.Rev = b.Rev(to - 1)
		for _, n := range b.Notes {
			if n.Row >= from && n.Row < to {
				rd.note(at+n.Row-from, n.Missed, n.Why)
			}
		}
	}
}

// part returns which rows of b belong to the span, and where the first of them goes.
func (rd *spanReader) part(b *block.Sealed) (from, to, at int) {
	from = int(max(rd.first, b.First) - b.First)
	to = int(min(rd.last, b.Last()) - b.First + 1)
	return from, to, int(b.First + uint64(from) - rd.first)
}

func (rd *spanReader) addRows(rows []collectors.Row) {
	rd.rows, rd.runs = rows, block.RunsOf(nil, rows)
	for i := range rows {
		row := &rows[i]
		at := int(row.Seq - rd.first)
		rd.span.T[at], rd.span.Rev = row.T, row.Rev
		if row.Missed > 0 {
			rd.note(at, row.Missed, row.Why)
		}
	}
}

// columns appends a column for every series with a value that is wanted.
func (rd *spanReader) columns() {
	n := len(rd.span.T)
	width := rd.runs.Width()
	for _, b := range rd.blocks {
		width = max(width, len(b.IDs))
	}
	if rd.wanted != nil {
		width = min(width, len(rd.wanted))
	}
	rd.span.Columns = make([]collectors.SeriesColumn, 0, width)
	slab := make([]int64, n*width)
	for {
		id, ok := rd.nextID()
		if !ok {
			return
		}
		if len(slab) < n {
			slab = make([]int64, n*16)
		}
		if q := slab[:n:n]; rd.fill(q, id) {
			rd.span.Columns = append(rd.span.Columns, collectors.SeriesColumn{ID: id, Q: q})
			slab = slab[n:]
		}
	}
}

// nextID returns the next id of which there is a column and which is wanted.
func (rd *spanReader) nextID() (collectors.SeriesID, bool) {
	for {
		id, ok := rd.anyID()
		if !ok || rd.wanted == nil {
			return id, ok
		}
		for len(rd.wanted) > 0 && rd.wanted[0] < id {
			rd.wanted = rd.wanted[1:]
		}
		switch {
		case len(rd.wanted) == 0:
			return 0, false
		case rd.wanted[0] == id:
			return id, true
		}
		rd.skip(id)
	}
}

// skip goes past an id.
func (rd *spanReader) skip(id collectors.SeriesID) {
	rd.runs.Skip(id)
	for i, b := range rd.blocks {
		if k := rd.next[i]; k < len(b.IDs) && b.IDs[k] == id {
			rd.next[i]++
		}
	}
}

func (rd *spanReader) anyID() (collectors.SeriesID, bool) {
	id, ok := rd.runs.Next()
	for i, b := range rd.blocks {
		if k := rd.next[i]; k < len(b.IDs) && (!ok || b.IDs[k] < id) {
			id, ok = b.IDs[k], true
		}
	}
	return id, ok
}

// fill writes the values of id to q and reports whether there are any.
func (rd *spanReader) fill(q []int64, id collectors.SeriesID) bool {
	var scratch [block.MaxRows]int64
	some := false
	for i, b := range rd.blocks {
		from, to, at := rd.part(b)
		dst := q[at : at+to-from]
		k := rd.next[i]
		if k >= len(b.IDs) || b.IDs[k] != id {
			fillMissing(dst)
			continue
		}
		rd.next[i]++
		c := b.Column(k)
		if len(dst) == b.Rows {
			c.Unpack(dst)
			some = true
			continue
		}
		c.Unpack(scratch[:b.Rows])
		copy(dst, scratch[from:to])
		some = some || c.N == b.Rows || hasValue(dst)
	}
	if tail := q[len(q)-len(rd.rows):]; len(tail) > 0 {
		rd.runs.Gather(tail, rd.rows, id)
		some = some || hasValue(tail)
	}
	return some
}

func fillMissing(q []int64) {
	for i := range q {
		q[i] = collectors.Missing
	}
}

func hasValue(q []int64) bool {
	return slices.ContainsFunc(q, func(x int64) bool { return x != collectors.Missing })
}
