package server

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

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
	if !s.heavy.enter() {
		return errBusy()
	}
	defer s.heavy.leave()
	b, err := s.ring.Range(history.Query{From: from, To: to, Points: int(points), Match: match})
	var wrong *history.QueryError
	if errors.As(err, &wrong) {
		return badParameter(wrong.Field, wrong.Got, wrong.Expected)
	}
	if err != nil {
		s.log.Error("history not read", "err", err)
		return errInternal()
	}
	accept := string(ctx.Request.Header.Peek(fasthttp.HeaderAccept))
	if acceptable(accept, "text/csv") > acceptable(accept, "application/json") {
		writeBody(ctx, "text/csv; charset=utf-8", bucketsCSV(&b, s.ring.Schema()))
		return nil
	}
	text, _ := s.texts.Get().(*[]byte)
	if text == nil {
		text = new([]byte)
	}
	*text = appendBuckets(slices.Grow((*text)[:0], bucketsSize(&b)), &b, only)
	if kept := writeBody(ctx, "application/json", *text); !kept {
		s.texts.Put(text)
	}
	return nil
}

// heavyAtOnce is how many long answers are built at the same time, heavyWait how long
// one more waits for its turn.
const (
	heavyAtOnce = 2
	heavyWait   = 5 * time.Second
)

// turnstile lets a few through at a time.
type turnstile chan struct{}

func (t turnstile) enter() bool {
	timer := time.NewTimer(heavyWait)
	defer timer.Stop()
	select {
	case t <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

func (t turnstile) leave() { <-t }

// bucketsSize guesses how long the answer is, so that it need not be copied while it grows.
func bucketsSize(b *history.Buckets) int {
	const perBucket, perSeries, perValue, lists = 40, 80, 6, 6
	return 512 + len(b.T)*perBucket + len(b.Series)*(perSeries+len(b.T)*perValue*lists)
}

// appendBuckets writes the answer by hand: encoding/json would take five times as long,
// and this is the one answer that is large. With only it has one list of each series, and
// nothing about the rows of a bucket.
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
	dst = append(dst, `,"series":{`...)
	for i := range b.Series {
		s := &b.Series[i]
		if i > 0 {
			dst = append(dst, ',')
		}
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
		dst = append(dst, '}')
	}
	dst = append(dst, `},"gaps":[`...)
	for i, g := range b.Gaps {
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
func bucketsCSV(b *history.Buckets, schema *collectors.Schema) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	write := func(record ...string) {
		if err := w.Write(record); err != nil { // a buffer takes everything
			panic(err)
		}
	}
	write("t", "name", "labels", "unit", "min", "max", "mean", "last", "n", "max_seq")
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
	}
	w.Flush()
	return out.Bytes()
}
