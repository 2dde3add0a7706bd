package notify

import (
	"context"

	"math/rand/v2"
	"time"

	"dashcam/collectors/alert"
)

// The pauses between attempts: the first, and the longest.
const (
	firstPause   = 5 * time.Second
	longestPause = 10 * time.Minute
	// composeTime is how long a message may take to make. Where the disk hangs, there is
	// less in it.
	composeTime = 10 * time.Second
)

// pause is how long to wait after so many attempts that failed: exponential, with jitter,
// and not shorter than the receiver asked for.
func (n *Notifier) pause(tries int, asked time.Duration) time.Duration {
	d := n.longestPause
	if tries < 10 {
		d = min(n.firstPause<<max(tries-1, 0), n.longestPause)
	}
	d += time.Duration(rand.Int64N(int64(d)/4 + 1))
	return max(d, asked)
}

// deliver sends to one receiver, in order, until the context ends.
func (n *Notifier) deliver(ctx context.Context, t *target) {
	for {
		n.mu.Lock()
		e, p := n.queue.next(t.key)
		var next progress
		var untold bool
		if e != nil {
			next, untold = *p, n.queue.untold(&e.notice, t.key)
		}
		n.mu.Unlock()
		now := time.Now()
		switch {
		case e == nil:
			if !n.sleep(ctx, t, 0) {
				return
			}
			continue
		case untold:
			n.end(t, e, next, alert.DeliverySkipped, "its begin was not delivered")
			continue
		case now.UnixMilli()-e.taken > triedFor.Milliseconds():
			n.end(t, e, next, alert.DeliveryExpired, next.err)
			continue
		}
		if wait := time.Until(time.UnixMilli(next.next)); wait > 0 {
			if !n.sleep(ctx, t, wait) {
				return
			}
			continue
		}
		if ctx.Err() != nil {
			return
		}
		n.attempt(ctx, t, e, next)
	}
}

// sleep waits for a while, or without one until there is something new. It returns false
// when the context ends.
func (n *Notifier) sleep(ctx context.Context, t *target, wait time.Duration) bool {
	var over <-chan time.Time
	woken := n.wake[t.key]
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over, woken = timer.C, nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-over:
	case <-woken:
	}
	return true
}

// end ends a notice without another attempt.
func (n *Notifier) end(t *target, e *entry, p progress, state alert.DeliveryState, why string) {
	p.state, p.next, p.err = state, 0, why
	_ = n.commit(p.record(e, t.key, time.Now().UnixMilli())) // it was logged
	if state == alert.DeliveryExpired {
		n.log.Error("notification not delivered within a day", "receiver", t.name, "notice", e.notice.ID, "err", why)
	}
}

// attempt sends a notice once.
func (n *Notifier) attempt(ctx context.Context, t *target, e *entry, p progress) {
	m := *n.message(ctx, e)
	m.MaybeTwice = p.lost > 0
	p.tries++
	_ = n.commit(&record{Op: opTry, ID: e.notice.ID, T: time.Now().UnixMilli(), Key: t.key, Tries: p.tries}) // it was logged
	err := t.sender.Send(ctx, &m)
	now := time.Now()
	if err == nil {
		p.state, p.next, p.err = alert.DeliveryDelivered, 0, ""
		_ = n.commit(p.record(e, t.key, now.UnixMilli())) // it was logged
		n.reached(t, now)
		return
	}
	failed := sendErrorOf(err)
	p.err = failed.Text
	if failed.Lost {
		p.lost++
	}
	p.state, p.next = alert.DeliveryFailing, now.Add(n.pause(p.tries, failed.After)).UnixMilli()
	switch {
	case ctx.Err() != nil:
		p.next = now.UnixMilli() // the next instance begins with it
	case failed.Refused:
		p.state, p.next = alert.DeliveryRefused, 0
	}
	_ = n.commit(p.record(e, t.key, now.UnixMilli())) // it was logged
	if ctx.Err() == nil {
		n.missed(t, now, failed)
	}
}

// message returns that of a notice, which is made once for all receivers.
func (n *Notifier) message(ctx context.Context, e *entry) *Message {
	n.composing.Lock()
	defer n.composing.Unlock()
	n.mu.Lock()
	m := e.message
	n.mu.Unlock()
	if m != nil {
		return m
	}
	within, cancel := context.WithTimeout(ctx, composeTime)
	defer cancel()
	m, err := n.writer.write(within, &e.notice)
	if err != nil {
		n.log.Warn("notification has less in it: the past was not read", "notice", e.notice.ID, "err", err)
	}
	_ = n.commit(&record{Op: opMessage, ID: e.notice.ID, T: time.Now().UnixMilli(), Message: m}) // it was logged
	return m
}
