package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/diagnosis"
	"dashcam/server/incident"
)

// recorded is a past that knows what was wrong and what changed, from what lay before it.
type recorded interface {
	Verdict(at int64) (collectors.Verdict, bool)
	Changes(from, to int64) ([]diagnosis.Change, int64, bool)
}

// incidentOptions reads which time is wanted of an incident.
func (s *Server) incidentOptions(c *fiber.Ctx) (incident.Options, *apiError) {
	q := s.queryOf(c.Context())
	args := c.Context().QueryArgs()
	mask := string(args.Peek("mask"))
	masked, err := incident.ParseMask(mask)
	if err != nil {
		q.fail(badParameter("mask", mask, incident.MaskExpected))
	}
	o := incident.Options{From: q.time("from"), To: q.time("to"), Mask: masked, Interval: s.cfg.Interval, Version: s.cfg.Version, Health: s.ring.Health()}
	if o.To == 0 {
		o.To = time.Now().UnixMilli()
	}
	switch {
	case o.From == 0:
		q.fail(badParameter("from", string(args.Peek("from")), "when the incident begins, such as 15m"))
	case o.To <= o.From:
		q.fail(badParameter("to", string(args.Peek("to")), "a time after from"))
	case o.To-o.From > incident.MaxSpan.Milliseconds():
		q.fail(badParameter("to", string(args.Peek("to")), "at most 2 h after from"))
	}
	return o, q.err
}

// apiIncident answers with a stretch of time as one HTML file.
func (s *Server) apiIncident(c *fiber.Ctx) *apiError {
	o, e := s.incidentOptions(c)
	if e != nil {
		return e
	}
	page, err := s.incidentPage()
	if err != nil {
		s.log.Error("the page of an incident cannot be read", "err", err)
		return errInternal()
	}
	ctx := c.Context()
	return s.long(c, s.load, "text/html; charset=utf-8", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		made, err := incident.Make(context.Background(), s.ring, o)
		if err != nil {
			yield(nil, s.notMade(err))
			return
		}
		var out bytes.Buffer
		if err := made.Write(&out, page); err != nil { // a buffer takes everything
			panic(err)
		}
		// It is to be kept, and not to be looked at as a page of this server.
		name := "incident-" + time.UnixMilli(o.From).UTC().Format("20060102-150405") + ".html"
		ctx.Response.Header.Set(fasthttp.HeaderContentDisposition, `attachment; filename="`+name+`"`)
		yield(out.Bytes(), nil)
	})
}

// apiIncidentContents says what would leave the house with such a file.
func (s *Server) apiIncidentContents(c *fiber.Ctx) *apiError {
	o, e := s.incidentOptions(c)
	if e != nil {
		return e
	}
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		contents, err := incident.Preview(context.Background(), s.ring, o)
		if err != nil {
			yield(nil, s.notMade(err))
			return
		}
		body, err := json.Marshal(contents)
		if err != nil { // it is numbers and strings
			panic(err)
		}
		yield(append(body, '\n'), nil)
	})
}

// notMade says why there is no file.
func (s *Server) notMade(err error) *apiError {
	switch {
	case errors.Is(err, incident.ErrNothing):
		return s.notRemembered(true)
	case errors.Is(err, incident.ErrTooLong):
		return &apiError{status: fasthttp.StatusBadRequest, Code: "bad_parameter", Message: "from and to are too far apart: " + err.Error(), Expected: "a shorter time"}
	}
	return s.unread(err)
}

// loadIncidentPage reads the page of incidents when the first is asked for.
func (cfg *Config) loadIncidentPage() func() (*incident.Page, error) {
	return sync.OnceValues(func() (*incident.Page, error) { return incident.LoadPage(cfg.Assets) })
}
