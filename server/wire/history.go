package wire

import (
	"math"
	"strconv"

	"dashcam/collectors"
)

// Span is a run of consecutive rows as columns: what a history message carries.
type Span struct {
	// Rev is the schema revision of the last row.
	Rev uint64
	// First is the sequence number of the first row; the others follow without
	// gaps. T is the wall clock of each in Unix milliseconds.
	First uint64
	T     []int64
	// Missed and Why are per row, or nil where no tick was skipped.
	Missed []int
	Why    []string
	// Columns are ascending by ID; each Q is as long as T.
	Columns []Column
	// Gap names rows that were asked for and are no longer remembered.
	Gap *Gap
	// Older names rows that are remembered and not sent.
	Older *Older
	// More says that another batch follows.
	More bool
	// Part is what Columns are of all columns of the rows.
	Part HistoryPart
}

// Column is the values of one series, [collectors.Missing] where there is none.
type Column struct {
	ID collectors.SeriesID
	Q  []int64
}

// From returns what is left of a span behind its first n rows.
func (s *Span) From(n int) Span {
	rest := Span{Rev: s.Rev, First: s.First + uint64(n), T: s.T[n:], More: s.More, Part: s.Part}
	if s.Missed != nil {
		rest.Missed, rest.Why = s.Missed[n:], s.Why[n:]
	}
	for _, c := range s.Columns {
		rest.Columns = append(rest.Columns, Column{ID: c.ID, Q: c.Q[n:]})
	}
	return rest
}

// AppendHistory appends one history message with as many of the span's rows, from the
// first, as a batch may have: [MaxBatch] rows and [MaxBatchBytes] bytes, but at least
// one. It returns the extended buffer and the number of rows taken; the message says
// "more" when the span does or when rows were left over. A span without rows gives a
// message that only carries its gap.
func AppendHistory(dst []byte, s *Span) ([]byte, int) {
	return AppendHistoryWithin(dst, s, MaxBatchBytes)
}

// AppendHistoryWithin is AppendHistory with another bound than MaxBatchBytes.
func AppendHistoryWithin(dst []byte, s *Span, most int) ([]byte, int) {
	start := len(dst)
	n := min(len(s.T), MaxBatch)
	for {
		dst = appendBatch(dst[:start], s, n)
		size := len(dst) - start
		if size <= most || n <= 1 {
			return dst, n
		}
		// Bytes grow nearly with the rows; a tenth less makes a third try rare.
		n = max(1, min(n-1, n*most/size*9/10))
	}
}

func appendBatch(dst []byte, s *Span, n int) []byte {
	dst = append(dst, `{"type":"history","rev":`...)
	dst = strconv.AppendUint(dst, s.Rev, 10)
	dst = append(dst, `,"seq":[`...)
	for i := range n {
		dst = strconv.AppendUint(dst, s.First+uint64(i), 10)
		dst = append(dst, ',')
	}
	dst = endList(dst)
	dst = append(dst, `,"t":[`...)
	for _, t := range s.T[:n] {
		dst = appendInt(dst, t)
		dst = append(dst, ',')
	}
	dst = endList(dst)
	dst = append(dst, `,"columns":[`...)
	for i := range s.Columns {
		dst = appendColumn(dst, s.Columns[i].ID, s.Columns[i].Q[:n])
	}
	dst = endList(dst)
	dst = appendMissed(dst, s, n)
	dst = appendGap(dst, `,"gap":`, s.Gap)
	dst = appendOlder(dst, s.Older)
	if s.More || n < len(s.T) {
		dst = append(dst, `,"more":true`...)
	}
	if s.Part != "" {
		dst = append(dst, `,"part":`...)
		dst = appendString(dst, string(s.Part))
	}
	return append(dst, '}')
}

// appendColumn appends "[id,q]," for a series that never changes, nothing for one
// without any value, and for others the shorter of "[id,[q,…]]," and "[id,q,[d,…]],".
func appendColumn(dst []byte, id collectors.SeriesID, q []int64) []byte {
	if len(q) == 0 {
		return dst
	}
	constant := true
	for _, v := range q[1:] {
		if v != q[0] {
			constant = false
			break
		}
	}
	if constant && q[0] == collectors.Missing {
		return dst
	}
	dst = append(dst, '[')
	dst = strconv.AppendInt(dst, int64(id), 10)
	dst = append(dst, ',')
	if constant {
		dst = appendInt(dst, q[0])
		return append(dst, "],"...)
	}
	start := len(dst)
	dst = append(dst, '[')
	for _, v := range q {
		dst = appendQuanta(dst, v)
		dst = append(dst, ',')
	}
	dst = endList(dst)
	if differencesLen(q) < len(dst)-start {
		dst = appendDifferences(dst[:start], q)
	}
	return append(dst, "],"...)
}

// appendDifferences appends "q,[d,…]": the first value, and for every further row the
// difference to the value before it that is not missing, or to 0 where there is none. A
// row without a value is null and is no value before any.
func appendDifferences(dst []byte, q []int64) []byte {
	dst = appendQuanta(dst, q[0])
	dst = append(dst, ",["...)
	for last, rest := valueOr0(q[0]), q[1:]; len(rest) > 0; rest = rest[1:] {
		v := rest[0]
		if v == collectors.Missing {
			dst = append(dst, "null,"...)
			continue
		}
		dst = appendInt(dst, v-last)
		dst = append(dst, ',')
		last = v
	}
	return endList(dst)
}

// differencesLen returns how many bytes appendDifferences would append; too many for
// any where a difference is one that a page cannot hold exactly.
func differencesLen(q []int64) int {
	n := len(",[") + quantaLen(q[0])
	for last, rest := valueOr0(q[0]), q[1:]; len(rest) > 0; rest = rest[1:] {
		n += len(",")
		v := rest[0]
		if v == collectors.Missing {
			n += len("null")
			continue
		}
		d := v - last
		if d > maxSafe || d < -maxSafe {
			return math.MaxInt
		}
		n += quantaLen(d)
		last = v
	}
	return n // the last comma counts as the bracket
}

func valueOr0(q int64) int64 {
	if q == collectors.Missing {
		return 0
	}
	return q
}

func quantaLen(q int64) int {
	switch {
	case q == collectors.Missing:
		return len("null")
	case q < 0:
		return len("-") + decimals(uint64(-q))
	case q == 0:
		return len("0")
	}
	return decimals(uint64(q))
}

func appendGap(dst []byte, name string, g *Gap) []byte {
	if g == nil {
		return dst
	}
	dst = append(append(dst, name...), `{"from":`...)
	dst = strconv.AppendUint(dst, g.From, 10)
	dst = append(dst, `,"to":`...)
	dst = strconv.AppendUint(dst, g.To, 10)
	return append(dst, '}')
}

func appendOlder(dst []byte, o *Older) []byte {
	if o == nil {
		return dst
	}
	dst = appendGap(dst, `,"older":`, &Gap{From: o.From, To: o.To})
	if o.Why == "" {
		return dst
	}
	dst = append(dst[:len(dst)-1], `,"why":`...)
	return append(appendString(dst, o.Why), '}')
}

func appendMissed(dst []byte, s *Span, n int) []byte {
	found := false
	for i := range min(n, len(s.Missed)) {
		if s.Missed[i] == 0 {
			continue
		}
		if !found {
			dst = append(dst, `,"missed":[`...)
			found = true
		}
		dst = append(dst, `{"seq":`...)
		dst = strconv.AppendUint(dst, s.First+uint64(i), 10)
		dst = append(dst, `,"count":`...)
		dst = strconv.AppendInt(dst, int64(s.Missed[i]), 10)
		dst = append(dst, `,"why":`...)
		why := ""
		if i < len(s.Why) {
			why = s.Why[i]
		}
		dst = appendString(dst, why)
		dst = append(dst, "},"...)
	}
	if !found {
		return dst
	}
	return endList(dst)
}

// endList closes a list whose elements each end with a comma.
func endList(dst []byte) []byte {
	if dst[len(dst)-1] == ',' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, ']')
}
