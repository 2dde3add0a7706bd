package host

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// processIO are the bytes that a process had read from and written to storage.
type processIO struct{ read, written uint64 }

// ioRate are bytes per second; NaN is unknown.
type ioRate struct{ read, written float64 }

// ioAccess is whether a process's I/O can be told.
type ioAccess uint8

const (
	ioNotAsked ioAccess = iota
	ioKnown
	ioForbidden
	ioGone
)

// estate is what a process had read and written when it was read last, for its parent.
type estate struct {
	parent int32
	io     processIO
}

// bequeath forgets a process that ended. When its parent waits for it, the kernel adds
// what it had read and written to what the parent did (wait_task_zombie in kernel/exit.c).
func (c *processes) bequeath(p *process) {
	if k := p.known; k != nil && k.ioLast == ioKnown && inheritsIO && k.io != (processIO{}) {
		c.estates = append(c.estates, estate{k.reading.ppid, k.io})
	}
	p.evict()
}

// inherit notes with the parents what their children left.
func (c *processes) inherit() {
	for _, e := range c.estates {
		i, there := slices.BinarySearchFunc(c.all, e.parent, func(p process, pid int32) int { return cmp.Compare(p.pid, pid) })
		if there && c.all[i].known != nil {
			heir := &c.all[i].known.inherited
			heir.read += e.io.read
			heir.written += e.io.written
		}
	}
	c.estates = c.estates[:0]
}

// observeIO reads what the process had read and written.
func (c *processes) observeIO(ctx context.Context, p *knownProcess, files *pidFiles) {
	if p.ioLast == ioForbidden {
		return
	}
	io, access := c.scanner.io(ctx, p.reading.pid, files)
	now := c.now()
	p.ioRate = unknownRate()
	if access == ioKnown && p.ioLast == ioKnown && io.read >= p.io.read && io.written >= p.io.written {
		if dt := now.Sub(p.ioAt).Seconds(); dt > 0 {
			p.ioRate = ioRate{float64(without(io.read-p.io.read, p.inherited.read)) / dt, float64(without(io.written-p.io.written, p.inherited.written)) / dt}
		}
	}
	if io != p.io {
		p.idle = -1
	}
	p.io, p.ioAt, p.ioLast, p.inherited = io, now, access, processIO{}
}

// without is what is left of a rise. A parent that never waits for its children inherits
// nothing.
func without(rise, inherited uint64) uint64 { return rise - min(rise, inherited) }

func unknownRate() ioRate { return ioRate{math.NaN(), math.NaN()} }
