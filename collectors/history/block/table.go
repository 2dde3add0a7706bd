package block

import (
	"encoding/binary"
	"strings"

	"dashcam/collectors"
)

// MaxObservations is how many observations of a table share strings and differences.
const MaxObservations = 64

// Where room is short, only every ThinKeep-th of the observations is kept that are older
// than ThinAfterMs.
const (
	ThinAfterMs = 3600 * 1000
	ThinKeep    = 5
)

// Table is a run of observations of one table, each as its difference from the one
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
// the zigzag of its difference from the same cell of the same key before. A Table
// that was sealed is immutable; one still being written only grows.
type Table struct {
	First, Last uint64
	LastT       int64
	Count       int
	Slab        []byte
	Dict        []byte
	Ends        []uint32 // where each string of dict ends
	Thinned     bool
	Bytes       int64
}

// tableOverhead is the size of a table block without what it points to, and of its place
// in the list.
const tableOverhead = 144 + 8

// noText is the number of the text of a cell that was not yet set.
const noText = -1

// TableWriter appends observations to a table block. It belongs to one goroutine, but what
// its Table was at a moment may be read by others.
type TableWriter struct {
	Table
	table  *collectors.Table
	index  map[string]int
	before map[int][]int64 // cells by key: quanta, or the number of the text
	mask   []byte
}

// NewTableWriter returns a writer of an empty table block.
func NewTableWriter(table *collectors.Table) *TableWriter {
	return &TableWriter{
		table:  table,
		index:  make(map[string]int),
		before: make(map[int][]int64),
		mask:   make([]byte, (len(table.Columns)+7)/8),
	}
}

// Size returns what the unfinished table block takes.
func (w *TableWriter) Size() int64 {
	return tableOverhead + int64(cap(w.Slab)+cap(w.Dict)+4*cap(w.Ends)) +
		64*int64(len(w.index)) + int64(len(w.before))*(64+8*int64(len(w.table.Columns)))
}

// intern returns the number of s. The dictionary holds its own copy, so that
// nothing of the observation is kept alive.
func (w *TableWriter) intern(s string) int {
	i, ok := w.index[s]
	if !ok {
		i = len(w.Ends)
		w.Dict = append(w.Dict, s...)
		w.Ends = append(w.Ends, uint32(len(w.Dict)))
		w.index[strings.Clone(s)] = i
	}
	return i
}

// Add appends d, whose rows are remembered as they are.
func (w *TableWriter) Add(d *collectors.TableData) {
	if w.Count == 0 {
		w.First = d.Seq
	}
	w.Slab = binary.AppendUvarint(w.Slab, d.Seq-w.Last)
	w.Slab = binary.AppendVarint(w.Slab, d.T-w.LastT)
	w.Last, w.LastT = d.Seq, d.T
	w.Count++
	w.Slab = binary.AppendUvarint(w.Slab, uint64(d.Others))
	if d.Others > 0 {
		for col := range w.table.Columns {
			if w.table.Columns[col].Sum {
				w.Slab = appendNumber(w.Slab, d.OthersSums[col], collectors.Missing)
			}
		}
	}
	partial := 0
	if d.Partial != "" {
		partial = 1 + w.intern(d.Partial)
	}
	w.Slab = binary.AppendUvarint(w.Slab, uint64(partial))
	w.Slab = binary.AppendUvarint(w.Slab, uint64(len(d.Rows)))
	for i := range d.Rows {
		w.addRow(&d.Rows[i])
	}
}

func (w *TableWriter) addRow(row *collectors.TableRow) {
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
	w.Slab = binary.AppendUvarint(w.Slab, uint64(key)<<1|changed)
	if changed == 0 {
		return
	}
	w.Slab = append(w.Slab, w.mask...)
	for col := range before {
		if w.mask[col>>3]>>(col&7)&1 == 0 {
			continue
		}
		now := w.cell(row, col)
		if w.table.Columns[col].Kind == collectors.ColumnText {
			w.Slab = binary.AppendUvarint(w.Slab, uint64(now))
		} else {
			w.Slab = appendNumber(w.Slab, now, before[col])
		}
		before[col] = now
	}
}

func (w *TableWriter) cell(row *collectors.TableRow, col int) int64 {
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

// Seal returns the finished table block in slices of its own that are no larger than
// needed.
func (w *TableWriter) Seal() *Table {
	c := w.Table
	c.Slab = append([]byte(nil), w.Slab...)
	c.Dict = append([]byte(nil), w.Dict...)
	c.Ends = append([]uint32(nil), w.Ends...)
	c.Bytes = tableOverhead + int64(cap(c.Slab)+cap(c.Dict)+4*cap(c.Ends))
	return &c
}

func appendNumber(dst []byte, q, before int64) []byte {
	if q == collectors.Missing {
		return append(dst, 0)
	}
	if before == collectors.Missing {
		before = 0
	}
	return binary.AppendUvarint(dst, zigzag(q-before)+1)
}
