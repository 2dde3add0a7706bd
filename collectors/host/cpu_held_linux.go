package host

// heldTimes mends what the kernel's processor times do when they go back, of which shares of
// a whole make spikes: a mode that went back makes the whole smaller, and so every other share
// larger.
//
// Idle time and time waiting for disks go back a little where a processor's two ways of
// counting them meet (proc(5)): these are held until they have caught up. When a
// processor is unplugged, the line of all processors tells its idle time by another count,
// which may be minutes apart: from one set of processors to another that line
// rises by what the processors rose that are in both.
type heldTimes struct {
	all    cpuTimes // as last told
	offset cpuTimes // of that over the kernel's
	cores  map[int]cpuTimes
	before map[int]cpuTimes // memory to use again
}

// mostHeld is how far a count may go back to be held, in ticks of 10 ms: for longer than
// three seconds it would look as if nothing was counted.
const mostHeld = 300

// hold changes s to what is told.
func (h *heldTimes) hold(s *systemStat) {
	first := h.cores == nil
	if first {
		h.cores, h.before = make(map[int]cpuTimes), make(map[int]cpuTimes)
	}
	h.cores, h.before = h.before, h.cores
	clear(h.cores)
	var rose cpuTimes
	others := len(s.cores) != len(h.before)
	for i := range s.cores {
		core := &s.cores[i]
		before, known := h.before[core.id]
		if known && core.times.holdAt(&before) {
			for mode := range rose {
				rose[mode] += core.times[mode] - before[mode]
			}
		} else {
			others = true // one that came, or that was away in between
		}
		h.cores[core.id] = core.times
	}

	now := s.all
	for mode := range now {
		now[mode] += h.offset[mode]
	}
	switch {
	case first:
	case others:
		for mode := range now {
			now[mode] = h.all[mode] + rose[mode]
			h.offset[mode] = now[mode] - s.all[mode]
		}
	case !now.holdAt(&h.all):
		now, h.offset = s.all, cpuTimes{} // whoever makes rates of it sees that it went back
	}
	h.all, s.all = now, now
}

// holdAt keeps modes that went back a little at what they were. It changes nothing and
// reports false where one went back further.
func (t *cpuTimes) holdAt(before *cpuTimes) bool {
	held := *t
	for mode, was := range before {
		if held[mode] < was {
			if was-held[mode] > mostHeld {
				return false
			}
			held[mode] = was
		}
	}
	*t = held
	return true
}
