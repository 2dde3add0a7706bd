// Package auth decides who may see a dashboard.
//
// A page that shows a host must not be readable by another site that the same
// person has open, nor by somebody who merely reaches its address. These rules see to
// that, on every route and on the upgrade to a socket:
//
//   - [Hosts]: the Host header must be an address or a name that is known to be
//     this machine. A page of another site that made its own name point to this
//     machine (DNS rebinding) is turned away, because rebinding needs a name.
//   - [SameOrigin]: where a browser says which page asks, that page must be ours:
//     same scheme, same host, same port. A socket must say so.
//   - [Origins]: pages of other sites that are named may ask too, or frame ours.
//   - [Limiter]: one address opens neither more sockets nor more handshakes than
//     a person with a few tabs would.
//   - [Authenticator]: whoever asks has a session, which began with a token or a password, or
//     sends the token with every request.
//   - [Proxy]: what a proxy says of its clients is believed from those that are named,
//     and from nobody else.
//
// [LoadCertificate] and [SelfSigned] give the certificates for TLS.
//
// # Signing in
//
// A session is a random value in a cookie and an entry in memory: it ends after 12 h
// without use (an open page uses it), after 7 days, when its person signs out, and with
// the process. Tokens are compared in constant time. Of one address five tries a
// minute are looked at; a right token is let in regardless, because it cannot be
// guessed and others may share the address. A password is known only as its bcrypt
// hash, and one is verified at a time, because that is slow on purpose.
//
// # Concurrency
//
// Hosts, Origins and Proxy are immutable after they were made. A Limiter, an Authenticator and
// CertificateFiles may be used by many goroutines. Nothing here starts a goroutine or
// reads a clock: the caller passes the time.
//
// # Example
//
//	hosts := auth.NewHosts("db-01", "db-01.example.com")
//	switch {
//	case !hosts.Allowed(hostHeader):
//		// 421 Misdirected Request
//	case !auth.SameOrigin(origin, "http", hostHeader):
//		// 403 Forbidden
//	}
//	if id, ok := authenticator.Session(cookie, time.Now()); !ok {
//		// 401 Unauthorized
//	}
package auth
