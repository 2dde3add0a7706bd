package server

import (
	"encoding/json"
	"math"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// api registers the routes below api/v1.
func (s *Server) api(get func(path string, h func(c *fiber.Ctx) *apiError)) {
	get("/api/v1/host", takes(s.apiHost))
	get("/api/v1/series", takes(s.apiSeries))
	get("/api/v1/history", takes(s.apiHistory, "from", "to", "points", "match*", "only"))
	get("/api/v1/row", takes(s.apiRow, "seq", "at"))
	get("/api/v1/processes", takes(s.apiProcesses, "from", "to"))
	get("/api/v1/explain", takes(s.apiExplain, "id"))
	get("/api/v1/health", takes(s.apiHealth))
	get("/api/v1/openapi.json", takes(s.apiOpenAPI))
}

// writeJSON answers with v, in one piece. Every answer of the API is of the moment.
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
func (s *Server) longJSON(c *fiber.Ctx, make func() any) *apiError {
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
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

func (s *Server) apiSeries(c *fiber.Ctx) *apiError {
	schema, e := s.schema()
	if e != nil {
		return e
	}
	return s.longJSON(c, func() any { return wire.FullSchema(schema) })
}

// schema returns the present schema, or the answer when there is none yet.
func (s *Server) schema() (*collectors.Schema, *apiError) {
	if schema := s.ring.Schema(); schema != nil && s.ring.Bounds().Newest > 0 {
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

// reading is a raw reading behind a value.
type reading struct {
	// AtMs is when it was read, in Unix milliseconds.
	AtMs int64 `json:"atMs"`
	// Form is "gauge" (Value), "counter" (Num) or "ratio" (Num and Den).
	Form  string   `json:"form"`
	Value *float64 `json:"value,omitempty"`
	Num   *uint64  `json:"num,omitempty"`
	Den   *uint64  `json:"den,omitempty"`
}

func readingOf(r history.Reading) (reading, bool) {
	out := reading{AtMs: r.At.UnixMilli()}
	switch r.Form {
	case collectors.FormGauge:
		out.Form = "gauge"
		if !math.IsNaN(r.Gauge) && !math.IsInf(r.Gauge, 0) {
			out.Value = &r.Gauge
		}
	case collectors.FormCounter:
		out.Form, out.Num = "counter", &r.Num
	case collectors.FormRatio:
		out.Form, out.Num, out.Den = "ratio", &r.Num, &r.Den
	default:
		return out, false
	}
	return out, true
}

// apiExplain says where a number comes from: its source, its formula and the last two
// raw readings, newest first.
func (s *Server) apiExplain(c *fiber.Ctx) *apiError {
	q := s.queryOf(c.Context())
	if !q.has("id") {
		return badParameter("id", "", "the id of a series, as in api/v1/series")
	}
	id := collectors.SeriesID(q.integer("id", 0, 0, math.MaxInt32))
	if q.err != nil {
		return q.err
	}
	schema, e := s.schema()
	if e != nil {
		return e
	}
	series := schema.Find(id)
	if series == nil {
		return &apiError{
			status: fasthttp.StatusNotFound, Code: "no_series", Message: "there is no series with this id",
			Expected: "the id of a series, as in api/v1/series",
		}
	}
	out := struct {
		Series   wire.Series `json:"series"`
		Formula  string      `json:"formula,omitempty"`
		Differs  string      `json:"differs,omitempty"`
		Scale    float64     `json:"scale"`
		Seq      uint64      `json:"seq"`
		T        int64       `json:"t"`
		Value    *int64      `json:"value"` // in quanta
		Readings []reading   `json:"readings"`
	}{
		Series: wire.SeriesOf(series), Formula: series.Family.Formula, Differs: series.Family.Differs,
		Scale: series.Family.Scale, Readings: []reading{},
	}
	if out.Scale == 0 {
		out.Scale = 1
	}
	row := s.ring.Latest().Row
	out.Seq, out.T = row.Seq, row.T
	if v := row.Value(id); v != collectors.Missing {
		out.Value = &v
	}
	for _, r := range s.ring.Explain(id) {
		if shown, ok := readingOf(r); ok {
			out.Readings = append(out.Readings, shown)
		}
	}
	writeJSON(c.Context(), out)
	return nil
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
	// Rows counts all rows since the start, also those that are forgotten.
	Rows uint64 `json:"rows"`
}

func (s *Server) apiHealth(c *fiber.Ctx) *apiError {
	b := s.ring.Bounds()
	states := s.ring.Health()
	if states == nil {
		states = []collectors.Health{}
	}
	return s.longJSON(c, func() any {
		return struct {
			Collectors []collectors.Health `json:"collectors"`
			Stream     stream.Stats        `json:"hub"`
			Viewers    []stream.Viewer     `json:"viewers"`
			Remembered remembered          `json:"remembered"`
			Tape       *tapeHealth         `json:"tape,omitempty"`
			Events     []collectors.Event  `json:"events"`
		}{
			states, s.cfg.Stream.Stats(), s.cfg.Stream.List(listedViewers),
			remembered{b.Oldest, b.Newest, b.OldestT, b.NewestT, b.Bytes, b.Series, b.Refused, b.RowsEver},
			s.tapeHealth(), lastEvents(s.ring.Events(0)),
		}
	})
}

// lastEvents returns at most the newest 100, never nil.
func lastEvents(events []collectors.Event) []collectors.Event {
	const most = 100
	if len(events) > most {
		events = events[len(events)-most:]
	}
	if events == nil {
		return []collectors.Event{}
	}
	return events
}
