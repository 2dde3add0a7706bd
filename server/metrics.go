package server

import (
	"errors"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/server/prom"
)

// metrics answers Prometheus. Scrapes have bounds of their own, so that long answers of
// the API do not keep them waiting.
func (s *Server) metrics(c *fiber.Ctx) *apiError {
	accept := string(c.Context().Request.Header.Peek(fasthttp.HeaderAccept))
	var collect []string
	for _, name := range c.Context().QueryArgs().PeekMulti("collect[]") {
		collect = append(collect, string(name))
	}
	var contentType string
	e := s.long(c, s.scrapes, "", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		var body []byte
		var err error
		contentType, body, err = s.cfg.Metrics.Answer(accept, collect...)
		switch {
		case errors.Is(err, prom.ErrNoRow):
			yield(nil, errStarting())
		case err != nil:
			s.log.Error("metrics not written", "err", err)
			yield(nil, errInternal())
		default:
			yield(body, nil)
		}
	})
	if e == nil {
		c.Context().Response.Header.SetContentType(contentType)
	}
	return e
}
