// Package server shows what a ring remembers: the page, the API and the socket that
// keeps the page live. It is the only package that imports Fiber and the websocket
// library.
//
// # Routes
//
//	/                      the page; its files below /, from [Config.Assets]
//	/ws                    the live data, as package wire specifies
//	/api/v1/host           the host and this instance
//	/api/v1/series         every series, panel, resource and table, as in wire.Schema
//	/api/v1/history        buckets: from, to (Unix ms), points, match; JSON or text/csv
//	/api/v1/row            every value of one row: seq, or at (Unix ms) for the nearest
//	/api/v1/processes      the live table, or with from and to (rows) what is remembered
//	/api/v1/explain        where the number of a series (id) comes from
//	/api/v1/health         collectors, viewers, what is remembered and kept on disk, events
//	/api/v1/session        how the one who asks is signed in; POST and DELETE sign in and out
//	/api/v1/openapi.json   all of these in OpenAPI 3.1
//	/metrics               the newest row for Prometheus, where Config.Metrics is set
//	/h/{id}/…              the same of the host with an id: see [Config.Hosts]
//	/healthz, /readyz      200 while running; 200 once there is a row, else 503
//
// All answers but those of session are to GET and HEAD. Nothing here changes anything
// but who may see, and no request is turned into the name of a file: the page is read into memory by [New], compressed,
// and looked up in a map. A request that cannot be answered gets
// {"error":{"code","message","expected"}}.
//
// # Who may ask
//
// A request whose head is not as RFC 9112 asks is refused and its connection closed: what
// stands before us may read it otherwise.
// Every route, the upgrade included, applies the Host and Origin rules of package
// auth and sets the same security headers. Forwarded headers are believed from nobody
// but the proxies of [Config.Proxy].
// Pages of the origins in [Config.AllowOrigins] may use the socket, the API and /metrics with
// a session or the token, and are the only ones that get CORS headers.
// Where [Config.Authenticator] is set, every route but /healthz and the files of the page,
// which hold no data, wants the token or a session (its cookie, and its key as a header or
// a subprotocol) and else answers 401, the socket before its upgrade. A socket ends with its session: at once when its person signs out, with
// the next ping when the session ran out.
//
// # The socket
//
// One goroutine (the upgrade handler itself) reads, one writes; the handler joins the
// writer before it returns, because fasthttp hands the connection on afterwards. Every
// write has a deadline. The peer is pinged and must answer: a silent one is gone within
// 10 s. One whose writes all end in time, but that is never up to date because of them,
// is told when to return (bye "slow", 1013). What a page sends is bounded in length, in
// messages, in control frames and, where the server accepted the connection itself, in
// bytes, and its frames are checked; see wire's limits and close codes. In a program that mounts dashcam into its
// own Fiber app the connection is not ours to count, and there only the time for one
// message bounds its frames.
//
// # Concurrency
//
// A Server may be mounted and run at the same time; its methods may be called by many
// goroutines. [New] starts nothing. [Server.Run] blocks, and when it returns, every
// socket has been closed with 1001 and every goroutine of its listeners is gone.
//
// # Decisions
//
// Names of files are stable, so all files are served with "no-cache" and a strong ETag
// per encoding instead of a long lifetime. A page that comes when there is no room is
// upgraded, told so (bye, 1013) and closed, because a browser does not show a page the
// status of a failed handshake; handshakes that come too fast get a plain 429.
//
// # Example
//
//	srv, err := server.New(server.Config{Assets: frontend.FS(), Ring: ring, Stream: h, Host: facts})
//	if err != nil {
//		return err
//	}
//	ln, err := net.Listen("tcp", "127.0.0.1:7272")
//	if err != nil {
//		return err
//	}
//	return srv.Run(ctx, ln)
package server
