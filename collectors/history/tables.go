package history

import (
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/store"
)

// tables remembers observations of tables. It belongs to the writer; readers get
// what views returns.
type tables struct {
	histories []*tableHistory
	in        uint64
	bytes     int64
	topper    topper
}

// tableHistory remembers one table.
type tableHistory struct {
	table  *collectors.Table
	blocks []*block.Table // replaced, never changed within its length
	open   *block.TableWriter
	bytes  int64                 // of table blocks
	latest *collectors.TableData // as observed, with all rows
}

// add remembers observations that belong to row, and reports whether there were any.
func (t *tables) add(observed []*collectors.TableData, row *collectors.Row) bool {
	if len(observed) == 0 {
		return false
	}
	for _, d := range observed {
		d.Seq, d.T = row.Seq, row.T
		s := t.of(d.Table)
		s.latest = d
		s.open.Add(t.topper.top(d))
		if s.open.Count == block.MaxObservations {
			s.seal()
		}
		t.in++
	}
	t.count()
	return true
}

func (t *tables) of(table *collectors.Table) *tableHistory {
	for _, s := range t.histories {
		if s.table == table {
			return s
		}
	}
	s := &tableHistory{table: table, open: block.NewTableWriter(table)}
	t.histories = append(t.histories, s)
	return s
}

func (s *tableHistory) seal() {
	s.push(s.open.Seal())
	s.open = block.NewTableWriter(s.table)
}

func (s *tableHistory) push(c *block.Table) {
	s.bytes += c.Bytes
	s.blocks = append(slices.Clip(s.blocks), c)
}

func (t *tables) count() {
	t.bytes = 0
	for _, s := range t.histories {
		t.bytes += s.bytes + s.open.Size()
	}
}

// evict drops what belongs to rows before oldest.
func (t *tables) evict(oldest uint64) {
	for _, s := range t.histories {
		for len(s.blocks) > 0 && s.blocks[0].Last < oldest {
			s.drop()
		}
	}
	t.count()
}

func (s *tableHistory) drop() {
	s.bytes -= s.blocks[0].Bytes
	s.blocks = slices.Clone(s.blocks[1:])
}

// bound makes tables fit into limit bytes: it thins what is older than an hour, and
// drops the oldest when that is not enough.
func (t *tables) bound(limit int64, now int64) {
	for t.bytes > limit {
		largest := -1
		for i, s := range t.histories {
			if len(s.blocks) > 0 && (largest < 0 || s.bytes > t.histories[largest].bytes) {
				largest = i
			}
		}
		if largest < 0 {
			return
		}
		if s := t.histories[largest]; !s.thin(now - block.ThinAfterMs) {
			s.drop()
		}
		t.count()
	}
}

// thin replaces the oldest block.ThinKeep full table blocks by one with every block.ThinKeep-th of
// their observations, if they end before the given time.
func (s *tableHistory) thin(before int64) bool {
	i := 0
	for i < len(s.blocks) && s.blocks[i].Thinned {
		i++
	}
	if len(s.blocks) < i+block.ThinKeep || s.blocks[i+block.ThinKeep-1].LastT >= before {
		return false
	}
	w := block.NewTableWriter(s.table)
	n := 0
	for _, c := range s.blocks[i : i+block.ThinKeep] {
		for _, d := range c.Read(s.table, collectors.Window{First: c.First, Last: c.Last}) {
			if n%block.ThinKeep == 0 {
				w.Add(d)
			}
			n++
		}
		s.bytes -= c.Bytes
	}
	k := w.Seal()
	k.Thinned = true
	s.bytes += k.Bytes
	blocks := append([]*block.Table(nil), s.blocks[:i]...)
	s.blocks = append(append(blocks, k), s.blocks[i+block.ThinKeep:]...)
	return true
}

// views returns what readers may see.
func (t *tables) views() []store.HeadTable {
	v := make([]store.HeadTable, len(t.histories))
	for i, s := range t.histories {
		v[i] = store.HeadTable{Table: s.table, Blocks: s.blocks, Open: s.open.Table, Latest: s.latest}
	}
	return v
}

// heldTables returns the first row from which on every observation of a table is in
// memory.
func (v *view) heldTables(name string) uint64 {
	for i := range v.Tables {
		t := &v.Tables[i]
		if t.Table.Name != name {
			continue
		}
		for _, c := range t.Blocks {
			if !c.Thinned {
				return c.First
			}
		}
		if t.Open.Count > 0 {
			return t.Open.First
		}
	}
	return 1 << 63
}

// topper reduces observations to their top rows. It keeps scratch space.
type topper struct {
	best []ranked
	keep []bool
	out  collectors.TableData
}

type ranked struct {
	q   int64
	row int
}

// top returns d with the union of the Table.Top highest rows by each rank column,
// in their order; a row whose value is missing or not above zero is no candidate.
// The cells are shared with d, and all else is valid until the next call.
func (t *topper) top(d *collectors.TableData) *collectors.TableData {
	t.keep = append(t.keep[:0], make([]bool, len(d.Rows))...)
	for _, name := range d.Table.Rank {
		if col := d.Table.Column(name); col >= 0 {
			t.rank(d, col)
		}
	}
	out := &t.out
	out.Table, out.Seq, out.T, out.Partial = d.Table, d.Seq, d.T, d.Partial
	out.Rows, out.OthersSums = out.Rows[:0], out.OthersSums[:0]
	for i := range d.Rows {
		if t.keep[i] {
			out.Rows = append(out.Rows, d.Rows[i])
		}
	}
	out.Others = d.Others + len(d.Rows) - len(out.Rows) // of an observation of another host some are left out before
	for col := range d.Table.Columns {
		out.OthersSums = append(out.OthersSums, t.sumOthers(d, col))
	}
	return out
}

// rank marks the highest rows by a column; among equals the earlier rows win.
func (t *topper) rank(d *collectors.TableData, col int) {
	t.best = t.best[:0]
	for i := range d.Rows {
		q := d.Rows[i].Cells[col].Q
		n := len(t.best)
		if q <= 0 || n == d.Table.Top && (n == 0 || q <= t.best[n-1].q) {
			continue
		}
		if n < d.Table.Top {
			t.best = append(t.best, ranked{})
			n++
		}
		at := n - 1
		for at > 0 && t.best[at-1].q < q {
			t.best[at] = t.best[at-1]
			at--
		}
		t.best[at] = ranked{q, i}
	}
	for _, b := range t.best {
		t.keep[b.row] = true
	}
}

// sumOthers adds up a column over the rows that are not kept.
func (t *topper) sumOthers(d *collectors.TableData, col int) int64 {
	if !d.Table.Columns[col].Sum {
		return collectors.Missing
	}
	sum, some := int64(0), false
	if d.Others > 0 && d.OthersSums[col] != collectors.Missing {
		sum, some = d.OthersSums[col], true
	}
	for i := range d.Rows {
		if q := d.Rows[i].Cells[col].Q; !t.keep[i] && q != collectors.Missing {
			sum += q
			some = true
		}
	}
	if !some {
		return collectors.Missing
	}
	return sum
}
