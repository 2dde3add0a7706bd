package block

import (
	"encoding/binary"
	"errors"
	"fmt"

	"dashcam/collectors"
)

// packFormat is that of packed blocks and table blocks, which stands before each. It
// rises when what this package writes changes.
const packFormat = 1

// What is wrong with bytes that are to be a block.
var (
	ErrVersion = errors.New("packed by another version of dashcam")
	ErrInvalid = errors.New("does not make sense, though it fits its checksum")
)

// The least that encoded blocks take, so that what is remembered of one on a disk is not
// more than it.
const (
	MinSealed = 96
	MinTable  = 64
)

// Append appends a sealed block for a file.
func Append(dst []byte, b *Sealed) []byte {
	dst = append(dst, packFormat)
	dst = binary.AppendUvarint(dst, b.First)
	dst = binary.AppendUvarint(dst, uint64(b.Rows))
	dst = binary.AppendVarint(dst, b.FirstT)
	dst = binary.AppendUvarint(dst, uint64(b.LastT-b.FirstT))
	dst = binary.AppendUvarint(dst, uint64(b.tick))
	dst = binary.AppendUvarint(dst, uint64(len(b.revs)))
	for _, r := range b.revs {
		dst = binary.AppendUvarint(dst, uint64(r.row))
		dst = binary.AppendUvarint(dst, r.rev)
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.Notes)))
	for _, n := range b.Notes {
		dst = binary.AppendUvarint(dst, uint64(n.Row))
		dst = binary.AppendUvarint(dst, uint64(n.Missed))
		dst = appendBytes(dst, n.Why)
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.IDs)))
	id, offset := collectors.SeriesID(-1), uint32(0)
	for i := range b.IDs {
		dst = binary.AppendUvarint(dst, uint64(b.IDs[i]-id))
		dst = binary.AppendUvarint(dst, uint64(b.offsets[i]-offset))
		id, offset = b.IDs[i], b.offsets[i]
	}
	return Pad(appendBytes(dst, b.slab), MinSealed, 0)
}

// Parse reads what Append wrote. The block shares the memory of p. What is inside of its
// columns is not looked at: see [Guard].
func Parse(p []byte) (*Sealed, error) {
	c := Decoder{Rest: p}
	if c.Byte() != packFormat {
		return nil, ErrVersion
	}
	b := &Sealed{First: c.Uvarint(), Rows: int(min(c.Uvarint(), MaxRows+1)), FirstT: c.Varint()}
	b.LastT = b.FirstT + int64(c.Uvarint())
	b.tick = int64(c.Uvarint())
	b.revs = make([]revRun, min(c.Count(2), MaxRows+1))
	for i := range b.revs {
		b.revs[i] = revRun{int(c.Uvarint()), c.Uvarint()}
	}
	if n := min(c.Count(3), MaxRows+1); n > 0 {
		b.Notes = make([]Note, n)
		for i := range b.Notes {
			b.Notes[i] = Note{int(c.Uvarint()), int(c.Uvarint()), string(c.Bytes())}
		}
	}
	n := c.Count(2 + minColumn) // its part of the slab comes later
	b.IDs, b.offsets = make([]collectors.SeriesID, n), make([]uint32, n)
	id, offset := int64(-1), uint64(0)
	for i := range n {
		step, size := c.Uvarint(), c.Uvarint()
		id, offset = id+int64(min(step, 1<<32)), offset+size
		c.Bad = c.Bad || step == 0 || id > 1<<31-1 || size < minColumn || offset > uint64(len(p))
		b.IDs[i], b.offsets[i] = collectors.SeriesID(id), uint32(offset)
	}
	b.slab = c.Bytes()
	fits := b.First > 0 && b.First < 1<<62 && b.Rows > 0 && b.Rows <= MaxRows && b.LastT >= b.FirstT &&
		len(b.revs) > 0 && b.revs[0].row == 0 && len(b.slab) > 0
	for _, n := range b.Notes {
		fits = fits && n.Row >= 0 && n.Row < b.Rows
	}
	for i, r := range b.revs {
		fits = fits && r.row >= 0 && r.row < b.Rows && (i == 0 || r.row > b.revs[i-1].row)
	}
	if !c.ends(p, MinSealed) || !fits || n > 0 && int(offset) >= len(b.slab) {
		return nil, ErrInvalid
	}
	return b, nil
}

// Guard runs f on bytes from a disk. Columns and table blocks are unpacked without checks,
// because in memory they are as they were packed; from a disk they are too, or their
// checksum would not fit. Should they not be, f panics at a bound of a slice, and that
// becomes the error.
func Guard(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrInvalid, r)
		}
	}()
	f()
	return nil
}

// AppendTable appends a sealed table block of the table with the given number.
func AppendTable(dst []byte, table int, k *Table) []byte {
	dst = append(dst, packFormat)
	dst = binary.AppendUvarint(dst, uint64(table))
	dst = binary.AppendUvarint(dst, k.First)
	dst = binary.AppendUvarint(dst, k.Last)
	dst = binary.AppendVarint(dst, k.LastT)
	dst = binary.AppendUvarint(dst, uint64(k.Count))
	dst = appendEnds(dst, 0, k.Ends)
	dst = appendBytes(dst, k.Dict)
	return Pad(appendBytes(dst, k.Slab), MinTable, 0)
}

// ParseTable reads what AppendTable wrote. The table block shares the memory of p.
func ParseTable(p []byte) (table int, k *Table, err error) {
	c := Decoder{Rest: p}
	if c.Byte() != packFormat {
		return 0, nil, ErrVersion
	}
	table = int(min(c.Uvarint(), 1<<20))
	k = &Table{First: c.Uvarint(), Last: c.Uvarint(), LastT: c.Varint(), Count: int(min(c.Uvarint(), uint64(len(p))))}
	// No two texts are the same, and each is named at least once: all but 257 of them take
	// four bytes.
	texts := c.Uvarint()
	if texts > uint64(len(c.Rest)+257)/4 {
		return 0, nil, ErrInvalid
	}
	k.Ends = make([]uint32, texts)
	end := uint64(0)
	for i := range k.Ends {
		end = min(end+c.Uvarint(), 1<<31)
		k.Ends[i] = uint32(end)
	}
	k.Dict, k.Slab = c.Bytes(), c.Bytes()
	if !c.ends(p, MinTable) || k.Count == 0 || k.Count > MaxObservations || k.First == 0 || k.Last < k.First || end != uint64(len(k.Dict)) {
		return 0, nil, ErrInvalid
	}
	return table, k, nil
}

// appendEnds appends where texts end, the first of which begins at from.
func appendEnds(dst []byte, from uint32, ends []uint32) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(ends)))
	for _, e := range ends {
		dst = binary.AppendUvarint(dst, uint64(e-from))
		from = e
	}
	return dst
}
