package server

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// processTable is the name of the table that api/v1/processes speaks of.
const processTable = "processes"

// maxRemembered is how many rows one question for remembered tables may span.
const maxRemembered = 3600

// observedAtOnce is of how many rows the tables are read at a time.
const observedAtOnce = 64

// rememberedLevel is the level of gzip for remembered tables: second after second they say
// much the same, and a quarter less is sent for a millisecond per minute of them.
const rememberedLevel = 6

// apiProcesses answers with the newest full table, or with what is remembered of the
// rows from and to, both inclusive: the rows on top of each, and the others' sums.
func (s *Server) apiProcesses(c *fiber.Ctx) *apiError {
	q := s.queryOf(c.Context())
	if !q.has("from") && !q.has("to") {
		return s.liveProcesses(c)
	}
	if !q.has("from") || !q.has("to") {
		return badParameter("from and to", string(c.Context().QueryArgs().QueryString()), "both, or neither for the live table")
	}
	from := q.integer("from", 0, 1, math.MaxInt64)
	to := q.integer("to", 0, 1, math.MaxInt64)
	switch {
	case q.err != nil:
		return q.err
	case to < from || to-from >= maxRemembered:
		return badParameter("to", strconv.FormatInt(to, 10),
			"a sequence number from that of from on, at most "+strconv.Itoa(maxRemembered)+" rows in all")
	}
	return s.long(c, s.load, "application/json", rememberedLevel, func(yield func([]byte, *apiError) bool) {
		out := []byte(`{"table":"` + processTable + `","observations":[`)
		first := true
		for begin := uint64(from); begin <= uint64(to); begin += observedAtOnce {
			for _, data := range s.ring.Tables(processTable, begin, min(uint64(to), begin+observedAtOnce-1)) {
				if !first {
					out = append(out, ',')
				}
				first = false
				out = appendRemembered(out, data)
			}
			if len(out) < maxWhole {
				continue
			}
			if !yield(out, nil) {
				return
			}
			out = out[:0]
		}
		yield(append(out, "]}\n"...), nil)
	})
}

func (s *Server) liveProcesses(c *fiber.Ctx) *apiError {
	data := s.ring.Latest().Tables[processTable]
	if data == nil {
		return errStarting()
	}
	return s.long(c, s.load, "application/json", fasthttp.CompressBestSpeed, func(yield func([]byte, *apiError) bool) {
		yield(append(wire.AppendTable(nil, data, nil), '\n'), nil)
	})
}

// appendRemembered appends the full table message of one observation with one member
// more: "others", the rows that were left out and their sums in quanta.
func appendRemembered(dst []byte, data *collectors.TableData) []byte {
	dst = wire.AppendTable(dst, data, nil)
	if data.Others == 0 {
		return dst
	}
	dst = append(dst[:len(dst)-1], `,"others":{"count":`...)
	dst = strconv.AppendInt(dst, int64(data.Others), 10)
	dst = append(dst, `,"sums":{`...)
	first := true
	for i, sum := range data.OthersSums {
		if sum == collectors.Missing || i >= len(data.Table.Columns) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, jsonString(data.Table.Columns[i].Name)...)
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, sum, 10)
	}
	return append(dst, "}}}"...)
}

func jsonString(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // no string is unfit for JSON
		panic(err)
	}
	return b
}
