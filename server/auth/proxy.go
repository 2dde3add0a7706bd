package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Proxy knows what stands between browsers and the server. A nil one, like the zero
// value, believes nobody.
type Proxy struct {
	trusted []netip.Prefix
	// publicScheme and publicHost (with a port, also the default one) are what browsers
	// see; "" where that is not known.
	publicScheme, publicHost, publicPort string
}

// NewProxy returns what is known of the proxies: the networks from which forwarded
// headers are believed, and the address that browsers see, "" for none.
func NewProxy(trusted []string, publicURL string) (*Proxy, error) {
	p := &Proxy{}
	for _, text := range trusted {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, addrErr := netip.ParseAddr(text)
			if addrErr != nil {
				return nil, fmt.Errorf("trusted proxy %q: expected an address or a network such as 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
		}
		p.trusted = append(p.trusted, prefix.Masked())
	}
	if publicURL == "" {
		return p, nil
	}
	u, err := url.Parse(publicURL)
	if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		err = errors.New("not such a URL")
	}
	var ok bool
	if err == nil {
		p.publicScheme = u.Scheme
		if p.publicHost, p.publicPort, ok = splitHost(u.Host); ok {
			p.publicPort = withDefault(p.publicPort, u.Scheme)
			return p, nil
		}
	}
	return nil, fmt.Errorf("public URL %q: expected one such as https://example.com/dashcam/", publicURL)
}

// PublicHost is the name in the public URL, "" for none.
func (p *Proxy) PublicHost() string {
	if p == nil {
		return ""
	}
	return p.publicHost
}

func (p *Proxy) trusts(addr netip.Addr) bool {
	if p == nil {
		return false
	}
	for _, each := range p.trusted {
		if each.Contains(addr.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// Client returns the address of whoever is behind a peer, by its X-Forwarded-For
// headers: the last one that is not a trusted proxy's own. It is the zero Addr where a
// trusted proxy does not say; then it speaks for everybody behind it.
func (p *Proxy) Client(peer netip.Addr, forwardedFor []string) netip.Addr {
	if !p.trusts(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(forwardedFor, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		addr, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if !p.trusts(addr) {
			return addr
		}
	}
	return netip.Addr{}
}

// Scheme returns how a browser reaches the server: that of the public URL where the
// Host header names it, what a trusted proxy says in one X-Forwarded-Proto header, and
// else that of the connection.
func (p *Proxy) Scheme(peer netip.Addr, connection, hostport string, forwardedProto []string) string {
	if p == nil {
		return connection
	}
	if p.publicHost != "" {
		if host, port, ok := splitHost(hostport); ok && host == p.publicHost && withDefault(port, p.publicScheme) == p.publicPort {
			return p.publicScheme
		}
	}
	if len(forwardedProto) == 1 && (forwardedProto[0] == "http" || forwardedProto[0] == "https") && p.trusts(peer) {
		return forwardedProto[0]
	}
	return connection
}
