package server

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// Alerts are those that rules raise: an [alert.Engine], or several together.
type Alerts interface {
	// Alerts returns those that are firing or pending, newest first, and then the last
	// resolved ones.
	Alerts() []alert.Alert
	// Seen ends a latched alert, and reports whether there was one.
	Seen(id string) bool
}

// Deliveries knows how far notices have come with each receiver, by the id of the alert
// that they tell of.
type Deliveries interface {
	Deliveries() map[string][]alert.Delivery
}

// alertAnswer is an alert with what was told of it.
type alertAnswer struct {
	alert.Alert
	// Silenced is the id of a silence, or false.
	Silenced   any              `json:"silenced"`
	Deliveries []alert.Delivery `json:"deliveries"`
}

// apiAlerts answers with the alerts that are firing or pending, newest first, and then the
// last resolved ones.
func (s *Server) apiAlerts(c *fiber.Ctx) *apiError {
	answer := struct {
		Alerts   []alertAnswer   `json:"alerts"`
		Learning *alert.Learning `json:"learning,omitempty"`
	}{Alerts: []alertAnswer{}}
	var deliveries map[string][]alert.Delivery
	if s.cfg.Deliveries != nil {
		deliveries = s.cfg.Deliveries.Deliveries()
	}
	now := time.Now().UnixMilli()
	if s.cfg.Planner != nil {
		answer.Learning = s.cfg.Planner.Learning()
	}
	if s.cfg.Alerts != nil {
		for _, a := range s.cfg.Alerts.Alerts() {
			one := alertAnswer{Alert: a, Silenced: false, Deliveries: []alert.Delivery{}}
			if s.cfg.Planner != nil {
				if id := s.cfg.Planner.SilencedBy(&a, now); id != "" {
					one.Silenced = id
				}
			}
			if told := deliveries[a.ID]; told != nil {
				one.Deliveries = told
			}
			answer.Alerts = append(answer.Alerts, one)
		}
	}
	writeJSON(c.Context(), answer)
	return nil
}

// ruleAnswer is a rule as the API tells it.
type ruleAnswer struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Why    string `json:"why"`
	Notify bool   `json:"notify"`
	// NotifyCritical says that only what is critical is told.
	NotifyCritical bool         `json:"notifyCritical,omitempty"`
	Unit           string       `json:"unit,omitempty"`
	Below          bool         `json:"below,omitempty"`
	Latch          bool         `json:"latched,omitempty"`
	Warn           *raiseAnswer `json:"warn,omitempty"`
	Crit           *raiseAnswer `json:"crit,omitempty"`
	Clear          clearAnswer  `json:"clear"`
	// Also is the second value, which has to hold too; Families are what the rule reads.
	Also     *alsoAnswer `json:"also,omitempty"`
	Families []string    `json:"families"`
	// Other is what it reads instead: events, or a table.
	Other string `json:"other,omitempty"`
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
			Name: r.Name, Title: r.Title, Why: r.Why, Notify: r.Notify, NotifyCritical: r.NotifyCritical, Unit: string(r.Unit), Below: r.Below, Latch: r.Latched,
			Warn: raise(r.Warn), Crit: raise(r.Crit), Clear: clearAnswer{r.Clear.Under, r.Clear.For.Milliseconds()},
			Also: also, Families: r.Families(), Other: r.Other(),
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
		if err == nil && s.cfg.Backtest != nil {
			var own []alert.Alert
			own, err = s.cfg.Backtest(context.Background(), w)
			found = append(found, own...)
		}
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

// alertsRoute answers with alerts, and takes word that somebody has seen one, that learning
// is to end, or that receivers are to get a test message.
func (s *Server) alertsRoute(c *fiber.Ctx) *apiError {
	if c.Method() == fiber.MethodPost {
		return s.alertsPost(c)
	}
	return s.apiAlerts(c)
}

// alertsPost ends an alert that lasts until somebody has seen it, or learning, or has a test
// message sent.
func (s *Server) alertsPost(c *fiber.Ctx) *apiError {
	ctx := c.Context()
	var body struct {
		Seen string `json:"seen"`
		Arm  bool   `json:"arm"`
		Test bool   `json:"test"`
	}
	if e := s.mayWrite(ctx); e != nil {
		return e
	}
	one := func() bool {
		n := 0
		for _, asked := range []bool{body.Seen != "", body.Arm, body.Test} {
			if asked {
				n++
			}
		}
		return n == 1
	}
	if e := readBody(ctx, &body, one, `{"seen":"ID"}, the id of a latched alert, {"arm":true} or {"test":true}`); e != nil {
		return e
	}
	switch {
	case body.Test:
		return s.trial(ctx)
	case body.Arm && s.cfg.Planner == nil:
		return &apiError{status: fasthttp.StatusNotFound, Code: "not_found", Message: "no notices are planned here"}
	case body.Arm:
		s.cfg.Planner.Arm()
		s.log.Info("notices armed", "peer", s.client(ctx).String())
	case s.cfg.Alerts == nil || !s.cfg.Alerts.Seen(body.Seen):
		return &apiError{status: fasthttp.StatusNotFound, Code: "not_found", Message: "no alert with this id waits to be seen", Expected: "the id of a latched alert that is firing"}
	}
	ctx.SetStatusCode(fasthttp.StatusNoContent)
	return nil
}

// mayWrite refuses the pages of other origins, and everybody from elsewhere where nobody
// has to sign in.
func (s *Server) mayWrite(ctx *fasthttp.RequestCtx) *apiError {
	if s.otherOrigin(ctx) {
		return &apiError{status: fasthttp.StatusForbidden, Code: "origin", Message: "pages of other origins may only ask", Expected: "this server's own page, or no page"}
	}
	// One without an address comes through the program that dashcam is part of.
	if peer := s.client(ctx); s.cfg.Authenticator == nil && peer.IsValid() && !peer.Unmap().IsLoopback() {
		return &apiError{status: fasthttp.StatusForbidden, Code: "sign_in_needed", Message: "where nobody has to sign in only this machine may change what is told", Expected: "a loopback address, or a server that asks to sign in (--auth)"}
	}
	return nil
}

// readBody reads a body of JSON into v, which ok has to take.
func readBody(ctx *fasthttp.RequestCtx, v any, ok func() bool, expected string) *apiError {
	if media, _, err := mime.ParseMediaType(string(ctx.Request.Header.ContentType())); err != nil || media != "application/json" {
		return &apiError{status: fasthttp.StatusUnsupportedMediaType, Code: "content_type", Message: "the body is no JSON", Expected: "Content-Type: application/json"}
	}
	dec := json.NewDecoder(bytes.NewReader(ctx.Request.Body()))
	dec.DisallowUnknownFields()
	if dec.Decode(v) != nil || dec.More() || !ok() {
		return &apiError{status: fasthttp.StatusBadRequest, Code: "bad_body", Message: "the body is not understood", Expected: expected}
	}
	return nil
}
