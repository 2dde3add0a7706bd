package server

import (
	"math"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/server/export"
	"dashcam/server/wire"
)

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

func readingOf(r collectors.Reading) (reading, bool) {
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

// explanation says where a number comes from. The members that have values are those of
// its version.
type explanation struct {
	Formula  string    `json:"formula,omitempty"`
	Differs  string    `json:"differs,omitempty"`
	Scale    float64   `json:"scale"`
	Seq      uint64    `json:"seq"`
	T        int64     `json:"t"`
	Readings []reading `json:"readings"`
}

// apiExplain says where a number comes from: its source, its formula and the last two
// raw readings, newest first.
func (s *Server) apiExplain(version int) func(c *fiber.Ctx) *apiError {
	return func(c *fiber.Ctx) *apiError {
		q := s.queryOf(c.Context())
		inUnits := q.inUnits(version)
		id := string(c.Context().QueryArgs().Peek("id"))
		if q.err == nil && id == "" {
			q.fail(badParameter("id", "", idExpected))
		}
		if q.err != nil {
			return q.err
		}
		schema, e := s.schema()
		if e != nil {
			return e
		}
		series, e := seriesCalled(schema, id)
		if e != nil {
			return e
		}
		row := s.ring.Latest().Row
		about := explanation{
			Formula: series.Family.Formula, Differs: series.Family.Differs, Scale: series.Family.Scale,
			Seq: row.Seq, T: row.T, Readings: []reading{},
		}
		if about.Scale == 0 {
			about.Scale = 1
		}
		for _, r := range s.ring.Explain(series.ID) {
			if shown, ok := readingOf(r); ok {
				about.Readings = append(about.Readings, shown)
			}
		}
		quanta := row.Value(series.ID)
		if inUnits {
			value := export.ValueOf(series, quanta)
			writeJSON(c.Context(), struct {
				Series wire.Series `json:"series"`
				Value  *float64    `json:"value"`
				State  string      `json:"state,omitempty"`
				explanation
			}{wire.SeriesOf(series), value.Value, value.State, about})
			return nil
		}
		out := struct {
			Series wire.Series `json:"series"`
			Value  *int64      `json:"value"` // in quanta
			explanation
		}{Series: wire.SeriesOf(series), explanation: about}
		if quanta != collectors.Missing {
			out.Value = &quanta
		}
		writeJSON(c.Context(), out)
		return nil
	}
}

// idExpected says how a series is named.
const idExpected = `the id of a series as in api/v1/series, or its name with labels: load.average{window="1m"}`

// seriesCalled returns the one series that an id, or a name with labels, stands for.
func seriesCalled(schema *collectors.Schema, text string) (*collectors.Series, *apiError) {
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		if id < 0 || id > math.MaxInt32 {
			return nil, badParameter("id", text, idExpected)
		}
		if found := schema.Find(collectors.SeriesID(id)); found != nil {
			return found, nil
		}
		return nil, noSeries("there is no series with this id")
	}
	match, err := collectors.ParseMatcher(text)
	if err != nil {
		e := badParameter("id", text, idExpected)
		e.Message += ": " + err.Error()
		return nil, e
	}
	var found *collectors.Series
	for i := range schema.Series {
		x := &schema.Series[i]
		switch {
		case !match.Match(x):
		case found != nil:
			e := badParameter("id", text, "all labels of one series")
			e.Message += ", which is " + export.Name(found) + ", " + export.Name(x) + " and maybe others"
			return nil, e
		default:
			found = x
		}
	}
	if found == nil {
		return nil, noSeries("there is no series of this name")
	}
	return found, nil
}

func noSeries(message string) *apiError {
	return &apiError{status: fasthttp.StatusNotFound, Code: "no_series", Message: message, Expected: idExpected}
}
