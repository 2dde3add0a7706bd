package server

import (
	"bytes"
	"encoding/json"
	"iter"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/server/export"
)

// rowsAtOnce is how many rows are read at a time.
const rowsAtOnce = 128

// apiRows answers with every remembered row from from to to, each a row or a time, as it
// is: what dashcam export writes of a history on disk.
func (s *Server) apiRows(c *fiber.Ctx) *apiError {
	q := s.queryOf(c.Context())
	match := q.match()
	from, to, e := s.rows(q, 0)
	if e != nil {
		return e
	}
	schema, e := s.schema()
	if e != nil {
		return e
	}
	var series []*collectors.Series
	for i := range schema.Series {
		if x := &schema.Series[i]; match.Match(x) {
			series = append(series, x)
		}
	}
	accept := string(c.Context().Request.Header.Peek(fasthttp.HeaderAccept))
	if acceptable(accept, "text/csv") > acceptable(accept, "application/json") {
		return s.long(c, s.load, csvType, fasthttp.CompressBestSpeed, s.rowsCSV(series, from, to))
	}
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, s.rowsJSON(series, from, to))
}

// eachRow yields the remembered rows from from to to, with the values of series.
func (s *Server) eachRow(series []*collectors.Series, from, to uint64) iter.Seq[*collectors.Row] {
	wanted := make(map[collectors.SeriesID]bool, len(series))
	for _, x := range series {
		wanted[x.ID] = true
	}
	return func(yield func(*collectors.Row) bool) {
		for after := from - 1; after < to; {
			span := s.ring.ReadSince(after, int(min(rowsAtOnce, to-after)))
			for i, t := range span.T {
				row := collectors.Row{Seq: span.First + uint64(i), T: t}
				if row.Seq > to { // rows before it are not remembered
					return
				}
				if span.Missed != nil {
					row.Missed, row.Why = span.Missed[i], span.Why[i]
				}
				for _, column := range span.Columns {
					if wanted[column.ID] {
						row.IDs, row.Q = append(row.IDs, column.ID), append(row.Q, column.Q[i])
					}
				}
				if !yield(&row) {
					return
				}
			}
			if len(span.T) == 0 {
				return
			}
			after = span.First + uint64(len(span.T)) - 1
		}
	}
}

func (s *Server) rowsCSV(series []*collectors.Series, from, to uint64) iter.Seq2[[]byte, *apiError] {
	return func(yield func([]byte, *apiError) bool) {
		var out bytes.Buffer
		w := export.NewCSV(&out)
		flush := func() {
			if err := w.Flush(); err != nil { // a buffer takes everything
				panic(err)
			}
		}
		w.RowsHead(series)
		for row := range s.eachRow(series, from, to) {
			w.Row(row, series)
			if flush(); out.Len() < textAtOnce {
				continue
			}
			if !yield(out.Bytes(), nil) {
				return
			}
			out.Reset()
		}
		flush()
		yield(out.Bytes(), nil)
	}
}

// rowsJSON writes the series once, and of every row their values in that order.
func (s *Server) rowsJSON(series []*collectors.Series, from, to uint64) iter.Seq2[[]byte, *apiError] {
	return func(yield func([]byte, *apiError) bool) {
		head := struct {
			Series []export.Series `json:"series"`
		}{make([]export.Series, len(series))}
		for i, x := range series {
			head.Series[i] = export.SeriesOf(x)
		}
		out, err := json.Marshal(head)
		if err != nil { // it is strings and numbers
			panic(err)
		}
		out = append(out[:len(out)-1], `,"rows":[`...)
		first := true
		for row := range s.eachRow(series, from, to) {
			if !first {
				out = append(out, ',')
			}
			first = false
			if out = export.AppendRowValues(out, row, series); len(out) < textAtOnce {
				continue
			}
			if !yield(out, nil) {
				return
			}
			out = out[:0]
		}
		yield(append(out, "]}\n"...), nil)
	}
}
