package host

// rises adds up counters of which some come and go: those of processors that are
// unplugged and plugged, of controllers whose driver is loaded again. The plain sum would
// fall and jump with them; this one rises only by what its members rose.
type rises struct {
	last  map[int]uint64
	seen  map[int]uint64
	rose  uint64 // in this reading
	total uint64
}

// begin starts a new reading of all members.
func (r *rises) begin() {
	if r.last == nil {
		r.last, r.seen = make(map[int]uint64), make(map[int]uint64)
	}
	clear(r.seen)
	r.rose = 0
}

// add takes the reading of one member. A member that was not there before, or whose
// counter went back, adds nothing.
func (r *rises) add(member int, v uint64) {
	r.seen[member] = v
	if before, ok := r.last[member]; ok && v > before {
		r.rose += v - before
	}
}

// sum ends the reading and returns how much all members rose since the first, and how
// many there are now.
func (r *rises) sum() (total uint64, members int) {
	r.last, r.seen = r.seen, r.last
	r.total += r.rose
	return r.total, len(r.last)
}
