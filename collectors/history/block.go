package history

import (
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/column"
)

// blockRows is the largest number of rows in a sealed block.
const blockRows = column.MaxRows

// block is a run of consecutive rows as packed columns. It is immutable.
type block struct {
	first         uint64 // sequence number of the first row
	rows          int
	firstT, lastT int64
	tick          int64    // expected distance between rows, in milliseconds
	revs          []revRun // ascending by row; the first begins at row 0
	notes         []note   // ascending by row; nil where no tick was missed
	// ids are the series with a value, ascending; blocks with the same series
	// share them. Column i is at slab[offsets[i]:]. The times stand at the start
	// of slab.
	ids     []collectors.SeriesID
	offsets []uint32
	slab    []byte
	arena   *arena // where slab is
	bytes   int64  // without slab
}

// revRun says that the rows from row on have revision rev.
type revRun struct {
	row int
	rev uint64
}

// note says that ticks were missed before a row.
type note struct {
	row    int
	missed int
	why    string
}

func (b *block) last() uint64 { return b.first + uint64(b.rows) - 1 }

func (b *block) column(i int) column.Packed { return column.Open(b.slab[b.offsets[i]:], b.rows) }

// times writes the time of each row to dst, whose length is b.rows.
func (b *block) times(dst []int64) {
	c := column.Open(b.slab, b.rows)
	c.Unpack(dst)
	for i := range dst {
		dst[i] += b.firstT + int64(i)*b.tick
	}
}

// rev returns the schema revision of a row.
func (b *block) rev(row int) uint64 {
	i := len(b.revs) - 1
	for b.revs[i].row > row {
		i--
	}
	return b.revs[i].rev
}

// sealer turns rows into blocks. It belongs to the writer.
type sealer struct {
	tick    int64
	packer  column.Packer
	arenas  arenas
	values  [blockRows]int64
	slab    []byte
	ids     []collectors.SeriesID
	offsets []uint32
	runs    []idRun
	prev    []collectors.SeriesID // ids of the newest block
}

func newSealer(tick, memory int64) sealer {
	return sealer{tick: tick, arenas: newArenas(memory)}
}

// idRun is a run of rows that share their IDs.
type idRun struct {
	from, to int // rows
	ids      []collectors.SeriesID
	pos      int // next of ids that was not yet looked at
}

// seal packs rows, at least one and at most blockRows.
func (s *sealer) seal(rows []collectors.Row) *block {
	b := &block{
		first: rows[0].Seq, rows: len(rows), tick: s.tick,
		firstT: rows[0].T, lastT: rows[len(rows)-1].T,
	}
	v := s.values[:len(rows)]
	for i := range rows {
		r := &rows[i]
		v[i] = r.T - b.firstT - int64(i)*b.tick
		if i == 0 || r.Rev != rows[i-1].Rev {
			b.revs = append(b.revs, revRun{i, r.Rev})
		}
		if r.Missed > 0 {
			b.notes = append(b.notes, note{i, r.Missed, r.Why})
		}
	}
	s.slab, _ = s.packer.Pack(s.slab[:0], v)
	s.ids, s.offsets = s.ids[:0], s.offsets[:0]
	s.runs = appendRuns(s.runs[:0], rows)
	for {
		id, ok := nextID(s.runs)
		if !ok {
			break
		}
		gather(v, rows, s.runs, id)
		at := len(s.slab)
		if s.slab, ok = s.packer.Pack(s.slab, v); ok {
			s.ids = append(s.ids, id)
			s.offsets = append(s.offsets, uint32(at))
		}
	}
	clear(s.runs) // let go of the rows' ids
	s.slab = append(s.slab, make([]byte, column.Padding)...)

	if slices.Equal(s.ids, s.prev) {
		b.ids = s.prev
	} else {
		b.ids = append([]collectors.SeriesID(nil), s.ids...)
		b.bytes += 4 * int64(cap(b.ids))
		s.prev = b.ids
	}
	// append rounds capacities up to what the allocator hands out, so that they
	// tell the true size.
	b.offsets = append([]uint32(nil), s.offsets...)
	b.slab, b.arena = s.arenas.put(s.slab)
	b.bytes += blockOverhead + 4*int64(cap(b.offsets)) +
		16*int64(cap(b.revs)) + 32*int64(cap(b.notes))
	for _, n := range b.notes {
		b.bytes += int64(len(n.why))
	}
	return b
}

// blockOverhead is the size of a block without what it points to, and of its place
// in the list.
const blockOverhead = 224 + 8

func appendRuns(runs []idRun, rows []collectors.Row) []idRun {
	for i := range rows {
		if i > 0 && sameIDs(rows[i].IDs, rows[i-1].IDs) {
			runs[len(runs)-1].to = i + 1
			continue
		}
		runs = append(runs, idRun{from: i, to: i + 1, ids: rows[i].IDs})
	}
	return runs
}

// sameIDs reports whether a and b are the same slice.
func sameIDs(a, b []collectors.SeriesID) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// nextID returns the smallest id that was not yet looked at.
func nextID(runs []idRun) (id collectors.SeriesID, ok bool) {
	for i := range runs {
		r := &runs[i]
		if r.pos < len(r.ids) && (!ok || r.ids[r.pos] < id) {
			id, ok = r.ids[r.pos], true
		}
	}
	return id, ok
}

// gather writes the values of id to v and moves the runs past it.
func gather(v []int64, rows []collectors.Row, runs []idRun, id collectors.SeriesID) {
	for i := range runs {
		r := &runs[i]
		if r.pos < len(r.ids) && r.ids[r.pos] == id {
			for row := r.from; row < r.to; row++ {
				v[row] = rows[row].Q[r.pos]
			}
			r.pos++
			continue
		}
		for row := r.from; row < r.to; row++ {
			v[row] = collectors.Missing
		}
	}
}
