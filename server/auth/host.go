package auth

import (
	"net/netip"
	"strconv"
	"strings"
)

// Hosts is the set of names by which this machine may be addressed.
type Hosts struct {
	names map[string]struct{}
}

// NewHosts returns the rule that allows the given names beside every IP literal,
// localhost and *.localhost. Names are compared in lower case and without a
// trailing dot; empty ones are ignored.
func NewHosts(names ...string) *Hosts {
	h := &Hosts{names: make(map[string]struct{}, len(names))}
	for _, n := range names {
		if n = normalName(strings.TrimSpace(n)); n != "" {
			h.names[n] = struct{}{}
		}
	}
	return h
}

// Allowed reports whether a request with this Host header is meant for us. The
// port is ignored.
//
// Any IP literal is allowed, not only those of our interfaces: a cloud machine's
// public address stands on none of them, and an attack by rebinding needs a name.
func (h *Hosts) Allowed(hostport string) bool {
	host, _, ok := splitHost(hostport)
	if !ok {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	_, ok = h.names[host]
	return ok
}

// splitHost takes a Host header (RFC 9110, 7.2) apart: host in lower case, without
// brackets and trailing dot, and the port, "" where there is none. It is strict: user
// information, spaces and IPv6 addresses without brackets are not hosts.
func splitHost(s string) (host, port string, ok bool) {
	var hasPort bool
	if rest, bracket := strings.CutPrefix(s, "["); bracket {
		var after string
		var closed bool
		if host, after, closed = strings.Cut(rest, "]"); !closed {
			return "", "", false
		}
		if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", "", false
		}
		if port, hasPort = strings.CutPrefix(after, ":"); after != "" && !hasPort {
			return "", "", false
		}
	} else {
		host, port, hasPort = strings.Cut(s, ":")
		if !nameLike(host) {
			return "", "", false
		}
	}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", "", false
		}
		port = strconv.FormatUint(n, 10)
	}
	return normalName(host), port, true
}

// nameLike reports whether s holds only what a DNS name or an IPv4 address may hold.
// The underscore is not allowed in host names by RFC 952, but common in container
// networks.
func nameLike(s string) bool {
	if s == "" || s == "." {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return true
}

// normalName lower-cases a name and removes one trailing dot.
func normalName(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) }
