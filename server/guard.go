package server

import (
	"net"
	"net/netip"
	"runtime/debug"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/server/auth"
)

// policy returns the content policy of the page: only its own files, no inline script
// or style, no markup from strings, no frame around it but by the origins that may.
func policy(embed *auth.Origins) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors " + embed.Ancestors() + "; require-trusted-types-for 'script'"
}

// secure sets the headers that stand on every answer.
func (s *Server) secure(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	h.Set(fasthttp.HeaderContentSecurityPolicy, s.policy)
	h.Set(fasthttp.HeaderXContentTypeOptions, "nosniff")
	h.Set(fasthttp.HeaderReferrerPolicy, "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// access says what is particular about a route.
type access struct {
	// socket routes are asked by GET alone.
	socket bool
	// open routes are answered without sign-in.
	open bool
	// shared routes are answered to the pages of other origins that are let in, too.
	shared bool
	// methods are those that are answered, as in an Allow header; "" means GET and HEAD.
	methods string
	// reads says that a POST changes nothing, so that programs send it without an Origin,
	// as a GET. Browsers always name theirs.
	reads bool
}

const methodsOfQuestions = "GET, HEAD"

// guarded wraps a route: the headers of every answer, the rules for who may ask, and
// our own recover, because Fiber's would tell the client what the panic said.
//
// Every route is wrapped by itself instead of by a middleware: in a program that
// mounts dashcam under a prefix, a Fiber middleware of "/dash" would also catch
// "/dashboard".
func (s *Server) guarded(a access, h func(c *fiber.Ctx) *apiError) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx := c.Context()
		defer s.recoverRequest(ctx)
		s.secure(ctx)
		e := s.admit(ctx, a)
		if e == nil && ctx.IsOptions() {
			return nil // the browser only asks whether the page of an admitted origin may
		}
		if e == nil && !a.open {
			e = s.identify(c)
		}
		if e == nil {
			e = h(c)
		}
		if e != nil {
			e.write(ctx)
		}
		return nil
	}
}

func (s *Server) recoverRequest(ctx *fasthttp.RequestCtx) {
	if r := recover(); r != nil {
		s.log.Error("request handler panicked", "path", string(ctx.Path()), "panic", r, "stack", string(debug.Stack()))
		errInternal().write(ctx)
	}
}

// refuseUnknownMethods keeps Fiber from answering, in its own words and without our
// headers, methods that it has never heard of.
func (s *Server) refuseUnknownMethods(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		if answers(methodsOfHosts, ctx) || ctx.IsOptions() {
			next(ctx)
			return
		}
		defer s.recoverRequest(ctx)
		s.secure(ctx)
		if e := s.admit(ctx, access{}); e != nil {
			e.write(ctx)
		}
	}
}

// answers reports whether the request's method is one of those in a list like that of
// an Allow header.
func answers(methods string, ctx *fasthttp.RequestCtx) bool {
	for m := range strings.SplitSeq(methods, ", ") {
		if string(ctx.Method()) == m {
			return true
		}
	}
	return false
}

// admit applies the rules of package auth and what every route has in common. It
// returns nil when the request may be answered.
func (s *Server) admit(ctx *fasthttp.RequestCtx, a access) *apiError {
	if !wellFormed(&ctx.Request.Header) {
		ctx.SetConnectionClose() // who knows where the next request begins
		return errMalformed()
	}
	host := string(ctx.Request.Header.Host())
	// A request line with a whole URL names a host too. Both must be ours, or an
	// attacker could choose which one we look at.
	if host == "" || !s.names.Load().Allowed(host) || !s.names.Load().Allowed(string(ctx.Host())) {
		return &apiError{
			status: fasthttp.StatusMisdirectedRequest, Code: "host", Message: "this server is not called " + quote(host),
			Expected: "an IP address, localhost, this machine's name, or a name given with --allow-host",
		}
	}
	if a.methods == "" {
		a.methods = methodsOfQuestions
	}
	origins := headers(ctx, fasthttp.HeaderOrigin)
	foreign := a.shared && len(origins) == 1 && s.origins.Allowed(origins[0])
	if foreign && ctx.IsOptions() && !a.socket {
		preflight(ctx, origins[0])
		return nil
	}
	if !answers(a.methods, ctx) || a.socket && !ctx.IsGet() {
		return errMethod(a.methods)
	}
	method := string(ctx.Method())
	switch {
	case foreign:
		share(ctx, origins[0])
	case len(origins) == 0 && (auth.OriginOptional(method) || a.reads || s.bearer(ctx)):
	case len(origins) == 1 && auth.SameOrigin(origins[0], s.scheme(ctx), host):
	default:
		return &apiError{
			status: fasthttp.StatusForbidden, Code: "origin", Message: "the page that asks is not this server's",
			Expected: "an Origin header that names " + s.scheme(ctx) + "://" + host,
		}
	}
	// fasthttp would inflate a body without bound if anybody looked at it.
	if len(ctx.Request.Header.Peek(fasthttp.HeaderContentEncoding)) > 0 {
		return &apiError{
			status: fasthttp.StatusUnsupportedMediaType, Code: "content_encoding", Message: "the body is encoded",
			Expected: "no Content-Encoding",
		}
	}
	return nil
}

// share lets the page of another origin read the answer. Credentials are the cookie of the
// session, which browsers send for a page of the same site (a sub-domain), or Bearer.
func share(ctx *fasthttp.RequestCtx, origin string) {
	h := &ctx.Response.Header
	h.Set(fasthttp.HeaderAccessControlAllowOrigin, origin)
	h.Set(fasthttp.HeaderAccessControlAllowCredentials, "true")
}

// preflight tells the browser of such a page what it may ask: what every program may.
func preflight(ctx *fasthttp.RequestCtx, origin string) {
	share(ctx, origin)
	h := &ctx.Response.Header
	h.Set(fasthttp.HeaderAccessControlAllowMethods, methodsOfQuestions)
	h.Set(fasthttp.HeaderAccessControlAllowHeaders, fasthttp.HeaderAuthorization)
	h.Set(fasthttp.HeaderAccessControlMaxAge, "600")
	h.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.SetStatusCode(fasthttp.StatusNoContent)
}

// scheme is how a browser reaches us: that of the connection itself, unless a proxy
// that is known stands between.
func (s *Server) scheme(ctx *fasthttp.RequestCtx) string {
	connection := "http"
	if ctx.IsTLS() {
		connection = "https"
	}
	host := string(ctx.Request.Header.Host())
	return s.cfg.Proxy.Scheme(peerOf(ctx.RemoteAddr()), connection, host, headers(ctx, fasthttp.HeaderXForwardedProto))
}

// client is the address of whoever asks: the connection's other end, unless that is a
// trusted proxy.
func (s *Server) client(ctx *fasthttp.RequestCtx) netip.Addr {
	return s.cfg.Proxy.Client(peerOf(ctx.RemoteAddr()), headers(ctx, fasthttp.HeaderXForwardedFor))
}

// headers returns the values of all headers of a name. They are copies: what fasthttp
// gives is overwritten when it is asked for the next name.
func headers(ctx *fasthttp.RequestCtx, name string) []string {
	found := ctx.Request.Header.PeekAll(name)
	out := make([]string, len(found))
	for i, value := range found {
		out[i] = string(value)
	}
	return out
}

// peerOf returns the address of the connection's other end, or the zero Addr when it
// has none (a pipe).
func peerOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr()
	}
	if a != nil {
		if ap, err := netip.ParseAddrPort(a.String()); err == nil {
			return ap.Addr()
		}
	}
	return netip.Addr{}
}
