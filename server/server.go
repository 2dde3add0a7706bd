package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"golang.org/x/time/rate"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server/auth"
	"dashcam/server/incident"
	"dashcam/server/prom"
	"dashcam/server/stream"
)

// Config is what a server needs. Ring, Stream, Host and Assets are required.
type Config struct {
	// Assets is the page, with index.html at its root.
	Assets fs.FS
	// Ring answers the API.
	Ring collectors.Live
	// Store says what the history on disk holds, nil where none is kept.
	Store func() collectors.StoreStats
	// Stream feeds the sockets.
	Stream *stream.Fanout
	// Host returns what is known about the host at the moment. It must be cheap.
	Host func() collectors.Host
	// Hosts are those that are shown below h/{id}/: by default the one of Ring, Stream
	// and Host, which all other routes mean, by the id that Host tells.
	Hosts Hosts
	// Others are shown below h/{id}/ beside them; nil for none.
	Others Hosts
	// Interval is the time between rows, 1 s by default; it is only reported.
	Interval time.Duration
	// Version is that of the program; Build that of the page, made from its files
	// where it is empty.
	Version, Build string
	// Demo says that the host is synthetic.
	Demo bool
	// AllowHosts are names by which this machine may be addressed, beside IP
	// addresses and localhost.
	AllowHosts []string
	// AllowOrigins are the origins of other sites whose pages may use the socket, the
	// API and /metrics. They need sign-in: otherwise whoever visits such a page shows it
	// what only he may see.
	AllowOrigins []string
	// AllowEmbed are the origins of other sites that may show the page in a frame.
	AllowEmbed []string
	// Limits bound what one address may open.
	Limits auth.Limits
	// Authenticator knows who has signed in; nil means that nobody has to.
	Authenticator *auth.Authenticator
	// Proxy knows what stands before the server; nil believes nobody.
	Proxy *auth.Proxy
	// Metrics answers /metrics; nil means that there is no such route.
	Metrics *prom.Exporter
	// Post takes the marks that people and programs leave; nil takes none.
	Post func(collectors.Event)
	// Questions answers Prometheus' HTTP API below prometheus/api/v1/; nil means that there
	// is no such route.
	Questions Questions
	// Alerts are those of the host; nil knows none. Planner decides what is told of them,
	// and holds the silences; nil tells nothing and takes no silences.
	Alerts  Alerts
	Planner *alert.Planner
	// Backtest returns the alerts that the user's rules raise; nil for no such rules.
	Backtest func(ctx context.Context, w collectors.Window) ([]alert.Alert, error)
	// Deliveries knows how far notices have come; nil where nobody sends any.
	Deliveries Deliveries
	// Fleet makes this the hub of many hosts; nil means that there are no such routes.
	Fleet Fleet
	// Log gets what an operator should know. It is slog.Default() where nil.
	Log *slog.Logger

	// times are those of the sockets; only tests have others than the default.
	times times
	// load bounds long answers; only tests have other bounds than the default.
	load loadLimits
}

// Server serves the page, the API and the socket.
type Server struct {
	cfg      Config
	log      *slog.Logger
	ring     collectors.Live
	assets   assets
	build    string
	names    *atomic.Pointer[auth.Hosts]
	origins  *auth.Origins
	policy   string
	limiter  *auth.Limiter
	load     *load // of long answers
	scrapes  *load // of /metrics
	reports  *load // of api/v1/health, which is asked just when something is short
	marks    *rate.Limiter
	trials   *rate.Limiter // test messages to receivers
	verdicts *verdicts
	ready    func(ctx context.Context) // Host.Ready
	app      *fiber.App
	upgrade  fiber.Handler
	sockets  *sockets
	tunnels  *tunnels // of agents
	refusals *refusals
	// incidentPage reads the page that is put into files of incidents.
	incidentPage func() (*incident.Page, error)
	ofHost       bool // it answers below h/{id}/
}

// The limits of a request. Fiber applies none of them to a socket.
const (
	maxHeader    = 8 << 10
	maxBody      = 16 << 10
	readTimeout  = 5 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 60 * time.Second
)

// The steps of stopping, which together stay below 3 s: sockets get their close frame
// and answer it, requests are finished, and what is left is cut off.
const (
	stopSockets  = 1500 * time.Millisecond
	stopRequests = 500 * time.Millisecond
	stopRest     = 500 * time.Millisecond
)

// ErrOriginsWithoutSignIn refuses [Config.AllowOrigins] where nobody has to sign in.
var ErrOriginsWithoutSignIn = errors.New("server: pages of other origins may ask only where one has to sign in")

// New reads and compresses the page and builds the routes. It starts nothing.
func New(cfg Config) (*Server, error) {
	switch {
	case cfg.Assets == nil:
		return nil, errors.New("server: no assets")
	case cfg.Ring == nil:
		return nil, errors.New("server: no ring")
	case cfg.Stream == nil:
		return nil, errors.New("server: no stream")
	case cfg.Host == nil:
		return nil, errors.New("server: no host")
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	if cfg.times == (times{}) {
		cfg.times = defaultTimes()
	}
	if cfg.load == (loadLimits{}) {
		cfg.load = defaultLoad()
	}
	if cfg.Hosts == nil {
		cfg.Hosts = oneHost{&Host{
			ID: cfg.Host().ID, Ring: cfg.Ring, Store: cfg.Store, Stream: cfg.Stream, Info: cfg.Host, Metrics: cfg.Metrics, Post: cfg.Post, Questions: cfg.Questions,
			Alerts: cfg.Alerts, Planner: cfg.Planner, Backtest: cfg.Backtest, Deliveries: cfg.Deliveries,
		}}
	}
	if cfg.Others != nil {
		cfg.Hosts = bothHosts{cfg.Hosts, cfg.Others}
	}
	origins, err := auth.NewOrigins(cfg.AllowOrigins)
	if err != nil {
		return nil, fmt.Errorf("server: origins whose pages may ask: %w", err)
	}
	if origins.Any() && cfg.Authenticator == nil {
		return nil, ErrOriginsWithoutSignIn
	}
	embed, err := auth.NewOrigins(cfg.AllowEmbed)
	if err != nil {
		return nil, fmt.Errorf("server: origins that may frame the page: %w", err)
	}
	loaded, build, err := loadAssets(cfg.Assets, cfg.Build)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s := &Server{
		cfg: cfg, log: cfg.Log, ring: cfg.Ring, assets: loaded, build: build,
		limiter: auth.NewLimiter(cfg.Limits), names: new(atomic.Pointer[auth.Hosts]),
		origins: origins, policy: policy(embed),
		load: newLoad(cfg.load), scrapes: newLoad(cfg.load), reports: newLoad(cfg.load.evenWithoutMemory()), marks: newMarks(), trials: newTrials(), verdicts: new(verdicts), sockets: newSockets(), tunnels: new(tunnels), refusals: newRefusals(),
	}
	s.incidentPage = s.cfg.loadIncidentPage()
	s.AllowHosts(cfg.AllowHosts...)
	s.upgrade = s.upgrader()
	s.app = fiber.New(s.fiberConfig())
	keepHijacked(s.app)
	s.routes(s.app, "")
	fs := s.app.Server()
	fs.Handler = s.refuseUnknownMethods(fs.Handler)
	return s, nil
}

func (s *Server) fiberConfig() fiber.Config {
	return fiber.Config{
		Immutable:             true, // strings would alias buffers that the next request overwrites
		CaseSensitive:         true,
		StrictRouting:         true,
		DisableStartupMessage: true,
		ReadBufferSize:        maxHeader,
		BodyLimit:             maxBody,
		ReadTimeout:           readTimeout,
		WriteTimeout:          writeTimeout,
		IdleTimeout:           idleTimeout,
		// An idle connection, and so a socket, keeps no read buffer of 8 KB.
		ReduceMemoryUsage: true,
		ErrorHandler:      s.brokenRequest,
	}
}

// keepHijacked makes fasthttp leave sockets alone. Otherwise it pools their connection
// as soon as the handler returns, and whoever still writes then writes into another
// viewer's socket.
func keepHijacked(app *fiber.App) { app.Server().KeepHijackedConns = true }

// AllowHosts replaces Config.AllowHosts, also while the server runs.
func (s *Server) AllowHosts(names ...string) {
	s.names.Store(auth.NewHosts(append(slices.Clone(names), s.cfg.Proxy.PublicHost())...))
}

// App is Fiber's, so that the facade can name it without importing Fiber.
type App = fiber.App

// Mount adds the routes below prefix to another Fiber app, which must not have begun to
// listen. It sets KeepHijackedConns on that app's server.
func (s *Server) Mount(app *App, prefix string) {
	keepHijacked(app)
	s.routes(app.Group(prefix), strings.TrimRight(prefix, "/"))
}

// routes adds all routes below a prefix: those of the host that the server runs on, and
// those of every host.
func (s *Server) routes(r fiber.Router, prefix string) {
	hosts := &hostRoutes{server: s, prefix: prefix, known: make(map[string]hostApp)}
	r.All(route+":host", hosts.answer)
	r.All(route+":host/*", hosts.answer)
	s.fleetRoutes(r)
	s.oneHostRoutes(r)
}

// oneHostRoutes adds the routes of one host.
func (s *Server) oneHostRoutes(r fiber.Router) {
	get := func(path string, h func(c *fiber.Ctx) *apiError) { r.All(path, s.guarded(access{shared: true}, h)) }
	alive := func(c *fiber.Ctx) *apiError { return plain(c, fasthttp.StatusOK, "ok\n") }
	r.All("/healthz", s.guarded(access{open: true}, alive))
	r.All("/readyz", s.guarded(access{}, func(c *fiber.Ctx) *apiError {
		if s.ring.Bounds().RowsEver == 0 {
			return plain(c, fasthttp.StatusServiceUnavailable, "starting\n")
		}
		return plain(c, fasthttp.StatusOK, "ready\n")
	}))
	r.All("/ws", s.guarded(access{socket: true, shared: true}, s.handshake))
	r.All(sessionPath, s.guarded(access{open: true, methods: methodsOfSession}, takes(s.session)))
	s.api(get, func(path string, h func(c *fiber.Ctx) *apiError) {
		r.All(path, s.guarded(access{shared: true, open: true}, h))
	})
	for _, path := range []string{"/api/v1/alerts", "/api/v2/alerts"} {
		r.All(path, s.guarded(access{shared: true, methods: methodsOfEvents}, takes(s.alertsRoute)))
	}
	for _, path := range []string{"/api/v1/silences", "/api/v2/silences"} {
		r.All(path, s.guarded(access{shared: true, methods: methodsOfSession}, takes(s.silences, "id")))
	}
	if links, ok := s.cfg.Deliveries.(SilenceLinks); ok && s.cfg.Planner != nil {
		// A page for people, which is no part of the API.
		r.All(silencePath, s.guarded(access{open: true, methods: methodsOfEvents}, takes(s.silenceLink(links), "t")))
	}
	for _, path := range []string{"/api/v1/events", "/api/v2/events"} {
		r.All(path, s.guarded(access{shared: true, methods: methodsOfEvents}, s.events))
	}
	if s.cfg.Metrics != nil {
		get("/metrics", takes(s.metrics, "collect[]*", "exclude[]*")) // node_exporter's: jobs made for it go on, and get all; see prom.CollectInterrupts
	}
	if s.cfg.Questions != nil {
		r.All(questionsPath+"*", s.guarded(access{shared: true, reads: true, methods: methodsOfPromQL}, s.promQL))
	}
	// The page holds no data, and has to be there to sign in.
	r.All("/*", s.guarded(access{open: true}, s.page))
}

func plain(c *fiber.Ctx, status int, text string) *apiError {
	ctx := c.Context()
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.Response.Header.SetContentType("text/plain; charset=utf-8")
	ctx.SetStatusCode(status)
	ctx.SetBodyString(text)
	return nil
}

// page answers with a file of the page.
func (s *Server) page(c *fiber.Ctx) *apiError {
	rel := c.Params("*")
	a := s.assets.find(rel)
	if rel == "" && s.cfg.Fleet != nil {
		a = s.assets.ofHub(s.ofHost)
	}
	if a == nil {
		if e := s.identify(c); e != nil {
			return e
		}
		return errNotFound()
	}
	ctx := c.Context()
	if path := ctx.Request.URI().PathOriginal(); rel == "" && len(path) > 0 && path[len(path)-1] != '/' {
		redirectToDirectory(ctx, string(path))
		return nil
	}
	a.serve(ctx)
	return nil
}

// Viewers returns how many pages are watching.
func (s *Server) Viewers() int { return s.cfg.Stream.Viewers() }

// Build returns the build of the page.
func (s *Server) Build() string { return s.build }

// Run serves the listeners, of which there may be none when the server is only
// mounted, until the context ends or one of them fails for good. It closes them. Then
// it says goodbye to every socket, lets requests finish for a moment, and returns when
// everything has ended. The error is nil when that was so.
func (s *Server) Run(ctx context.Context, lns ...net.Listener) error {
	s.app.Handler() // prepares the routes; what it returns is part of the server already
	accepting := make([]*listener, len(lns))
	ended := make(chan error, len(lns))
	for i, ln := range lns {
		l := newListener(ln, s.log)
		accepting[i] = l
		go func() { ended <- s.app.Server().Serve(l) }()
	}
	var err error
	running := len(lns)
	select {
	case <-ctx.Done():
	case err = <-ended:
		running--
		if err == nil {
			err = net.ErrClosed
		}
		err = fmt.Errorf("accept connections: %w", err)
	}
	return errors.Join(err, s.stop(accepting, ended, running))
}

func (s *Server) stop(accepting []*listener, ended <-chan error, running int) error {
	for _, l := range accepting {
		// A listener that cannot be closed is closed.
		_ = l.Close()
	}
	for _, l := range []*load{s.load, s.scrapes, s.reports} {
		l.stop()
	}
	s.tunnels.stop()
	var problems []error
	if left := s.sockets.stop(stopSockets); left > 0 {
		problems = append(problems, fmt.Errorf("%d sockets did not end in time", left))
	}
	// Serve returns as soon as its listener is closed; waiting for that first keeps
	// it from registering with a server that has already stopped.
	for range running {
		if err := <-ended; err != nil {
			problems = append(problems, fmt.Errorf("stop listening: %w", err))
		}
	}
	if len(accepting) > 0 {
		problems = append(problems, s.endRequests(accepting))
	}
	return errors.Join(problems...)
}

// endRequests lets the requests under way finish, and cuts off what takes too long: a
// client that sends its headers slowly would otherwise keep us for 5 s.
func (s *Server) endRequests(accepting []*listener) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopRequests)
	defer cancel()
	if s.app.Server().ShutdownWithContext(ctx) == nil {
		return nil
	}
	deadline := time.Now().Add(stopRest)
	for _, l := range accepting {
		l.closeConns()
	}
	for _, l := range accepting {
		if left := l.drain(deadline); left > 0 {
			return fmt.Errorf("%d requests did not end in time", left)
		}
	}
	return nil
}

// redirectToDirectory adds the slash without which the page's relative URLs would miss
// the prefix it is mounted under. The target is relative, so that it cannot leave the
// site whatever the path says.
func redirectToDirectory(ctx *fasthttp.RequestCtx, path string) {
	last := path[strings.LastIndexByte(path, '/')+1:]
	ctx.Response.Header.Set(fasthttp.HeaderLocation, "./"+last+"/")
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-cache")
	ctx.SetStatusCode(fasthttp.StatusPermanentRedirect)
}
