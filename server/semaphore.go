package server

import (
	"time"

	"golang.org/x/time/rate"
)

// semaphore lets as many through at a time as it has places.
type semaphore chan struct{}

func newSemaphore(places int) semaphore { return make(semaphore, places) }

// acquire waits for a place, at most that long and until stopped is closed, and reports
// whether it has one.
func (s semaphore) acquire(wait time.Duration, stopped <-chan struct{}) bool {
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
	case <-stopped:
		return false
	}
}

func (s semaphore) release() { <-s }

// tokens is a token bucket of processor time, in microseconds: what is spent comes back
// at a rate, and at most a burst of it is there at once. It may go below nothing, since
// what a piece of work takes is known behind it.
type tokens struct{ *rate.Limiter }

// newTokens returns a full one, into which a share of a core comes back.
func newTokens(burst time.Duration, share float64) tokens {
	return tokens{rate.NewLimiter(rate.Limit(share*1e6), int(burst.Microseconds()))}
}

// spend takes d out of the bucket and returns how long it takes until it holds
// something again, 0 while it does.
func (b tokens) spend(d time.Duration, now time.Time) (wait time.Duration) {
	for left := int(d.Microseconds()); left > 0; left -= b.Burst() {
		b.ReserveN(now, min(left, b.Burst())) // no more than a burst can be reserved at once
	}
	debt := max(0, -b.TokensAt(now))
	return time.Duration(debt / float64(b.Limit()) * float64(time.Second))
}
