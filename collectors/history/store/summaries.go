package store

import (
	"cmp"
	"encoding/binary"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// The summaries of the blocks of a segment stand once more at its end, series by
// series, so that a month is answered by reading a few bytes per block instead of the
// block. Of each series and block:
//
//	uvarint 0 for no value, 1 for the same as in the block before, else
//	        number of values + 1 and
//	varint  smallest value − that of the last block that had one
//	uvarint largest − smallest
//	uvarint last − smallest
//	uvarint sum of (value − smallest)
//	byte    row of the first largest value
//
// Blocks without a value at the end are left out.

// sumsDir says where the summaries of a series are, by ascending id.
type sumsDir struct {
	places []sumsPlace
	end    uint32 // of the last one
}

type sumsPlace struct {
	id    collectors.SeriesID
	from  uint32 // in the payload of recordSums, up to where the next one begins
	check uint32
}

// minSums is the least that the summaries of one series take.
const minSums = 6

// appendSums appends the summaries of one series over blocks.
func appendSums(dst []byte, sums []block.Summary) []byte {
	end := len(sums)
	for end > 0 && sums[end-1].N == 0 {
		end--
	}
	var prev block.Summary
	for _, s := range sums[:end] {
		switch {
		case s.N == 0:
			dst = append(dst, 0)
			continue
		case s == prev:
			dst = append(dst, 1)
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(s.N)+1)
		dst = binary.AppendVarint(dst, s.Min-prev.Min)
		dst = binary.AppendUvarint(dst, uint64(s.Max)-uint64(s.Min))
		dst = binary.AppendUvarint(dst, uint64(s.Last)-uint64(s.Min))
		dst = binary.AppendUvarint(dst, uint64(s.Sum)-uint64(s.N)*uint64(s.Min))
		dst = append(dst, byte(s.MaxRow))
		prev = s
	}
	return dst
}

// parseSums reads what appendSums wrote into sums, which has one empty entry per block.
func parseSums(b []byte, sums []block.Summary) error {
	c := block.Decoder{Rest: b}
	var prev block.Summary
	for i := range sums {
		if len(c.Rest) == 0 {
			break
		}
		switch u := c.Uvarint(); u {
		case 0:
			continue
		case 1:
		default:
			prev.N = int(min(u-1, block.MaxRows+1))
			prev.Min += c.Varint()
			prev.Max = int64(uint64(prev.Min) + c.Uvarint())
			prev.Last = int64(uint64(prev.Min) + c.Uvarint())
			prev.Sum = int64(c.Uvarint() + uint64(prev.N)*uint64(prev.Min))
			prev.MaxRow = int(c.Byte())
		}
		if c.Bad || prev.N == 0 || prev.N > block.MaxRows || prev.MaxRow >= block.MaxRows {
			return block.ErrInvalid
		}
		sums[i] = prev
	}
	if len(c.Rest) > 0 {
		return block.ErrInvalid
	}
	return nil
}

// buildSums returns the payloads of recordSums and recordSumsDir for the blocks of a
// segment, which next hands out in their order, nil for one that cannot be read.
func buildSums(blocks int, next func(i int) *block.Sealed) (sums, dir []byte) {
	all := make(map[collectors.SeriesID][]block.Summary)
	for i := range blocks {
		b := next(i)
		if b == nil {
			continue
		}
		for k, id := range b.IDs {
			list := all[id]
			if list == nil {
				list = make([]block.Summary, blocks)
				all[id] = list
			}
			list[i] = b.Column(k).Summary
		}
	}
	ids := make([]collectors.SeriesID, 0, len(all))
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	last := collectors.SeriesID(-1)
	dir = binary.AppendUvarint(dir, uint64(len(ids)))
	for _, id := range ids {
		from := len(sums)
		sums = appendSums(sums, all[id])
		dir = binary.AppendUvarint(dir, uint64(id-last))
		dir = binary.AppendUvarint(dir, uint64(len(sums)-from))
		dir = binary.LittleEndian.AppendUint32(dir, segment.Checksum(sums[from:]))
		last = id
	}
	return sums, dir
}

// parseSumsDir reads the payload of recordSumsDir; size is that of recordSums.
func parseSumsDir(b []byte, size int) (d sumsDir, err error) {
	c := block.Decoder{Rest: b}
	count := c.Count(6)
	if count > size/minSums {
		return d, block.ErrInvalid
	}
	d.places = make([]sumsPlace, count)
	id, at := int64(-1), uint64(0)
	for i := range d.places {
		step, n := c.Uvarint(), c.Uvarint()
		id += int64(min(step, 1<<32))
		if c.Bad || step == 0 || id > 1<<31-1 || n < minSums || n > uint64(size) || at+n > uint64(size) || len(c.Rest) < 4 {
			return d, block.ErrInvalid
		}
		d.places[i] = sumsPlace{collectors.SeriesID(id), uint32(at), binary.LittleEndian.Uint32(c.Rest)}
		c.Rest = c.Rest[4:]
		at += n
	}
	if c.Bad {
		return d, block.ErrInvalid
	}
	d.end = uint32(at)
	return d, nil
}

// find returns where the summaries of a series begin and end, and their checksum.
func (d *sumsDir) find(id collectors.SeriesID) (from, to, check uint32, ok bool) {
	i, ok := slices.BinarySearchFunc(d.places, id, func(p sumsPlace, id collectors.SeriesID) int { return cmp.Compare(p.id, id) })
	if !ok {
		return 0, 0, 0, false
	}
	to = d.end
	if i+1 < len(d.places) {
		to = d.places[i+1].from
	}
	return d.places[i].from, to, d.places[i].check, true
}
