package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"dashcam/collectors"
	"dashcam/server/auth"
	"dashcam/server/incident"
)

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
