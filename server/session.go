package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"mime"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"golang.org/x/time/rate"

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

// The second secret of a session, the key, comes in a header, or among the subprotocols of
// a handshake, where a page cannot set headers. It is never in a URL nor in a cookie:
// browsers send cookies to every port of a host, whoever listens there.
const (
	keyHeader   = "Dashcam-Key"
	keyProtocol = "dashcam.key."
)

// identify lets a request in that has a session or the token, or any where nobody has
// to sign in.
func (s *Server) identify(c *fiber.Ctx) *apiError {
	a, ctx := s.cfg.Authenticator, c.Context()
	if a == nil || s.bearer(ctx) || letIn(ctx.Conn()) {
		return nil
	}
	if id, _, ok := s.findSession(ctx); ok {
		c.Locals(sessionLocal, &id)
		return nil
	}
	e := s.refused("signed_out", "sign in to see this")
	e.Expected = "a session, from POST " + sessionPath + " (its cookie, and its key as " + keyHeader + "), or the token as Authorization: Bearer"
	return e
}

// letIn reports whether a connection was made, within the program, for somebody who need
// not sign in. It is a property of the connection: nothing that is sent can claim it.
func letIn(c net.Conn) bool {
	for c := range wrapped(c) {
		if v, ok := c.(interface{ SignedIn() bool }); ok {
			return v.SignedIn()
		}
	}
	return false
}

// refused is the answer to whoever has not signed in.
func (s *Server) refused(code, message string) *apiError {
	a := s.cfg.Authenticator
	return &apiError{
		status: fasthttp.StatusUnauthorized, Code: code, Message: message, SignIn: a.Mode(), LinkOnce: a.LinkWorksOnce(),
		header: [2]string{fasthttp.HeaderWWWAuthenticate, `Bearer realm="dashcam"`},
	}
}

// findSession returns the session of a request, and the name of its cookie. Every cookie
// that may be it is tried: another port of the host can set one of the same name that
// browsers send before ours.
func (s *Server) findSession(ctx *fasthttp.RequestCtx) (id auth.SessionID, name string, ok bool) {
	a, now, base := s.cfg.Authenticator, time.Now(), s.cookieBase(ctx)
	foreign, key := s.otherOrigin(ctx), keyOf(ctx)
	if key == "" && !foreign {
		return id, "", false
	}
	for k, value := range ctx.Request.Header.Cookies() {
		rest, found := bytes.CutPrefix(k, []byte(base))
		if !found || len(rest) > 0 && rest[0] != '-' {
			continue
		}
		if key != "" {
			id, ok = a.Session(string(value), key, now)
		} else {
			id, ok = a.SessionOfCookie(string(value), now)
		}
		if ok {
			return id, string(k), true
		}
	}
	return id, "", false
}

// otherOrigin reports whether the page of another origin that is let in asks.
func (s *Server) otherOrigin(ctx *fasthttp.RequestCtx) bool {
	if !s.origins.Any() {
		return false
	}
	origins := headers(ctx, fasthttp.HeaderOrigin)
	return len(origins) == 1 && s.origins.Allowed(origins[0]) && !auth.SameOrigin(origins[0], s.scheme(ctx), string(ctx.Request.Header.Host()))
}

// keyOf returns the key that a request brings, "" for none.
func keyOf(ctx *fasthttp.RequestCtx) string {
	if key := ctx.Request.Header.Peek(keyHeader); len(key) > 0 {
		return string(key)
	}
	for p := range bytes.SplitSeq(ctx.Request.Header.Peek("Sec-WebSocket-Protocol"), []byte{','}) {
		if key, found := bytes.CutPrefix(bytes.TrimSpace(p), []byte(keyProtocol)); found {
			return string(key)
		}
	}
	return ""
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
	s.writeSession(c.Context(), id != nil, "")
	return nil
}

// writeSession says what one signs in with, and whether the one who asks has a session
// that could be ended. The key is that of a session that has just begun.
func (s *Server) writeSession(ctx *fasthttp.RequestCtx, has bool, key string) {
	mode := auth.ModeNone
	if s.cfg.Authenticator != nil {
		mode = s.cfg.Authenticator.Mode()
	}
	writeJSON(ctx, struct {
		SignIn  auth.Mode `json:"signIn"`
		Session bool      `json:"session"`
		Key     string    `json:"key,omitempty"`
	}{mode, has, key})
}

func (s *Server) signIn(c *fiber.Ctx) *apiError {
	a, ctx := s.cfg.Authenticator, c.Context()
	if a == nil {
		return &apiError{status: fasthttp.StatusNotFound, Code: "no_sign_in", Message: "nobody has to sign in here"}
	}
	asked, e := readSignIn(ctx)
	if e != nil {
		return e
	}
	peer := s.client(ctx)
	grant, err := a.SignIn(auth.Credentials{Secret: *asked.Secret, Key: keyOf(ctx), Addr: peer}, time.Now())
	var many *auth.RateLimitError
	switch {
	case errors.As(err, &many):
		wait := int(math.Ceil(many.Wait.Seconds()))
		return &apiError{
			status: fasthttp.StatusTooManyRequests, Code: "too_many_tries", Message: "too many attempts to sign in at the moment",
			Expected: "the same again in " + strconv.Itoa(wait) + " s", SignIn: a.Mode(), header: [2]string{fasthttp.HeaderRetryAfter, strconv.Itoa(wait)},
		}
	case errors.Is(err, auth.ErrLinkUsed):
		s.logRefused(peer)
		return s.refused("used_link", "this link was used already")
	case err != nil:
		s.logRefused(peer)
		return s.refused("wrong_secret", "this is not the right "+string(a.Mode()))
	}
	s.log.Info("signed in", "peer", peer.String())
	s.setCookie(ctx, s.cookieName(ctx, asked.Path), grant.Cookie, int(a.Longest().Seconds()))
	s.writeSession(ctx, true, grant.Key)
	return nil
}

// refusals bounds what the log says of wrong secrets.
type refusals struct {
	some rate.Sometimes
	left atomic.Int64
}

func newRefusals() *refusals {
	return &refusals{some: rate.Sometimes{First: 5, Interval: 10 * time.Second}}
}

// logRefused logs a wrong secret: each of the first, then one every 10 s with the number
// of those that were left out.
func (s *Server) logRefused(peer netip.Addr) {
	s.refusals.left.Add(1)
	s.refusals.some.Do(func() {
		left := s.refusals.left.Swap(0) - 1
		s.log.Warn("sign-in refused", "peer", peer.String(), "unlogged", left)
	})
}

func (s *Server) signOut(c *fiber.Ctx) *apiError {
	if e := s.identify(c); e != nil {
		return e
	}
	ctx := c.Context()
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.SetStatusCode(fasthttp.StatusNoContent)
	if id, name, ok := s.findSession(ctx); ok {
		s.cfg.Authenticator.SignOut(id)
		s.sockets.endSession(id)
		s.setCookie(ctx, name, "", -1)
		s.log.Info("signed out", "peer", s.client(ctx).String())
	}
	return nil
}

// signInBody is what a page sends to sign in.
type signInBody struct {
	Secret *string `json:"secret"`
	// Path is that of the page, "" for none: it names the cookie.
	Path string `json:"path"`
}

// readSignIn reads the body. JSON is asked for by its type, because that is what the form
// of another site cannot send.
func readSignIn(ctx *fasthttp.RequestCtx) (body signInBody, e *apiError) {
	media, _, err := mime.ParseMediaType(string(ctx.Request.Header.ContentType()))
	if err != nil || media != "application/json" {
		return body, &apiError{status: fasthttp.StatusUnsupportedMediaType, Code: "content_type", Message: "the body is no JSON", Expected: "Content-Type: application/json"}
	}
	dec := json.NewDecoder(bytes.NewReader(ctx.Request.Body()))
	dec.DisallowUnknownFields()
	if dec.Decode(&body) != nil || body.Secret == nil || dec.More() {
		return body, &apiError{status: fasthttp.StatusBadRequest, Code: "bad_body", Message: "the body is not understood", Expected: `{"secret":"…"} and perhaps "path", that of the page`}
	}
	return body, nil
}
