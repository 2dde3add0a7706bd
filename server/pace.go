package server

import "time"

// pace tells a viewer that cannot keep up from one that is slow for a moment. Each of
// its writes ends in time, so that no deadline helps, but it spends its life waiting
// for them and is never up to date.
type pace struct {
	backlog time.Duration
	// debt grows while writes wait for the peer and shrinks while nothing is to be
	// written.
	debt time.Duration
	// upToDate says that the viewer once had everything. A slow line may take its
	// time over the past, as long as it comes forward.
	upToDate bool
}

// breath is how long a viewer has nothing to take when it is up to date; less is only
// the time between two messages.
const breath = time.Millisecond

// wrote is told of every message: for how long there was nothing to write, and how
// long the write took. It reports whether the viewer is too slow.
func (p *pace) wrote(idle, busy time.Duration) bool {
	p.upToDate = p.upToDate || idle >= breath
	if !p.upToDate {
		return false
	}
	p.debt = max(0, p.debt+busy-idle)
	return p.debt > p.backlog
}
