package server

import (
	"encoding/json"
	"iter"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/server/export"
	"dashcam/server/wire"
)

// The number of buckets of one answer. With very many series the ring gives fewer, so
// that no answer grows without bound.
const (
	defaultPoints = 300
	maxPoints     = 2000
)

// bucketLists are what a bucket has of a series, in the order in which it is written.
var bucketLists = []string{"min", "max", "mean", "last", "n", "maxSeq"}

// apiHistory answers with buckets, as JSON or, where the client prefers it, CSV. Version
// 2 of the API gives values in units and the one layout of CSV.
func (s *Server) apiHistory(version int) func(c *fiber.Ctx) *apiError {
	return func(c *fiber.Ctx) *apiError {
		ctx := c.Context()
		q := s.queryOf(ctx)
		from, to := q.time("from"), q.time("to")
		points := q.integer("points", defaultPoints, maxPoints)
		only := q.oneOf("only", bucketLists)
		match := q.match()
		inUnits := q.inUnits(version)
		switch {
		case q.err != nil:
			return q.err
		case from > 0 && to > 0 && to <= from:
			return badParameter("to", string(ctx.QueryArgs().Peek("to")), "a time after from, which is "+stamp(from))
		}
		if _, e := s.schema(); e != nil {
			return e
		}
		question := collectors.Query{Window: collectors.Window{From: from, To: to}, Points: int(points), Match: match}
		accept := string(ctx.Request.Header.Peek(fasthttp.HeaderAccept))
		asCSV := acceptable(accept, "text/csv") > acceptable(accept, "application/json")
		switch {
		case asCSV && version == 1:
			return s.long(c, s.load, csvType, fasthttp.CompressBestSpeed, s.bucketsLongCSV(question))
		case asCSV:
			return s.long(c, s.load, csvType, fasthttp.CompressBestSpeed, s.bucketsCSV(question, only))
		case inUnits:
			return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, s.bucketsJSON(question, unitsForm{only}))
		}
		return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, s.bucketsJSON(question, quantaForm{only}))
	}
}

const csvType = "text/csv; charset=utf-8"

// textAtOnce is from what length on a part of a text is handed over.
const textAtOnce = 32 << 10

// bucketsForm writes the parts of an answer by hand: encoding/json would take five times
// as long, and this is the one answer that is large. With only it has one list of each
// series, and nothing about the rows of a bucket.
type bucketsForm interface {
	begin(dst []byte, b *collectors.Buckets) []byte
	series(dst []byte, s *collectors.BucketSeries) []byte
	// end closes what begin opened.
	end(dst []byte) []byte
}

// bucketsJSON writes one answer, a few series at a time.
func (s *Server) bucketsJSON(q collectors.Query, form bucketsForm) iter.Seq2[[]byte, *apiError] {
	return func(yield func([]byte, *apiError) bool) {
		b, e := s.buckets(q)
		if e != nil {
			yield(nil, e)
			return
		}
		if out, ok := list(s, form.begin(nil, b), ",", b.Series, form.series, yield); ok {
			yield(appendGaps(form.end(out), b.Gaps), nil)
		}
	}
}

// list appends what write makes of every element, with a text between them, and yields all of
// it whenever it is long. It returns what is left; ok is false where nobody wants that any
// more.
func list[T any](s *Server, out []byte, between string, all iter.Seq2[T, error], write func(dst []byte, v T) []byte, yield func([]byte, *apiError) bool) (rest []byte, ok bool) {
	first := true
	for v, err := range all {
		if err != nil {
			yield(nil, s.unread(err))
			return nil, false
		}
		if !first {
			out = append(out, between...)
		}
		first = false
		if out = write(out, v); len(out) < textAtOnce {
			continue
		}
		if !yield(out, nil) {
			return nil, false
		}
		out = out[:0]
	}
	return out, true
}

func appendTimes(dst []byte, b *collectors.Buckets, only string) []byte {
	dst = strconv.AppendInt(append(dst, `"stepMs":`...), b.StepMs, 10)
	dst = wire.AppendList(append(dst, `,"t":`...), b.T)
	if only != "" {
		return dst
	}
	dst = wire.AppendList(append(dst, `,"rows":`...), b.Rows)
	dst = wire.AppendList(append(dst, `,"firstSeq":`...), b.FirstSeq)
	return wire.AppendList(append(dst, `,"lastSeq":`...), b.LastSeq)
}

func appendGaps(dst []byte, gaps []collectors.BucketGap) []byte {
	dst = append(dst, `,"gaps":[`...)
	for i, g := range gaps {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, `{"from":`...), g.From, 10)
		dst = strconv.AppendInt(append(dst, `,"to":`...), g.To, 10)
		dst = append(append(dst, `,"why":`...), jsonString(g.Why)...)
		if g.Lost {
			dst = append(dst, `,"lost":true`...)
		}
		dst = append(dst, '}')
	}
	return append(dst, "]}\n"...)
}

// quantaForm is that of version 1: series by their ids, values in quanta.
type quantaForm struct{ only string }

func (f quantaForm) begin(dst []byte, b *collectors.Buckets) []byte {
	dst = strconv.AppendUint(append(dst, `{"rev":`...), b.Rev, 10)
	return append(appendTimes(append(dst, ','), b, f.only), `,"series":{`...)
}

func (f quantaForm) series(dst []byte, s *collectors.BucketSeries) []byte {
	dst = strconv.AppendInt(append(dst, '"'), int64(s.ID), 10)
	dst = append(dst, `":{`...)
	for _, name := range bucketLists {
		if f.only != "" && f.only != name {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), name...), `":`...)
		dst = appendBucketList(dst, s, name)
	}
	return append(dst, '}')
}

func (f quantaForm) end(dst []byte) []byte { return append(dst, '}') }

// unitsForm is that of version 2: series by their names, values in their units.
type unitsForm struct{ only string }

func (f unitsForm) begin(dst []byte, b *collectors.Buckets) []byte {
	return append(appendTimes(append(dst, '{'), b, f.only), `,"series":[`...)
}

func (f unitsForm) series(dst []byte, s *collectors.BucketSeries) []byte {
	about, err := json.Marshal(export.SeriesOf(s.Series))
	if err != nil { // it is strings and a number
		panic(err)
	}
	dst = append(dst, about[:len(about)-1]...)
	for _, name := range bucketLists {
		if f.only != "" && f.only != name {
			continue
		}
		dst = append(append(append(dst, `,"`...), name...), `":`...)
		if quanta := bucketValues(s, name); quanta != nil {
			dst = export.AppendValues(dst, s.Family, quanta)
		} else {
			dst = appendBucketList(dst, s, name)
		}
	}
	return append(dst, '}')
}

func (f unitsForm) end(dst []byte) []byte { return append(dst, ']') }

// bucketValues returns a list of values; nil for those of rows.
func bucketValues(s *collectors.BucketSeries, name string) []int64 {
	switch name {
	case "min":
		return s.Min
	case "max":
		return s.Max
	case "mean":
		return s.Mean
	case "last":
		return s.Last
	}
	return nil
}

func appendBucketList(dst []byte, s *collectors.BucketSeries, name string) []byte {
	switch name {
	case "n":
		return wire.AppendList(dst, s.N)
	case "maxSeq":
		return wire.AppendList(dst, s.MaxSeq)
	}
	return wire.AppendList(dst, bucketValues(s, name))
}
