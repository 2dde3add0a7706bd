package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// bytes returns what all files take.
func (w *recorder) bytes() int64 {
	n := int64(0)
	p := w.store.held.Load()
	for _, s := range p.segments {
		if w.blocks == nil || s.path != w.blocks.path {
			n += s.size
		}
	}
	for _, t := range p.tables {
		if w.tables == nil || t.path != w.tables.path {
			n += t.size
		}
	}
	for _, f := range []*outFile{w.blocks, w.tables, w.wal} {
		if f != nil {
			n += f.Size()
		}
	}
	for _, f := range w.logs {
		n += f.size
	}
	return n + w.store.events.Bytes()
}

// makeRoom makes the store fit n bytes more: it thins the observations of tables that
// are older than an hour, oldest first, then evicts the oldest segments.
func (w *recorder) makeRoom(n int64) error {
	for w.bytes()+n > w.store.cfg.Limit {
		done, err := w.thinOldest()
		if err == nil && !done {
			done, err = w.evictOldest()
		}
		if err != nil {
			return err
		}
		if !done {
			return fmt.Errorf("%d bytes do not fit below the limit of %d", n, w.store.cfg.Limit)
		}
	}
	return nil
}

// A segment takes at most a part of the retention, so that this is held by removing
// whole ones; not less than leastSpan, since each says what its series are called.
const (
	segmentsPerRetention = 20
	leastSpan            = 2 * time.Minute
	retainEvery          = 30 * time.Second
)

// span is how much time a segment may take.
func (w *recorder) span() time.Duration {
	return max(w.store.cfg.Retention/segmentsPerRetention, leastSpan)
}

// outlived reports whether a file whose first rows are of a time has taken its span.
func (w *recorder) outlived(firstT int64) bool {
	return w.newestT-firstT >= w.span().Milliseconds()
}

// retain evicts what is older than the retention, where it is time to look.
func (w *recorder) retain() error {
	now := w.now()
	if since := now.Sub(w.retained); since >= 0 && since < retainEvery {
		return nil
	}
	w.retained = now
	before := now.Add(-w.store.cfg.Retention).UnixMilli()
	for {
		p := w.store.held.Load()
		if len(p.segments) == 0 || p.segments[0].path == "" || w.blocks != nil && p.segments[0].path == w.blocks.path {
			return nil
		}
		s := p.segments[0]
		if n := len(s.blocks); n > 0 && s.blocks[n-1].LastT >= before {
			return nil
		}
		if _, err := w.evictOldest(); err != nil {
			return err
		}
	}
}

// evictOldest removes the oldest segment that nothing is written to, with the tables
// of its rows.
func (w *recorder) evictOldest() (bool, error) {
	p := w.store.held.Load()
	if len(p.segments) == 0 || p.segments[0].path == "" || w.blocks != nil && p.segments[0].path == w.blocks.path {
		return w.evictTables(1<<63, 1)
	}
	s := p.segments[0]
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	w.publish(func(p *Snapshot) {
		p.segments = p.segments[1:]
		p.evictInstances()
	})
	oldest, _ := w.store.held.Load().Oldest()
	_, err := w.evictTables(oldest, len(p.tables))
	return true, err
}

// evictTables removes at most n files of table blocks that end before the row oldest.
func (w *recorder) evictTables(oldest uint64, n int) (bool, error) {
	done := false
	for range n {
		p := w.store.held.Load()
		if len(p.tables) == 0 || p.tables[0].path == "" || w.tables != nil && p.tables[0].path == w.tables.path {
			return done, nil
		}
		t := p.tables[0]
		if k := len(t.blocks); k > 0 && t.blocks[k-1].last >= oldest {
			return done, nil
		}
		if err := os.Remove(t.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return done, err
		}
		w.publish(func(p *Snapshot) { p.tables = p.tables[1:] })
		done = true
	}
	return done, nil
}

// evictInstances leaves out those that ended before the oldest row.
func (p *Snapshot) evictInstances() {
	oldest, _ := p.Oldest()
	for len(p.instances) > 1 && p.instances[1].After < oldest {
		p.instances = p.instances[1:]
	}
}

// thinOldest replaces the oldest file of table blocks that was not thinned by one with every
// block.ThinKeep-th observation.
func (w *recorder) thinOldest() (bool, error) {
	before := w.now().UnixMilli() - block.ThinAfterMs
	for i, t := range w.store.held.Load().tables {
		if t.thinned || !t.finished {
			continue
		}
		if n := len(t.blocks); n > 0 && t.blocks[n-1].lastT >= before {
			return false, nil
		}
		thinned, err := w.thin(t)
		if err != nil {
			return false, err
		}
		w.publish(func(p *Snapshot) { p.tables[i] = thinned })
		return true, nil
	}
	return false, nil
}

// thin writes the thinned file beside the old one and puts it in its place.
func (w *recorder) thin(t *tableFile) (*tableFile, error) {
	path := t.path + ".new"
	file, err := w.store.open(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	f := &outFile{
		Writer: segment.NewWriter(file, segment.Header{Kind: fileTables, Number: t.number}, 0), file: file,
		path: path, number: t.number, index: &indexRecord{described: described{tables: t.defs}, thinned: true},
	}
	err = thinInto(f, t)
	if err == nil {
		err = finishIndex(f)
	}
	if err == nil {
		err = f.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(path, t.path)
	}
	if err != nil {
		_ = os.Remove(path)
		return nil, err
	}
	w.store.mu.Lock()
	w.store.stats.Written += f.Size()
	w.store.mu.Unlock()
	thinned := f.index.tableFile(t.path, t.number, f.Size())
	thinned.finished = true
	return thinned, nil
}

func thinInto(f *outFile, t *tableFile) error {
	r := Reader{}
	defer r.Close()
	var scratch []byte
	for number, def := range t.defs {
		out := block.NewTableWriter(def)
		seal := func() error {
			if out.Count == 0 {
				return nil
			}
			k := out.Seal()
			out = block.NewTableWriter(def)
			scratch = block.AppendTable(scratch[:0], number, k)
			offset, err := f.Append(recordTableBlock, scratch)
			f.index.tableBlocks = append(f.index.tableBlocks, indexTableBlock(number, k, place{offset, len(scratch)}))
			return err
		}
		n := 0
		for at, last := range tableBlocks([]*tableFile{t}, def.Name) {
			if k := at.block(); k.table != number || k.first > last {
				continue
			}
			all, err := r.observations(t, at.i, collectors.Window{Last: last})
			if err != nil {
				return err
			}
			for _, d := range all {
				if n%block.ThinKeep == 0 {
					out.Add(d)
				}
				n++
				if out.Count == block.MaxObservations {
					if err := seal(); err != nil {
						return err
					}
				}
			}
		}
		if err := seal(); err != nil {
			return err
		}
	}
	slices.SortStableFunc(f.index.tableBlocks, func(a, b tableBlock) int { return cmp.Compare(a.first, b.first) })
	return nil
}

// leftovers removes what a thinning that was interrupted left behind.
func leftovers(dir string) {
	found, _ := filepath.Glob(filepath.Join(dir, "*.new"))
	for _, path := range found {
		_ = os.Remove(path)
	}
}
