package server

import (
	"crypto/sha256"
	"encoding/hex"
	"net"

	"github.com/valyala/fasthttp"
)

// cookieBase is how the names of our cookies begin. It carries the port, because browsers
// send a cookie to every port of a host: two dashboards, or two ends of ssh -L, would sign
// each other out. The prefix makes browsers refuse the cookie from anything but TLS, and
// from another host of the domain.
func (s *Server) cookieBase(ctx *fasthttp.RequestCtx) string {
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

// cookieName is the name of a cookie for the page at a path. Two dashboards below one
// proxy have one port, and would sign each other out as well. The path of the cookie
// itself stays "/", which the prefix asks for.
func (s *Server) cookieName(ctx *fasthttp.RequestCtx, path string) string {
	if path == "" || path == "/" {
		return s.cookieBase(ctx)
	}
	sum := sha256.Sum256([]byte(path))
	return s.cookieBase(ctx) + "-" + hex.EncodeToString(sum[:4])
}

// setCookie lets the browser keep a session for so many seconds; less than 0 ends it.
func (s *Server) setCookie(ctx *fasthttp.RequestCtx, name, value string, seconds int) {
	var c fasthttp.Cookie
	c.SetKey(name)
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
