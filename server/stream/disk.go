package stream

import (
	"cmp"
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"dashcam/collectors"
)

const (
	// diskReads is how many reads of rows that are not in memory there are at once.
	diskReads = 2
	// diskTimeout is how long one of them may take. A disk that turns takes
	// milliseconds; one behind a network that went away takes for ever.
	diskTimeout = 3 * time.Second
)

// errUnreadable says that the disk does not answer.
var errUnreadable = errors.New("the disk does not answer")

// disk is a circuit breaker before the disk. A read that hangs cannot be ended: it
// holds its place until it returns, and as long as one is overdue every other fails at
// once instead of waiting behind it. The store has a semaphore of its own before each read
// of a file: that one bounds what hangs, whoever asks, and this one keeps viewers from
// waiting at all.
type disk struct {
	places chan struct{}
	// lost takes what a read that panicked said.
	lost func(r any, stack []byte)

	mu      sync.Mutex
	overdue int
	// late is closed when a read becomes overdue, and replaced when none is any more.
	late chan struct{}
}

func newDisk(lost func(r any, stack []byte)) *disk {
	return &disk{places: make(chan struct{}, diskReads), lost: lost, late: make(chan struct{})}
}

// readSpan is what a read returned.
type readSpan struct {
	span collectors.Span
	err  error
}

// read runs f on a goroutine of its own, and returns what it did, or errUnreadable, or
// the context's error. Without an error the place is taken until the caller calls leave.
func (d *disk) read(ctx context.Context, f func() (collectors.Span, error)) (span collectors.Span, leave func(), err error) {
	late := d.isLate()
	select { // before the places: waiting for one may have no end
	case <-late:
		return span, nil, errUnreadable
	default:
	}
	select {
	case d.places <- struct{}{}:
	case <-late:
		return span, nil, errUnreadable
	case <-ctx.Done():
		return span, nil, ctx.Err()
	}
	done := make(chan readSpan, 1)
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				d.lost(r, debug.Stack())
			}
		}()
		span, err := f()
		done <- readSpan{span, err}
	}()
	timer := time.NewTimer(diskTimeout)
	defer timer.Stop()
	leave = func() { <-d.places }
	select {
	case got, ok := <-done:
		if ok && got.err == nil {
			return got.span, leave, nil
		}
		leave()
		return span, nil, cmp.Or(got.err, errUnreadable)
	case <-timer.C:
		err = errUnreadable
	case <-ctx.Done():
		err = ctx.Err()
	}
	d.abandon(done, leave, errors.Is(err, errUnreadable))
	return span, nil, err
}

// abandon leaves a read alone. Its place is free again when it returns.
func (d *disk) abandon(done <-chan readSpan, leave func(), overdue bool) {
	if overdue {
		d.count(1)
	}
	go func() {
		if !overdue {
			timer := time.NewTimer(diskTimeout)
			defer timer.Stop()
			select {
			case <-done:
			case <-timer.C:
				d.count(1)
				overdue = true
			}
		}
		if overdue {
			for range done {
			}
			d.count(-1)
		}
		leave()
	}()
}

func (d *disk) count(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.overdue += n
	switch {
	case n > 0 && d.overdue == 1:
		close(d.late)
	case d.overdue == 0:
		d.late = make(chan struct{})
	}
}

func (d *disk) isLate() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.late
}
