package block

import (
	"slices"

	"dashcam/collectors"
)

// Runs are runs of rows that share their IDs. They go over the series of the rows, one
// after the other by ascending id.
type Runs []idRun

type idRun struct {
	from, to int // rows
	ids      []collectors.SeriesID
	pos      int // next of ids that was not yet looked at
}

// RunsOf returns the runs of rows, in the memory of dst.
func RunsOf(dst Runs, rows []collectors.Row) Runs {
	for i := range rows {
		if i > 0 && SameIDs(rows[i].IDs, rows[i-1].IDs) {
			dst[len(dst)-1].to = i + 1
			continue
		}
		dst = append(dst, idRun{from: i, to: i + 1, ids: rows[i].IDs})
	}
	return dst
}

// SameIDs reports whether a and b are the same slice.
func SameIDs(a, b []collectors.SeriesID) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// Width returns the largest number of series of a row.
func (r Runs) Width() int {
	n := 0
	for i := range r {
		n = max(n, len(r[i].ids))
	}
	return n
}

// Next returns the smallest id that was not yet looked at.
func (r Runs) Next() (id collectors.SeriesID, ok bool) {
	for i := range r {
		run := &r[i]
		if run.pos < len(run.ids) && (!ok || run.ids[run.pos] < id) {
			id, ok = run.ids[run.pos], true
		}
	}
	return id, ok
}

// Seek goes to id, past those before it, and reports whether a row has it.
func (r Runs) Seek(id collectors.SeriesID) bool {
	there := false
	for i := range r {
		run := &r[i]
		n, ok := slices.BinarySearch(run.ids[run.pos:], id)
		run.pos += n
		there = there || ok
	}
	return there
}

// Gather writes the values of id in rows to v, and goes past it.
func (r Runs) Gather(v []int64, rows []collectors.Row, id collectors.SeriesID) {
	for i := range r {
		run := &r[i]
		if run.pos < len(run.ids) && run.ids[run.pos] == id {
			for row := run.from; row < run.to; row++ {
				v[row] = rows[row].Q[run.pos]
			}
			run.pos++
			continue
		}
		for row := run.from; row < run.to; row++ {
			v[row] = collectors.Missing
		}
	}
}
