package export

import (
	"encoding/json"
	"strconv"

	"dashcam/collectors"
)

// Series is a series as JSON, with its name and what its values are in.
type Series struct {
	ID     collectors.SeriesID `json:"id"`
	Name   string              `json:"name"`
	Labels map[string]string   `json:"labels,omitempty"`
	Unit   collectors.Unit     `json:"unit,omitempty"`
	// States are the words of a state, whose values are their indexes.
	States []string `json:"states,omitempty"`
}

// SeriesOf returns s as it is written.
func SeriesOf(s *collectors.Series) Series {
	return Series{ID: s.ID, Name: s.Family.Name, Labels: s.LabelMap(), Unit: s.Family.Unit, States: s.Family.States}
}

// Value is a series with one value of it.
type Value struct {
	Series
	// Value is null where it is not known.
	Value *float64 `json:"value"`
	// State is the word for the value of a state.
	State string `json:"state,omitempty"`
}

// ValueOf returns the value that q quanta of a series are.
func ValueOf(s *collectors.Series, q int64) Value {
	out := Value{Series: SeriesOf(s)}
	if q == collectors.Missing {
		return out
	}
	v := s.Family.Value(q)
	out.Value = &v
	if q >= 0 && q < int64(len(s.Family.States)) {
		out.State = s.Family.States[q]
	}
	return out
}

// AppendRow appends one row as an object, with the names of its series as given:
//
//	{"t":…,"seq":…,"missed":3,"why":"late","values":{"load.average{window=\"1m\"}":0.5}}
//
// Missed and why are there where ticks were skipped before it.
func AppendRow(dst []byte, row *collectors.Row, series []*collectors.Series, names []string) []byte {
	dst = append(appendRowHead(dst, row), `,"values":{`...)
	first := true
	for i, s := range series {
		q := row.Value(s.ID)
		if q == collectors.Missing {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendValue(append(appendString(dst, names[i]), ':'), s.Family.Value(q))
	}
	return append(dst, "}}"...)
}

// AppendRowValues appends one row as an object, with a list of the values of series, null
// where one is missing.
func AppendRowValues(dst []byte, row *collectors.Row, series []*collectors.Series) []byte {
	dst = appendRowHead(dst, row)
	dst = append(dst, `,"values":[`...)
	for i, s := range series {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, s.Family.Value(row.Value(s.ID)))
	}
	return append(dst, "]}"...)
}

func appendRowHead(dst []byte, row *collectors.Row) []byte {
	dst = strconv.AppendInt(append(dst, `{"t":`...), row.T, 10)
	dst = strconv.AppendUint(append(dst, `,"seq":`...), row.Seq, 10)
	if row.Missed > 0 {
		dst = strconv.AppendInt(append(dst, `,"missed":`...), int64(row.Missed), 10)
		dst = appendString(append(dst, `,"why":`...), row.Why)
	}
	return dst
}

// AppendObservation appends one observation of a table as an object:
//
//	{"t":…,"seq":…,"rows":[{"key":"812.99120","pid":812,"cpu":12.5}],"others":2,"othersSums":{"cpu":0.5}}
//
// Others are the rows that were left out of what is remembered. Partial says why rows
// are missing, where that is so.
func AppendObservation(dst []byte, d *collectors.TableData) []byte {
	dst = strconv.AppendInt(append(dst, `{"t":`...), d.T, 10)
	dst = strconv.AppendUint(append(dst, `,"seq":`...), d.Seq, 10)
	if d.Partial != "" {
		dst = appendString(append(dst, `,"partial":`...), d.Partial)
	}
	dst = append(dst, `,"rows":[`...)
	for i := range d.Rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTableRow(dst, d.Table, &d.Rows[i])
	}
	dst = strconv.AppendInt(append(dst, `],"others":`...), int64(d.Others), 10)
	if d.Others > 0 {
		dst = appendSums(dst, d)
	}
	return append(dst, '}')
}

func appendTableRow(dst []byte, t *collectors.Table, row *collectors.TableRow) []byte {
	dst = appendString(append(dst, `{"key":`...), row.Key)
	for col := range t.Columns {
		c, cell := &t.Columns[col], &row.Cells[col]
		switch {
		case c.Kind == collectors.ColumnText:
			dst = appendString(append(appendString(append(dst, ','), c.Name), ':'), cell.Text)
		case cell.Q != collectors.Missing:
			dst = appendValue(append(appendString(append(dst, ','), c.Name), ':'), c.Value(cell.Q))
		}
	}
	return append(dst, '}')
}

// appendSums appends the sums of the others, of which there may be none.
func appendSums(dst []byte, d *collectors.TableData) []byte {
	first := true
	for col, q := range d.OthersSums {
		if col >= len(d.Table.Columns) || q == collectors.Missing || !d.Table.Columns[col].Sum {
			continue
		}
		if first {
			dst = append(dst, `,"othersSums":{`...)
		} else {
			dst = append(dst, ',')
		}
		first = false
		dst = appendValue(append(appendString(dst, d.Table.Columns[col].Name), ':'), d.Table.Columns[col].Value(q))
	}
	if !first {
		dst = append(dst, '}')
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	b, err := json.Marshal(s)
	if err != nil { // no string is unfit for JSON
		panic(err)
	}
	return append(dst, b...)
}
