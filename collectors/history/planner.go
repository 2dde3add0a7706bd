package history

import (
	"math/bits"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/column"
)

// planner summarises what is on the tape, block by block; of what is in memory it first
// finds out which rows make up which bucket, then summarises series by series.
type planner struct {
	view   *view
	out    *Buckets
	most   int // how many buckets there may be
	series []bucketSums
	parts  []part
	// values are those of the series at hand in the block that was unpacked last.
	values   [blockRows]int64
	unpacked *block

	// Scratch space for what is on the tape: the times and the values of a block, and
	// the summaries of a segment.
	edge    []int64
	columns []int
	sums    []column.Summary
}

// bucketSums is what is known of one series so far. Its slices are made with the first
// value.
type bucketSums struct {
	BucketSeries
	sums []sum128
}

func (s *bucketSums) make(n int) {
	slab := make([]int64, 4*n)
	fillMissing(slab)
	s.Min, s.Max, s.Mean, s.Last = slab[:n:n], slab[n:2*n:2*n], slab[2*n:3*n:3*n], slab[3*n:]
	s.N, s.MaxSeq, s.sums = make([]int, n), make([]uint64, n), make([]sum128, n)
}

// part is a run of rows of one block, or of the open block, that fall into one
// bucket.
type part struct {
	bucket   int
	block    *block // nil for rows of the open block
	rows     []collectors.Row
	from, to int // rows of block
}

// plan lists the parts with a time from from to to.
func (p *planner) plan(from, to int64) {
	var times [blockRows]int64
	for _, b := range p.view.blocks {
		if b.lastT < from || b.firstT >= to {
			continue
		}
		t := times[:b.rows]
		b.times(t)
		p.split(t, b.first, from, to, func(bucket, i, j int) {
			p.parts = append(p.parts, part{bucket: bucket, block: b, from: i, to: j})
		})
	}
	open := p.view.open
	if len(open) == 0 || open[len(open)-1].T < from || open[0].T >= to {
		return
	}
	t := make([]int64, len(open))
	for i := range open {
		t[i] = open[i].T
	}
	p.split(t, open[0].Seq, from, to, func(bucket, i, j int) {
		p.parts = append(p.parts, part{bucket: bucket, rows: open[i:j]})
	})
}

// split calls f for every run of rows that fall into one bucket, and counts them.
func (p *planner) split(t []int64, first uint64, from, to int64, f func(bucket, i, j int)) {
	i, _ := slices.BinarySearch(t, from)
	for i < len(t) && t[i] < to {
		start := floorTo(t[i], p.out.StepMs)
		n, _ := slices.BinarySearch(t[i:], start+p.out.StepMs)
		j := i + n
		f(p.bucket(start, first+uint64(i), first+uint64(j)-1), i, j)
		i = j
	}
}

// bucket returns the bucket that begins at start, with the rows from first to last in
// it too. Buckets are asked for in the order of time.
func (p *planner) bucket(start int64, first, last uint64) int {
	out := p.out
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

// summarize adds the parts in memory to the buckets of one series.
func (p *planner) summarize(s *bucketSums) {
	var ids []collectors.SeriesID
	place := -1
	p.unpacked = nil
	for i := range p.parts {
		part := &p.parts[i]
		if part.block == nil {
			p.addRows(s, part)
			continue
		}
		b := part.block
		if !sameIDs(ids, b.ids) {
			ids, place = b.ids, b.find(s.ID)
		}
		if place >= 0 {
			p.addBlock(s, part, place)
		}
	}
}

// finish hands over the series that have a value in any bucket.
func (p *planner) finish() {
	n := len(p.out.T)
	for i := range p.series {
		s := &p.series[i]
		if s.N == nil {
			continue
		}
		s.Min, s.Max, s.Mean, s.Last = s.Min[:n:n], s.Max[:n:n], s.Mean[:n:n], s.Last[:n:n]
		s.N, s.MaxSeq = s.N[:n:n], s.MaxSeq[:n:n]
		for bucket, k := range s.N {
			if k > 0 {
				s.Mean[bucket] = s.sums[bucket].mean(k)
			}
		}
		p.out.Series = append(p.out.Series, s.BucketSeries)
	}
}

func (p *planner) addBlock(s *bucketSums, part *part, place int) {
	b := part.block
	if part.to-part.from == b.rows {
		c := b.column(place)
		p.add(s, part.bucket, &c.Summary, b.first)
		return
	}
	values := p.values[:b.rows]
	if p.unpacked != b {
		c := b.column(place)
		c.Unpack(values)
		p.unpacked = b
	}
	if sum, ok := column.Summarize(values[part.from:part.to]); ok {
		p.add(s, part.bucket, &sum, b.first+uint64(part.from))
	}
}

func (p *planner) addRows(s *bucketSums, part *part) {
	var ids []collectors.SeriesID
	at := -1
	for i := range part.rows {
		row := &part.rows[i]
		if !sameIDs(ids, row.IDs) {
			ids, at = row.IDs, -1
			if k, ok := slices.BinarySearch(ids, s.ID); ok {
				at = k
			}
		}
		if at < 0 || row.Q[at] == collectors.Missing {
			continue
		}
		q := row.Q[at]
		p.add(s, part.bucket, &column.Summary{Min: q, Max: q, Sum: q, Last: q, N: 1}, row.Seq)
	}
}

// add adds a summary of rows that begin at first, which lie after those added
// before.
func (p *planner) add(s *bucketSums, bucket int, sum *column.Summary, first uint64) {
	if s.N == nil {
		s.make(p.most)
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
