package history

import (
	"fmt"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
)

// openRows is what the files of open rows hold beyond the segments.
type openRows struct {
	rows   []collectors.Row
	chunks []namedTableBlock
}

type namedTableBlock struct {
	table string
	*block.Table
}

// loadOpen reads a file of open rows. Rows that stand in a segment already are left
// out.
func (l *loaded) loadOpen(path string, number uint64) error {
	b, ok, err := l.readWhole(path, number)
	if err != nil {
		return err
	}
	f := openFile{path: path, size: int64(len(b))}
	defer func() { l.open = append(l.open, f) }()
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
		case recordPiece:
			return block.Grow(open, p)
		}
		return x.add(kind, offset, p)
	})
	l.collect(x)
	for table, k := range open {
		l.unsealed.addTableBlock(namedTableBlock{table, k})
	}
	return nil
}

func (o *openRows) add(row collectors.Row) {
	if n := len(o.rows); n == 0 || row.Seq > o.rows[n-1].Seq {
		o.rows = append(o.rows, row)
	}
}

// addTableBlock adds an open table block. The next file begins with all of it once more.
func (o *openRows) addTableBlock(k namedTableBlock) {
	for i := range o.chunks {
		if have := &o.chunks[i]; have.table == k.table && have.First == k.First {
			if k.Last > have.Last {
				*have = k
			}
			return
		}
	}
	o.chunks = append(o.chunks, k)
}

// sealOpen makes blocks and table blocks of the open rows. They stand in memory, behind the
// newest segment, until they are written.
func (l *loaded) sealOpen() {
	newest, _ := l.newest()
	rows := l.unsealed.rows
	for len(rows) > 0 && rows[0].Seq <= newest {
		rows = rows[1:]
	}
	if len(rows) > 0 {
		l.sealRows(rows)
	}
	chunks := l.unsealed.chunks
	slices.SortFunc(chunks, func(a, b namedTableBlock) int { return int(int64(a.First - b.First)) })
	for _, k := range chunks {
		l.sealTableBlock(k)
	}
	l.unsealed = openRows{}
}

func (l *loaded) sealRows(rows []collectors.Row) {
	tick := DefaultInterval.Milliseconds()
	if n := len(l.instances); n > 0 {
		tick = l.instances[n-1].IntervalMs
	}
	l.leaveOut(rows)
	for i := range rows {
		rows[i].Rev = 1 // revisions mean nothing to the next instance
	}
	s := block.NewSealer(tick, 0)
	mem := &storedSegment{damage: new(damage)}
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

func (l *loaded) find(id collectors.SeriesID) *restoredSeries {
	i, ok := slices.BinarySearchFunc(l.series, id, func(s *restoredSeries, id collectors.SeriesID) int { return int(s.ID - id) })
	if !ok {
		return nil
	}
	return l.series[i]
}

// touch notes that a series has a value in the row seq.
func (l *loaded) touch(id collectors.SeriesID, seq uint64) {
	if s := l.find(id); s != nil {
		s.last = max(s.last, seq)
	}
}

// sealTableBlock adds a table block that is not on the store yet.
func (l *loaded) sealTableBlock(k namedTableBlock) {
	var def *collectors.Table
	for _, t := range l.past.tables {
		for i := range t.chunks {
			if c := &t.chunks[i]; t.defs[c.table].Name == k.table && c.last >= k.Last {
				return
			}
		}
		for _, d := range t.defs {
			if d.Name == k.table {
				def = d
			}
		}
	}
	if def == nil || block.Guard(func() { k.Read(def, k.First, k.Last) }) != nil {
		l.damaged++
		l.say("the last observations of " + k.table + " do not make sense")
		return
	}
	mem := &storedTables{defs: []*collectors.Table{def}, damage: new(damage)}
	mem.chunks = []storedTableBlock{{first: k.First, last: k.Last, lastT: k.LastT, mem: k.Table}}
	l.past.tables = append(l.past.tables, mem)
}

// date finds out when instances began, and forgets those of which no row is there.
func (l *loaded) date() {
	kept := l.instances[:0]
	for i := range l.instances {
		in := l.instances[i]
		end := uint64(1<<63 - 1)
		if i+1 < len(l.instances) {
			end = l.instances[i+1].After
		}
		l.each(in.After+1, end+1, func(s *storedSegment, at int) bool {
			in.FirstT = s.blocks[at].firstT
			return false
		})
		if in.FirstT > 0 || i == len(l.instances)-1 {
			kept = append(kept, in)
		}
	}
	l.instances = kept
}
