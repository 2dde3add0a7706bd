package block

import (
	"encoding/binary"

	"dashcam/collectors"
)

// Read returns the observations of the rows from first to last.
func (c *Table) Read(table *collectors.Table, first, last uint64) (out []*collectors.TableData) {
	if c.Count == 0 || c.Last < first || c.First > last {
		return nil
	}
	r := tableReader{b: c.Slab, table: table, dict: string(c.Dict), ends: c.Ends, before: make(map[int][]int64)}
	for range c.Count {
		d := r.next(first)
		if r.seq > last {
			break
		}
		if r.seq >= first {
			out = append(out, d)
		}
	}
	return out
}

// tableReader takes a table block apart, in the order in which it was written.
type tableReader struct {
	b      []byte
	table  *collectors.Table
	dict   string
	ends   []uint32
	before map[int][]int64
	seq    uint64
	t      int64
}

// next reads one observation; of one before first only what later ones build on,
// and it returns nil.
func (r *tableReader) next(first uint64) *collectors.TableData {
	r.seq += r.uvarint()
	r.t += unzigzag(r.uvarint()) // a varint is the uvarint of the zigzag
	d := &collectors.TableData{Table: r.table, Seq: r.seq, T: r.t, Others: int(r.uvarint())}
	d.OthersSums = make([]int64, len(r.table.Columns))
	for col := range d.OthersSums {
		d.OthersSums[col] = collectors.Missing
		if d.Others > 0 && r.table.Columns[col].Sum {
			d.OthersSums[col] = r.number(collectors.Missing)
		}
	}
	if partial := r.uvarint(); partial > 0 {
		d.Partial = r.text(int64(partial - 1))
	}
	rows := int(r.uvarint())
	if rows < 0 || rows > len(r.b) {
		panic("a table block has more rows than bytes") // only one from a disk: see Guard
	}
	wanted := r.seq >= first
	var cells []collectors.Cell
	if wanted {
		d.Rows = make([]collectors.TableRow, rows)
		cells = make([]collectors.Cell, rows*len(r.table.Columns))
	}
	for i := range rows {
		key, now := r.row()
		if !wanted {
			continue
		}
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

// row reads one row and returns the number of its key and its cells, which are
// valid until the key comes again.
func (r *tableReader) row() (key int, cells []int64) {
	u := r.uvarint()
	key = int(u >> 1)
	cells = r.before[key]
	if cells == nil {
		cells = newCells(r.table)
		r.before[key] = cells
	}
	if u&1 == 0 {
		return key, cells
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
	return key, cells
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
