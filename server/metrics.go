package server

import (
	"errors"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/server/prom"
)

// metrics answers Prometheus. Scrapes have a turnstile of their own, so that long
// answers of the API do not keep them waiting.
func (s *Server) metrics(c *fiber.Ctx) *apiError {
	if !s.scrapes.enter() {
		return errBusy()
	}
	defer s.scrapes.leave()
	ctx := c.Context()
	contentType, body, err := s.cfg.Metrics.Answer(string(ctx.Request.Header.Peek(fasthttp.HeaderAccept)))
	if errors.Is(err, prom.ErrNoRow) {
		return errStarting()
	}
	if err != nil {
		s.log.Error("metrics not written", "err", err)
		return errInternal()
	}
	writeBody(ctx, contentType, body)
	return nil
}
