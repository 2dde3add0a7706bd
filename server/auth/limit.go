package auth

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// ErrAddressFull means that one address holds as many sockets as it may.
var ErrAddressFull = errors.New("this address holds as many sockets as allowed")

// Limits bound what one address may open. Zero fields mean their defaults. How many
// viewers there may be in all is not counted here but by the stream.
type Limits struct {
	// SocketsPerAddress is how many one address may hold, 32 by default.
	SocketsPerAddress int
	// HandshakesPerSecond is how many one address may begin, 20 by default. As many
	// may come at once.
	HandshakesPerSecond int
}

// Limiter counts sockets and handshakes. The limits per address do not hold for
// 127.0.0.1 and ::1, nor for peers without an address (pipes): whoever is there is on
// this machine, or behind one proxy that carries everybody. The rest of 127.0.0.0/8 is
// nobody's address unless he chose it, and counts like any other.
type Limiter struct {
	limits Limits

	mu      sync.Mutex
	buckets map[netip.Prefix]*bucket
}

// bucket is what is known of one address.
type bucket struct {
	open   int
	tokens float64
	at     time.Time
}

// sweepAt is the number of addresses at which those that hold nothing are forgotten.
const sweepAt = 1024

// NewLimiter returns a limiter that has counted nothing.
func NewLimiter(l Limits) *Limiter {
	if l.SocketsPerAddress <= 0 {
		l.SocketsPerAddress = 32
	}
	if l.HandshakesPerSecond <= 0 {
		l.HandshakesPerSecond = 20
	}
	return &Limiter{limits: l, buckets: make(map[netip.Prefix]*bucket)}
}

// Handshake reports whether addr may begin another handshake now, and counts it.
func (l *Limiter) Handshake(addr netip.Addr, now time.Time) bool {
	if local(addr) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(addr, now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// Acquire counts a socket of addr. The caller calls release once, when the socket
// is gone. On an error nothing was counted.
func (l *Limiter) Acquire(addr netip.Addr, now time.Time) (release func(), err error) {
	if local(addr) {
		return func() {}, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(addr, now)
	if b.open >= l.limits.SocketsPerAddress {
		return nil, ErrAddressFull
	}
	b.open++
	return sync.OnceFunc(func() { l.release(b) }), nil
}

func (l *Limiter) release(b *bucket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b.open--
}

// bucket returns the state of addr with its tokens filled up to now.
func (l *Limiter) bucket(addr netip.Addr, now time.Time) *bucket {
	rate := float64(l.limits.HandshakesPerSecond)
	k := network(addr)
	b, ok := l.buckets[k]
	if !ok {
		if len(l.buckets) >= sweepAt {
			l.sweep(now)
		}
		b = &bucket{tokens: rate, at: now}
		l.buckets[k] = b
		return b
	}
	if d := now.Sub(b.at); d > 0 {
		b.tokens = min(rate, b.tokens+rate*d.Seconds())
		b.at = now
	}
	return b
}

// sweep forgets addresses that hold no socket and have not come for a second, which
// is when their tokens are full again.
func (l *Limiter) sweep(now time.Time) {
	for k, b := range l.buckets {
		if b.open == 0 && now.Sub(b.at) >= time.Second {
			delete(l.buckets, k)
		}
	}
}

func local(addr netip.Addr) bool {
	return !addr.IsValid() || addr.Unmap() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback()
}

// network is what counts as one address: an IPv4 address, or the /64 that a single
// IPv6 host is usually given and picks addresses from at will.
func network(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(addr, bits).Masked()
}
