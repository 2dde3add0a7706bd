package server

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/server/export"
	"dashcam/server/input"
	"dashcam/server/wire"
)

// nearMs is how far from the wanted time the row of an answer may be: the longest
// interval that dashcam can be given.
const nearMs = 10_000

// apiRow answers with one remembered row: that of seq, or the one nearest to the time
// at. In quanta the answer is a history message of one row, as on the socket: what a page
// shows of a second that it does not hold. In units it is every series and its value.
func (s *Server) apiRow(version int) func(c *fiber.Ctx) *apiError {
	return func(c *fiber.Ctx) *apiError {
		ctx := c.Context()
		q := s.queryOf(ctx)
		if q.has("seq") == q.has("at") {
			return badParameter("seq or at", string(ctx.QueryArgs().QueryString()), "one of the two")
		}
		seq := q.integer("seq", 0, math.MaxInt64)
		at := q.time("at")
		if q.err == nil && q.has("at") && at == 0 {
			q.fail(badParameter("at", "0", input.TimeForms))
		}
		match, inUnits := q.match(), q.inUnits(version)
		if q.err == nil && match != nil && !inUnits {
			q.fail(badParameter("match", string(ctx.QueryArgs().Peek("match")), "values=real with it, or api/v2/row"))
		}
		if q.err != nil {
			return q.err
		}
		if _, e := s.schema(); e != nil {
			return e
		}
		write := appendRowQuanta
		contentType := "application/json"
		accept := string(ctx.Request.Header.Peek(fasthttp.HeaderAccept))
		switch {
		case inUnits && acceptable(accept, "text/csv") > acceptable(accept, "application/json"):
			contentType = csvType
			write = func(span *collectors.Span) []byte { return rowCSV(span, s.ring.Latest().Schema, match) }
		case inUnits:
			write = func(span *collectors.Span) []byte { return rowInUnits(span, s.ring.Latest().Schema, match) }
		}
		return s.long(c, s.load, contentType, fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
			wanted, err := uint64(seq), error(nil)
			if q.has("at") {
				if wanted, err = s.rowNear(at); err != nil {
					yield(nil, s.unread(err))
					return
				}
			}
			span := collectors.Span{}
			if wanted > 0 {
				if span, err = s.ring.ReadSince(context.Background(), wanted-1, 1); err != nil {
					yield(nil, s.unread(err))
					return
				}
			}
			if len(span.T) == 0 || span.First != wanted {
				yield(nil, s.notRemembered(q.has("at")))
				return
			}
			yield(write(&span), nil)
		})
	}
}

func appendRowQuanta(span *collectors.Span) []byte {
	message := wire.Span{Rev: span.Rev, First: span.First, T: span.T, Missed: span.Missed, Why: span.Why}
	for _, column := range span.Columns {
		message.Columns = append(message.Columns, wire.Column{ID: column.ID, Q: column.Q})
	}
	body, _ := wire.AppendHistory(nil, &message)
	return append(body, '\n')
}

// rowOf is the first row of a span, and its series that match.
func rowOf(span *collectors.Span, schema *collectors.Schema, match *collectors.Matcher) (row collectors.Row, series []*collectors.Series) {
	row = collectors.Row{Seq: span.First, T: span.T[0], Rev: span.Rev}
	if span.Missed != nil {
		row.Missed, row.Why = span.Missed[0], span.Why[0]
	}
	for _, column := range span.Columns {
		if x := schema.Find(column.ID); x != nil && match.Match(x) {
			series = append(series, x)
			row.IDs, row.Q = append(row.IDs, column.ID), append(row.Q, column.Q[0])
		}
	}
	return row, series
}

func rowInUnits(span *collectors.Span, schema *collectors.Schema, match *collectors.Matcher) []byte {
	row, series := rowOf(span, schema, match)
	out := struct {
		Seq    uint64         `json:"seq"`
		T      int64          `json:"t"`
		Missed int            `json:"missed,omitempty"`
		Why    string         `json:"why,omitempty"`
		Series []export.Value `json:"series"`
	}{row.Seq, row.T, row.Missed, row.Why, make([]export.Value, len(series))}
	for i, x := range series {
		out.Series[i] = export.ValueOf(x, row.Q[i])
	}
	body, err := json.Marshal(out)
	if err != nil { // only for NaN, and what is missing is null
		panic(err)
	}
	return append(body, '\n')
}

func rowCSV(span *collectors.Span, schema *collectors.Schema, match *collectors.Matcher) []byte {
	row, series := rowOf(span, schema, match)
	var out bytes.Buffer
	w := export.NewCSV(&out)
	w.RowsHead(series)
	w.Row(&row, series)
	if err := w.Flush(); err != nil { // a buffer takes everything
		panic(err)
	}
	return out.Bytes()
}

// notRemembered says which rows are remembered, and when they were where a time was
// asked for.
func (s *Server) notRemembered(byTime bool) *apiError {
	b := s.ring.Bounds()
	e := &apiError{
		status: fasthttp.StatusNotFound, Code: "not_remembered", Message: "no such row is remembered",
		Expected: "a row from " + strconv.FormatUint(b.Oldest, 10) + " to " + strconv.FormatUint(b.Newest, 10),
	}
	if byTime {
		e.Message = "no row of that time is remembered"
		e.Expected = "a time from " + stamp(b.OldestT) + " to " + stamp(b.NewestT)
	}
	return e
}

// stamp writes a time for people.
func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// rowNear returns the row nearest to a time, 0 where none is near. Buckets without
// series only count rows, so that the few rows around the time are all that is read.
func (s *Server) rowNear(at int64) (uint64, error) {
	b, err := s.ring.Buckets(context.Background(), collectors.Query{
		Window: collectors.Window{From: max(1, at-nearMs), To: at + nearMs}, Points: maxPoints, Match: new(collectors.Matcher),
	})
	if err != nil || len(b.T) == 0 {
		return 0, err
	}
	// The nearest row is the last of a bucket that begins before the time or the first
	// of the one behind it.
	behind := 0
	for behind < len(b.T) && b.T[behind] <= at {
		behind++
	}
	first, last := b.FirstSeq[max(0, behind-1)], b.LastSeq[min(behind, len(b.T)-1)]
	span, err := s.ring.ReadSince(context.Background(), first-1, int(last-first)+1)
	if err != nil {
		return 0, err
	}
	nearest, distance := uint64(0), int64(nearMs)
	for i, t := range span.T {
		if d := max(t-at, at-t); d < distance {
			nearest, distance = span.First+uint64(i), d
		}
	}
	return nearest, nil
}
