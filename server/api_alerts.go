package server

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// apiAlerts answers with the alerts that are firing or pending, newest first, and then the
// last resolved ones.
func (s *Server) apiAlerts(c *fiber.Ctx) *apiError {
	alerts := []alert.Alert{}
	if s.cfg.Alerts != nil {
		alerts = s.cfg.Alerts.Alerts()
	}
	writeJSON(c.Context(), struct {
		Alerts []alert.Alert `json:"alerts"`
	}{alerts})
	return nil
}

// ruleAnswer is a rule as the API tells it.
type ruleAnswer struct {
	Name   string       `json:"name"`
	Title  string       `json:"title"`
	Why    string       `json:"why"`
	Notify bool         `json:"notify"`
	Unit   string       `json:"unit,omitempty"`
	Below  bool         `json:"below,omitempty"`
	Latch  bool         `json:"latched,omitempty"`
	Warn   *raiseAnswer `json:"warn,omitempty"`
	Crit   *raiseAnswer `json:"crit,omitempty"`
	Clear  clearAnswer  `json:"clear"`
	// Also is the second value, which has to hold too; Families are what the rule reads.
	Also     *alsoAnswer `json:"also,omitempty"`
	Families []string    `json:"families"`
}

type alsoAnswer struct {
	Title string `json:"title"`
	Unit  string `json:"unit,omitempty"`
	Below bool   `json:"below,omitempty"`
}

type raiseAnswer struct {
	At  float64 `json:"at"`
	And float64 `json:"and,omitempty"`
	Ms  int64   `json:"forMs"`
}

type clearAnswer struct {
	Under float64 `json:"under"`
	Ms    int64   `json:"forMs"`
}

// apiRules answers with the built-in rules and their numbers.
func (s *Server) apiRules(c *fiber.Ctx) *apiError {
	raise := func(r alert.Raise) *raiseAnswer {
		if r == (alert.Raise{}) {
			return nil
		}
		return &raiseAnswer{r.At, r.And, r.For.Milliseconds()}
	}
	rules := []ruleAnswer{}
	for _, r := range alert.Rules() {
		var also *alsoAnswer
		if r.Also != (alert.Also{}) {
			also = &alsoAnswer{r.Also.Title, string(r.Also.Unit), r.Also.Below}
		}
		rules = append(rules, ruleAnswer{
			Name: r.Name, Title: r.Title, Why: r.Why, Notify: r.Notify, Unit: string(r.Unit), Below: r.Below, Latch: r.Latched,
			Warn: raise(r.Warn), Crit: raise(r.Crit), Clear: clearAnswer{r.Clear.Under, r.Clear.For.Milliseconds()},
			Also: also, Families: r.Families(),
		})
	}
	writeJSON(c.Context(), struct {
		Rules []ruleAnswer `json:"rules"`
	}{rules})
	return nil
}

// apiBacktest answers with the alerts that the built-in rules raise over what is remembered.
func (s *Server) apiBacktest(c *fiber.Ctx) *apiError {
	q := s.queryOf(c.Context())
	w := collectors.Window{From: q.time("from"), To: q.time("to")}
	if q.err == nil && w.To > 0 && w.To <= w.From {
		q.fail(badParameter("to", string(c.Context().QueryArgs().Peek("to")), "a time after from"))
	}
	if q.err != nil {
		return q.err
	}
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		found, err := alert.Backtest(context.Background(), nil, s.ring, w)
		if err != nil {
			yield(nil, s.unread(err))
			return
		}
		if found == nil {
			found = []alert.Alert{}
		}
		body, err := json.Marshal(struct {
			Alerts []alert.Alert `json:"alerts"`
		}{found})
		if err != nil { // it is texts and finite numbers
			panic(err)
		}
		yield(append(body, '\n'), nil)
	})
}

// alertsRoute answers with alerts, and takes word that somebody has seen one.
func (s *Server) alertsRoute(c *fiber.Ctx) *apiError {
	if c.Method() == fiber.MethodPost {
		return s.seen(c)
	}
	return s.apiAlerts(c)
}

// seen ends an alert that lasts until somebody has seen it.
func (s *Server) seen(c *fiber.Ctx) *apiError {
	ctx := c.Context()
	if s.otherOrigin(ctx) {
		return &apiError{status: fasthttp.StatusForbidden, Code: "origin", Message: "pages of other origins may only ask", Expected: "this server's own page, or no page"}
	}
	var body struct {
		Seen string `json:"seen"`
	}
	if media, _, err := mime.ParseMediaType(string(ctx.Request.Header.ContentType())); err != nil || media != "application/json" {
		return &apiError{status: fasthttp.StatusUnsupportedMediaType, Code: "content_type", Message: "the body is no JSON", Expected: "Content-Type: application/json"}
	}
	dec := json.NewDecoder(bytes.NewReader(ctx.Request.Body()))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil || body.Seen == "" {
		return &apiError{status: fasthttp.StatusBadRequest, Code: "bad_body", Message: "the body is not understood", Expected: `{"seen":"ID"}, the id of a latched alert`}
	}
	if s.cfg.Alerts == nil || !s.cfg.Alerts.Seen(body.Seen) {
		return &apiError{status: fasthttp.StatusNotFound, Code: "not_found", Message: "no alert with this id waits to be seen", Expected: "the id of a latched alert that is firing"}
	}
	ctx.SetStatusCode(fasthttp.StatusNoContent)
	return nil
}
