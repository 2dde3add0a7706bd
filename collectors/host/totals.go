package host

// counts are the counters of one device, link or processor.
type counts [8]uint64

// any reports whether anything was ever counted.
func (c *counts) any() bool { return *c != counts{} }

// fell reports whether a counter is below what it was: the device was reset or replaced.
func (c *counts) fell(before *counts) bool {
	for i := range c {
		if c[i] < before[i] {
			return true
		}
	}
	return false
}

// totals adds up the counters of members that come and go. A plain sum would leap
// when a member appears with what it counted in its former life, and fall when one
// leaves; the total here rises by what known members counted since they were last seen,
// and by nothing else.
type totals struct {
	members map[string]*totalMember
	sum     counts
	round   uint64
	present int  // members in this round
	used    bool // a member has counted something
}

type totalMember struct {
	last  counts
	round uint64
}

func (t *totals) begin() {
	t.round++
	t.present = 0
}

func (t *totals) add(name []byte, now counts) {
	t.present++
	t.used = t.used || now.any()
	m, ok := t.members[string(name)]
	if !ok {
		if t.members == nil {
			t.members = make(map[string]*totalMember)
		}
		t.members[string(name)] = &totalMember{now, t.round}
		return
	}
	if !now.fell(&m.last) {
		for i := range now {
			t.sum[i] += now[i] - m.last[i]
		}
	}
	m.last, m.round = now, t.round
}

// end drops members that were not added since begin.
func (t *totals) end() {
	if t.present == len(t.members) {
		return
	}
	for name, m := range t.members {
		if m.round != t.round {
			delete(t.members, name)
		}
	}
}

// evict drops devices that were not seen for a while.
func evict[V any](known map[string]V, round uint64, of func(V) (seen uint64, closeFiles func())) {
	const keep = 60
	if round%keep != 0 {
		return
	}
	for name, v := range known {
		if seen, closeFiles := of(v); round-seen >= keep {
			closeFiles()
			delete(known, name)
		}
	}
}
