package server

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"
)

// query reads the parameters of a request and keeps the first mistake.
type query struct {
	args *fasthttp.Args
	err  *apiError
}

func queryOf(ctx *fasthttp.RequestCtx) *query { return &query{args: ctx.QueryArgs()} }

// integer returns a parameter from least to most, or otherwise where it is absent.
func (q *query) integer(name string, otherwise, least, most int64) int64 {
	if !q.args.Has(name) {
		return otherwise
	}
	text := string(q.args.Peek(name))
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < least || v > most {
		expected := fmt.Sprintf("an integer from %d to %d", least, most)
		if most == math.MaxInt64 {
			expected = fmt.Sprintf("an integer of at least %d", least)
		}
		q.fail(badParameter(name, text, expected))
	}
	return v
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

// texts returns every value of a parameter that may be repeated.
func (q *query) texts(name string) []string {
	values := q.args.PeekMulti(name)
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

func (q *query) has(name string) bool { return q.args.Has(name) }

func (q *query) fail(e *apiError) {
	if q.err == nil {
		q.err = e
	}
}
