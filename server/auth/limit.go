package auth

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
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
	// HandshakesPerProxy is how many one peer may begin for others, 200 by default: a
	// local process may claim any address where a proxy on this machine is trusted.
	HandshakesPerProxy int
}

// Limiter counts sockets and handshakes. The limits per address do not hold for
// 127.0.0.1 and ::1, nor for peers without an address (pipes): whoever is there is on
// this machine, or behind one proxy that carries everybody. The rest of 127.0.0.0/8 is
// nobody's address unless he chose it, and counts like any other.
type Limiter struct {
	limits Limits

	mu sync.Mutex
	// open are the sockets of addresses that hold one.
	open  map[netip.Prefix]int
	rates *table[netip.Prefix, *rate.Limiter]
	// proxies are the rates of peers that speak for others.
	proxies *table[netip.Prefix, *rate.Limiter]
}

// NewLimiter returns a limiter that has counted nothing.
func NewLimiter(l Limits) *Limiter {
	if l.SocketsPerAddress <= 0 {
		l.SocketsPerAddress = 32
	}
	if l.HandshakesPerSecond <= 0 {
		l.HandshakesPerSecond = 20
	}
	if l.HandshakesPerProxy <= 0 {
		l.HandshakesPerProxy = 200
	}
	return &Limiter{
		limits: l, open: make(map[netip.Prefix]int),
		rates:   newTable[netip.Prefix, *rate.Limiter](rememberedAddresses),
		proxies: newTable[netip.Prefix, *rate.Limiter](rememberedAddresses),
	}
}

// Handshake reports whether a client may begin another handshake now, and counts it. The
// peer is who is connected: the client itself, or a trusted proxy that names it. What a
// proxy sends counts for the proxy as well, a local one too, whatever it names: else a
// process that is let through as one takes a new address for each handshake.
func (l *Limiter) Handshake(peer, client netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !local(client) && !allow(l.rates, client, l.limits.HandshakesPerSecond, now) {
		return false
	}
	return peer == client || allow(l.proxies, peer, l.limits.HandshakesPerProxy, now)
}

func allow(rates *table[netip.Prefix, *rate.Limiter], addr netip.Addr, perSecond int, now time.Time) bool {
	limit := rates.of(network(addr), func() *rate.Limiter { return rate.NewLimiter(rate.Limit(perSecond), perSecond) })
	return limit.AllowN(now, 1)
}

// Acquire counts a socket of addr. The caller calls release once, when the socket
// is gone. On an error nothing was counted.
func (l *Limiter) Acquire(addr netip.Addr) (release func(), err error) {
	if local(addr) {
		return func() {}, nil
	}
	from := network(addr)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from] >= l.limits.SocketsPerAddress {
		return nil, ErrAddressFull
	}
	l.open[from]++
	return sync.OnceFunc(func() { l.release(from) }), nil
}

func (l *Limiter) release(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from]--; l.open[from] == 0 {
		delete(l.open, from)
	}
}

func local(addr netip.Addr) bool {
	return !addr.IsValid() || addr.Unmap() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || addr == netip.IPv6Loopback()
}

// network is what counts as one address: an IPv4 address, or the /64 that a single
// IPv6 host is usually given and picks addresses from at will. It is the zero Prefix of
// peers without an address.
func network(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(addr, bits).Masked()
}
