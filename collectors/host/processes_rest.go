package host

import (
	"context"
	"time"
)

// Most processes of a host do nothing for hours, and reading one costs as much as all
// numbers about memory. One that was idle for a while is left to rest: it is read only at
// every eighth scan, in turns, so that each scan has as much to do. Until then its row repeats
// what was read last, which is that it used nothing; when it is read again, its use of
// processors and its I/O are those of the whole time since, never of one scan. So what
// is shown of a resting process is up to eight scans, but at most restMost, old.
//
// A process that wakes and uses much is found at once nevertheless: when processors did more than
// all processes that were read account for, those that rest are read in the same scan. What
// remains is a process that uses little, or changes its state or memory without using anything: it
// is seen at its turn. Processes that appear and end are seen in the list, also one with
// a pid that was used before.
const (
	// restAfter is how many readings in a row must find a process idle.
	restAfter = 5
	// restScans is how many scans a resting process has for one reading.
	restScans = 8
	// restMost is how old a repeated row may be, where scans are far apart.
	restMost = restScans * time.Second
)

// settle notes whether a process did anything since the last reading.
func (p *knownProcess) settle() {
	switch p.reading.state {
	case 'R', 'D':
		p.idle = 0 // runs, or waits for a disk: of interest at any time
	default:
		if p.idle = min(p.idle+1, restAfter); p.idle == restAfter {
			p.files.close()
		}
	}
}

// rests reports whether the process may be left alone.
func (c *processes) rests(p *knownProcess, now time.Time) bool {
	return p != nil && p.idle >= restAfter && (c.round+uint64(p.reading.pid))%restScans != 0 && now.Sub(p.at) < restMost
}

// readResting reads the processes that were left to rest in this scan, as far as time allows.
func (c *processes) readResting(ctx context.Context, s *scan) {
	for i := range c.all {
		p := &c.all[i]
		if p.known == nil || p.known.rested != c.round {
			continue
		}
		now := c.now()
		if ctx.Err() != nil || c.outOfTime(now, s) {
			return
		}
		c.observe(ctx, p, now, s)
	}
}

// waking tells when one of the processes that rest must have woken.
type waking struct {
	// busy is how long processors had worked at the last scan, used how long they did
	// since the one before.
	busy, used time.Duration
	known      bool // used is
	// wait is how many suspicions are passed over: those before were futile, because what
	// worked had ended before it was listed, or is in a container we do not see into.
	wait, futile int
}

func (w *waking) begin(s *scanner) {
	busy, ok := s.busy()
	w.known = ok && w.busy > 0 && busy >= w.busy
	w.used = busy - w.busy
	w.busy = busy
}

// suspected reports whether processors did more since the last scan than the given
// work explains.
func (w *waking) suspected(explained time.Duration) bool {
	// The kernel counts the work of processors by looking at every tick what runs, and
	// that of processes by the clock, in steps of 10 ms.
	const least, share = 50 * time.Millisecond, 8
	if !w.known || w.used-explained <= least+w.used/share {
		return false
	}
	if w.wait > 0 {
		w.wait--
		return false
	}
	return true
}

// found says how much was explained before and after the processes that rest were read. They
// should account for half of what was missing; a suspicion that was wrong makes the next
// ones wait.
func (w *waking) found(before, after time.Duration) {
	if after-before >= (w.used-before)/2 {
		w.futile = 0
		return
	}
	w.futile = min(2*w.futile+1, restScans-1)
	w.wait = w.futile
}
