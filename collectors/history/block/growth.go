package block

import (
	"encoding/binary"
	"slices"

	"dashcam/collectors"
)

// What is added to the open block and to open table blocks, in the order in which it
// comes: the records of a write-ahead log.

// AppendGrowth appends what was added to an open table block since it was as the earlier
// one.
func AppendGrowth(dst []byte, table string, earlier, now *Table) []byte {
	dst = append(dst, packFormat)
	dst = appendBytes(dst, table)
	dst = binary.AppendUvarint(dst, now.First)
	dst = binary.AppendUvarint(dst, now.Last)
	dst = binary.AppendVarint(dst, now.LastT)
	dst = binary.AppendUvarint(dst, uint64(now.Count))
	dst = binary.AppendUvarint(dst, uint64(len(earlier.Slab)))
	dst = binary.AppendUvarint(dst, uint64(len(earlier.Ends)))
	dst = appendEnds(dst, uint32(len(earlier.Dict)), now.Ends[len(earlier.Ends):])
	dst = appendBytes(dst, now.Dict[len(earlier.Dict):])
	return appendBytes(dst, now.Slab[len(earlier.Slab):])
}

// Grow adds what AppendGrowth wrote to the open table blocks of the tables, by name. What
// does not fit to what is there is refused.
func Grow(open map[string]*Table, p []byte) error {
	c := Decoder{Rest: p}
	if c.Byte() != packFormat {
		return ErrVersion
	}
	table := string(c.Bytes())
	first, last, lastT, count := c.Uvarint(), c.Uvarint(), c.Varint(), c.Uvarint()
	slabAt, endsAt := c.Uvarint(), c.Uvarint()
	ends := make([]uint64, c.Count(1))
	for i := range ends {
		ends[i] = c.Uvarint()
	}
	dict, slab := c.Bytes(), c.Bytes()
	if c.Bad || len(c.Rest) > 0 || first == 0 || last < first || count == 0 || count > MaxObservations {
		return ErrInvalid
	}
	k := open[table]
	if slabAt == 0 && endsAt == 0 {
		k = &Table{First: first}
	}
	if k == nil || k.First != first || uint64(len(k.Slab)) != slabAt || uint64(len(k.Ends)) != endsAt || int(count) <= k.Count {
		return ErrInvalid
	}
	end := uint64(len(k.Dict))
	grown := slices.Clone(k.Ends)
	for _, e := range ends {
		end = min(end+e, 1<<31)
		grown = append(grown, uint32(end))
	}
	if end != uint64(len(k.Dict)+len(dict)) {
		return ErrInvalid
	}
	open[table] = &Table{
		First: first, Last: last, LastT: lastT, Count: int(count), Ends: grown,
		Slab: append(slices.Clip(k.Slab), slab...), Dict: append(slices.Clip(k.Dict), dict...),
	}
	return nil
}

// AppendRow appends row as the difference to prev, nil for none.
func AppendRow(dst []byte, prev, row *collectors.Row) []byte {
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

// RowReader reads rows in the order in which they were written.
type RowReader struct {
	started bool
	row     collectors.Row // IDs and Q are its own
}

// Next reads what AppendRow wrote. Its IDs are shared with the rows before as long as no series
// came.
func (r *RowReader) Next(p []byte) (collectors.Row, error) {
	c := Decoder{Rest: p}
	full := c.Byte() == 1
	row := collectors.Row{Seq: c.Uvarint(), T: c.Varint(), Rev: c.Uvarint(), Missed: int(min(c.Uvarint(), 1<<40))}
	if row.Missed > 0 {
		row.Why = string(c.Bytes())
	}
	if c.Bad || row.Seq == 0 || !full && (!r.started || row.Seq != r.row.Seq+1) {
		return collectors.Row{}, ErrInvalid
	}
	if full {
		r.row = collectors.Row{}
	}
	r.started = true
	ids, q := r.row.IDs, slices.Clone(r.row.Q)
	grown := false
	id, at := int64(-1), 0
	for len(c.Rest) > 0 {
		step := c.Uvarint()
		id += int64(min(step, 1<<32))
		if c.Bad || step == 0 || id > 1<<31-1 {
			return collectors.Row{}, ErrInvalid
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
		switch u := c.Uvarint(); {
		case u == 0:
			q[at] = collectors.Missing
		case before == collectors.Missing:
			q[at] = unzigzag(u - 1)
		default:
			q[at] = before + unzigzag(u-1)
		}
	}
	if c.Bad {
		return collectors.Row{}, ErrInvalid
	}
	row.IDs, row.Q = ids, q
	r.row = row
	return row, nil
}
