package server

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors/alert"
)

// silenceBody is what begins a silence.
type silenceBody struct {
	Matchers  alert.Matchers `json:"matchers"`
	EndMs     int64          `json:"endMs"`
	UntilWell bool           `json:"untilWell"`
	Reason    string         `json:"reason"`
}

const silenceExpected = `{"matchers":{"rule":"filesystem-*","level":"warning","labels":{"mount":"/backup"}},"endMs":…,"reason":"…"}, with at least one matcher, and "untilWell":true in the place of endMs where it lasts until the alerts are over`

// silences answers with the silences that last, begins one and ends one.
func (s *Server) silences(c *fiber.Ctx) *apiError {
	ctx := c.Context()
	now := time.Now().UnixMilli()
	id := string(ctx.QueryArgs().Peek("id"))
	if (id != "") != (c.Method() == fiber.MethodDelete) {
		return &apiError{status: fasthttp.StatusBadRequest, Code: "bad_parameter", Message: "id is not understood", Expected: "the id of a silence, to DELETE it, and none otherwise"}
	}
	switch c.Method() {
	case fiber.MethodPost, fiber.MethodDelete:
		if e := s.mayWrite(ctx); e != nil {
			return e
		}
		if s.cfg.Planner == nil {
			return errNotFound()
		}
		if id != "" {
			return s.endSilence(ctx, id)
		}
		return s.beginSilence(ctx, now)
	}
	silences := []alert.Silence{}
	if s.cfg.Planner != nil {
		silences = append(silences, s.cfg.Planner.Silences(now)...)
	}
	writeJSON(ctx, struct {
		Silences []alert.Silence `json:"silences"`
	}{silences})
	return nil
}

func (s *Server) beginSilence(ctx *fasthttp.RequestCtx, now int64) *apiError {
	var body silenceBody
	if e := readBody(ctx, &body, func() bool { return true }, silenceExpected); e != nil {
		return e
	}
	silence, err := s.cfg.Planner.Silence(alert.Silence{Matchers: body.Matchers, EndMs: body.EndMs, UntilWell: body.UntilWell, Reason: body.Reason}, now)
	if err != nil {
		return &apiError{status: fasthttp.StatusBadRequest, Code: "bad_silence", Message: err.Error(), Expected: silenceExpected}
	}
	s.log.Info("alerts silenced", "peer", s.client(ctx).String(), "silence", silence.ID, "reason", silence.Reason)
	ctx.SetStatusCode(fasthttp.StatusCreated)
	writeJSON(ctx, silence)
	return nil
}

func (s *Server) endSilence(ctx *fasthttp.RequestCtx, id string) *apiError {
	err := s.cfg.Planner.Unsilence(id)
	switch {
	case errors.Is(err, alert.ErrSilenceConfigured):
		return &apiError{status: fasthttp.StatusConflict, Code: "configured", Message: "this silence is from the configuration", Expected: "to end it there"}
	case err != nil:
		return &apiError{status: fasthttp.StatusNotFound, Code: "not_found", Message: "there is no silence with this id", Expected: "an id from GET"}
	}
	s.log.Info("silence ended", "peer", s.client(ctx).String(), "silence", id)
	ctx.SetStatusCode(fasthttp.StatusNoContent)
	return nil
}
