package history

import (
	"encoding/binary"
	"strings"

	"dashcam/collectors"
	"dashcam/collectors/history/column"
)

// tableBlockSize is how many observations of a table share strings and differences.
const tableBlockSize = 64

// tableBlock is a run of observations of one table, each as its difference from the one
// before: for every row its key and, per changed cell, the difference. An
// observation is
//
//	uvarint seq − previous seq (the first: − 0)
//	varint  t − previous t (the first: − 0)
//	uvarint others, and if not 0 per column that adds up: number
//	uvarint partial + 1, 0 for none
//	uvarint rows, and for each:
//	  uvarint key << 1 | changed
//	  bitmap  changed cells (only if changed)
//	  number or uvarint text, per changed cell
//
// Strings are numbers of entries of dict. A number is 0 for missing, else 1 plus
// the zigzag of its difference from the same cell of the same key before. A tableBlock
// that was sealed is immutable; one still being written only grows.
type tableBlock struct {
	first, last uint64
	lastT       int64
	count       int
	slab        []byte
	dict        []byte
	ends        []uint32 // where each string of dict ends
	thinned     bool
	bytes       int64
}

// tableBlockOverhead is the size of a table block without what it points to, and of its place
// in the list.
const tableBlockOverhead = 144 + 8

// noText is the number of the text of a cell that was not yet set.
const noText = -1

// tableWriter appends observations to a table block.
type tableWriter struct {
	tableBlock
	table  *collectors.Table
	index  map[string]int
	before map[int][]int64 // cells by key: quanta, or the number of the text
	mask   []byte
}

func newTableWriter(table *collectors.Table) *tableWriter {
	return &tableWriter{
		table:  table,
		index:  make(map[string]int),
		before: make(map[int][]int64),
		mask:   make([]byte, (len(table.Columns)+7)/8),
	}
}

// size returns what the unfinished table block takes.
func (w *tableWriter) size() int64 {
	return tableBlockOverhead + int64(cap(w.slab)+cap(w.dict)+4*cap(w.ends)) +
		64*int64(len(w.index)) + int64(len(w.before))*(64+8*int64(len(w.table.Columns)))
}

// intern returns the number of s. The dictionary holds its own copy, so that
// nothing of the observation is kept alive.
func (w *tableWriter) intern(s string) int {
	i, ok := w.index[s]
	if !ok {
		i = len(w.ends)
		w.dict = append(w.dict, s...)
		w.ends = append(w.ends, uint32(len(w.dict)))
		w.index[strings.Clone(s)] = i
	}
	return i
}

// add appends d, whose rows are remembered as they are.
func (w *tableWriter) add(d *collectors.TableData) {
	if w.count == 0 {
		w.first = d.Seq
	}
	w.slab = binary.AppendUvarint(w.slab, d.Seq-w.last)
	w.slab = binary.AppendVarint(w.slab, d.T-w.lastT)
	w.last, w.lastT = d.Seq, d.T
	w.count++
	w.slab = binary.AppendUvarint(w.slab, uint64(d.Others))
	if d.Others > 0 {
		for col := range w.table.Columns {
			if w.table.Columns[col].Sum {
				w.slab = appendNumber(w.slab, d.OthersSums[col], collectors.Missing)
			}
		}
	}
	partial := 0
	if d.Partial != "" {
		partial = 1 + w.intern(d.Partial)
	}
	w.slab = binary.AppendUvarint(w.slab, uint64(partial))
	w.slab = binary.AppendUvarint(w.slab, uint64(len(d.Rows)))
	for i := range d.Rows {
		w.addRow(&d.Rows[i])
	}
}

func (w *tableWriter) addRow(row *collectors.TableRow) {
	key := w.intern(row.Key)
	before := w.before[key]
	if before == nil {
		before = newCells(w.table)
		w.before[key] = before
	}
	clear(w.mask)
	changed := uint64(0)
	for col := range before {
		if w.cell(row, col) != before[col] {
			w.mask[col>>3] |= 1 << (col & 7)
			changed = 1
		}
	}
	w.slab = binary.AppendUvarint(w.slab, uint64(key)<<1|changed)
	if changed == 0 {
		return
	}
	w.slab = append(w.slab, w.mask...)
	for col := range before {
		if w.mask[col>>3]>>(col&7)&1 == 0 {
			continue
		}
		now := w.cell(row, col)
		if w.table.Columns[col].Kind == collectors.ColumnText {
			w.slab = binary.AppendUvarint(w.slab, uint64(now))
		} else {
			w.slab = appendNumber(w.slab, now, before[col])
		}
		before[col] = now
	}
}

func (w *tableWriter) cell(row *collectors.TableRow, col int) int64 {
	if w.table.Columns[col].Kind == collectors.ColumnText {
		return int64(w.intern(row.Cells[col].Text))
	}
	return row.Cells[col].Q
}

// newCells returns the cells of a key that was not seen before.
func newCells(table *collectors.Table) []int64 {
	cells := make([]int64, len(table.Columns))
	for col := range cells {
		cells[col] = collectors.Missing
		if table.Columns[col].Kind == collectors.ColumnText {
			cells[col] = noText
		}
	}
	return cells
}

// seal returns the finished table block in slices of its own that are no larger than
// needed.
func (w *tableWriter) seal() *tableBlock {
	c := w.tableBlock
	c.slab = append([]byte(nil), w.slab...)
	c.dict = append([]byte(nil), w.dict...)
	c.ends = append([]uint32(nil), w.ends...)
	c.bytes = tableBlockOverhead + int64(cap(c.slab)+cap(c.dict)+4*cap(c.ends))
	return &c
}

func appendNumber(dst []byte, q, before int64) []byte {
	if q == collectors.Missing {
		return append(dst, 0)
	}
	if before == collectors.Missing {
		before = 0
	}
	return binary.AppendUvarint(dst, column.Zigzag(q-before)+1)
}
