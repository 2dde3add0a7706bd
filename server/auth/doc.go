// Package auth decides who may see a dashboard.
//
// A page that shows a host must not be readable by another site that the same
// person has open, nor by somebody who merely reaches its address. These rules see to
// that, on every route and on the upgrade to a socket:
//
//   - [Hosts]: the Host header must be an address or a name that is known to be
//     this machine. A page that made its own name point to this machine (DNS rebinding)
//     is turned away, because rebinding needs a name.
//   - [SameOrigin]: where a browser says which page asks, that page must be ours:
//     same scheme, same host, same port. Browsers always say so for a socket.
//   - [Origins]: pages of other origins that are named may ask too, or frame ours.
//   - [Limiter]: one address opens neither more sockets nor more handshakes than
//     a person with a few tabs would.
//   - [Authenticator]: whoever asks has a session, or sends the token with every request.
//   - [Proxy]: what a proxy says of its clients is believed from those that are named.
//
// [LoadCertificate] and [SelfSigned] give the certificates for TLS, [TokenFile] and
// [SecretFile] read secrets from files that nobody else could have written.
//
// # Sessions
//
// A session is an entry in memory with two secrets. The cookie is kept from scripts, but
// browsers send it to every port of a host; the key is in the page's own storage, which
// is that of one port. Both are needed. A session ends after 12 h without use (an open
// page uses it), after 7 days, when its person signs out, and with the process.
//
// # Rate limits
//
// Tokens are compared in constant time, and a right one is always let in. Of other secrets
// five a minute of one address are looked at, and ten in all. One that comes while that is
// spent has to wait, and has a limit of its own when it comes back: a person tries the
// same again, who guesses tries another. A key also proves, by its signature, that a
// browser signed in before; it has a limit of its own too. So no flood keeps anybody
// out, unless it tries everything twice, and then only who is new. One password at a time
// is verified for each kind, because that is slow on purpose.
//
// # Concurrency
//
// Hosts, Origins and Proxy are immutable after they were made. A Limiter, an Authenticator
// and CertificateFiles may be used by many goroutines. Nothing here starts a goroutine or
// reads a clock: the caller passes the time. What is remembered of addresses is bounded,
// and no call goes through all of it.
//
// # Example
//
//	switch {
//	case !hosts.Allowed(hostHeader):
//		// 421 Misdirected Request
//	case !auth.SameOrigin(origin, "http", hostHeader):
//		// 403 Forbidden
//	}
//	if id, ok := authenticator.Session(cookie, key, time.Now()); !ok {
//		// 401 Unauthorized
//	}
package auth
