package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"mime"
	"net"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/server/auth"
)

// sessionPath is where pages sign in and out. It is the one route that is asked to
// change something, and what it changes is who may see.
const (
	sessionPath      = "/api/v1/session"
	methodsOfSession = "GET, HEAD, POST, DELETE"
)

// sessionLocal marks a request with the *auth.SessionID that lets it in.
const sessionLocal = "dashcam.session"

// identify lets a request in that has a session or the token, or any where nobody has
// to sign in.
func (s *Server) identify(c *fiber.Ctx) *apiError {
	g, ctx := s.cfg.Authenticator, c.Context()
	if g == nil || s.bearer(ctx) {
		return nil
	}
	if value := ctx.Request.Header.Cookie(s.cookieName(ctx)); len(value) > 0 {
		if id, ok := g.Session(string(value), time.Now()); ok {
			c.Locals(sessionLocal, &id)
			return nil
		}
	}
	return &apiError{
		status: fasthttp.StatusUnauthorized, Code: "signed_out", Message: "sign in to see this",
		Expected: "a session, from POST " + sessionPath + ", or the token as Authorization: Bearer", SignIn: g.Mode(),
		header: [2]string{fasthttp.HeaderWWWAuthenticate, `Bearer realm="dashcam"`},
	}
}

// bearer reports whether the request carries the token.
func (s *Server) bearer(ctx *fasthttp.RequestCtx) bool {
	return s.cfg.Authenticator != nil && s.cfg.Authenticator.Bearer(string(ctx.Request.Header.Peek(fasthttp.HeaderAuthorization)))
}

// session answers how the one who asks is signed in, signs in, and signs out.
func (s *Server) session(c *fiber.Ctx) *apiError {
	switch c.Method() {
	case fiber.MethodPost:
		return s.signIn(c)
	case fiber.MethodDelete:
		return s.signOut(c)
	}
	if e := s.identify(c); e != nil {
		return e
	}
	id, _ := c.Locals(sessionLocal).(*auth.SessionID)
	s.writeSession(c.Context(), id != nil)
	return nil
}

// writeSession says what one signs in with, and whether the one who asks has a session
// that could be ended.
func (s *Server) writeSession(ctx *fasthttp.RequestCtx, has bool) {
	mode := auth.ModeNone
	if s.cfg.Authenticator != nil {
		mode = s.cfg.Authenticator.Mode()
	}
	writeJSON(ctx, struct {
		SignIn  auth.Mode `json:"signIn"`
		Session bool      `json:"session"`
	}{mode, has})
}

func (s *Server) signIn(c *fiber.Ctx) *apiError {
	g, ctx := s.cfg.Authenticator, c.Context()
	if g == nil {
		return &apiError{status: fasthttp.StatusNotFound, Code: "no_sign_in", Message: "nobody has to sign in here"}
	}
	secret, e := secretOf(ctx)
	if e != nil {
		return e
	}
	peer := s.client(ctx)
	value, err := g.SignIn(secret, peer, time.Now())
	var many *auth.RateLimitError
	switch {
	case errors.As(err, &many):
		wait := int(math.Ceil(many.Wait.Seconds()))
		return &apiError{
			status: fasthttp.StatusTooManyRequests, Code: "too_many_tries", Message: "too many tries to sign in from this address",
			Expected: "a pause of " + strconv.Itoa(wait) + " s", SignIn: g.Mode(), header: [2]string{fasthttp.HeaderRetryAfter, strconv.Itoa(wait)},
		}
	case err != nil:
		s.log.Warn("sign-in refused", "peer", peer.String())
		return &apiError{
			status: fasthttp.StatusUnauthorized, Code: "wrong_secret", Message: "this is not the right " + string(g.Mode()),
			SignIn: g.Mode(), header: [2]string{fasthttp.HeaderWWWAuthenticate, `Bearer realm="dashcam"`},
		}
	}
	s.log.Info("signed in", "peer", peer.String())
	s.setCookie(ctx, value, int(g.Longest().Seconds()))
	s.writeSession(ctx, true)
	return nil
}

func (s *Server) signOut(c *fiber.Ctx) *apiError {
	if e := s.identify(c); e != nil {
		return e
	}
	ctx := c.Context()
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.SetStatusCode(fasthttp.StatusNoContent)
	if id, _ := c.Locals(sessionLocal).(*auth.SessionID); id != nil {
		s.cfg.Authenticator.SignOut(*id)
		s.sockets.endSession(*id)
		s.setCookie(ctx, "", -1)
		s.log.Info("signed out", "peer", s.client(ctx).String())
	}
	return nil
}

// secretOf reads {"secret":"…"}. JSON is asked for by its type, because that is what
// the form of another site cannot send.
func secretOf(ctx *fasthttp.RequestCtx) (string, *apiError) {
	const expected = `{"secret":"…"}`
	media, _, err := mime.ParseMediaType(string(ctx.Request.Header.ContentType()))
	if err != nil || media != "application/json" {
		return "", &apiError{status: fasthttp.StatusUnsupportedMediaType, Code: "content_type", Message: "the body is no JSON", Expected: "Content-Type: application/json"}
	}
	var body struct {
		Secret *string `json:"secret"`
	}
	dec := json.NewDecoder(bytes.NewReader(ctx.Request.Body()))
	dec.DisallowUnknownFields()
	if dec.Decode(&body) != nil || body.Secret == nil || dec.More() {
		return "", &apiError{status: fasthttp.StatusBadRequest, Code: "bad_body", Message: "the body is not understood", Expected: expected}
	}
	return *body.Secret, nil
}

// cookieName carries the port, because browsers send a cookie to every port of a host:
// two dashboards, or two ends of ssh -L, would sign each other out. The prefix makes
// browsers refuse the cookie from anything but TLS, and from another host of the domain.
func (s *Server) cookieName(ctx *fasthttp.RequestCtx) string {
	secure := s.scheme(ctx) == "https"
	_, port, err := net.SplitHostPort(string(ctx.Request.Header.Host()))
	switch {
	case err == nil:
	case secure:
		port = "443"
	default:
		port = "80"
	}
	if secure {
		return "__Host-dashcam-" + port
	}
	return "dashcam-" + port
}

// setCookie lets the browser keep a session for so many seconds; less than 0 ends it.
func (s *Server) setCookie(ctx *fasthttp.RequestCtx, value string, seconds int) {
	var c fasthttp.Cookie
	c.SetKey(s.cookieName(ctx))
	c.SetValue(value)
	c.SetPath("/")
	c.SetHTTPOnly(true)
	c.SetSameSite(fasthttp.CookieSameSiteStrictMode)
	c.SetSecure(s.scheme(ctx) == "https")
	if seconds < 0 {
		c.SetExpire(fasthttp.CookieExpireDelete)
	} else {
		c.SetMaxAge(seconds)
	}
	ctx.Response.Header.SetCookie(&c)
}
