package store

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// Archive is a store that is only read: the directory of a dashcam that runs, as it was
// when it was opened, or a copy of one. It may be used by several goroutines.
type Archive struct {
	dir string
	l   *loaded
}

// OpenArchive reads what a directory holds. It changes nothing there, and needs no
// lock.
func OpenArchive(dir string) (*Archive, error) {
	// A dashcam that writes there may move rows from one file to another meanwhile.
	const attempts = 10
	for range attempts {
		before, err := fileNames(dir)
		if err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		l, err := load(dir)
		if err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		after, err := fileNames(dir)
		if err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		if slices.Equal(before, after) {
			if len(l.segments) == 0 {
				return nil, fmt.Errorf("read the history: %w", errors.Join(fmt.Errorf("nothing of it is in %s", dir), os.ErrNotExist))
			}
			return &Archive{dir, l}, nil
		}
	}
	return nil, fmt.Errorf("read the history: the files in %s change too fast", dir)
}

// ReadOnly returns a store with what the archive holds, to be given to a ring that answers
// questions about it. Nothing is ever written: it has no lock, and must not Run.
func (a *Archive) ReadOnly() *Store {
	refuse := func(path string, _ int) (segment.File, error) {
		return nil, fmt.Errorf("write %s: the history was opened to be read", path)
	}
	t := &Store{
		cfg: Config{Dir: a.dir, Log: slog.New(slog.DiscardHandler)}, gate: make(readGate, readsAtOnce), open: refuse,
		loaded: a.l, why: a.l.howEnded(""), ended: a.l.ended, leftOut: maps.Clone(a.l.leftOut),
		stats: collectors.StoreStats{Bytes: a.l.bytes(), Damaged: a.l.damaged, Torn: a.l.torn},
	}
	t.held.Store(&a.l.Snapshot)
	// Files of events that cannot be read are left out, as those of rows are.
	t.events, _ = openEventLog(&Config{Dir: a.dir, Limit: DefaultLimit, Retention: DefaultRetention}, refuse)
	return t
}

func fileNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// Stats says what the archive holds. Limits are not known.
func (a *Archive) Stats() collectors.StoreStats {
	s := collectors.StoreStats{Dir: a.dir, Bytes: a.l.bytes(), Damaged: a.l.damaged, Torn: a.l.torn, LeftOut: len(a.l.leftOut)}
	a.l.describe(&s)
	for _, seg := range a.l.segments {
		for i := range seg.blocks {
			s.Rows += int64(seg.blocks[i].Rows)
		}
	}
	return s
}

// Ended says whether the newest instance ended by itself; one that runs did not.
func (a *Archive) Ended() bool { return a.l.ended }

// Problems are what is wrong with the files, in words.
func (a *Archive) Problems() []string { return a.l.report }

// Series returns every series of the archive, ascending by id.
func (a *Archive) Series() []collectors.Series {
	out := make([]collectors.Series, len(a.l.Series))
	for i := range a.l.Series {
		out[i] = a.l.Series[i].Series
	}
	return out
}

// Rows calls f for every row with a time from from to to (Unix milliseconds, to
// exclusive), in the order in which they were recorded, until f returns an error. Their
// ids are those of Series. A row is valid until f returns.
func (a *Archive) Rows(from, to int64, f func(row *collectors.Row) error) error {
	return a.blocks(from, to, func(b *block.Sealed) error {
		rows := b.AppendRows(nil, b.First, b.Last())
		for i := range rows {
			if rows[i].T < from || rows[i].T >= to {
				continue
			}
			if err := f(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Present returns the ids of the series with a value in rows with a time from from to
// to, to about a block.
func (a *Archive) Present(from, to int64) []collectors.SeriesID {
	seen := make(map[collectors.SeriesID]bool)
	// Nothing in the call ends it.
	_ = a.blocks(from, to, func(b *block.Sealed) error {
		for _, id := range b.IDs {
			seen[id] = true
		}
		return nil
	})
	return slices.Sorted(maps.Keys(seen))
}

// blocks reads the blocks that touch a time, all of whose columns can be unpacked. Others
// are counted as damaged.
func (a *Archive) blocks(from, to int64, f func(b *block.Sealed) error) error {
	r := Reader{}
	defer r.Close()
	for s, i := range a.l.Blocks(0) {
		if at := &s.blocks[i]; at.LastT < from || at.FirstT >= to {
			continue
		}
		b, err := r.Block(s, i, nil)
		if b == nil || err != nil {
			continue
		}
		if err := f(b); err != nil {
			return err
		}
	}
	return nil
}

// TableNames are the tables of the archive, by name.
func (a *Archive) TableNames() []string {
	names := make(map[string]bool)
	for _, t := range a.l.tables {
		for _, def := range t.defs {
			names[def.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Table describes a table as the newest file that has it does, nil where none has.
func (a *Archive) Table(name string) *collectors.Table {
	for _, t := range slices.Backward(a.l.tables) {
		for _, def := range slices.Backward(t.defs) {
			if def.Name == name {
				return def
			}
		}
	}
	return nil
}

// Observations calls f for the observations of a table with a time from from to to (Unix
// milliseconds, to exclusive), in the order in which they were recorded, until f returns an
// error.
func (a *Archive) Observations(table string, from, to int64, f func(d *collectors.TableData) error) error {
	r := Reader{}
	defer r.Close()
	newest, _ := a.l.Newest()
	for at, last := range tableBlocks(a.l.tables, table) {
		last = min(last, newest) // of a row that is not there nothing is known
		if k := at.block(); k.lastT < from || k.first > last {
			continue
		}
		all, err := r.observations(at.of, at.i, collectors.Window{Last: last})
		if err != nil {
			return err
		}
		for _, d := range all {
			if d.T < from || d.T >= to {
				continue
			}
			if err := f(d); err != nil {
				return err
			}
		}
	}
	return nil
}
