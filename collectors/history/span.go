package history

import (
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

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
	if rd.wanted == nil {
		return rd.anyID()
	}
	for len(rd.wanted) > 0 {
		id := rd.wanted[0]
		rd.wanted = rd.wanted[1:]
		if rd.seek(id) {
			return id, true
		}
	}
	return 0, false
}

// seek goes to a series, past those before it, and reports whether there is a column of it.
func (rd *spanReader) seek(id collectors.SeriesID) bool {
	there := rd.runs.Seek(id)
	for i, b := range rd.blocks {
		n, ok := slices.BinarySearch(b.IDs[rd.next[i]:], id)
		rd.next[i] += n
		there = there || ok
	}
	return there
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
