package server

import (
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

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

// redirectToDirectory adds the slash without which the page's relative URLs would miss
// the prefix it is mounted under. The target is relative, so that it cannot leave the
// site whatever the path says.
func redirectToDirectory(ctx *fasthttp.RequestCtx, path string) {
	last := path[strings.LastIndexByte(path, '/')+1:]
	ctx.Response.Header.Set(fasthttp.HeaderLocation, "./"+last+"/")
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-cache")
	ctx.SetStatusCode(fasthttp.StatusPermanentRedirect)
}
