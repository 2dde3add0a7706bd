package wire

import (
	"slices"
	"strconv"

	"dashcam/collectors"
)

// AppendFrame appends the frame message that leads from prev to row, and returns the
// extended buffer. A nil prev is the state before the first row, where everything is
// missing. A series that row does not have is missing in it. It allocates only what
// dst needs to grow.
func AppendFrame(dst []byte, prev, row *collectors.Row) []byte {
	dst = append(dst, `{"type":"frame","rev":`...)
	dst = strconv.AppendUint(dst, row.Rev, 10)
	dst = append(dst, `,"seq":`...)
	dst = strconv.AppendUint(dst, row.Seq, 10)
	dst = append(dst, `,"t":`...)
	dst = strconv.AppendInt(dst, row.T, 10)
	if row.Missed != 0 {
		dst = append(dst, `,"missed":`...)
		dst = strconv.AppendInt(dst, int64(row.Missed), 10)
	}
	if row.Why != "" {
		dst = append(dst, `,"why":`...)
		dst = appendString(dst, row.Why)
	}
	dst = append(dst, `,"d":[`...)
	start := len(dst)
	switch {
	case prev == nil:
		dst = appendDifference(dst, nil, nil, row.IDs, row.Q)
	case sameIDs(prev.IDs, row.IDs):
		dst = appendAligned(dst, row.IDs, prev.Q, row.Q)
	default:
		dst = appendDifference(dst, prev.IDs, prev.Q, row.IDs, row.Q)
	}
	if len(dst) > start {
		dst = dst[:len(dst)-1] // the last comma
	}
	return append(dst, "]}"...)
}

// sameIDs reports whether a and b are the very same slice, as they are for rows of
// one schema.
func sameIDs(a, b []collectors.SeriesID) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// appendAligned appends "gap,q," for every value that differs.
func appendAligned(dst []byte, ids []collectors.SeriesID, old, q []int64) []byte {
	last := collectors.SeriesID(-1)
	old = old[:len(ids)]
	q = q[:len(ids)]
	for i, v := range q {
		if v == old[i] {
			continue
		}
		dst = appendChange(dst, ids[i]-last, v)
		last = ids[i]
	}
	return dst
}

// appendDifference is appendAligned for rows whose series differ: both id lists are
// ascending and are merged.
func appendDifference(dst []byte, oldIDs []collectors.SeriesID, old []int64, ids []collectors.SeriesID, q []int64) []byte {
	last := collectors.SeriesID(-1)
	for i, j := 0, 0; i < len(oldIDs) || j < len(ids); {
		var id collectors.SeriesID
		was, is := collectors.Missing, collectors.Missing
		switch {
		case j == len(ids) || (i < len(oldIDs) && oldIDs[i] < ids[j]):
			id, was = oldIDs[i], old[i]
			i++
		case i == len(oldIDs) || ids[j] < oldIDs[i]:
			id, is = ids[j], q[j]
			j++
		default:
			id, was, is = ids[j], old[i], q[j]
			i++
			j++
		}
		if was != is {
			dst = appendChange(dst, id-last, is)
			last = id
		}
	}
	return dst
}

func appendChange(dst []byte, gap collectors.SeriesID, q int64) []byte {
	if q == collectors.Missing {
		dst = appendInt(dst, int64(gap))
		return append(dst, ",null,"...)
	}
	const most = 2*maxDigits + 2
	dst = slices.Grow(dst, most)
	b := dst[len(dst) : len(dst)+most]
	n := putInt(b, int64(gap))
	b[n] = ','
	n++
	n += putInt(b[n:], q)
	b[n] = ','
	return dst[:len(dst)+n+1]
}

// appendQuanta appends a value; a missing one is null.
func appendQuanta(dst []byte, q int64) []byte {
	if q == collectors.Missing {
		return append(dst, "null"...)
	}
	return appendInt(dst, q)
}
