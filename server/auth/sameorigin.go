package auth

import "strings"

// SameOrigin reports whether a request's Origin header names the very server that
// got the request: the scheme of its connection ("http" or "https") and its Host
// header, with default ports filled in (RFC 6454, 4).
//
// "null", an origin with a path or user information, and an empty one are not the
// same. Whether a missing header is acceptable is for the caller to say: see
// [OriginOptional].
func SameOrigin(origin, scheme, hostport string) bool {
	originScheme, rest, found := strings.Cut(origin, "://")
	if !found || !strings.EqualFold(originScheme, scheme) {
		return false
	}
	originHost, originPort, ok := splitHost(rest)
	if !ok {
		return false
	}
	host, port, ok := splitHost(hostport)
	if !ok {
		return false
	}
	return originHost == host && withDefault(originPort, scheme) == withDefault(port, scheme)
}

// OriginOptional reports whether a request may come without an Origin header. Browsers
// leave it out when they fetch from the page's own site by GET or HEAD. They always send
// it with a socket's handshake, which is a GET, so that one without comes from a program,
// and no page can be behind it.
func OriginOptional(method string) bool { return method == "GET" || method == "HEAD" }

func withDefault(port, scheme string) string {
	if port != "" {
		return port
	}
	if strings.EqualFold(scheme, "https") {
		return "443"
	}
	return "80"
}
