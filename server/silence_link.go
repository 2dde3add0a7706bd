package server

import (
	"fmt"
	"html"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors/alert"
)

// silencePath is where the links lead that messages carry.
const silencePath = "/silence"

// SilenceLinks knows the links that messages carry. Deliveries that have it are asked.
type SilenceLinks interface {
	// OpenLink returns the silence that a link's token asks for, without a begin, and what
	// it silences in words. An error is for the eyes of whoever has the link.
	OpenLink(token string, now time.Time) (s alert.Silence, text string, err error)
}

// receivers are those of whoever sends, nil where nobody does.
func (s *Server) receivers() []alert.Receiver {
	if all, ok := s.cfg.Deliveries.(interface{ Receivers() []alert.Receiver }); ok {
		return all.Receivers()
	}
	return nil
}

// silenceLink asks whoever follows a link whether he means it, and silences when he says so.
// The link's signature is what he is let in by: it was sent to receivers alone, and allows
// nothing else. A program that looks at links in mail only ever asks.
func (s *Server) silenceLink(links SilenceLinks) func(c *fiber.Ctx) *apiError {
	return func(c *fiber.Ctx) *apiError { return s.followLink(c.Context(), links) }
}

func (s *Server) followLink(ctx *fasthttp.RequestCtx, links SilenceLinks) *apiError {
	now := time.Now()
	silence, text, err := links.OpenLink(string(ctx.QueryArgs().Peek("t")), now)
	if err != nil {
		return &apiError{status: fasthttp.StatusForbidden, Code: "link", Message: err.Error(), Expected: "a link from a message of the last day"}
	}
	if !ctx.IsPost() {
		writeHTML(ctx, "Silence "+text+"?", `<form method="post"><button>Silence</button></form>`)
		return nil
	}
	// Who follows a link twice means it once.
	for _, other := range s.cfg.Planner.Silences(now.UnixMilli()) {
		if other.Reason == silence.Reason {
			writeHTML(ctx, "Silenced: "+text+".", "")
			return nil
		}
	}
	begun, err := s.cfg.Planner.Silence(silence, now.UnixMilli())
	if err != nil {
		return &apiError{status: fasthttp.StatusBadRequest, Code: "bad_silence", Message: err.Error()}
	}
	s.log.Info("alerts silenced by a link", "peer", s.client(ctx).String(), "silence", begun.ID, "what", text)
	writeHTML(ctx, "Silenced: "+text+".", "")
	return nil
}

// writeHTML answers with a page of one sentence, which needs neither script nor style.
func writeHTML(ctx *fasthttp.RequestCtx, sentence, form string) {
	h := answerHeaders(ctx, "text/html; charset=utf-8")
	// Without a referrer browsers post forms with "Origin: null", which is refused.
	h.Set(fasthttp.HeaderReferrerPolicy, "same-origin")
	ctx.Response.SetBodyString(fmt.Sprintf("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>dashcam</title>\n<p>%s</p>\n%s\n</html>\n", html.EscapeString(sentence), form))
}
