package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/column"
)

// packFormat is that of packed blocks and table blocks, which stands before each. Raise it
// when package column or tableblock.go change what they write.
const packFormat = 1

var errPackFormat = errors.New("packed by another version of dashcam")

// The least that encoded blocks take, so that what is remembered of one on a disk is not
// more than it.
const (
	minBlock      = 96
	minTableBlock = 64
)

// cursor reads what an append function wrote. After the first mistake everything is
// zero.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) uvarint() uint64 {
	u, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[n:]
	return u
}

func (c *cursor) varint() int64 { return column.Unzigzag(c.uvarint()) }

// count reads how many things of at least size bytes each follow.
func (c *cursor) count(size int) int {
	u := c.uvarint()
	if u > uint64(len(c.b)/size) {
		c.bad, c.b = true, nil
		return 0
	}
	return int(u)
}

func (c *cursor) bytes() []byte {
	n := c.count(1)
	b := c.b[:n:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor) byte() byte {
	if len(c.b) == 0 {
		c.bad = true
		return 0
	}
	b := c.b[0]
	c.b = c.b[1:]
	return b
}

// ends reports whether everything of p was read but for what made it size bytes long, and
// whether it has those.
func (c *cursor) ends(p []byte, size int) bool {
	return !c.bad && len(p) >= size && (len(c.b) == 0 || len(p) == size)
}

func appendBytes[T string | []byte](dst []byte, b T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// padded makes the record p at least size bytes long, with bytes that its readers skip.
func padded(p []byte, size int, with byte) []byte {
	for len(p) < size {
		p = append(p, with)
	}
	return p
}

// appendBlock appends a sealed block for the store.
func appendBlock(dst []byte, b *block) []byte {
	dst = append(dst, packFormat)
	dst = binary.AppendUvarint(dst, b.first)
	dst = binary.AppendUvarint(dst, uint64(b.rows))
	dst = binary.AppendVarint(dst, b.firstT)
	dst = binary.AppendUvarint(dst, uint64(b.lastT-b.firstT))
	dst = binary.AppendUvarint(dst, uint64(b.tick))
	dst = binary.AppendUvarint(dst, uint64(len(b.revs)))
	for _, r := range b.revs {
		dst = binary.AppendUvarint(dst, uint64(r.row))
		dst = binary.AppendUvarint(dst, r.rev)
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.notes)))
	for _, n := range b.notes {
		dst = binary.AppendUvarint(dst, uint64(n.row))
		dst = binary.AppendUvarint(dst, uint64(n.missed))
		dst = appendBytes(dst, n.why)
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.ids)))
	id, offset := collectors.SeriesID(-1), uint32(0)
	for i := range b.ids {
		dst = binary.AppendUvarint(dst, uint64(b.ids[i]-id))
		dst = binary.AppendUvarint(dst, uint64(b.offsets[i]-offset))
		id, offset = b.ids[i], b.offsets[i]
	}
	return padded(appendBytes(dst, b.slab), minBlock, 0)
}

// parseBlock reads what appendBlock wrote. The block shares the memory of p. What is
// inside of its columns is not looked at: see guard.
func parseBlock(p []byte) (*block, error) {
	c := cursor{b: p}
	if c.byte() != packFormat {
		return nil, errPackFormat
	}
	b := &block{first: c.uvarint(), rows: int(min(c.uvarint(), blockRows+1)), firstT: c.varint()}
	b.lastT = b.firstT + int64(c.uvarint())
	b.tick = int64(c.uvarint())
	b.revs = make([]revRun, min(c.count(2), blockRows+1))
	for i := range b.revs {
		b.revs[i] = revRun{int(c.uvarint()), c.uvarint()}
	}
	if n := min(c.count(3), blockRows+1); n > 0 {
		b.notes = make([]note, n)
		for i := range b.notes {
			b.notes[i] = note{int(c.uvarint()), int(c.uvarint()), string(c.bytes())}
		}
	}
	n := c.count(2 + column.MinSize) // its part of the slab comes later
	b.ids, b.offsets = make([]collectors.SeriesID, n), make([]uint32, n)
	id, offset := int64(-1), uint64(0)
	for i := range n {
		step, size := c.uvarint(), c.uvarint()
		id, offset = id+int64(min(step, 1<<32)), offset+size
		c.bad = c.bad || step == 0 || id > 1<<31-1 || size < column.MinSize || offset > uint64(len(p))
		b.ids[i], b.offsets[i] = collectors.SeriesID(id), uint32(offset)
	}
	b.slab = c.bytes()
	fits := b.first > 0 && b.first < 1<<62 && b.rows > 0 && b.rows <= blockRows && b.lastT >= b.firstT &&
		len(b.revs) > 0 && b.revs[0].row == 0 && len(b.slab) > 0
	for _, n := range b.notes {
		fits = fits && n.row >= 0 && n.row < b.rows
	}
	for i, r := range b.revs {
		fits = fits && r.row >= 0 && r.row < b.rows && (i == 0 || r.row > b.revs[i-1].row)
	}
	if !c.ends(p, minBlock) || !fits || n > 0 && int(offset) >= len(b.slab) {
		return nil, errNonsense
	}
	return b, nil
}

var errNonsense = errors.New("does not make sense, though it fits its checksum")

// guard runs f on bytes from a disk. Columns and table blocks are unpacked without checks,
// because in memory they are as they were packed; from a disk they are too, or their
// checksum would not fit. Should they not be, f panics at a bound of a slice, and that
// becomes the error.
func guard(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errNonsense, r)
		}
	}()
	f()
	return nil
}

// appendTableBlock appends a sealed table block of the table with the given number.
func appendTableBlock(dst []byte, table int, k *tableBlock) []byte {
	dst = append(dst, packFormat)
	dst = binary.AppendUvarint(dst, uint64(table))
	dst = binary.AppendUvarint(dst, k.first)
	dst = binary.AppendUvarint(dst, k.last)
	dst = binary.AppendVarint(dst, k.lastT)
	dst = binary.AppendUvarint(dst, uint64(k.count))
	dst = binary.AppendUvarint(dst, uint64(len(k.ends)))
	end := uint32(0)
	for _, e := range k.ends {
		dst = binary.AppendUvarint(dst, uint64(e-end))
		end = e
	}
	dst = appendBytes(dst, k.dict)
	return padded(appendBytes(dst, k.slab), minTableBlock, 0)
}

// parseTableBlock reads what appendTableBlock wrote. The table block shares the memory of p.
func parseTableBlock(p []byte) (table int, k *tableBlock, err error) {
	c := cursor{b: p}
	if c.byte() != packFormat {
		return 0, nil, errPackFormat
	}
	table = int(min(c.uvarint(), 1<<20))
	k = &tableBlock{first: c.uvarint(), last: c.uvarint(), lastT: c.varint(), count: int(min(c.uvarint(), uint64(len(p))))}
	// No two texts are the same, and each is named at least once: all but 257 of them take
	// four bytes.
	texts := c.uvarint()
	if texts > uint64(len(c.b)+257)/4 {
		return 0, nil, errNonsense
	}
	k.ends = make([]uint32, texts)
	end := uint64(0)
	for i := range k.ends {
		end = min(end+c.uvarint(), 1<<31)
		k.ends[i] = uint32(end)
	}
	k.dict, k.slab = c.bytes(), c.bytes()
	if !c.ends(p, minTableBlock) || k.count == 0 || k.count > tableBlockSize || k.first == 0 || k.last < k.first || end != uint64(len(k.dict)) {
		return 0, nil, errNonsense
	}
	return table, k, nil
}

// appendPiece appends what was added to an open table block since it was as the earlier one.
func appendPiece(dst []byte, table string, earlier, now *tableBlock) []byte {
	dst = append(dst, packFormat)
	dst = appendBytes(dst, table)
	dst = binary.AppendUvarint(dst, now.first)
	dst = binary.AppendUvarint(dst, now.last)
	dst = binary.AppendVarint(dst, now.lastT)
	dst = binary.AppendUvarint(dst, uint64(now.count))
	dst = binary.AppendUvarint(dst, uint64(len(earlier.slab)))
	dst = binary.AppendUvarint(dst, uint64(len(earlier.ends)))
	ends := now.ends[len(earlier.ends):]
	dst = binary.AppendUvarint(dst, uint64(len(ends)))
	end := uint32(len(earlier.dict))
	for _, e := range ends {
		dst = binary.AppendUvarint(dst, uint64(e-end))
		end = e
	}
	dst = appendBytes(dst, now.dict[len(earlier.dict):])
	return appendBytes(dst, now.slab[len(earlier.slab):])
}

// addPiece adds what appendPiece wrote to the open table blocks of the tables, by name. A
// piece that does not fit to what is there is refused.
func addPiece(open map[string]*tableBlock, p []byte) error {
	c := cursor{b: p}
	if c.byte() != packFormat {
		return errPackFormat
	}
	table := string(c.bytes())
	first, last, lastT, count := c.uvarint(), c.uvarint(), c.varint(), c.uvarint()
	slabAt, endsAt := c.uvarint(), c.uvarint()
	ends := make([]uint64, c.count(1))
	for i := range ends {
		ends[i] = c.uvarint()
	}
	dict, slab := c.bytes(), c.bytes()
	if c.bad || len(c.b) > 0 || first == 0 || last < first || count == 0 || count > tableBlockSize {
		return errNonsense
	}
	k := open[table]
	if slabAt == 0 && endsAt == 0 {
		k = &tableBlock{first: first}
	}
	if k == nil || k.first != first || uint64(len(k.slab)) != slabAt || uint64(len(k.ends)) != endsAt || int(count) <= k.count {
		return errNonsense
	}
	end := uint64(len(k.dict))
	grown := slices.Clone(k.ends)
	for _, e := range ends {
		end = min(end+e, 1<<31)
		grown = append(grown, uint32(end))
	}
	if end != uint64(len(k.dict)+len(dict)) {
		return errNonsense
	}
	open[table] = &tableBlock{
		first: first, last: last, lastT: lastT, count: int(count), ends: grown,
		slab: append(slices.Clip(k.slab), slab...), dict: append(slices.Clip(k.dict), dict...),
	}
	return nil
}

// appendRowRecord appends row as the difference to prev, nil for none.
func appendRowRecord(dst []byte, prev, row *collectors.Row) []byte {
	full := byte(0)
	if prev == nil {
		full, prev = 1, &collectors.Row{}
	}
	dst = append(dst, full)
	dst = binary.AppendUvarint(dst, row.Seq)
	dst = binary.AppendVarint(dst, row.T)
	dst = binary.AppendUvarint(dst, row.Rev)
	dst = binary.AppendUvarint(dst, uint64(row.Missed))
	if row.Missed > 0 {
		dst = appendBytes(dst, row.Why)
	}
	last := collectors.SeriesID(-1)
	put := func(id collectors.SeriesID, q, was int64) {
		if q == was {
			return
		}
		dst = binary.AppendUvarint(dst, uint64(id-last))
		dst = appendNumber(dst, q, was)
		last = id
	}
	for i, j := 0, 0; i < len(prev.IDs) || j < len(row.IDs); {
		switch {
		case j == len(row.IDs) || i < len(prev.IDs) && prev.IDs[i] < row.IDs[j]:
			put(prev.IDs[i], collectors.Missing, prev.Q[i])
			i++
		case i == len(prev.IDs) || row.IDs[j] < prev.IDs[i]:
			put(row.IDs[j], row.Q[j], collectors.Missing)
			j++
		default:
			put(row.IDs[j], row.Q[j], prev.Q[i])
			i, j = i+1, j+1
		}
	}
	return dst
}

// rowReader reads rows in the order in which they were written.
type rowReader struct {
	started bool
	row     collectors.Row // IDs and Q are its own
}

// next reads one row. Its IDs are shared with the rows before as long as no series
// came.
func (r *rowReader) next(p []byte) (collectors.Row, error) {
	c := cursor{b: p}
	full := c.byte() == 1
	row := collectors.Row{Seq: c.uvarint(), T: c.varint(), Rev: c.uvarint(), Missed: int(min(c.uvarint(), 1<<40))}
	if row.Missed > 0 {
		row.Why = string(c.bytes())
	}
	if c.bad || row.Seq == 0 || !full && (!r.started || row.Seq != r.row.Seq+1) {
		return collectors.Row{}, errNonsense
	}
	if full {
		r.row = collectors.Row{}
	}
	r.started = true
	ids, q := r.row.IDs, slices.Clone(r.row.Q)
	grown := false
	id, at := int64(-1), 0
	for len(c.b) > 0 {
		step := c.uvarint()
		id += int64(min(step, 1<<32))
		if c.bad || step == 0 || id > 1<<31-1 {
			return collectors.Row{}, errNonsense
		}
		n, known := slices.BinarySearch(ids[at:], collectors.SeriesID(id))
		at += n
		if !known {
			if !grown {
				ids, grown = slices.Clone(ids), true
			}
			ids, q = slices.Insert(ids, at, collectors.SeriesID(id)), slices.Insert(q, at, collectors.Missing)
		}
		before := q[at]
		switch u := c.uvarint(); {
		case u == 0:
			q[at] = collectors.Missing
		case before == collectors.Missing:
			q[at] = column.Unzigzag(u - 1)
		default:
			q[at] = before + column.Unzigzag(u-1)
		}
	}
	if c.bad {
		return collectors.Row{}, errNonsense
	}
	row.IDs, row.Q = ids, q
	r.row = row
	return row, nil
}
