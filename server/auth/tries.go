package auth

import (
	"net/netip"
	"sync"
	"time"
)

// triesPerMinute is how often one address may try to sign in; as many may come at once.
const triesPerMinute = 5

// tries counts sign-ins by address. Other than those of a [Limiter] they count for the
// loopback address too: whoever else is on this machine is who sign-in is for.
type tries struct {
	mu  sync.Mutex
	all map[netip.Prefix]*bucket
}

func newTries() *tries { return &tries{all: make(map[netip.Prefix]*bucket)} }

// spend counts a try and returns 0, or how long to wait for the next one.
func (t *tries) spend(addr netip.Addr, now time.Time) (wait time.Duration) {
	const each = time.Minute / triesPerMinute
	t.mu.Lock()
	defer t.mu.Unlock()
	var key netip.Prefix // of peers without an address
	if addr.IsValid() {
		key = network(addr)
	}
	b := t.all[key]
	if b == nil {
		if len(t.all) >= sweepAt {
			t.sweep(now)
		}
		b = &bucket{tokens: triesPerMinute, at: now}
		t.all[key] = b
	}
	if d := now.Sub(b.at); d > 0 {
		b.tokens = min(triesPerMinute, b.tokens+float64(d)/float64(each))
		b.at = now
	}
	if b.tokens < 1 {
		return max(time.Millisecond, time.Duration((1-b.tokens)*float64(each)))
	}
	b.tokens--
	return 0
}

// sweep forgets addresses whose tries are full again.
func (t *tries) sweep(now time.Time) {
	for key, b := range t.all {
		if now.Sub(b.at) >= time.Minute {
			delete(t.all, key)
		}
	}
}
