package server

import (
	"encoding/json"
	"errors"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/server/auth"
)

// apiError is what a request that cannot be answered gets, as
// {"error":{"code","message","expected"}}.
type apiError struct {
	status int
	// Code is a short, stable word for programs.
	Code string `json:"code"`
	// Message says what is wrong, Expected what would be right, for people.
	Message  string `json:"message"`
	Expected string `json:"expected,omitempty"`
	// SignIn is what to sign in with, where that is what is missing.
	SignIn auth.Mode `json:"signIn,omitempty"`
	// LinkOnce says that the link to sign in with works one time, and the token is in a
	// file.
	LinkOnce bool `json:"linkOnce,omitempty"`
	// header is one further header: a name and its value.
	header [2]string
}

func (e *apiError) Error() string { return e.Message }

// badParameter is the answer to a query that cannot be understood.
func badParameter(name, value, expected string) *apiError {
	return &apiError{
		status: fasthttp.StatusBadRequest, Code: "bad_parameter",
		Message: name + " is " + quote(value), Expected: expected,
	}
}

// quote shortens what somebody sent before it goes back.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		s = s[:most] + "…"
	}
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// The answers that do not depend on the request.
func errNotFound() *apiError {
	return &apiError{
		status: fasthttp.StatusNotFound, Code: "not_found", Message: "there is nothing here",
		Expected: "the page at /, or the API under api/v1/",
	}
}

func errMalformed() *apiError {
	return &apiError{
		status: fasthttp.StatusBadRequest, Code: "bad_request", Message: "this is no request that dashcam understands",
		Expected: "HTTP/1.1 with one Host header",
	}
}

func errInternal() *apiError {
	return &apiError{status: fasthttp.StatusInternalServerError, Code: "internal", Message: "something went wrong here; the log says what"}
}

func errStopping() *apiError {
	return &apiError{
		status: fasthttp.StatusServiceUnavailable, Code: "stopping", Message: "dashcam is stopping",
		header: [2]string{fasthttp.HeaderRetryAfter, "2"},
	}
}

func errMethod(allowed string) *apiError {
	return &apiError{
		status: fasthttp.StatusMethodNotAllowed, Code: "method", Message: "dashcam only answers questions",
		Expected: allowed, header: [2]string{fasthttp.HeaderAllow, allowed},
	}
}

// write answers the request with e and nothing that a handler may have prepared.
func (e *apiError) write(ctx *fasthttp.RequestCtx) {
	ctx.Response.ResetBody()
	ctx.Response.Header.Del(fasthttp.HeaderETag)
	ctx.Response.Header.Del(fasthttp.HeaderContentEncoding)
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	if e.header[0] != "" {
		ctx.Response.Header.Set(e.header[0], e.header[1])
	}
	ctx.SetStatusCode(e.status)
	writeJSON(ctx, map[string]*apiError{"error": e})
}

// brokenRequest answers what fasthttp could not read as a request. Its own text is
// not passed on: it quotes the request.
func (s *Server) brokenRequest(c *fiber.Ctx, err error) error {
	e := errMalformed()
	var fe *fiber.Error
	if errors.As(err, &fe) {
		switch fe.Code {
		case fasthttp.StatusRequestHeaderFieldsTooLarge:
			e.status, e.Code, e.Message, e.Expected = fe.Code, "header_too_large", "the request's header is too long", "at most 8 KB"
		case fasthttp.StatusRequestEntityTooLarge:
			e.status, e.Code, e.Message, e.Expected = fe.Code, "body_too_large", "the request's body is too long", "at most 16 KB"
		case fasthttp.StatusRequestTimeout:
			e.status, e.Code, e.Message, e.Expected = fe.Code, "timeout", "the request did not arrive in time", "all of it within 5 s"
		}
	}
	s.secure(c.Context())
	c.Context().SetConnectionClose()
	e.write(c.Context())
	return nil
}
