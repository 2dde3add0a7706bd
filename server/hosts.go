package server

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server/prom"
	"dashcam/server/stream"
)

// Host is one host that a server shows, with what is asked about it. ID, Ring, Stream
// and Info are required.
type Host struct {
	ID     string
	Ring   collectors.Live
	Stream *stream.Fanout
	// Store says what the history on disk holds, nil where none is kept.
	Store func() collectors.StoreStats
	// Info returns what is known about the host at the moment. It must be cheap.
	Info    func() collectors.Host
	Metrics *prom.Exporter
	// Post takes the marks that are left on the host; nil takes none.
	Post func(collectors.Event)
	// Questions answers Prometheus' HTTP API; nil means that there is no such route.
	Questions Questions
	// Alerts are those of the host, Planner and Deliveries what is told of them; nil knows
	// none.
	Alerts     Alerts
	Planner    *alert.Planner
	Backtest   func(ctx context.Context, w collectors.Window) ([]alert.Alert, error)
	Deliveries Deliveries
	// Remote returns what asks the host itself, where it is another one than that of the
	// server: it answers the API, and Ring only while Remote returns nil. A nil Remote
	// means that it is this one.
	Remote func() http.RoundTripper
	// Ready is waited for before a page joins Stream; nil is ready.
	Ready func(ctx context.Context)
}

// Host returns the host that the server runs on.
func (s *Server) Host() *Host { return s.cfg.Hosts.Lookup(s.cfg.Host().ID) }

// Hosts are those that a server shows below h/{id}/. Both methods may be called by any
// goroutine, and hosts may come and go meanwhile.
type Hosts interface {
	// Lookup returns the host with an id, or nil.
	Lookup(id string) *Host
	List() []*Host
}

// oneHost is the host that the server runs on, which has the other routes, too.
type oneHost struct{ *Host }

func (h oneHost) Lookup(id string) *Host {
	if id != h.ID {
		return nil
	}
	return h.Host
}

func (h oneHost) List() []*Host { return []*Host{h.Host} }

// bothHosts are own and further ones. The own ones go before.
type bothHosts struct{ own, others Hosts }

func (h bothHosts) Lookup(id string) *Host {
	if own := h.own.Lookup(id); own != nil {
		return own
	}
	return h.others.Lookup(id)
}

func (h bothHosts) List() []*Host { return append(h.own.List(), h.others.List()...) }

// of returns a server that shows a host, and shares everything else with s.
func (s *Server) of(h *Host) *Server {
	other := *s
	other.ring, other.ofHost = h.Ring, true
	other.cfg.Ring, other.cfg.Store, other.cfg.Stream, other.cfg.Host = h.Ring, h.Store, h.Stream, h.Info
	other.cfg.Metrics, other.cfg.Post, other.cfg.Questions, other.cfg.Alerts = h.Metrics, h.Post, h.Questions, h.Alerts
	other.cfg.Planner, other.cfg.Deliveries, other.cfg.Backtest = h.Planner, h.Deliveries, h.Backtest
	other.verdicts, other.ready = new(verdicts), h.Ready
	other.upgrade = other.upgrader()
	return &other
}

// hostRoutes answers h/{id}/… below a prefix with the routes of that host: they are an
// app of their own, made when somebody asks for them.
type hostRoutes struct {
	server *Server
	prefix string

	mu    sync.Mutex
	known map[string]hostApp // by id
}

type hostApp struct {
	host    *Host
	handler fasthttp.RequestHandler
}

// route is the path of a host's routes; its page is at the end of them.
const route = "/h/"

func (r *hostRoutes) find(id string) fasthttp.RequestHandler {
	host := r.server.cfg.Hosts.Lookup(id)
	r.mu.Lock()
	defer r.mu.Unlock()
	app, known := r.known[id]
	if known && app.host == host {
		return app.handler
	}
	delete(r.known, id)
	if host == nil {
		return nil
	}
	own := fiber.New(r.server.fiberConfig())
	r.server.of(host).oneHostRoutes(own.Group(r.prefix + route + id))
	r.known[id] = hostApp{host, own.Handler()}
	return r.known[id].handler
}

// remote returns what asks the host itself, and for which path; nil where the question is
// answered here.
func (r *hostRoutes) remote(c *fiber.Ctx, id string) (*Host, http.RoundTripper, string) {
	host := r.server.cfg.Hosts.Lookup(id)
	_, path, ok := strings.Cut(string(c.Context().URI().PathOriginal()), r.prefix+route+id)
	if host == nil || host.Remote == nil || !ok || !remotePath(path) {
		return nil, nil, ""
	}
	return host, host.Remote(), path
}

// answer passes the request on, or says that there is no such host to whoever may know
// which there are.
func (r *hostRoutes) answer(c *fiber.Ctx) error {
	// The id is not decoded: those that are given need no escapes.
	id := c.Params("host")
	if handler := r.find(id); handler != nil {
		if host, remote, path := r.remote(c, id); remote != nil {
			return r.server.remoteRoute(host, remote, path)(c)
		}
		handler(c.Context())
		return nil
	}
	return r.server.guarded(access{shared: true}, func(c *fiber.Ctx) *apiError {
		var ids []string
		for _, h := range r.server.cfg.Hosts.List() {
			ids = append(ids, h.ID)
		}
		return &apiError{
			status: fasthttp.StatusNotFound, Code: "no_host", Message: "there is no host with the id " + quote(c.Params("host")),
			Expected: "one of " + strings.Join(ids, ", "),
		}
	})(c)
}
