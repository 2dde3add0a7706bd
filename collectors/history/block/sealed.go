package block

import (
	"cmp"
	"slices"

	"dashcam/collectors"
)

// Sealed is a run of consecutive rows as packed columns. It is immutable once others can
// see it.
type Sealed struct {
	First         uint64 // sequence number of the first row
	Rows          int    // at most MaxRows
	FirstT, LastT int64
	tick          int64    // expected distance between rows, in milliseconds
	revs          []revRun // ascending by row; the first begins at row 0
	Notes         []Note   // ascending by row; nil where no tick was missed
	// IDs are the series with a value, ascending; blocks with the same series
	// share them. Column i is at slab[offsets[i]:]. The times stand at the start
	// of slab.
	IDs     []collectors.SeriesID
	offsets []uint32
	slab    []byte
	arena   *arena // where slab is
	Bytes   int64  // what it takes in memory, without slab
}

// revRun says that the rows from row on have revision rev.
type revRun struct {
	row int
	rev uint64
}

// Note says that ticks were missed before a row.
type Note struct {
	Row    int
	Missed int
	Why    string
}

// Last returns the sequence number of the last row.
func (b *Sealed) Last() uint64 { return b.First + uint64(b.Rows) - 1 }

// Column returns the values of the series IDs[i].
func (b *Sealed) Column(i int) Column { return OpenColumn(b.slab[b.offsets[i]:], b.Rows) }

// Times writes the time of each row to dst, whose length is b.Rows.
func (b *Sealed) Times(dst []int64) {
	c := OpenColumn(b.slab, b.Rows)
	c.Unpack(dst)
	for i := range dst {
		dst[i] += b.FirstT + int64(i)*b.tick
	}
}

// SetRev gives every row the same schema revision.
func (b *Sealed) SetRev(rev uint64) { b.revs = []revRun{{0, rev}} }

// Rev returns the schema revision of a row.
func (b *Sealed) Rev(row int) uint64 {
	i := len(b.revs) - 1
	for b.revs[i].row > row {
		i--
	}
	return b.revs[i].rev
}

// AppendRows appends the rows from first to last that are in b.
func (b *Sealed) AppendRows(rows []collectors.Row, first, last uint64) []collectors.Row {
	from := int(max(first, b.First) - b.First)
	to := int(min(last, b.Last()) - b.First + 1)
	var scratch [MaxRows]int64
	v := scratch[:b.Rows]
	b.Times(v)
	start := len(rows)
	width := len(b.IDs)
	q := make([]int64, (to-from)*width)
	for i := from; i < to; i++ {
		at := (i - from) * width
		rows = append(rows, collectors.Row{
			Seq: b.First + uint64(i), T: v[i], Rev: b.Rev(i), IDs: b.IDs, Q: q[at : at+width : at+width],
		})
	}
	for _, n := range b.Notes {
		if n.Row >= from && n.Row < to {
			row := &rows[start+n.Row-from]
			row.Missed, row.Why = n.Missed, n.Why
		}
	}
	for i := range b.IDs {
		c := b.Column(i)
		c.Unpack(v)
		for row := from; row < to; row++ {
			q[(row-from)*width+i] = v[row]
		}
	}
	return rows
}

// Rename gives the series the ids that ids maps theirs to, and leaves out those that it
// does not name.
func (b *Sealed) Rename(ids map[collectors.SeriesID]collectors.SeriesID) {
	type found struct {
		id     collectors.SeriesID
		offset uint32
	}
	columns := make([]found, 0, len(b.IDs))
	for i, id := range b.IDs {
		if renamed, ok := ids[id]; ok {
			columns = append(columns, found{renamed, b.offsets[i]})
		}
	}
	slices.SortFunc(columns, func(a, b found) int { return cmp.Compare(a.id, b.id) })
	b.IDs, b.offsets = b.IDs[:0], b.offsets[:0]
	for _, c := range columns {
		b.IDs, b.offsets = append(b.IDs, c.id), append(b.offsets, c.offset)
	}
}

// Check unpacks the times and the columns of some series, ascending, or everything for nil,
// and panics where that cannot be: see [Guard].
func (b *Sealed) Check(wanted []collectors.SeriesID) {
	var v [MaxRows]int64
	b.Times(v[:b.Rows])
	for i, id := range b.IDs {
		if wanted != nil {
			for len(wanted) > 0 && wanted[0] < id {
				wanted = wanted[1:]
			}
			if len(wanted) == 0 {
				return
			}
			if wanted[0] != id {
				continue
			}
		}
		c := b.Column(i)
		c.Unpack(v[:b.Rows])
	}
}

// Sealer turns rows into blocks. It belongs to one goroutine.
type Sealer struct {
	tick    int64
	packer  Packer
	arenas  arenas
	values  [MaxRows]int64
	slab    []byte
	ids     []collectors.SeriesID
	offsets []uint32
	runs    Runs
	prev    []collectors.SeriesID // ids of the newest block
}

// NewSealer returns one for rows that are tick milliseconds apart, of a ring with so much
// memory; 0 where blocks do not stay.
func NewSealer(tick, memory int64) Sealer {
	return Sealer{tick: tick, arenas: newArenas(memory)}
}

// Memory returns how many bytes the slabs of its blocks take.
func (s *Sealer) Memory() int64 { return s.arenas.bytes }

// Drop counts the slab of a block as free, which nobody who comes later reads.
func (s *Sealer) Drop(b *Sealed) { s.arenas.drop(b.arena) }

// Seal packs rows, at least one and at most MaxRows.
func (s *Sealer) Seal(rows []collectors.Row) *Sealed {
	b := &Sealed{
		First: rows[0].Seq, Rows: len(rows), tick: s.tick,
		FirstT: rows[0].T, LastT: rows[len(rows)-1].T,
	}
	v := s.values[:len(rows)]
	for i := range rows {
		r := &rows[i]
		v[i] = r.T - b.FirstT - int64(i)*b.tick
		if i == 0 || r.Rev != rows[i-1].Rev {
			b.revs = append(b.revs, revRun{i, r.Rev})
		}
		if r.Missed > 0 {
			b.Notes = append(b.Notes, Note{i, r.Missed, r.Why})
		}
	}
	s.slab, _ = s.packer.Pack(s.slab[:0], v)
	s.ids, s.offsets = s.ids[:0], s.offsets[:0]
	s.runs = RunsOf(s.runs[:0], rows)
	for {
		id, ok := s.runs.Next()
		if !ok {
			break
		}
		s.runs.Gather(v, rows, id)
		at := len(s.slab)
		if s.slab, ok = s.packer.Pack(s.slab, v); ok {
			s.ids = append(s.ids, id)
			s.offsets = append(s.offsets, uint32(at))
		}
	}
	clear(s.runs) // let go of the rows' ids
	s.slab = append(s.slab, make([]byte, Padding)...)

	if slices.Equal(s.ids, s.prev) {
		b.IDs = s.prev
	} else {
		b.IDs = append([]collectors.SeriesID(nil), s.ids...)
		b.Bytes += 4 * int64(cap(b.IDs))
		s.prev = b.IDs
	}
	// append rounds capacities up to what the allocator hands out, so that they
	// tell the true size.
	b.offsets = append([]uint32(nil), s.offsets...)
	b.slab, b.arena = s.arenas.put(s.slab)
	b.Bytes += sealedOverhead + 4*int64(cap(b.offsets)) +
		16*int64(cap(b.revs)) + 32*int64(cap(b.Notes))
	for _, n := range b.Notes {
		b.Bytes += int64(len(n.Why))
	}
	return b
}

// sealedOverhead is the size of a block without what it points to, and of its place
// in the list.
const sealedOverhead = 224 + 8
