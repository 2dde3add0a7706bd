package store

import (
	"fmt"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// walFile is a write-ahead log.
type walFile struct {
	path string
	size int64
	last uint64 // last row in it
}

// walRows is what the write-ahead logs hold beyond the segments.
type walRows struct {
	rows   []collectors.Row
	tables []namedTable
}

type namedTable struct {
	table string
	*block.Table
}

// loadWAL reads a write-ahead log. Rows that stand in a segment already are left
// out.
func (l *loaded) loadWAL(path string, number uint64) error {
	b, ok, err := l.readWhole(path, number)
	if err != nil {
		return err
	}
	f := walFile{path: path, size: int64(len(b))}
	defer func() { l.logs = append(l.logs, f) }()
	if !ok {
		return nil
	}
	x := new(indexRecord)
	var rows block.RowReader
	open := make(map[string]*block.Table)
	l.records(path, b, number, func(kind byte, offset int64, p []byte) error {
		switch kind {
		case recordRow:
			row, err := rows.Next(p)
			if err == nil {
				l.unsealed.add(row)
				f.last = max(f.last, row.Seq)
			}
			return err
		case recordGrowth:
			return block.Grow(open, p)
		}
		return x.add(kind, offset, p)
	})
	l.collect(x)
	for table, k := range open {
		l.unsealed.addTableBlock(namedTable{table, k})
	}
	return nil
}

func (o *walRows) add(row collectors.Row) {
	if n := len(o.rows); n == 0 || row.Seq > o.rows[n-1].Seq {
		o.rows = append(o.rows, row)
	}
}

// addTableBlock adds an open table block. The next file begins with all of it once more.
func (o *walRows) addTableBlock(k namedTable) {
	for i := range o.tables {
		if have := &o.tables[i]; have.table == k.table && have.First == k.First {
			if k.Last > have.Last {
				*have = k
			}
			return
		}
	}
	o.tables = append(o.tables, k)
}

// seal makes blocks and table blocks of the rows in write-ahead logs. They stand in memory, behind the
// newest segment, until they are written.
func (l *loaded) seal() {
	newest, _ := l.Newest()
	rows := l.unsealed.rows
	for len(rows) > 0 && rows[0].Seq <= newest {
		rows = rows[1:]
	}
	if len(rows) > 0 {
		l.sealRows(rows)
	}
	tables := l.unsealed.tables
	slices.SortFunc(tables, func(a, b namedTable) int { return int(int64(a.First - b.First)) })
	for _, k := range tables {
		l.sealTableBlock(k)
	}
	l.unsealed = walRows{}
}

func (l *loaded) sealRows(rows []collectors.Row) {
	tick := int64(1000)
	if n := len(l.instances); n > 0 {
		tick = l.instances[n-1].IntervalMs
	}
	l.leaveOut(rows)
	for i := range rows {
		rows[i].Rev = 1 // revisions mean nothing to the next instance
	}
	s := block.NewSealer(tick, 0)
	mem := &Segment{damage: new(damage)}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && n < block.MaxRows && rows[n].Seq == rows[n-1].Seq+1 && rows[n].T > rows[n-1].T {
			n++
		}
		b := s.Seal(rows[:n])
		x := indexBlock(b, place{})
		x.mem = b
		mem.blocks = append(mem.blocks, x)
		for _, id := range b.IDs {
			l.touch(id, b.Last())
		}
		rows = rows[n:]
	}
	l.segments = append(l.segments, mem)
}

// leaveOut makes the values of series missing that no catalog describes: a power cut
// may have taken it.
func (l *loaded) leaveOut(rows []collectors.Row) {
	unknown := make(map[collectors.SeriesID]bool)
	for i := range rows {
		row := &rows[i]
		for k, id := range row.IDs {
			if row.Q[k] != collectors.Missing && l.find(id) == nil {
				row.Q[k] = collectors.Missing
				unknown[id] = true
			}
		}
	}
	if len(unknown) > 0 {
		l.damaged += len(unknown)
		l.say(fmt.Sprintf("%d series of the last rows are not described", len(unknown)))
	}
}

func (l *loaded) find(id collectors.SeriesID) *RestoredSeries {
	i, ok := slices.BinarySearchFunc(l.Series, id, func(s *RestoredSeries, id collectors.SeriesID) int { return int(s.ID - id) })
	if !ok {
		return nil
	}
	return l.Series[i]
}

// touch notes that a series has a value in the row seq.
func (l *loaded) touch(id collectors.SeriesID, seq uint64) {
	if s := l.find(id); s != nil {
		s.Last = max(s.Last, seq)
	}
}

// sealTableBlock adds a table block that is not on the store yet: one there may end with an
// observation of the row that this one begins with, see tableBlocks.
func (l *loaded) sealTableBlock(k namedTable) {
	var def *collectors.Table
	for _, t := range l.tables {
		for i := range t.blocks {
			if b := &t.blocks[i]; t.defs[b.table].Name == k.table && b.first >= k.First && b.last >= k.Last {
				return
			}
		}
		for _, d := range t.defs {
			if d.Name == k.table {
				def = d
			}
		}
	}
	if def == nil || block.Guard(func() { k.Read(def, collectors.Window{First: k.First, Last: k.Last}) }) != nil {
		l.damaged++
		l.say("the last observations of " + k.table + " do not make sense")
		return
	}
	mem := &tableFile{defs: []*collectors.Table{def}, damage: new(damage)}
	mem.blocks = []tableBlock{{first: k.First, last: k.Last, lastT: k.LastT, mem: k.Table}}
	l.tables = append(l.tables, mem)
}

// date finds out when instances began, and leaves out those of which no row is there.
func (l *loaded) date() {
	kept := l.instances[:0]
	for i := range l.instances {
		in := l.instances[i]
		end := uint64(1<<63 - 1)
		if i+1 < len(l.instances) {
			end = l.instances[i+1].After
		}
		for s, at := range l.Blocks(in.After + 1) {
			if s.blocks[at].First <= end {
				in.FirstT = s.blocks[at].FirstT
			}
			break
		}
		if in.FirstT > 0 || i == len(l.instances)-1 {
			kept = append(kept, in)
		}
	}
	l.instances = kept
}
