// Package embedded is dashcam as a part of another Go program, and the one place where
// its parts are put together: the program cmd/dashcam uses it too.
//
// # Usage
//
// [New] builds, [Dashcam.Run] samples and serves until its context ends. The dashboard
// is reached in any of three ways, also at the same time:
//
//   - Run listens by itself when Config.Listen is set;
//   - [Dashcam.Mount] adds the routes to a Fiber app;
//   - [Dashcam.Handler] is an http.Handler for everything else.
//
// An example that puts the dashboard of the host below /dash/ of a program's own
// server:
//
//	cam, err := embedded.New(embedded.Config{Collectors: append(host.Collectors(host.Options{}), mine)})
//	if err != nil {
//		return err
//	}
//	mux.Handle("/dash/", http.StripPrefix("/dash", cam.Handler()))
//	go http.ListenAndServe("127.0.0.1:8080", mux)
//	return cam.Run(ctx)
//
// Host and Origin rules apply in all three; a name that the program is reached by, and
// that is not this machine's, goes into Config.AllowHosts. The program decides who may
// reach the routes that it mounts; with Config.SignIn dashcam asks by itself.
//
// # Concurrency
//
// New starts no goroutine. Run is called once and blocks; when it returns, everything
// it started has ended: first no more connections are accepted, then every socket is
// closed with 1001 and joined, then requests, then the sampler. A collector that hangs
// in a system call is named in the log and abandoned. Mount and Handler may be used
// before Run; requests that come before it has begun are answered 503.
//
// # Decisions
//
// Handler is a reverse proxy onto the Fiber server over connections in memory, because
// Fiber's own adaptor cannot upgrade a socket. The address and the TLS state of the
// real peer are properties of such a connection, one per request, instead of a private
// header as once planned: what is not sent as a header cannot be forged as one.
package embedded
