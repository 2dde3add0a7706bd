package sampler

import (
	"context"
	"sync"
	"time"
)

// queue is the collectors that are due at a tick and have not begun. One goroutine, a
// worker, takes them one after the other, so that a tick wakes one thread and not one for
// every collector: two thirds of what they cost were spent on waking each other. Where a
// collector keeps its worker for longer than heldUp, another takes those behind it.
type queue struct {
	workers sync.WaitGroup
	wake    chan struct{} // for a worker that waits
	// complete says that all are done that the row waits for.
	complete chan struct{}

	mu   sync.Mutex
	due  []*runner
	done []*runner // and not consumed
	// waiting says that a worker waits to be woken; more than one never do.
	waiting bool
	row     uint64 // the present one, counted
	missing int    // how many are not done that it waits for
}

// heldUp is how long a collector may hold up those behind it: 10 ms at one row a second,
// and of faster ones as large a part of the time in which the row is open.
func heldUp(interval time.Duration) time.Duration {
	return min(interval/100, 10*time.Millisecond)
}

func (q *queue) init() {
	q.wake, q.complete = make(chan struct{}, 1), make(chan struct{}, 1)
}

// start has those that are due at a tick sampled: first what the row waits for. It returns
// for how many that is.
func (q *queue) start(ctx context.Context, runners []*runner) (awaited int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.complete: // of the row before, which had closed
	default:
	}
	q.row++
	for _, detached := range []bool{false, true} {
		for _, r := range runners {
			if r.begins && r.describe.Detached == detached {
				r.begins, r.row = false, q.row
				q.due = append(q.due, r)
				if r.expected {
					awaited++
				}
			}
		}
	}
	q.missing = awaited
	if len(q.due) > 0 {
		q.staff(ctx)
	}
	return awaited
}

// hurry has another worker take what is still due, and reports whether anything was.
func (q *queue) hurry(ctx context.Context) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.due) > 0 {
		q.staff(ctx)
		return true
	}
	return false
}

// staff wakes the worker that waits, or begins one. The queue is locked.
func (q *queue) staff(ctx context.Context) {
	if q.waiting {
		q.waiting = false
		q.wake <- struct{}{} // has room for it
		return
	}
	q.workers.Go(func() { q.work(ctx) })
}

// work samples what is due until ctx ends, or until another worker waits for more.
func (q *queue) work(ctx context.Context) {
	for {
		r, stay := q.next()
		switch {
		case r != nil:
			r.sample(ctx, time.Now())
			q.finish(r)
			continue
		case !stay:
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		}
	}
}

// next takes the first that is due. Where there is none, it says whether the worker is to
// wait for more.
func (q *queue) next() (r *runner, stay bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.due) == 0 {
		stay = !q.waiting
		q.waiting = true
		return nil, stay
	}
	r = q.due[0]
	q.due = q.due[:copy(q.due, q.due[1:])]
	return r, true
}

// finish hands over what a runner observed.
func (q *queue) finish(r *runner) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.done = append(q.done, r)
	if r.row != q.row || r.describe.Detached {
		return
	}
	if q.missing--; q.missing == 0 {
		q.complete <- struct{}{} // has room: start has emptied it
	}
}

// finished takes those that are done, in the order in which they were.
func (q *queue) finished(into []*runner) []*runner {
	q.mu.Lock()
	defer q.mu.Unlock()
	into = append(into, q.done...)
	clear(q.done)
	q.done = q.done[:0]
	return into
}

// abandon drops what has not begun, and returns when no worker is left or after a timeout,
// whichever is first.
func (q *queue) abandon(timeout time.Duration) (clean bool) {
	q.mu.Lock()
	for _, r := range q.due {
		r.running = false
	}
	q.due = nil
	q.mu.Unlock()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		q.workers.Wait()
	}()
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	select {
	case <-gone:
		return true
	case <-deadline.C:
		return false
	}
}
