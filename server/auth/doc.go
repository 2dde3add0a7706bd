// Package auth decides who may see a dashboard.
//
// A page that shows a host must not be readable by another site that the same
// person has open. Three rules see to that, on every route and on the upgrade
// to a socket:
//
//   - [Hosts]: the Host header must be an address or a name that is known to be
//     this machine. A page of another site that made its own name point to this
//     machine (DNS rebinding) is turned away, because rebinding needs a name.
//   - [SameOrigin]: where a browser says which page asks, that page must be ours:
//     same scheme, same host, same port. A socket must say so.
//   - [Limiter]: one address opens neither more sockets nor more handshakes than
//     a person with a few tabs would.
//
// Signing in (tokens, sessions, TLS) is not part of this package yet; until it
// is, dashcam listens on loopback addresses only unless told otherwise.
//
// # Concurrency
//
// Hosts is immutable after [NewHosts]. A Limiter may be used by many goroutines.
// Nothing here starts a goroutine or reads a clock: the caller passes the time.
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
package auth
