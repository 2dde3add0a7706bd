package auth

import (
	"errors"
	"net/netip"
	"testing"
	"time"
)

var (
	someone  = netip.MustParseAddr("192.0.2.1")
	another  = netip.MustParseAddr("192.0.2.2")
	loopback = netip.MustParseAddr("127.0.0.1")
	start    = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

func TestLimiter_HandshakesPerAddress(t *testing.T) {
	l := NewLimiter(Limits{})
	accepted := func(addr netip.Addr, at time.Time, tries int) (n int) {
		for range tries {
			if l.Handshake(addr, addr, at) {
				n++
			}
		}
		return n
	}
	if got := accepted(someone, start, 50); got != 20 {
		t.Errorf("at once: %d handshakes, want 20", got)
	}
	if got := accepted(another, start, 50); got != 20 {
		t.Errorf("of another address: %d handshakes, want 20", got)
	}
	if got := accepted(someone, start.Add(500*time.Millisecond), 50); got != 10 {
		t.Errorf("half a second later: %d handshakes, want 10", got)
	}
	if got := accepted(someone, start.Add(time.Hour), 50); got != 20 {
		t.Errorf("an hour later: %d handshakes, want 20", got)
	}
	if got := accepted(loopback, start, 1000); got != 1000 {
		t.Errorf("from loopback: %d handshakes, want 1000", got)
	}
}

// A process on this machine dodged the limit with a new X-Forwarded-For for each handshake,
// where a local proxy is trusted.
func TestLimiter_CountsAllThatAProxyNames(t *testing.T) {
	l := NewLimiter(Limits{HandshakesPerProxy: 100})
	accepted := func(peer netip.Addr, at time.Time) (n int) {
		client := someone
		for range 1000 {
			client = client.Next()
			if l.Handshake(peer, client, at) {
				n++
			}
		}
		return n
	}
	if got := accepted(loopback, start); got != 100 {
		t.Errorf("1000 addresses by a local proxy: %d handshakes, want 100", got)
	}
	if got := accepted(netip.MustParseAddr("10.0.0.1"), start); got != 100 {
		t.Errorf("by another proxy: %d handshakes, want 100", got)
	}
	if got := accepted(loopback, start.Add(time.Second)); got != 100 {
		t.Errorf("a second later: %d handshakes, want 100", got)
	}
	if !l.Handshake(loopback, loopback, start) {
		t.Error("whoever is on this machine and claims nothing has to wait")
	}
	if l.Handshake(loopback, netip.Addr{}, start) {
		t.Error("a proxy that names nobody is not counted")
	}
}

func TestLimiter_SocketsPerAddress(t *testing.T) {
	l := NewLimiter(Limits{SocketsPerAddress: 2})
	acquire := func(addr netip.Addr, want error) func() {
		t.Helper()
		release, err := l.Acquire(addr)
		if !errors.Is(err, want) {
			t.Fatalf("Acquire(%v) = %v, want %v", addr, err, want)
		}
		return release
	}
	first := acquire(someone, nil)
	acquire(someone, nil)
	acquire(someone, ErrAddressFull)
	for range 10 {
		acquire(loopback, nil)
	}
	acquire(another, nil)
	first()
	first() // a second call counts nothing
	acquire(someone, nil)
	acquire(someone, ErrAddressFull)
}

func TestLimiter_CountsAnIPv6NetworkAsOneAddress(t *testing.T) {
	l := NewLimiter(Limits{SocketsPerAddress: 1})
	if _, err := l.Acquire(netip.MustParseAddr("2001:db8::1")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Acquire(netip.MustParseAddr("2001:db8::2")); !errors.Is(err, ErrAddressFull) {
		t.Errorf("same /64: %v, want %v", err, ErrAddressFull)
	}
	if _, err := l.Acquire(netip.MustParseAddr("2001:db8:0:1::1")); err != nil {
		t.Errorf("other /64: %v", err)
	}
	if _, err := l.Acquire(netip.MustParseAddr("::ffff:192.0.2.1")); err != nil {
		t.Errorf("mapped IPv4: %v", err)
	}
	if _, err := l.Acquire(someone); !errors.Is(err, ErrAddressFull) {
		t.Errorf("the same IPv4 address unmapped: %v, want %v", err, ErrAddressFull)
	}
}

func TestLimiter_ForgetsAddresses(t *testing.T) {
	l := NewLimiter(Limits{})
	held := netip.MustParseAddr("198.51.100.1")
	release, err := l.Acquire(held)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("10.0.0.0")
	for i := range 40_000 {
		addr = addr.Next()
		l.Handshake(netip.Addr{}, addr, start.Add(time.Duration(i)*10*time.Millisecond))
	}
	if got := len(l.rates.young) + len(l.rates.old); got > 2*rememberedAddresses {
		t.Errorf("%d addresses remembered, want at most %d", got, 2*rememberedAddresses)
	}
	if got := l.open[network(held)]; got != 1 {
		t.Errorf("of an address with an open socket %d are counted", got)
	}
	release()
	if len(l.open) != 0 {
		t.Errorf("nobody holds a socket, and %v are counted", l.open)
	}
}
