package block

import (
	"encoding/binary"
	"slices"

	"dashcam/collectors"
)

// Read returns the observations of a window.
func (c *Table) Read(table *collectors.Table, w collectors.Window) (out []*collectors.TableData) {
	if c.Count == 0 || c.Last < w.First || w.Last > 0 && c.First > w.Last {
		return nil
	}
	r := tableReader{b: c.Slab, table: table, dict: string(c.Dict), ends: c.Ends, before: make([][]int64, len(c.Ends)), sums: make([]int64, len(table.Columns))}
	for i := range c.Count {
		seq, t := r.seq+r.uvarint(), r.t+unzigzag(r.uvarint()) // a varint is the uvarint of the zigzag
		if i > 0 && w.Holds(r.seq, r.t) && (w.Every <= 0 || (r.t-1)/w.Every != (t-1)/w.Every || !w.Holds(seq, t)) {
			out = append(out, r.data())
		}
		if w.Last > 0 && seq > w.Last {
			return out
		}
		r.seq, r.t = seq, t
		r.next()
	}
	if w.Holds(r.seq, r.t) {
		out = append(out, r.data())
	}
	return out
}

// tableReader takes a table block apart, in the order in which it was written.
type tableReader struct {
	b      []byte
	table  *collectors.Table
	dict   string
	ends   []uint32
	before [][]int64 // by key
	// Of the observation at hand:
	seq     uint64
	t       int64
	others  int
	sums    []int64
	partial uint64 // 1 and the number of the text, 0 for none
	keys    []int
}

// next reads an observation behind its number and time.
func (r *tableReader) next() {
	r.others = int(r.uvarint())
	for col := range r.sums {
		r.sums[col] = collectors.Missing
		if r.others > 0 && r.table.Columns[col].Sum {
			r.sums[col] = r.number(collectors.Missing)
		}
	}
	r.partial = r.uvarint()
	rows := int(r.uvarint())
	if rows < 0 || rows > len(r.b) {
		panic("a table block has more rows than bytes") // only one from a disk: see Guard
	}
	r.keys = r.keys[:0]
	for range rows {
		r.keys = append(r.keys, r.row())
	}
}

// data returns the observation at hand.
func (r *tableReader) data() *collectors.TableData {
	d := &collectors.TableData{Table: r.table, Seq: r.seq, T: r.t, Others: r.others, OthersSums: slices.Clone(r.sums), Rows: make([]collectors.TableRow, len(r.keys))}
	if r.partial > 0 {
		d.Partial = r.text(int64(r.partial - 1))
	}
	cells := make([]collectors.Cell, len(r.keys)*len(r.table.Columns))
	for i, key := range r.keys {
		now := r.before[key]
		n := len(now)
		d.Rows[i] = collectors.TableRow{Key: r.text(int64(key)), Cells: cells[:n:n]}
		for col, q := range now {
			if r.table.Columns[col].Kind == collectors.ColumnText {
				cells[col] = collectors.Cell{Q: collectors.Missing, Text: r.text(q)}
			} else {
				cells[col].Q = q
			}
		}
		cells = cells[n:]
	}
	return d
}

// row reads one row, and returns the number of its key.
func (r *tableReader) row() (key int) {
	u := r.uvarint()
	key = int(u >> 1)
	cells := r.before[key]
	if cells == nil {
		cells = newCells(r.table)
		r.before[key] = cells
	}
	if u&1 == 0 {
		return key
	}
	n := (len(cells) + 7) / 8
	mask := r.b[:n]
	r.b = r.b[n:]
	for col := range cells {
		switch {
		case mask[col>>3]>>(col&7)&1 == 0:
		case r.table.Columns[col].Kind == collectors.ColumnText:
			cells[col] = int64(r.uvarint())
		default:
			cells[col] = r.number(cells[col])
		}
	}
	return key
}

func (r *tableReader) uvarint() uint64 {
	u, n := binary.Uvarint(r.b)
	r.b = r.b[n:]
	return u
}

func (r *tableReader) number(before int64) int64 {
	u := r.uvarint()
	if u == 0 {
		return collectors.Missing
	}
	if before == collectors.Missing {
		before = 0
	}
	return before + unzigzag(u-1)
}

func (r *tableReader) text(i int64) string {
	start := uint32(0)
	if i > 0 {
		start = r.ends[i-1]
	}
	return r.dict[start:r.ends[i]]
}
