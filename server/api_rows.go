package server

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/server/export"
)

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
func (s *Server) eachRow(series []*collectors.Series, from, to uint64) iter.Seq2[*collectors.Row, error] {
	wanted := make(map[collectors.SeriesID]bool, len(series))
	for _, x := range series {
		wanted[x.ID] = true
	}
	q := collectors.Query{
		Window: collectors.Window{First: from, Last: to},
		Match:  collectors.MatcherOf(func(x *collectors.Series) bool { return wanted[x.ID] }),
	}
	return func(yield func(*collectors.Row, error) bool) {
		if to < from {
			return
		}
		for span, err := range s.ring.Columns(context.Background(), q) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i, t := range span.T {
				row := collectors.Row{Seq: span.First + uint64(i), T: t}
				if span.Missed != nil {
					row.Missed, row.Why = span.Missed[i], span.Why[i]
				}
				for _, column := range span.Columns {
					row.IDs, row.Q = append(row.IDs, column.ID), append(row.Q, column.Q[i])
				}
				if !yield(&row, nil) {
					return
				}
			}
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
		for row, err := range s.eachRow(series, from, to) {
			if err != nil {
				yield(nil, s.unread(err))
				return
			}
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
		write := func(dst []byte, row *collectors.Row) []byte { return export.AppendRowValues(dst, row, series) }
		if out, ok := list(s, out, ",", s.eachRow(series, from, to), write, yield); ok {
			yield(append(out, "]}\n"...), nil)
		}
	}
}
