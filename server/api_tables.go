package server

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/server/export"
	"dashcam/server/wire"
)

// processTable is the name of the table that api/v1/processes speaks of.
const processTable = "processes"

// maxRemembered is how many rows one question for remembered tables may span, by the
// version of the API. Version 2 has no bound.
var maxRemembered = map[int]uint64{1: 3600}

// rememberedLevel is the level of gzip for remembered tables: second after second they say
// much the same, and a quarter less is sent for a millisecond per minute of them.
const rememberedLevel = 6

// maxRowNumber is below what a number stands for a row: Unix seconds and milliseconds are
// above, and no host has so many rows.
const maxRowNumber = 1_000_000_000

// apiTable answers with the newest full table, or with what is remembered of it from from
// to to: the rows on top of each observation, and the others' sums.
func (s *Server) apiTable(version int) func(c *fiber.Ctx) *apiError {
	return func(c *fiber.Ctx) *apiError {
		ctx := c.Context()
		q := s.queryOf(ctx)
		inUnits := q.inUnits(version)
		if q.err != nil {
			return q.err
		}
		table, e := s.table(c.Params("name", processTable))
		if e != nil {
			return e
		}
		form := tableForm(quantaTable{})
		accept := string(ctx.Request.Header.Peek(fasthttp.HeaderAccept))
		switch {
		case inUnits && acceptable(accept, "text/csv") > acceptable(accept, "application/json"):
			form = csvTable{}
		case inUnits:
			form = unitsTable{}
		}
		if !q.has("from") && !q.has("to") {
			data := s.ring.Latest().Tables[table.Name]
			if data == nil {
				return errStarting()
			}
			return s.long(c, s.load, form.contentType(), fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
				yield(form.live(data), nil)
			})
		}
		if q.has("from") != q.has("to") {
			return badParameter("from and to", string(ctx.QueryArgs().QueryString()), "both, or neither for the live table")
		}
		from, to, e := s.rows(q, maxRemembered[version])
		if e != nil {
			return e
		}
		return s.long(c, s.load, form.contentType(), rememberedLevel, s.remembered(table, from, to, form))
	}
}

// table returns the table of a name, of those that this host has.
func (s *Server) table(name string) (*collectors.Table, *apiError) {
	schema := s.ring.Latest().Schema
	if schema == nil {
		return nil, errStarting()
	}
	var names []string
	for _, t := range schema.Tables {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, &apiError{
		status: fasthttp.StatusNotFound, Code: "no_table", Message: "there is no table " + quote(name), Expected: "one of " + strings.Join(names, ", "),
	}
}

// rows returns the first and the last row that from and to stand for, at most so many, 0
// for no bound. Each is the number of a row or a time; without them they are the oldest
// and the newest row. To is less than from where no row is between the two.
func (s *Server) rows(q *query, most uint64) (from, to uint64, e *apiError) {
	b := s.ring.Bounds()
	from, to = b.Oldest, b.Newest
	var begin, end int64
	if q.has("from") {
		from, begin = s.rowOrTime(q, "from", false)
	}
	if q.has("to") {
		to, end = s.rowOrTime(q, "to", true)
	}
	byTime := begin > 0 && end >= begin || begin > 0 && !q.has("to") || end > 0 && !q.has("from")
	switch {
	case q.err != nil:
		return 0, 0, q.err
	case to < from && !byTime:
		return 0, 0, badParameter("to", string(q.args.Peek("to")), "a row or a time that is not before from")
	case to >= from && most > 0 && to-from >= most:
		return 0, 0, badParameter("to", string(q.args.Peek("to")), "at most "+strconv.FormatUint(most, 10)+" rows from from on")
	}
	return max(1, from), to, nil
}

// rowOrTime returns the row of a parameter, and its time where it is one.
func (s *Server) rowOrTime(q *query, name string, last bool) (seq uint64, t int64) {
	if n, err := strconv.ParseInt(string(q.args.Peek(name)), 10, 64); err == nil && n < maxRowNumber {
		return uint64(q.integer(name, 0, math.MaxInt64)), 0
	}
	if t = q.time(name); q.err != nil {
		return 0, 0
	}
	if last {
		return s.rowFrom(q, t+1) - 1, t
	}
	return s.rowFrom(q, t), t
}

// rowFrom returns the first remembered row of a time or later, the one after the newest
// where there is none.
func (s *Server) rowFrom(q *query, t int64) uint64 {
	none := collectors.Query{Window: collectors.Window{From: max(1, t)}, Match: new(collectors.Matcher), Rows: 1}
	for span, err := range s.ring.Columns(context.Background(), none) {
		if err != nil {
			q.fail(s.unread(err))
			return 0
		}
		return span.First
	}
	return s.ring.Bounds().Newest + 1
}

// tableForm writes a table in one of its forms.
type tableForm interface {
	contentType() string
	live(d *collectors.TableData) []byte
	begin(dst []byte, t *collectors.Table) []byte
	observation(dst []byte, d *collectors.TableData, t *collectors.Table) []byte
	between() string // observations
	end(dst []byte) []byte
}

// remembered writes the observations of the rows from from to to, a few at a time.
func (s *Server) remembered(t *collectors.Table, from, to uint64, form tableForm) iter.Seq2[[]byte, *apiError] {
	return func(yield func([]byte, *apiError) bool) {
		out := form.begin(nil, t)
		if to < from {
			yield(form.end(out), nil)
			return
		}
		rows := collectors.Window{First: from, Last: to}
		write := func(dst []byte, d *collectors.TableData) []byte { return form.observation(dst, d, t) }
		if out, ok := list(s, out, form.between(), s.ring.Tables(context.Background(), t.Name, rows), write, yield); ok {
			yield(form.end(out), nil)
		}
	}
}

// quantaTable is the form of version 1: table messages as on the socket.
type quantaTable struct{}

func (quantaTable) contentType() string { return "application/json" }

func (quantaTable) live(d *collectors.TableData) []byte {
	return append(wire.AppendTable(nil, d, nil), '\n')
}

func (quantaTable) begin(dst []byte, t *collectors.Table) []byte {
	return append(append(append(dst, `{"table":`...), jsonString(t.Name)...), `,"observations":[`...)
}

// observation appends the full table message with one member more: "others", the rows
// that were left out and their sums in quanta.
func (quantaTable) observation(dst []byte, data *collectors.TableData, _ *collectors.Table) []byte {
	return wire.AppendOthers(wire.AppendTable(dst, data, nil), data)
}

func (quantaTable) between() string { return "," }

func (quantaTable) end(dst []byte) []byte { return append(dst, "]}\n"...) }

// unitsTable is the form of version 2: rows as objects, with values in their units.
type unitsTable struct{}

func (unitsTable) contentType() string { return "application/json" }

func (unitsTable) head(dst []byte, t *collectors.Table) []byte {
	type column struct {
		Name  string                `json:"name"`
		Title string                `json:"title"`
		Kind  collectors.ColumnKind `json:"kind"`
		Unit  collectors.Unit       `json:"unit,omitempty"`
	}
	head := struct {
		Table   string   `json:"table"`
		Columns []column `json:"columns"`
	}{t.Name, make([]column, len(t.Columns))}
	for i := range t.Columns {
		c := &t.Columns[i]
		head.Columns[i] = column{c.Name, c.Title, c.Kind, c.Unit}
	}
	text, err := json.Marshal(head)
	if err != nil { // it is strings
		panic(err)
	}
	return append(dst, text[:len(text)-1]...)
}

// live is the head and the one observation, in one object.
func (f unitsTable) live(d *collectors.TableData) []byte {
	out := append(f.head(nil, d.Table), ',')
	return append(append(out, export.AppendObservation(nil, d)[1:]...), '\n')
}

func (f unitsTable) begin(dst []byte, t *collectors.Table) []byte {
	return append(f.head(dst, t), `,"observations":[`...)
}

func (unitsTable) observation(dst []byte, d *collectors.TableData, _ *collectors.Table) []byte {
	return export.AppendObservation(dst, d)
}

func (unitsTable) between() string { return "," }

func (unitsTable) end(dst []byte) []byte { return append(dst, "]}\n"...) }

// csvTable is the one layout of CSV.
type csvTable struct{}

func (csvTable) contentType() string { return csvType }

func (f csvTable) live(d *collectors.TableData) []byte {
	return f.observation(f.begin(nil, d.Table), d, d.Table)
}

func (csvTable) begin(dst []byte, t *collectors.Table) []byte {
	return appendCSV(dst, func(w *export.CSV) { w.TableHead(t) })
}

func (csvTable) observation(dst []byte, d *collectors.TableData, t *collectors.Table) []byte {
	return appendCSV(dst, func(w *export.CSV) { w.Observation(d, t) })
}

func (csvTable) between() string { return "" }

func (csvTable) end(dst []byte) []byte { return dst }

func appendCSV(dst []byte, write func(*export.CSV)) []byte {
	out := bytes.NewBuffer(dst)
	w := export.NewCSV(out)
	write(w)
	if err := w.Flush(); err != nil { // a buffer takes everything
		panic(err)
	}
	return out.Bytes()
}

func jsonString(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // no string is unfit for JSON
		panic(err)
	}
	return b
}
