package history

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// bytes returns what all files take.
func (w *recorder) bytes() int64 {
	n := int64(0)
	p := w.tape.past.Load()
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
	for _, f := range []*outFile{w.blocks, w.tables, w.rows} {
		if f != nil {
			n += f.Size()
		}
	}
	for _, f := range w.old {
		n += f.size
	}
	return n
}

// target is how large a segment may grow.
func (w *recorder) target() int64 { return min(w.tape.cfg.Limit/segmentsPerTape, maxSegment) }

// makeRoom makes the tape fit n bytes more: it thins the observations of tables that
// are older than an hour, oldest first, then forgets the oldest segments.
func (w *recorder) makeRoom(n int64) error {
	for w.bytes()+n > w.tape.cfg.Limit {
		done, err := w.thinOldest()
		if err == nil && !done {
			done, err = w.forgetOldest()
		}
		if err != nil {
			return err
		}
		if !done {
			return fmt.Errorf("%d bytes do not fit below the limit of %d", n, w.tape.cfg.Limit)
		}
	}
	return nil
}

// retain forgets what is older than the retention.
func (w *recorder) retain() error {
	before := w.now().Add(-w.tape.cfg.Retention).UnixMilli()
	for {
		p := w.tape.past.Load()
		if len(p.segments) == 0 || !p.segments[0].finished {
			return nil
		}
		s := p.segments[0]
		if n := len(s.blocks); n > 0 && s.blocks[n-1].lastT >= before {
			return nil
		}
		if _, err := w.forgetOldest(); err != nil {
			return err
		}
	}
}

// forgetOldest removes the oldest segment that nothing is written to, with the tables
// of its rows.
func (w *recorder) forgetOldest() (bool, error) {
	p := w.tape.past.Load()
	if len(p.segments) == 0 || p.segments[0].path == "" || w.blocks != nil && p.segments[0].path == w.blocks.path {
		return w.forgetTables(1<<63, 1)
	}
	s := p.segments[0]
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	w.publish(func(p *past) {
		p.segments = p.segments[1:]
		p.forgetInstances()
	})
	oldest, _ := w.tape.past.Load().oldest()
	_, err := w.forgetTables(oldest, len(p.tables))
	return true, err
}

// forgetTables removes at most n files of chunks that end before the row oldest.
func (w *recorder) forgetTables(oldest uint64, n int) (bool, error) {
	done := false
	for range n {
		p := w.tape.past.Load()
		if len(p.tables) == 0 || p.tables[0].path == "" || w.tables != nil && p.tables[0].path == w.tables.path {
			return done, nil
		}
		t := p.tables[0]
		if k := len(t.chunks); k > 0 && t.chunks[k-1].last >= oldest {
			return done, nil
		}
		if err := os.Remove(t.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return done, err
		}
		w.publish(func(p *past) { p.tables = p.tables[1:] })
		done = true
	}
	return done, nil
}

// forgetInstances leaves out those that ended before the oldest row.
func (p *past) forgetInstances() {
	oldest, _ := p.oldest()
	for len(p.instances) > 1 && p.instances[1].After < oldest {
		p.instances = p.instances[1:]
	}
}

// thinOldest replaces the oldest file of chunks that was not thinned by one with every
// thinKeep-th observation.
func (w *recorder) thinOldest() (bool, error) {
	before := w.now().UnixMilli() - thinAfterMs
	for i, t := range w.tape.past.Load().tables {
		if t.thinned || !t.finished {
			continue
		}
		if n := len(t.chunks); n > 0 && t.chunks[n-1].lastT >= before {
			return false, nil
		}
		thinned, err := w.thin(t)
		if err != nil {
			return false, err
		}
		w.publish(func(p *past) { p.tables[i] = thinned })
		return true, nil
	}
	return false, nil
}

// thin writes the thinned file beside the old one and puts it in its place.
func (w *recorder) thin(t *tapeTables) (*tapeTables, error) {
	path := t.path + ".new"
	file, err := w.tape.open(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	f := &outFile{
		Writer: segment.NewWriter(file, segment.Header{Kind: fileTables, Number: t.number}, 0), file: file,
		path: path, number: t.number, index: &indexRecord{Tables: t.defs, Thinned: true},
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
	w.tape.mu.Lock()
	w.tape.stats.Written += f.Size()
	w.tape.mu.Unlock()
	thinned := f.index.tableFile(t.path, t.number, f.Size())
	thinned.finished = true
	return thinned, nil
}

func thinInto(f *outFile, t *tapeTables) error {
	r := tapeReader{}
	defer r.close()
	var scratch []byte
	for number, def := range t.defs {
		out := newChunkWriter(def)
		seal := func() error {
			if out.count == 0 {
				return nil
			}
			k := out.seal()
			out = newChunkWriter(def)
			scratch = appendChunk(scratch[:0], number, k)
			offset, err := f.Append(recordChunk, scratch)
			f.index.Chunks = append(f.index.Chunks, chunkIndex{number, k.first, k.last, k.lastT, placeIndex{offset, len(scratch)}})
			return err
		}
		n := 0
		for i := range t.chunks {
			if t.chunks[i].table != number {
				continue
			}
			k, err := r.chunk(t, i)
			if err != nil {
				continue // a reader has counted it, or will
			}
			var all []*collectors.TableData
			if guard(func() { all = k.read(nil, def, k.first, k.last) }) != nil {
				continue
			}
			for _, d := range all {
				if n%thinKeep == 0 {
					out.add(d)
				}
				n++
				if out.count == chunkSize {
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
	slices.SortStableFunc(f.index.Chunks, func(a, b chunkIndex) int { return cmp.Compare(a.First, b.First) })
	return nil
}

// finishLarge finishes the files that have reached their size. New ones begin with the
// next step.
func (w *recorder) finishLarge() error {
	if w.blocks != nil && w.blocks.Size() >= w.target() {
		if err := w.finishBlocks(); err != nil {
			return err
		}
		if err := w.retain(); err != nil {
			return err
		}
	}
	if w.tables != nil && w.tables.Size() >= w.target() {
		return w.finishTables()
	}
	return nil
}

// finishBlocks writes summaries and index behind the blocks.
func (w *recorder) finishBlocks() error {
	f := w.blocks
	var own *tapeSegment
	w.publish(func(p *past) { own = w.ownSegment(p) })
	r := tapeReader{}
	sums, dir := buildSums(len(own.blocks), func(i int) *block {
		b := r.block(own, i, true)
		if b == nil || guard(func() { check(b) }) != nil {
			return nil
		}
		return b
	})
	r.close()
	series := make([]collectors.Series, 0, len(w.described))
	for id, s := range f.index.series {
		if _, again := w.described[id]; !again {
			series = append(series, s)
		}
	}
	for _, s := range w.described {
		series = append(series, s)
	}
	slices.SortFunc(series, func(a, b collectors.Series) int { return int(a.ID - b.ID) })

	for _, part := range []struct {
		kind    byte
		payload []byte
		at      *placeIndex
	}{
		{recordSums, sums, &f.index.Sums},
		{recordSumsDir, dir, &f.index.SumsDir},
		{recordCatalog, deflateJSON(describe(series, nil)), &f.index.Catalog},
	} {
		offset, err := f.Append(part.kind, part.payload)
		if err != nil {
			return err
		}
		*part.at = placeIndex{offset, len(part.payload)}
	}
	if err := finishIndex(f); err != nil {
		return err
	}
	if err := w.flush(f); err != nil {
		return err
	}
	w.publish(func(p *past) {
		s := w.ownSegment(p)
		s.finished = true
		s.sums, s.sumsDir = place{f.index.Sums.Offset, f.index.Sums.Size}, place{f.index.SumsDir.Offset, f.index.SumsDir.Size}
	})
	w.retired = append(w.retired, f.file)
	w.blocks = nil
	return nil
}

func (w *recorder) finishTables() error {
	f := w.tables
	if err := finishIndex(f); err != nil {
		return err
	}
	if err := w.flush(f); err != nil {
		return err
	}
	w.publish(func(p *past) { w.ownTables(p).finished = true })
	w.retired = append(w.retired, f.file)
	w.tables = nil
	return nil
}

// finishIndex appends the index and the trailer that names it.
func finishIndex(f *outFile) error {
	offset, err := f.Append(recordIndex, deflateJSON(f.index))
	if err != nil {
		return err
	}
	f.Finish(offset)
	return nil
}

// sync puts what was written on the disk, beside everything else, when syncEvery has
// passed since the last time. When force is set it waits for it.
func (w *recorder) sync(force bool) error {
	if w.syncing {
		if !force {
			return nil
		}
		if err := w.joinSync(<-w.synced); err != nil {
			return err
		}
	}
	now := w.now()
	if !force && now.Sub(w.lastSync) < syncEvery {
		return nil
	}
	w.lastSync = now
	if w.gone() {
		return errGone
	}
	var files []segment.File
	for _, f := range []*outFile{w.blocks, w.tables, w.rows} {
		if f != nil && f.dirty {
			files = append(files, f.file)
			f.dirty = false
		}
	}
	retired := w.retired
	w.retired = nil
	if len(files)+len(retired) == 0 {
		w.removeOld(w.sealed)
		return nil
	}
	sealed := w.sealed
	w.syncing = true
	go func() {
		res := syncResult{sealed: sealed}
		for _, f := range files {
			res.err = errors.Join(res.err, f.Sync())
		}
		for _, f := range retired {
			res.err = errors.Join(res.err, f.Sync(), f.Close())
		}
		w.synced <- res
	}()
	if force {
		return w.joinSync(<-w.synced)
	}
	return nil
}

// collectSync takes the outcome of a sync that has ended.
func (w *recorder) collectSync() error {
	select {
	case res := <-w.synced:
		return w.joinSync(res)
	default:
		return nil
	}
}

func (w *recorder) joinSync(res syncResult) error {
	w.syncing = false
	if res.err != nil && !errors.Is(res.err, os.ErrClosed) {
		return res.err
	}
	w.removeOld(res.sealed)
	return nil
}

// removeOld removes the files of open rows whose rows are in blocks on the disk.
func (w *recorder) removeOld(sealed uint64) {
	if w.pending != nil {
		return
	}
	w.old = slices.DeleteFunc(w.old, func(f openFile) bool {
		if f.last > sealed {
			return false
		}
		err := os.Remove(f.path)
		return err == nil || errors.Is(err, fs.ErrNotExist)
	})
}

// leftovers removes what a thinning that was interrupted left behind.
func leftovers(dir string) {
	found, _ := filepath.Glob(filepath.Join(dir, "*.new"))
	for _, path := range found {
		_ = os.Remove(path)
	}
}
