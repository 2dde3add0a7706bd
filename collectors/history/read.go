package history

import (
	"context"

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

// sealed returns the blocks with rows from first to last, of which some series are read, all
// for nil. It reports false when one turned out not to be readable: then the window is
// another.
func (v *view) sealed(rd *store.Reader, first, last uint64, wanted []collectors.SeriesID) (blocks []*block.Sealed, ok bool, err error) {
	next := first
	for e := range v.extents(first) {
		if e.open != nil || e.first > last {
			break
		}
		b, err := e.block(rd, wanted)
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
// with rows in it, of which some series are read, all for nil. rd is nil for a view without
// a disk.
func (v *view) find(rd *store.Reader, seq uint64, limit int, end uint64, wanted []collectors.SeriesID) (first, last uint64, gap *collectors.Gap, blocks []*block.Sealed, err error) {
	for {
		first, last, gap = v.window(seq, limit)
		if last = min(last, end); first > last {
			if gap != nil && gap.To > end {
				gap = &collectors.Gap{From: gap.From, To: end}
			}
			return first, last, gap, nil, nil
		}
		blocks, ok, err := v.sealed(rd, first, last, wanted)
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
	first, last, gap, blocks, _ := v.find(nil, seq, limit, v.Newest, nil) // without a disk there is no error
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
	first, last, gap, blocks, err := v.find(rd, seq, limit, end, wanted)
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
