package server

import (
	"context"
	"mime"
	"net/url"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Questions answers Prometheus' HTTP API, as package promql does. This package does not
// know it, so that only a program that wants it links Prometheus' engine.
type Questions interface {
	// Answer answers what stands behind prometheus/api/v1/, with the parameters of the
	// address and of a posted form, by a status and JSON.
	Answer(ctx context.Context, path string, form url.Values) (status int, body []byte)
}

// Federation answers a scrape of all hosts of a hub, where Questions does, with the
// parameters of the address, by a status, a type and a text.
type Federation interface {
	Federate(ctx context.Context, form url.Values) (status int, contentType string, body []byte)
}

const (
	federatePath    = "/federate"
	questionsPath   = "/prometheus/api/v1/"
	methodsOfPromQL = "GET, HEAD, POST"
)

// promQL answers a question of Prometheus' HTTP API within the bounds of long answers.
func (s *Server) promQL(c *fiber.Ctx) *apiError {
	ctx := c.Context()
	form, e := formOf(ctx)
	if e != nil {
		return e
	}
	path := c.Params("*")
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		status, body := s.cfg.Questions.Answer(endedWith(ctx), path, form)
		ctx.SetStatusCode(status)
		yield(body, nil)
	})
}

// federate answers a scrape of all hosts, within the bounds of scrapes.
func (s *Server) federate(all Federation) func(c *fiber.Ctx) *apiError {
	return func(c *fiber.Ctx) *apiError {
		ctx := c.Context()
		form, e := formOf(ctx)
		if e != nil {
			return e
		}
		contentType := ""
		e = s.long(c, s.scrapes, "", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
			var status int
			var body []byte
			status, contentType, body = all.Federate(endedWith(ctx), form)
			ctx.SetStatusCode(status)
			yield(body, nil)
		})
		if e == nil {
			ctx.Response.Header.SetContentType(contentType)
		}
		return e
	}
}

// untilStop is a context that is done when the server stops.
type untilStop struct {
	context.Context //nolint:containedctx // it is one
	done            <-chan struct{}
}

// endedWith returns a context for goroutines that may outlive a request. That of the request
// asks the server for its channel at every call, while the server may be replacing it.
func endedWith(ctx *fasthttp.RequestCtx) context.Context {
	return untilStop{context.Background(), ctx.Done()}
}

func (c untilStop) Done() <-chan struct{} { return c.done }

func (c untilStop) Err() error {
	select {
	case <-c.done:
		return context.Canceled
	default:
		return nil
	}
}

// formOf returns the parameters of a question, as net/http would: those of the address and
// of a posted form.
func formOf(ctx *fasthttp.RequestCtx) (url.Values, *apiError) {
	form := make(url.Values)
	add := func(key, value []byte) { form.Add(string(key), string(value)) }
	if ctx.IsPost() {
		const expected = "application/x-www-form-urlencoded"
		if kind, _, err := mime.ParseMediaType(string(ctx.Request.Header.ContentType())); err != nil || kind != expected {
			return nil, &apiError{
				status: fasthttp.StatusUnsupportedMediaType, Code: "content_type", Message: "the body is no form",
				Expected: "Content-Type: " + expected,
			}
		}
		for key, value := range ctx.PostArgs().All() {
			add(key, value)
		}
	}
	for key, value := range ctx.QueryArgs().All() {
		add(key, value)
	}
	return form, nil
}
