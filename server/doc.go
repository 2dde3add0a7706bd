// Package server shows what rings remember: the page, the API and the socket that keeps
// the page live. It is the only package that imports Fiber and the websocket library.
//
// # Routes
//
//	/                     the page, from [Config.Assets]
//	/ws                   the stream, as package wire specifies
//	/api/v2/…             host, series, history, row, rows, tables/{name}, explain, health,
//	                      events, verdict, changes, alerts, rules, backtest, silences
//	/api/v1/…             the same in quanta and ids; processes; session
//	/api/v2/openapi.json  all of these in OpenAPI 3.1, which the tests hold answers against
//	/metrics              the newest row for Prometheus, where Config.Metrics is set
//	/h/{id}/…             the same of the host with an id: see [Config.Hosts]
//	/healthz, /readyz     200 while running; 200 once there is a row, else 503
//
// Nothing changes the host: beside GET and HEAD only session, events, alerts and silences
// take something, which concerns dashcam alone.
// The page is read into memory by [New]: no request is turned into the name of a file.
// A question that cannot be answered gets {"error":{"code","message","expected"}}, and
// so does one with a parameter that is not known. Names of files are stable, so they are
// served with "no-cache" and a strong ETag; what the page asks for with its own version,
// browsers keep.
//
// # Who may ask
//
// A head that is not as RFC 9112 asks is refused and its connection closed. Every
// route, the upgrade included, applies the Host and Origin rules of package auth and
// sets the same security headers. Forwarded headers are believed from the proxies of
// [Config.Proxy] alone; only pages of [Config.AllowOrigins] get CORS headers. Where
// [Config.Authenticator] is set, every route wants the token or a session (its cookie,
// and its key as a header or a subprotocol) or answers 401, but for /healthz, the
// description of the API and the files of the page, which hold no data.
//
// # Long answers
//
// An answer is made piece by piece while it is read, so that it takes little memory
// however slow its reader is. How many are under way, in all and to one address, what
// they take of a processor, and how little a reader may take are bounded; none is begun
// while the program is near its memory limit. Who is refused gets 503 and Retry-After.
// A client that is gone ends the work.
//
// # The socket
//
// One goroutine (the upgrade handler) reads, one writes, and the handler joins it.
// Every write has a deadline, a silent peer is gone within 10 s, and one that is never
// up to date is told when to return. What a page sends is bounded: see wire's limits
// and close codes. A page that comes when there is no room is upgraded, told so (1013)
// and closed, because a browser shows a page no status of a failed handshake. A socket
// ends with its session.
//
// # Concurrency
//
// A Server may be mounted and run at the same time, and its methods called by many
// goroutines. [New] starts nothing. [Server.Run] blocks; when it returns, every socket
// has been closed with 1001 and every goroutine of its listeners is gone.
//
// # Example
//
//	srv, err := server.New(server.Config{Assets: frontend.FS(), Ring: ring, Stream: s, …})
//	…
//	return srv.Run(ctx, listener)
package server
