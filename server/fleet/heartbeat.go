package fleet

import (
	"math/rand/v2"
	"time"
)

// heartbeat is when a host sends its summary. It goes with a row, when the program is awake
// anyway: to wake for it at a moment of its own costs as much again. Rows come at the same
// instant on all hosts, so that those of a large fleet, whose pace is several rows, spread
// over as many; those of one instant the broker takes together, which costs it less than one
// by one. Where rows are farther apart than the pace, or do not come, a timer stands in.
type heartbeat struct {
	pace, interval time.Duration
	// sent is when the last one was, stoodIn says that it was the timer's.
	sent    time.Time
	stoodIn bool
	timer   *time.Timer
}

func newHeartbeat(pace, interval time.Duration) heartbeat {
	h := heartbeat{interval: interval, timer: time.NewTimer(pace)}
	h.set(pace)
	return h
}

func (h *heartbeat) stop() { h.timer.Stop() }

// set takes a pace, and a moment in it by chance.
func (h *heartbeat) set(pace time.Duration) {
	h.pace = pace
	part := rand.N(pace)
	h.sent = time.Now().Add(-part)
	if h.byRows() {
		h.timer.Reset(2 * pace)
	} else {
		h.timer.Reset(pace - part)
	}
}

func (h *heartbeat) byRows() bool { return h.interval <= h.pace }

// row reports whether a summary is due with the row that has just come.
func (h *heartbeat) row(now time.Time) bool {
	if !h.byRows() || !h.stoodIn && now.Sub(h.sent) < h.pace-h.interval/2 {
		return false
	}
	h.sent, h.stoodIn = now, false
	// The hub takes a host for gone after three paces.
	h.timer.Reset(2 * h.pace)
	return true
}

// late begins a pace for which no row came.
func (h *heartbeat) late(now time.Time) {
	h.sent, h.stoodIn = now, true
	h.timer.Reset(h.pace)
}
