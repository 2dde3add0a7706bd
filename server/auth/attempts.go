package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The rate limits of signing in: how often a minute a secret is looked at, and as many
// may come at once.
const (
	// attemptsPerAddress is for one address, attemptsInAll for all of them together: a
	// local process may claim any address where a proxy on this machine is trusted.
	attemptsPerAddress = 5
	attemptsInAll      = 10
	// returnsPerAddress and returnsInAll are for those that come back after they had to
	// wait, beside the others.
	returnsPerAddress = 5
	returnsInAll      = 10
	// attemptsPerBrowser is for a browser that signed in before, beside all others.
	attemptsPerBrowser = 10

	// returnAfter is how long somebody has to wait who comes while a limit is reached.
	returnAfter = 5 * time.Second
	// rememberedAddresses and rememberedAttempts bound what is remembered. The latter
	// is enough for a minute of 100 attempts a second.
	rememberedAddresses = 4096
	rememberedAttempts  = 8192
)

// attempts decides which secrets are looked at. Under a flood of wrong ones nothing tells
// who knows the right one, but that a person tries the same again when told to wait,
// while who guesses has to try another. So an attempt that had to wait and comes back
// has a rate limit of its own, in which guesses of a flood do not stand.
type attempts struct {
	// secret keeps what is remembered of an attempt from being of use elsewhere.
	secret [sha256.Size]byte

	mu                   sync.Mutex
	addresses            *table[netip.Prefix, *addressLimits]
	browsers             *table[browserID, *rate.Limiter]
	remembered           *table[attemptID, attempt]
	firstTime, returning *rate.Limiter
}

type addressLimits struct{ firstTime, returning *rate.Limiter }

// attemptID stands for an address together with a secret.
type attemptID [16]byte

// attempt is what is remembered of one.
type attempt struct {
	// wrong says that the secret was looked at and is wrong; then looking again would
	// tell nothing new.
	wrong bool
	// since is when it came first and had to wait.
	since time.Time
}

func perMinute(n int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(time.Minute/time.Duration(n)), n)
}

func newAttempts() *attempts {
	t := &attempts{
		addresses:  newTable[netip.Prefix, *addressLimits](rememberedAddresses),
		browsers:   newTable[browserID, *rate.Limiter](rememberedAddresses),
		remembered: newTable[attemptID, attempt](rememberedAttempts),
		firstTime:  perMinute(attemptsInAll), returning: perMinute(returnsInAll),
	}
	_, _ = rand.Read(t.secret[:]) // never fails (Go 1.24)
	return t
}

func (t *attempts) id(addr netip.Prefix, secret string) attemptID {
	h := sha256.New()
	h.Write(t.secret[:])
	h.Write([]byte(addr.String() + "\x00" + secret))
	return attemptID(h.Sum(nil)[:len(attemptID{})])
}

// verdict is what is to be done with an attempt.
type verdict struct {
	// wrong: the secret is known to be wrong.
	wrong bool
	// wait: it may come again after that; 0 where it may be looked at.
	wait time.Duration
	// reserved is what the attempt costs, which is given back if the secret is right.
	reserved []*rate.Reservation
}

// admit counts an attempt of an address, and of a browser where that is known.
func (t *attempts) admit(id attemptID, addr netip.Prefix, browser *browserID, now time.Time) verdict {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, known := t.remembered.get(id)
	if before.wrong {
		return verdict{wrong: true}
	}
	if browser != nil {
		limit := t.browsers.of(*browser, func() *rate.Limiter { return perMinute(attemptsPerBrowser) })
		if r := reserve(now, limit); r != nil {
			return verdict{reserved: r}
		}
	}
	limits := t.addresses.of(addr, func() *addressLimits {
		return &addressLimits{perMinute(attemptsPerAddress), perMinute(returnsPerAddress)}
	})
	if r := reserve(now, limits.firstTime, t.firstTime); r != nil {
		return verdict{reserved: r}
	}
	if !known {
		before.since = now
		t.remembered.put(id, before)
	}
	if wait := returnAfter - now.Sub(before.since); wait > 0 {
		return verdict{wait: wait}
	}
	if r := reserve(now, limits.returning, t.returning); r != nil {
		return verdict{reserved: r}
	}
	return verdict{wait: returnAfter}
}

// learn is told whether the secret of an attempt that was looked at is right.
func (t *attempts) learn(id attemptID, v verdict, right bool, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !right {
		t.remembered.put(id, attempt{wrong: true})
		return
	}
	for _, r := range v.reserved {
		r.CancelAt(now)
	}
}

// reserve takes one of every limit, or of none.
func reserve(now time.Time, limits ...*rate.Limiter) (taken []*rate.Reservation) {
	for _, limit := range limits {
		if limit.TokensAt(now) < 1 {
			return nil
		}
	}
	for _, limit := range limits {
		taken = append(taken, limit.ReserveN(now, 1))
	}
	return taken
}
