package history

import (
	"slices"

	"dashcam/collectors/history/column"
)

// addTape adds the rows on the tape with a time from from to to. Of a block that lies
// in one bucket only the summaries are read, which in a finished segment stand at its
// end.
func (p *planner) addTape(base uint64, from, to int64) {
	if p.view.past == nil {
		return
	}
	r := tapeReader{older: base}
	defer r.close()
	held := p.view.held()
	for _, s := range p.view.past.segments {
		n := len(s.blocks)
		if n == 0 || s.blocks[0].firstT >= to || s.blocks[n-1].lastT < from && s.ascends() {
			continue
		}
		if held > 0 && s.blocks[0].first >= held {
			break
		}
		p.addSegment(&r, s, from, to, held)
	}
}

// ascends reports whether the times of a segment only rise: not so where the clock was
// set back between two instances.
func (s *tapeSegment) ascends() bool {
	return slices.IsSortedFunc(s.blocks, func(a, b tapeBlock) int {
		if a.lastT < b.lastT {
			return -1
		}
		return 1
	})
}

func (p *planner) addSegment(r *tapeReader, s *tapeSegment, from, to int64, held uint64) {
	var sums *segmentSums
	for i := range s.blocks {
		b := &s.blocks[i]
		if held > 0 && b.first >= held {
			break
		}
		end := min(to, p.view.past.until(b.last()))
		if b.lastT < from || b.firstT >= end {
			continue
		}
		start := floorTo(b.firstT, p.out.StepMs)
		if b.firstT < from || b.lastT >= end || floorTo(b.lastT, p.out.StepMs) != start {
			p.addEdge(r, s, i, from, end)
			continue
		}
		if sums == nil {
			sums = p.readSums(r, s)
		}
		if !sums.ok {
			p.addEdge(r, s, i, from, end)
			continue
		}
		bucket := p.bucket(start, b.first, b.last())
		for k := range p.series {
			if sum := sums.at(k, i); sum != nil && sum.N > 0 {
				p.add(&p.series[k], bucket, sum, b.first)
			}
		}
	}
}

// addEdge reads a block and adds its rows from from to to.
func (p *planner) addEdge(r *tapeReader, s *tapeSegment, i int, from, to int64) {
	b := r.block(s, i, true)
	if b == nil {
		return
	}
	// All of it is unpacked before anything is added, so that a block which cannot be
	// unpacked adds nothing.
	if p.edge == nil {
		p.edge = make([]int64, (len(p.series)+1)*blockRows)
		p.columns = make([]int, len(p.series))
	}
	times := p.edge[:b.rows]
	err := guard(func() {
		b.times(times)
		for k := range p.series {
			if p.columns[k] = b.find(p.series[k].ID); p.columns[k] >= 0 {
				c := b.column(p.columns[k])
				c.Unpack(p.edge[(k+1)*blockRows:][:b.rows])
			}
		}
	})
	if err != nil {
		s.damage.note(s.blocks[i].offset)
		return
	}
	p.split(times, b.first, from, to, func(bucket, i, j int) {
		for k := range p.series {
			if p.columns[k] < 0 {
				continue
			}
			if sum, ok := column.Summarize(p.edge[(k+1)*blockRows+i : (k+1)*blockRows+j]); ok {
				p.add(&p.series[k], bucket, &sum, b.first+uint64(i))
			}
		}
	})
}

// segmentSums are the summaries of the series asked for, over the blocks of a segment.
type segmentSums struct {
	ok     bool
	blocks int
	known  []bool
	sums   []column.Summary
}

func (s *segmentSums) at(series, block int) *column.Summary {
	if !s.known[series] {
		return nil
	}
	return &s.sums[series*s.blocks+block]
}

// readSums reads the summaries of a finished segment. They are not ok in others, and
// where they cannot be read.
func (p *planner) readSums(r *tapeReader, s *tapeSegment) *segmentSums {
	out := &segmentSums{blocks: len(s.blocks)}
	if !s.finished {
		return out
	}
	dir, err := r.sums(s)
	if err != nil {
		return out
	}
	out.known = make([]bool, len(p.series))
	out.sums = slices.Grow(p.sums[:0], len(p.series)*out.blocks)[:len(p.series)*out.blocks]
	p.sums = out.sums
	for k := range p.series {
		known, err := r.sumsOf(s, &dir, p.series[k].ID, out.sums[k*out.blocks:][:out.blocks])
		if err != nil {
			return &segmentSums{blocks: out.blocks}
		}
		out.known[k] = known
	}
	out.ok = true
	return out
}

// interval returns the longest interval between rows of the instances that recorded
// between two times, at least that of the present one.
func (p *past) interval(from, to, present int64) int64 {
	if p == nil {
		return present
	}
	for i := range p.instances {
		in := &p.instances[i]
		ends := int64(1<<63 - 1)
		if i+1 < len(p.instances) {
			ends = p.instances[i+1].StartT
		}
		if in.FirstT > 0 && in.FirstT < to && ends > from {
			present = max(present, in.IntervalMs)
		}
	}
	return present
}

// gaps calls add for the stretches without rows on the tape and between it and the
// rows in memory, which begin with the row held at heldT (0 for none). It returns the
// time of the last row before those, −1 for none.
func (p *past) gaps(held uint64, heldT, interval int64, add func(from, to int64, why string, lost bool)) int64 {
	if p == nil {
		return -1
	}
	var lastSeq uint64
	lastT := int64(-1)
	hole := func(next uint64, t int64) {
		if lastSeq > 0 && next != lastSeq+1 {
			add(lastT+interval, t, p.whyLost(lastSeq+1), true)
		}
	}
	p.each(0, belowHeld(held), func(s *tapeSegment, i int) bool {
		b := &s.blocks[i]
		hole(b.first, b.firstT)
		for _, n := range b.notes {
			before := n.before
			if before == 0 {
				before = lastT
			}
			if before > 0 {
				add(before+interval, n.t, n.why, false)
			}
		}
		lastSeq, lastT = b.last(), b.lastT
		return true
	})
	if held > 0 {
		hole(held, heldT)
	}
	return lastT
}

// whyLost says why a row is not on the tape.
func (p *past) whyLost(seq uint64) string {
	for _, s := range p.segments {
		for _, g := range s.lost {
			if seq >= g.From && seq <= g.To {
				return g.Why
			}
		}
	}
	return WhyDamaged
}
