package server

import (
	"encoding/json"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server/export"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// api registers the routes of the API. Version 1 gives values in quanta and series by
// their ids, as the page takes them, version 2 values in units and series by their
// names. What has no values is the same in both.
// Its description holds no data, and is there for those who have not signed in, too.
func (s *Server) api(get, open func(path string, h func(c *fiber.Ctx) *apiError)) {
	describe := s.apiOpenAPI()
	for version, base := range map[int]string{1: "/api/v1/", 2: "/api/v2/"} {
		// In version 1 it is the one who asks that chooses.
		withValues := func(names ...string) []string {
			if version == 1 {
				names = append(names, "values")
			}
			return names
		}
		get(base+"host", takes(s.apiHost))
		get(base+"health", takes(s.apiHealth))
		open(base+"openapi.json", takes(describe))
		get(base+"series", takes(s.apiSeries(version), withValues("match*")...))
		get(base+"history", takes(s.apiHistory(version), withValues("from", "to", "points", "match*", "only")...))
		get(base+"row", takes(s.apiRow(version), withValues("seq", "at", "match*")...))
		get(base+"tables/:name", takes(s.apiTable(version), withValues("from", "to")...))
		get(base+"rules", takes(s.apiRules))
		get(base+"backtest", takes(s.apiBacktest, "from", "to"))
		get(base+"verdict", takes(s.apiVerdict, "at"))
		get(base+"changes", takes(s.apiChanges, "from", "to", "base"))
		get(base+"incident", takes(s.apiIncident, "from", "to", "mask"))
		get(base+"incident/contents", takes(s.apiIncidentContents, "from", "to"))
		get(base+"explain", takes(s.apiExplain(version), withValues("id")...))
	}
	get("/api/v2/rows", takes(s.apiRows, "from", "to", "match*"))
	get("/api/v1/processes", takes(s.apiTable(1), "from", "to", "values"))
}

// writeJSON answers with v, in one go. Every answer of the API is of the moment.
func writeJSON(ctx *fasthttp.RequestCtx, v any) {
	body, err := json.Marshal(v)
	if err != nil { // only for NaN, which no answer is built from
		panic(err)
	}
	writeBody(ctx, "application/json", append(body, '\n'))
}

// worthCompressing is the length from which an answer of the API is compressed.
const worthCompressing = 1400

// writeBody answers with body, compressed where the client takes that and it pays. What
// may be longer than maxWhole is for long.
func writeBody(ctx *fasthttp.RequestCtx, contentType string, body []byte) {
	writeBodyLevel(ctx, contentType, body, fasthttp.CompressBestSpeed)
}

// writeBodyLevel is writeBody with a level of gzip.
func writeBodyLevel(ctx *fasthttp.RequestCtx, contentType string, body []byte, level int) {
	h := answerHeaders(ctx, contentType)
	accept := string(ctx.Request.Header.Peek(fasthttp.HeaderAcceptEncoding))
	if len(body) >= worthCompressing && acceptable(accept, "gzip") > 0 {
		h.Set(fasthttp.HeaderContentEncoding, "gzip")
		body = fasthttp.AppendGzipBytesLevel(nil, body, level)
	}
	ctx.Response.SetBodyRaw(body)
}

func answerHeaders(ctx *fasthttp.RequestCtx, contentType string) *fasthttp.ResponseHeader {
	h := &ctx.Response.Header
	h.SetContentType(contentType)
	h.Set(fasthttp.HeaderCacheControl, "no-store")
	h.Set(fasthttp.HeaderVary, fasthttp.HeaderAccept+", "+fasthttp.HeaderAcceptEncoding+", "+fasthttp.HeaderOrigin)
	return h
}

// longJSON answers with a value that may be long, which is made when it is its turn.
func (s *Server) longJSON(c *fiber.Ctx, l *load, make func() any) *apiError {
	return s.long(c, l, "application/json", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		body, err := json.Marshal(make())
		if err != nil { // only for NaN, which no answer is built from
			panic(err)
		}
		yield(append(body, '\n'), nil)
	})
}

func (s *Server) apiHost(c *fiber.Ctx) *apiError {
	b := s.ring.Bounds()
	writeJSON(c.Context(), struct {
		Instance   string          `json:"instance"`
		Version    string          `json:"version"`
		Build      string          `json:"build"`
		Demo       bool            `json:"demo,omitempty"`
		IntervalMs int64           `json:"intervalMs"`
		NowMs      int64           `json:"nowMs"`
		Oldest     uint64          `json:"oldest"`
		Newest     uint64          `json:"newest"`
		Host       collectors.Host `json:"host"`
	}{
		s.ring.Instance(), s.cfg.Version, s.build, s.cfg.Demo, s.cfg.Interval.Milliseconds(), time.Now().UnixMilli(),
		b.Oldest, b.Newest, s.cfg.Host(),
	})
	return nil
}

// apiSeries answers with the schema, or, in units, with every series and its newest value.
func (s *Server) apiSeries(version int) func(c *fiber.Ctx) *apiError {
	return func(c *fiber.Ctx) *apiError {
		q := s.queryOf(c.Context())
		match, inUnits := q.match(), q.inUnits(version)
		if q.err == nil && match != nil && !inUnits {
			q.fail(badParameter("match", string(c.Context().QueryArgs().Peek("match")), "values=real with it, or api/v2/series"))
		}
		if q.err != nil {
			return q.err
		}
		schema, e := s.schema()
		if e != nil {
			return e
		}
		if inUnits {
			return s.longJSON(c, s.load, func() any { return newestValues(s.ring.Latest(), match) })
		}
		return s.longJSON(c, s.load, func() any { return wire.FullSchema(schema) })
	}
}

// seriesValue is a series with what is known about it and its newest value.
type seriesValue struct {
	export.Value
	Info   map[string]string `json:"info,omitempty"`
	Kind   collectors.Kind   `json:"kind"`
	Help   string            `json:"help"`
	Source string            `json:"source,omitempty"`
	// Max is the natural maximum, Warn and Crit the thresholds, 0 for none.
	Max  float64 `json:"max,omitempty"`
	Warn float64 `json:"warn,omitempty"`
	Crit float64 `json:"crit,omitempty"`
}

// seriesAnswer is the newest row with all that is known about its series.
type seriesAnswer struct {
	Seq    uint64        `json:"seq"`
	T      int64         `json:"t"`
	Series []seriesValue `json:"series"`
}

func newestValues(latest collectors.Latest, match *collectors.Matcher) seriesAnswer {
	out := seriesAnswer{Seq: latest.Row.Seq, T: latest.Row.T, Series: []seriesValue{}}
	for i := range latest.Schema.Series {
		x := &latest.Schema.Series[i]
		if !match.Match(x) {
			continue
		}
		w := wire.SeriesOf(x)
		out.Series = append(out.Series, seriesValue{
			Value: export.ValueOf(x, latest.Row.Value(x.ID)), Info: x.Info, Kind: w.Kind, Help: w.Help, Source: w.Source,
			Max: w.Max, Warn: w.Warn, Crit: w.Crit,
		})
	}
	return out
}

// schema returns the present schema, or the answer when there is none yet.
func (s *Server) schema() (*collectors.Schema, *apiError) {
	if schema := s.ring.Latest().Schema; schema != nil && s.ring.Bounds().Newest > 0 {
		return schema, nil
	}
	return nil, errStarting()
}

func errStarting() *apiError {
	return &apiError{
		status: fasthttp.StatusServiceUnavailable, Code: "starting", Message: "nothing was observed yet",
		Expected: "a first row within two intervals", header: [2]string{fasthttp.HeaderRetryAfter, "1"},
	}
}

// listedViewers is how many viewers the health answer names: those furthest behind.
const listedViewers = 100

// remembered says what the ring holds.
type remembered struct {
	Oldest  uint64 `json:"oldest"`
	Newest  uint64 `json:"newest"`
	OldestT int64  `json:"oldestT"`
	NewestT int64  `json:"newestT"`
	Bytes   int64  `json:"bytes"`
	Series  int    `json:"series"`
	// Refused counts series beyond --max-series.
	Refused int `json:"refused"`
	// Rows counts all rows since the start, also those that were evicted.
	Rows uint64 `json:"rows"`
}

func (s *Server) apiHealth(c *fiber.Ctx) *apiError {
	b := s.ring.Bounds()
	states := s.ring.Health()
	if states == nil {
		states = []collectors.Health{}
	}
	return s.longJSON(c, s.reports, func() any {
		return struct {
			Collectors []collectors.Health `json:"collectors"`
			Stream     stream.Stats        `json:"hub"`
			Viewers    []stream.Viewer     `json:"viewers"`
			Remembered remembered          `json:"remembered"`
			Store      *storeHealth        `json:"tape,omitempty"`
			Events     []collectors.Event  `json:"events"`
			Receivers  []alert.Receiver    `json:"receivers,omitempty"`
		}{
			states, s.cfg.Stream.Stats(), s.cfg.Stream.List(listedViewers),
			remembered{b.Oldest, b.Newest, b.OldestT, b.NewestT, b.Bytes, b.Series, b.Refused, b.RowsEver},
			s.storeHealth(), lastEvents(s.ring), s.receivers(),
		}
	})
}

// lastEvents returns at most the newest 100, never nil.
func lastEvents(ring collectors.Live) []collectors.Event {
	const most = 100
	events := ring.HeadEvents(0)
	if events == nil {
		return []collectors.Event{}
	}
	return events[max(0, len(events)-most):]
}
