package server

import "time"

// semaphore lets as many through at a time as it has places.
type semaphore chan struct{}

func newSemaphore(places int) semaphore { return make(semaphore, places) }

// acquire waits for a place, at most that long, and reports whether it has one.
func (s semaphore) acquire(wait time.Duration) bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		if wait <= 0 {
			return false
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case s <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

func (s semaphore) release() { <-s }

// tokens is a token bucket of processor time: what is spent comes back at a rate, and
// at most burst of it is there at once. It may go below nothing, since what a piece of
// work takes is known behind it.
type tokens struct {
	burst time.Duration
	// perSecond is the share of a core that comes back.
	perSecond float64
	left      time.Duration
	at        time.Time
}

func newTokens(burst time.Duration, perSecond float64, now time.Time) *tokens {
	return &tokens{burst: burst, perSecond: perSecond, left: burst, at: now}
}

// spend takes d out of the bucket and returns how long it takes until it holds
// something again, 0 while it does.
func (b *tokens) spend(d time.Duration, now time.Time) (wait time.Duration) {
	back := time.Duration(float64(now.Sub(b.at)) * b.perSecond)
	b.left, b.at = min(b.burst, b.left+back)-d, now
	if b.left >= 0 {
		return 0
	}
	return time.Duration(float64(-b.left) / b.perSecond)
}
