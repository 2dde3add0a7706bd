package server

import (
	"bytes"
	"encoding/csv"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/history"
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

// apiHistory answers with buckets, as JSON or, where the client prefers it, CSV.
func (s *Server) apiHistory(c *fiber.Ctx) *apiError {
	ctx := c.Context()
	q := s.queryOf(ctx)
	from, to := q.time("from"), q.time("to")
	points := q.integer("points", defaultPoints, 1, maxPoints)
	only := q.oneOf("only", bucketLists)
	match, err := parseMatch(q.texts("match"))
	switch {
	case q.err != nil:
		return q.err
	case from > 0 && to > 0 && to <= from:
		return badParameter("to", string(ctx.QueryArgs().Peek("to")), "a time after from, which is "+stamp(from))
	case err != nil:
		return &apiError{
			status: fasthttp.StatusBadRequest, Code: "bad_parameter", Message: "match: " + err.Error(),
			Expected: "patterns like disk.busy, cpu.*, disk.bytes{device=sd*}, separated by commas",
		}
	}
	if _, e := s.schema(); e != nil {
		return e
	}
	accept := string(ctx.Request.Header.Peek(fasthttp.HeaderAccept))
	pieces := s.bucketPieces(history.Query{From: from, To: to, Points: int(points), Match: match})
	if acceptable(accept, "text/csv") > acceptable(accept, "application/json") {
		return s.long(c, s.load, "text/csv; charset=utf-8", fasthttp.CompressBestSpeed, bucketsCSV(pieces, s.ring.Schema()))
	}
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, bucketsJSON(pieces, only))
}

// cellsAtOnce is how many buckets times series are computed at a time, which take 48
// bytes each. maxCells bounds those of a whole answer: with more series there are fewer
// buckets than points allows.
const (
	cellsAtOnce = 16_000
	maxCells    = 1_000_000
)

// bucketPieces computes an answer for a few series at a time. All pieces have the same
// buckets.
func (s *Server) bucketPieces(q history.Query) iter.Seq2[*history.Buckets, *apiError] {
	return func(yield func(*history.Buckets, *apiError) bool) {
		bounds := s.ring.Bounds()
		if q.To == 0 {
			q.To = max(bounds.NewestT, q.From) + 1
		}
		if q.From == 0 {
			q.From = min(bounds.OldestT, q.To-1)
		}
		var ids []collectors.SeriesID
		for i := range s.ring.Schema().Series {
			if series := &s.ring.Schema().Series[i]; q.Match == nil || q.Match(series) {
				ids = append(ids, series.ID)
			}
		}
		q.Points = max(1, min(q.Points, maxCells/max(1, len(ids))))
		atOnce := max(1, cellsAtOnce/q.Points)
		for first := true; first || len(ids) > 0; first = false {
			group := ids[:min(atOnce, len(ids))]
			ids = ids[len(group):]
			q.Match = func(s *collectors.Series) bool {
				_, found := slices.BinarySearch(group, s.ID)
				return found
			}
			b, err := s.ring.Range(q)
			var wrong *history.QueryError
			switch {
			case errors.As(err, &wrong):
				yield(nil, badParameter(wrong.Field, wrong.Got, wrong.Expected))
				return
			case err != nil:
				s.log.Error("history not read", "err", err)
				yield(nil, errInternal())
				return
			case !yield(&b, nil):
				return
			}
		}
	}
}

// bucketsJSON writes the answer by hand: encoding/json would take five times as long,
// and this is the one answer that is large. With only it has one list of each series, and
// nothing about the rows of a bucket.
func bucketsJSON(pieces iter.Seq2[*history.Buckets, *apiError], only string) iter.Seq2[[]byte, *apiError] {
	return func(yield func([]byte, *apiError) bool) {
		var out []byte
		var last *history.Buckets
		some := false
		for b, e := range pieces {
			if e != nil {
				yield(nil, e)
				return
			}
			if last == nil {
				out = appendBuckets(out, b, only)
			}
			last = b
			for i := range b.Series {
				if some {
					out = append(out, ',')
				}
				some = true
				if out = appendBucketSeries(out, &b.Series[i], only); len(out) < textAtOnce {
					continue
				}
				if !yield(out, nil) {
					return
				}
				out = out[:0]
			}
		}
		yield(appendBucketGaps(out, last.Gaps), nil)
	}
}

// textAtOnce is from what length on a part of a text is handed over.
const textAtOnce = 32 << 10

func appendBuckets(dst []byte, b *history.Buckets, only string) []byte {
	dst = append(dst, `{"rev":`...)
	dst = strconv.AppendUint(dst, b.Rev, 10)
	dst = append(dst, `,"stepMs":`...)
	dst = strconv.AppendInt(dst, b.StepMs, 10)
	dst = wire.AppendList(append(dst, `,"t":`...), b.T)
	if only == "" {
		dst = wire.AppendList(append(dst, `,"rows":`...), b.Rows)
		dst = wire.AppendList(append(dst, `,"firstSeq":`...), b.FirstSeq)
		dst = wire.AppendList(append(dst, `,"lastSeq":`...), b.LastSeq)
	}
	return append(dst, `,"series":{`...)
}

func appendBucketSeries(dst []byte, s *history.BucketSeries, only string) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, int64(s.ID), 10)
	dst = append(dst, `":{`...)
	for _, name := range bucketLists {
		if only != "" && only != name {
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

func appendBucketGaps(dst []byte, gaps []history.BucketGap) []byte {
	dst = append(dst, `},"gaps":[`...)
	for i, g := range gaps {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"from":`...)
		dst = strconv.AppendInt(dst, g.From, 10)
		dst = append(dst, `,"to":`...)
		dst = strconv.AppendInt(dst, g.To, 10)
		dst = append(dst, `,"why":`...)
		dst = append(dst, jsonString(g.Why)...)
		if g.Lost {
			dst = append(dst, `,"lost":true`...)
		}
		dst = append(dst, '}')
	}
	return append(dst, "]}\n"...)
}

func appendBucketList(dst []byte, s *history.BucketSeries, name string) []byte {
	switch name {
	case "min":
		return wire.AppendList(dst, s.Min)
	case "max":
		return wire.AppendList(dst, s.Max)
	case "mean":
		return wire.AppendList(dst, s.Mean)
	case "last":
		return wire.AppendList(dst, s.Last)
	case "n":
		return wire.AppendList(dst, s.N)
	default:
		return wire.AppendList(dst, s.MaxSeq)
	}
}

// bucketsCSV writes one line per bucket and series that has a value in it, in units
// instead of quanta, because a spreadsheet has no schema. No field can begin with a
// character that a spreadsheet takes for a formula: labels are written as name=value.
func bucketsCSV(pieces iter.Seq2[*history.Buckets, *apiError], schema *collectors.Schema) iter.Seq2[[]byte, *apiError] {
	return func(yield func([]byte, *apiError) bool) {
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		write := func(record ...string) {
			if err := w.Write(record); err != nil { // a buffer takes everything
				panic(err)
			}
		}
		write("t", "name", "labels", "unit", "min", "max", "mean", "last", "n", "max_seq")
		for b, e := range pieces {
			if e != nil {
				yield(nil, e)
				return
			}
			for i := range b.Series {
				s := &b.Series[i]
				series := schema.Find(s.ID)
				if series == nil { // dropped from the schema since the query
					continue
				}
				labels := make([]string, len(series.Family.Labels))
				for j, name := range series.Family.Labels {
					labels[j] = name + "=" + series.Labels.At(j)
				}
				value := func(q int64) string { return strconv.FormatFloat(series.Family.Value(q), 'g', -1, 64) }
				for j, n := range s.N {
					if n == 0 {
						continue
					}
					write(strconv.FormatInt(b.T[j], 10), series.Family.Name, strings.Join(labels, " "), string(series.Family.Unit),
						value(s.Min[j]), value(s.Max[j]), value(s.Mean[j]), value(s.Last[j]), strconv.Itoa(n), strconv.FormatUint(s.MaxSeq[j], 10))
				}
				if w.Flush(); out.Len() < textAtOnce {
					continue
				}
				if !yield(out.Bytes(), nil) {
					return
				}
				out.Reset()
			}
		}
		w.Flush()
		yield(out.Bytes(), nil)
	}
}
