package history

import (
	"context"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
)

const (
	// groupCells bounds the buckets times series that are computed at the same time, at
	// 64 bytes each, so that they fit into a processor's cache. Blocks on the disk are read
	// once for every group: where there are such, groups are larger.
	groupCells       = 1 << 13
	groupCellsOnDisk = 1 << 15
	groupMost        = 512
)

// summarizer answers one question for buckets. It first finds out which rows make up
// which bucket, and then computes the series, a group of them at a time.
type summarizer struct {
	ring   *Ring
	view   view
	out    *collectors.Buckets
	most   int // how many buckets there may be
	series []*collectors.Series
	parts  []part // in the order of time
}

// part is a run of rows of an extent that fall into one bucket.
type part struct {
	*extent
	bucket int
	from   int // rows of the extent
	to     int // 0 for all of a block, of which the summaries are enough
	first  uint64
}

// plan lists the parts with a time from from to to. A block on the store that lies in one
// bucket is not read, where its summaries stand at the end of its segment.
func (s *summarizer) plan(ctx context.Context, from, to int64) error {
	rd := s.ring.reader(ctx)
	defer rd.Close()
	var scratch [block.MaxRows]int64
	var asked *store.Segment // whether it has summaries
	has := false
	for e := range s.view.extents(0) {
		end := to
		if e.segment != nil {
			end = min(to, s.view.stored.Until(e.last))
		}
		if e.lastT < from || e.firstT >= end {
			continue
		}
		own := e
		start := floorTo(e.firstT, s.out.StepMs)
		if e.open == nil && e.firstT >= from && e.lastT < end && floorTo(e.lastT, s.out.StepMs) == start {
			if e.segment != nil && e.segment != asked {
				var err error
				if _, has, err = rd.Summaries(nil, e.segment, nil); err != nil {
					return err
				}
				asked = e.segment
			}
			if e.segment == nil || has {
				s.parts = append(s.parts, part{extent: &own, bucket: s.bucket(start, e.first, e.last), first: e.first})
				continue
			}
		}
		t, err := e.times(rd, &scratch)
		if err != nil {
			return err
		}
		s.split(t, from, end, &own)
	}
	return nil
}

// split adds a part for every run of rows of an extent that fall into one bucket.
func (s *summarizer) split(t []int64, from, to int64, e *extent) {
	i, _ := slices.BinarySearch(t, from)
	for i < len(t) && t[i] < to {
		start := floorTo(t[i], s.out.StepMs)
		n, _ := slices.BinarySearch(t[i:], start+s.out.StepMs)
		first, last := e.first+uint64(i), e.first+uint64(i+n)-1
		s.parts = append(s.parts, part{extent: e, bucket: s.bucket(start, first, last), from: i, to: i + n, first: first})
		i += n
	}
}

// bucket returns the bucket that begins at start, with the rows from first to last in
// it too. Buckets are asked for in the order of time.
func (s *summarizer) bucket(start int64, first, last uint64) int {
	out := s.out
	n := len(out.T) - 1
	if n < 0 || out.T[n] != start {
		out.T = append(out.T, start)
		out.Rows = append(out.Rows, 0)
		out.FirstSeq = append(out.FirstSeq, first)
		out.LastSeq = append(out.LastSeq, 0)
		n++
	}
	out.Rows[n] += int(last - first + 1)
	out.LastSeq[n] = last
	return n
}

// each computes the series and hands them out.
func (s *summarizer) each(ctx context.Context, yield func(*collectors.BucketSeries, error) bool) {
	rd := s.ring.reader(ctx)
	defer rd.Close()
	cells := groupCells
	if slices.ContainsFunc(s.parts, func(p part) bool { return p.segment != nil }) {
		cells = groupCellsOnDisk
	}
	size := min(max(1, cells/max(1, s.most)), groupMost, len(s.series))
	g := &group{summarizer: s, reader: rd, sums: make([]bucketSums, size), places: make([]int, size)}
	for rest := s.series; len(rest) > 0; {
		n := min(size, len(rest))
		if err := g.compute(ctx, rest[:n]); err != nil {
			yield(nil, err)
			return
		}
		for k := range n {
			if one := g.sums[k].finish(len(s.out.T)); one != nil && !yield(one, nil) {
				return
			}
		}
		rest = rest[n:]
	}
}

// group computes the buckets of some series. Its memory is used for the next ones, too.
type group struct {
	*summarizer
	reader *store.Reader
	series []*collectors.Series
	ids    []collectors.SeriesID // of series
	sums   []bucketSums
	places []int // of the series in the ids at hand, −1 for none
	// summaries are those of the series over the blocks of a segment.
	summaries []block.Summary
}

func (g *group) compute(ctx context.Context, series []*collectors.Series) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.series, g.ids = series, g.ids[:0]
	for k, x := range series {
		g.sums[k].begin(x, g.most)
		g.ids = append(g.ids, x.ID)
	}
	var ids []collectors.SeriesID // that the places are of
	g.place(ids)
	var asked *store.Segment // that the summaries are of
	has := false
	for rest := g.parts; len(rest) > 0; {
		p := &rest[0]
		n := 1
		for n < len(rest) && rest[n].extent == p.extent {
			n++
		}
		run := rest[:n]
		rest = rest[n:]
		if p.open != nil {
			ids = g.addRows(run, ids)
			continue
		}
		if p.to == 0 && p.segment != nil {
			if asked != p.segment {
				var err error
				if g.summaries, has, err = g.reader.Summaries(g.summaries, p.segment, g.ids); err != nil {
					return err
				}
				asked = p.segment
			}
			if has {
				g.addSummaries(p)
				continue
			}
		}
		b, err := p.block(g.reader, g.ids)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		if !block.SameIDs(ids, b.IDs) {
			ids = b.IDs
			g.place(ids)
		}
		g.addBlock(b, run)
	}
	return nil
}

// place finds the columns of the series.
func (g *group) place(ids []collectors.SeriesID) {
	for k, x := range g.series {
		at, ok := slices.BinarySearch(ids, x.ID)
		if !ok {
			at = -1
		}
		g.places[k] = at
	}
}

// addBlock adds parts of one block.
func (g *group) addBlock(b *block.Sealed, run []part) {
	var scratch [block.MaxRows]int64
	values := scratch[:b.Rows]
	for k := range g.series {
		if g.places[k] < 0 {
			continue
		}
		c := b.Column(g.places[k])
		if run[0].to == 0 {
			g.sums[k].add(run[0].bucket, &c.Summary, b.First)
			continue
		}
		c.Unpack(values)
		for i := range run {
			p := &run[i]
			if sum, ok := block.Summarize(values[p.from:p.to]); ok {
				g.sums[k].add(p.bucket, &sum, p.first)
			}
		}
	}
}

// addRows adds parts of the open rows, and returns the ids that the places are of.
func (g *group) addRows(run []part, ids []collectors.SeriesID) []collectors.SeriesID {
	for _, p := range run {
		for i := range p.open[p.from:p.to] {
			row := &p.open[p.from+i]
			if !block.SameIDs(ids, row.IDs) {
				ids = row.IDs
				g.place(ids)
			}
			for k := range g.series {
				if at := g.places[k]; at >= 0 && row.Q[at] != collectors.Missing {
					q := row.Q[at]
					g.sums[k].add(p.bucket, &block.Summary{Min: q, Max: q, Sum: q, Last: q, N: 1}, row.Seq)
				}
			}
		}
	}
	return ids
}

// addSummaries adds a block of which the summaries are at hand.
func (g *group) addSummaries(p *part) {
	n := len(g.summaries) / len(g.series)
	for k := range g.series {
		if sum := &g.summaries[k*n+p.at]; sum.N > 0 {
			g.sums[k].add(p.bucket, sum, p.first)
		}
	}
}

// floorTo returns the multiple of step at or before t.
func floorTo(t, step int64) int64 {
	m := t % step
	if m < 0 {
		m += step
	}
	return t - m
}
