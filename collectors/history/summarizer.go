package history

import (
	"context"
	"math/bits"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
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

// part is a run of rows of one block, or of the open block, that fall into one bucket.
type part struct {
	bucket int
	// segment has the block at index at, where that is on the disk; else block is it, nil
	// for rows of the open block.
	segment *storedSegment
	at      int
	block   *block.Sealed
	rows    []collectors.Row
	from    int // rows of the block
	to      int // 0 for all of them, of which the summaries are enough
	first   uint64
}

// sameBlock reports whether both are of one sealed block.
func (p *part) sameBlock(q *part) bool {
	return p.rows == nil && q.rows == nil && p.segment == q.segment && p.at == q.at && p.block == q.block
}

// plan lists the parts with a time from from to to.
func (s *summarizer) plan(ctx context.Context, from, to int64) error {
	if err := s.planStore(ctx, from, to); err != nil {
		return err
	}
	var times [block.MaxRows]int64
	for _, b := range s.view.blocks {
		if b.LastT < from || b.FirstT >= to {
			continue
		}
		t := times[:b.Rows]
		b.Times(t)
		s.split(t, b.First, from, to, part{block: b})
	}
	open := s.view.open
	if len(open) == 0 || open[len(open)-1].T < from || open[0].T >= to {
		return nil
	}
	t := make([]int64, len(open))
	for i := range open {
		t[i] = open[i].T
	}
	s.split(t, open[0].Seq, from, to, part{rows: open})
	return nil
}

// planStore lists those on the disk. A block that lies in one bucket is not read, where
// its summaries stand at the end of its segment.
func (s *summarizer) planStore(ctx context.Context, from, to int64) error {
	past, held := s.view.past, s.view.held()
	if past == nil {
		return nil
	}
	r := s.ring.reader(ctx)
	defer r.close()
	for _, seg := range past.segments {
		n := len(seg.blocks)
		if n == 0 || seg.blocks[0].firstT >= to || seg.blocks[n-1].lastT < from && seg.ascends() {
			continue
		}
		if held > 0 && seg.blocks[0].first >= held {
			break
		}
		if err := s.planSegment(r, seg, from, to); err != nil {
			return err
		}
	}
	return nil
}

func (s *summarizer) planSegment(r *storeReader, seg *storedSegment, from, to int64) error {
	summarized := false
	if seg.finished {
		_, err := r.sums(seg)
		if r.stopped != nil {
			return r.stopped
		}
		summarized = err == nil
	}
	held := s.view.held()
	for i := range seg.blocks {
		b := &seg.blocks[i]
		if held > 0 && b.first >= held {
			break
		}
		end := min(to, s.view.past.until(b.last()))
		if b.lastT < from || b.firstT >= end {
			continue
		}
		start := floorTo(b.firstT, s.out.StepMs)
		if summarized && b.firstT >= from && b.lastT < end && floorTo(b.lastT, s.out.StepMs) == start {
			s.parts = append(s.parts, part{bucket: s.bucket(start, b.first, b.last()), segment: seg, at: i, first: b.first})
			continue
		}
		packed, err := r.whole(seg, i)
		if err != nil {
			return err
		}
		if packed == nil {
			continue
		}
		var times [block.MaxRows]int64
		packed.Times(times[:packed.Rows])
		s.split(times[:packed.Rows], b.first, from, end, part{segment: seg, at: i})
	}
	return nil
}

// split adds a part like p for every run of rows that fall into one bucket.
func (s *summarizer) split(t []int64, first uint64, from, to int64, p part) {
	i, _ := slices.BinarySearch(t, from)
	for i < len(t) && t[i] < to {
		start := floorTo(t[i], s.out.StepMs)
		n, _ := slices.BinarySearch(t[i:], start+s.out.StepMs)
		j := i + n
		p.first, p.from, p.to = first+uint64(i), i, j
		if p.block != nil && j-i == len(t) {
			p.to = 0
		}
		p.bucket = s.bucket(start, p.first, first+uint64(j)-1)
		s.parts = append(s.parts, p)
		i = j
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
	r := s.ring.reader(ctx)
	defer r.close()
	cells := groupCells
	if slices.ContainsFunc(s.parts, func(p part) bool { return p.segment != nil }) {
		cells = groupCellsOnDisk
	}
	size := min(max(1, cells/max(1, s.most)), groupMost, len(s.series))
	g := &group{summarizer: s, reader: r, sums: make([]bucketSums, size), places: make([]int, size)}
	for rest := s.series; len(rest) > 0; {
		n := min(size, len(rest))
		if err := g.compute(rest[:n]); err != nil {
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
	reader *storeReader
	series []*collectors.Series
	sums   []bucketSums
	places []int // of the series in the ids at hand, −1 for none
	// summaries are those of the series over the blocks of a segment, where known.
	summaries []block.Summary
	known     []bool
}

func (g *group) compute(series []*collectors.Series) error {
	if err := g.reader.ctx.Err(); err != nil {
		return err
	}
	g.series = series
	for k, x := range series {
		g.sums[k].begin(x, g.most)
	}
	var ids []collectors.SeriesID // that the places are of
	var summarized *storedSegment
	ok := false
	for rest := g.parts; len(rest) > 0; {
		p := &rest[0]
		n := 1
		for n < len(rest) && rest[n].sameBlock(p) {
			n++
		}
		run := rest[:n]
		rest = rest[n:]
		switch {
		case p.rows != nil:
			ids = g.addRows(p, ids)
			continue
		case p.block != nil:
			if !block.SameIDs(ids, p.block.IDs) {
				ids = p.block.IDs
				g.place(ids)
			}
			g.addBlock(p.block, run)
			continue
		}
		if p.to == 0 && summarized != p.segment {
			var err error
			if ok, err = g.summarize(p.segment); err != nil {
				return err
			}
			summarized = p.segment
		}
		if p.to == 0 && ok {
			g.addSummaries(p)
			continue
		}
		b, err := g.reader.whole(p.segment, p.at)
		if err != nil {
			return err
		}
		if b != nil {
			ids = nil // the block's memory is used for the next one
			g.place(b.IDs)
			g.addBlock(b, run)
		}
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

// addRows adds rows of the open block, and returns the ids that the places are of.
func (g *group) addRows(p *part, ids []collectors.SeriesID) []collectors.SeriesID {
	for i := p.from; i < p.to; i++ {
		row := &p.rows[i]
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
	return ids
}

// summarize reads the summaries of the series over the blocks of a segment. It reports
// false where they cannot be read.
func (g *group) summarize(seg *storedSegment) (bool, error) {
	dir, err := g.reader.sums(seg)
	if err != nil {
		return false, g.reader.stopped
	}
	n := len(seg.blocks)
	g.known = append(g.known[:0], make([]bool, len(g.series))...)
	g.summaries = slices.Grow(g.summaries[:0], len(g.series)*n)[:len(g.series)*n]
	for k, x := range g.series {
		if g.known[k], err = g.reader.sumsOf(seg, &dir, x.ID, g.summaries[k*n:][:n]); err != nil {
			return false, g.reader.stopped
		}
	}
	return true, nil
}

func (g *group) addSummaries(p *part) {
	n := len(p.segment.blocks)
	for k := range g.series {
		if sum := &g.summaries[k*n+p.at]; g.known[k] && sum.N > 0 {
			g.sums[k].add(p.bucket, sum, p.first)
		}
	}
}

// bucketSums is what is known of one series so far.
type bucketSums struct {
	collectors.BucketSeries
	some bool
	sums []sum128
}

// begin takes another series.
func (s *bucketSums) begin(x *collectors.Series, most int) {
	s.Series, s.some = x, false
	if s.N == nil {
		slab := make([]int64, 4*most)
		s.Min, s.Max, s.Mean, s.Last = slab[:most:most], slab[most:2*most:2*most], slab[2*most:3*most:3*most], slab[3*most:]
		s.N, s.MaxSeq, s.sums = make([]int, most), make([]uint64, most), make([]sum128, most)
	}
}

// add adds a summary of rows that begin at first, which lie after those added before.
func (s *bucketSums) add(bucket int, sum *block.Summary, first uint64) {
	if !s.some {
		s.some = true
		for _, list := range [][]int64{s.Min, s.Max, s.Mean, s.Last} {
			fillMissing(list)
		}
		clear(s.N)
		clear(s.MaxSeq)
		clear(s.sums)
	}
	if s.N[bucket] == 0 || sum.Min < s.Min[bucket] {
		s.Min[bucket] = sum.Min
	}
	if s.N[bucket] == 0 || sum.Max > s.Max[bucket] {
		s.Max[bucket] = sum.Max
		s.MaxSeq[bucket] = first + uint64(sum.MaxRow)
	}
	s.Last[bucket] = sum.Last
	s.N[bucket] += sum.N
	s.sums[bucket].add(sum.Sum)
}

// finish returns the series over the first n buckets, nil where it has no value.
func (s *bucketSums) finish(n int) *collectors.BucketSeries {
	if !s.some {
		return nil
	}
	for bucket, k := range s.N[:n] {
		if k > 0 {
			s.Mean[bucket] = s.sums[bucket].mean(k)
		}
	}
	return &collectors.BucketSeries{
		Series: s.Series, Min: s.Min[:n:n], Max: s.Max[:n:n], Mean: s.Mean[:n:n], Last: s.Last[:n:n], N: s.N[:n:n], MaxSeq: s.MaxSeq[:n:n],
	}
}

// sum128 adds values of up to 2^53 over any number of rows without overflow.
type sum128 struct {
	hi int64
	lo uint64
}

func (s *sum128) add(x int64) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, uint64(x), 0)
	s.hi += x>>63 + int64(carry)
}

// mean returns the sum over n, rounded to the nearest integer, halves away from 0.
func (s *sum128) mean(n int) int64 {
	hi, lo := uint64(s.hi), s.lo
	if s.hi < 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	d := uint64(n)
	q, rest := bits.Div64(hi, lo, d)
	if rest >= d-rest {
		q++
	}
	if s.hi < 0 {
		return -int64(q)
	}
	return int64(q)
}
