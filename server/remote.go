package server

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// remotePath reports whether a path below h/{id} is answered by the host itself where it is
// another one. The page, signing in and what is live are those of the server that is asked.
func remotePath(path string) bool {
	switch {
	case strings.HasPrefix(path, sessionPath):
		return false
	case path == "/metrics", path == "/readyz":
		return true
	}
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/prometheus/")
}

// remoteRoute is a path of another host, which is only asked: the protocol of hosts has no
// message that changes anything there. A posted question is one like any other.
func (s *Server) remoteRoute(h *Host, to http.RoundTripper, path string) fiber.Handler {
	if strings.HasPrefix(path, questionsPath) {
		return s.guarded(access{shared: true, reads: true, methods: methodsOfPromQL}, func(c *fiber.Ctx) *apiError { return s.askRemoteForm(c, to, path) })
	}
	return s.guarded(access{shared: true, methods: methodsOfHosts}, func(c *fiber.Ctx) *apiError {
		if !answers(methodsOfQuestions, c.Context()) {
			return &apiError{
				status: fasthttp.StatusMethodNotAllowed, Code: "read_only", Message: "a hub changes nothing on its hosts",
				Expected: methodsOfQuestions + ", or the same at the address of " + quote(h.Info().Hostname) + " itself",
				header:   [2]string{fasthttp.HeaderAllow, methodsOfQuestions},
			}
		}
		return s.askRemote(c, to, path)
	})
}

// maxRemoteQuestion is the longest question that is passed on: a host takes 8 KB of header.
const maxRemoteQuestion = 7 << 10

// askRemoteForm passes on a question whose parameters may be in its body.
func (s *Server) askRemoteForm(c *fiber.Ctx, host http.RoundTripper, path string) *apiError {
	ctx := c.Context()
	if !ctx.IsPost() {
		return s.askRemote(c, host, path)
	}
	form, e := formOf(ctx)
	if e != nil {
		return e
	}
	query := form.Encode()
	if n := len(path) + len(query); n > maxRemoteQuestion {
		return &apiError{
			status: fasthttp.StatusRequestURITooLong, Code: "too_long", Message: "the question has " + strconv.Itoa(n) + " bytes as an address",
			Expected: "at most " + strconv.Itoa(maxRemoteQuestion) + ", or the same of the host itself",
		}
	}
	ctx.URI().SetQueryString(query)
	ctx.Request.Header.SetMethod(fiber.MethodGet)
	return s.askRemote(c, host, path)
}

// remoteWait is how long a host may take to begin an answer.
const remoteWait = 20 * time.Second

// askRemote passes a question on to another host.
func (s *Server) askRemote(c *fiber.Ctx, host http.RoundTripper, path string) *apiError {
	ctx := c.Context()
	if query := ctx.URI().QueryString(); len(query) > 0 {
		path += "?" + string(query)
	}
	asked, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(asked, string(ctx.Method()), "http://host"+path, http.NoBody)
	if err != nil {
		cancel()
		return errMalformed()
	}
	for _, name := range []string{fasthttp.HeaderAccept, fasthttp.HeaderAcceptEncoding, fasthttp.HeaderIfNoneMatch, fasthttp.HeaderIfModifiedSince} {
		if v := ctx.Request.Header.Peek(name); len(v) > 0 {
			req.Header.Set(name, string(v))
		}
	}
	late := time.AfterFunc(remoteWait, cancel)
	res, err := host.RoundTrip(req)
	if err == nil && !late.Stop() {
		_ = res.Body.Close() // it came too late
		err = asked.Err()
	}
	if err != nil {
		cancel()
		s.log.Debug("host not asked", "err", err)
		return &apiError{
			status: fasthttp.StatusBadGateway, Code: "host_unreachable", Message: "the host does not answer",
			Expected: "another try when it is back", header: [2]string{fasthttp.HeaderRetryAfter, "2"},
		}
	}
	h := &ctx.Response.Header
	for name, values := range res.Header {
		if name == fasthttp.HeaderContentLength {
			continue
		}
		for i, v := range values {
			if i == 0 {
				h.Set(name, v)
			} else {
				h.Add(name, v)
			}
		}
	}
	ctx.SetStatusCode(res.StatusCode)
	size, err := strconv.Atoi(res.Header.Get(fasthttp.HeaderContentLength))
	if err != nil || size < 0 {
		size = -1
	}
	if c.Method() == fiber.MethodHead {
		_ = res.Body.Close() // there is nothing in it
		cancel()
		if size >= 0 {
			h.SetContentLength(size)
		}
		ctx.Response.SkipBody = true
		return nil
	}
	ctx.Response.SetBodyStream(&remoteBody{res.Body.Read, res.Body.Close, cancel}, size)
	return nil
}

// remoteBody ends the question with the answer.
type remoteBody struct {
	read   func(p []byte) (int, error)
	close  func() error
	cancel context.CancelFunc
}

func (b *remoteBody) Read(p []byte) (int, error) { return b.read(p) }

func (b *remoteBody) Close() error {
	defer b.cancel()
	return b.close()
}
