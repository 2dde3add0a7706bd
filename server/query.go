package server

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/server/input"
)

// query reads the parameters of a request and keeps the first mistake.
type query struct {
	args *fasthttp.Args
	zone *time.Location
	err  *apiError
}

func (s *Server) queryOf(ctx *fasthttp.RequestCtx) *query {
	return &query{args: ctx.QueryArgs(), zone: s.zone()}
}

// zone is that of the host, by whose clock a time without an offset is meant.
func (s *Server) zone() *time.Location {
	if name := s.cfg.Host().TZ; name != "" {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return time.Local
}

// takes wraps the answer to a question: a parameter that it does not have is refused,
// and so is one that is given twice, unless its name ends with a star here.
func takes(answer func(c *fiber.Ctx) *apiError, names ...string) func(c *fiber.Ctx) *apiError {
	repeated := make(map[string]bool, len(names))
	known := make([]string, len(names))
	for i, name := range names {
		known[i] = strings.TrimSuffix(name, "*")
		repeated[known[i]] = known[i] != name
	}
	return func(c *fiber.Ctx) *apiError {
		seen := make(map[string]bool, len(known))
		for key := range c.Context().QueryArgs().All() {
			name := string(key)
			if !slices.Contains(known, name) {
				return unknownParameter(name, known)
			}
			if seen[name] && !repeated[name] {
				return &apiError{
					status: fasthttp.StatusBadRequest, Code: "bad_parameter", Message: name + " is given twice", Expected: name + " at most once",
				}
			}
			seen[name] = true
		}
		return answer(c)
	}
}

func unknownParameter(name string, known []string) *apiError {
	e := &apiError{status: fasthttp.StatusBadRequest, Code: "unknown_parameter", Message: "there is no parameter " + quote(name) + " here"}
	if near := input.Nearest(name, known); near != "" {
		e.Message += ": did you mean " + near + "?"
	}
	e.Expected = "no parameters"
	if len(known) > 0 {
		e.Expected = "one of " + strings.Join(known, ", ")
	}
	return e
}

// integer returns a parameter from 1 to most, or otherwise where it is absent.
func (q *query) integer(name string, otherwise, most int64) int64 {
	if !q.args.Has(name) {
		return otherwise
	}
	text := string(q.args.Peek(name))
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < 1 || v > most {
		expected := fmt.Sprintf("an integer from 1 to %d", most)
		if most == math.MaxInt64 {
			expected = "an integer of at least 1"
		}
		q.fail(badParameter(name, text, expected))
	}
	return v
}

// time returns a time in Unix milliseconds; 0 where the parameter is absent, and where
// it is 0, which has always stood for that.
func (q *query) time(name string) int64 {
	text := string(q.args.Peek(name))
	if !q.args.Has(name) || text == "0" {
		return 0
	}
	t, err := input.Time(text, time.Now(), q.zone)
	if wrong, ok := errors.AsType[*input.TimeError](err); ok {
		e := badParameter(name, text, input.TimeForms)
		e.Message += ", which " + wrong.Why
		q.fail(e)
		return 0
	}
	return t.UnixMilli()
}

// oneOf returns a parameter that has one of the given values, or "" where it is absent.
func (q *query) oneOf(name string, values []string) string {
	if !q.args.Has(name) {
		return ""
	}
	text := string(q.args.Peek(name))
	if !slices.Contains(values, text) {
		q.fail(badParameter(name, text, "one of "+strings.Join(values, ", ")))
	}
	return text
}

// match returns what the match parameters select, nil where there is none.
func (q *query) match() *collectors.Matcher {
	var lists []string
	for _, v := range q.args.PeekMulti("match") {
		lists = append(lists, string(v))
	}
	m, err := collectors.ParseMatcher(lists...)
	if err != nil {
		q.fail(&apiError{
			status: fasthttp.StatusBadRequest, Code: "bad_parameter", Message: "match: " + err.Error(), Expected: collectors.MatchExpected,
		})
	}
	return m
}

// inUnits reports whether values are wanted in their units and under names, which
// version 1 of the API gives where it is asked to.
func (q *query) inUnits(version int) bool {
	return version > 1 || q.oneOf("values", []string{"quanta", "real"}) == "real"
}

func (q *query) has(name string) bool { return q.args.Has(name) }

func (q *query) fail(e *apiError) {
	if q.err == nil {
		q.err = e
	}
}
