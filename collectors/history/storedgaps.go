package history

import "slices"

// ascends reports whether the times of a segment only rise: not so where the clock was
// set back between two instances.
func (s *storedSegment) ascends() bool {
	return slices.IsSortedFunc(s.blocks, func(a, b storedBlock) int {
		if a.lastT < b.lastT {
			return -1
		}
		return 1
	})
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

// gaps calls add for the stretches without rows on the store and between it and the
// rows in memory, which begin with the row held at heldT (0 for none). It returns the
// time of the last row before those, −1 for none.
func (p *past) gaps(held uint64, heldT, interval int64, add func(from, to int64, why string, lost bool)) int64 {
	if p == nil {
		return -1
	}
	var lastSeq uint64
	lastT := int64(-1)
	oldest, oldestT := p.oldest()
	hole := func(next uint64, t int64) {
		switch {
		case lastSeq > 0 && next != lastSeq+1:
			add(lastT+interval, t, p.whyLost(lastSeq+1), true)
		case lastSeq == 0 && oldest > 0 && next > oldest:
			add(oldestT, t, p.whyLost(oldest), true)
		}
	}
	p.each(0, belowHeld(held), func(s *storedSegment, i int) bool {
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
	} else if newest, newestT := p.newest(); newest > lastSeq {
		hole(newest+1, newestT+1)
	}
	return lastT
}

// whyLost says why a row is not on the store.
func (p *past) whyLost(seq uint64) string {
	for _, s := range p.segments {
		for _, g := range s.lost {
			if seq >= g.From && seq <= g.To {
				return g.Why
			}
		}
		for i := range s.blocks {
			if b := &s.blocks[i]; seq >= b.first && seq <= b.last() {
				if why := s.damage.why(b.offset); why != "" {
					return why
				}
			}
		}
	}
	return WhyDamaged
}
