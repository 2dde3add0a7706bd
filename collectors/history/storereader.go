package history

import (
	"context"
	"fmt"
	"iter"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// storeReader reads blocks and table blocks for one question. It keeps the last file open.
type storeReader struct {
	ctx  context.Context // nil for one that waits as long as it takes
	gate diskGate
	file *diskFile
	// stopped is why nothing more is read: the context's error, or ErrStoreBusy.
	stopped error
	// older is the row up to which blocks are of earlier instances: their revisions
	// mean nothing now.
	older uint64
}

// reader returns one for a question to the ring.
func (r *Ring) reader(ctx context.Context) *storeReader {
	rd := &storeReader{ctx: ctx, older: r.base.Load()}
	if r.cfg.Store != nil {
		rd.gate = r.cfg.Store.gate
	}
	return rd
}

func (r *storeReader) close() {
	if r.file != nil {
		r.file.close()
		r.file = nil
	}
}

// read reads n bytes of a file. They are valid until the next call.
func (r *storeReader) read(path string, offset int64, n int) ([]byte, error) {
	if r.stopped != nil {
		return nil, r.stopped
	}
	f := r.file
	if f == nil || f.path != path {
		f = &diskFile{path: path, stale: f}
		r.file = f
	}
	if r.ctx == nil {
		return f.read(offset, n)
	}
	// What a read that is abandoned does when it returns is seen by nobody.
	var got struct {
		b   []byte
		err error
	}
	r.stopped = r.gate.interruptible(r.ctx, func() { got.b, got.err = f.read(offset, n) }, f.close)
	if r.stopped != nil {
		r.file = nil // it belongs to the read that hangs
		return nil, r.stopped
	}
	return got.b, got.err
}

// record reads the payload of a record, which is valid until the next call.
func (r *storeReader) record(path string, number uint64, at place) ([]byte, error) {
	n := segment.HeadSize + at.size
	b, err := r.read(path, at.offset, n)
	if err != nil {
		return nil, err
	}
	_, payload, size, err := segment.ParseRecord(b, number, at.offset)
	if err == nil && size != n {
		err = segment.ErrDamaged
	}
	return payload, err
}

// block reads a block, nil where it cannot be read; what is damaged is remembered. It is
// valid until the next call.
func (r *storeReader) block(s *storedSegment, i int) (*block.Sealed, error) {
	at := &s.blocks[i]
	if at.mem != nil {
		return at.mem, nil
	}
	if s.damage.at(at.offset) {
		return nil, nil
	}
	p, err := r.record(s.path, s.number, at.place)
	if r.stopped != nil {
		return nil, r.stopped
	}
	var b *block.Sealed
	if err == nil {
		b, err = block.Parse(p)
	}
	if err == nil && (b.First != at.first || b.Rows != at.rows) {
		err = block.ErrInvalid
	}
	if err != nil {
		s.damage.note(at.offset, err)
		return nil, nil
	}
	if b.First <= r.older {
		b.SetRev(1)
	}
	if s.rename != nil {
		b.Rename(s.rename)
	}
	return b, nil
}

// whole is block for one all of whose columns can be unpacked.
func (r *storeReader) whole(s *storedSegment, i int) (*block.Sealed, error) {
	b, err := r.block(s, i)
	if b == nil || err != nil || s.blocks[i].mem != nil {
		return b, err
	}
	if err := block.Guard(b.Check); err != nil {
		s.damage.note(s.blocks[i].offset, err)
		return nil, nil
	}
	return b, nil
}

// inFile returns the id that a series of ours has in the file.
func (s *storedSegment) inFile(id collectors.SeriesID) (collectors.SeriesID, bool) {
	if s.rename == nil {
		return id, true
	}
	for inFile, ours := range s.rename {
		if ours == id {
			return inFile, true
		}
	}
	return 0, false
}

// blocks reads the blocks with rows from first to last, which are on the store without
// a hole. It reports false when one turned out not to be readable.
func (r *storeReader) blocks(p *past, first, last uint64) (blocks []*block.Sealed, ok bool, err error) {
	ok = true
	p.each(first, last+1, func(s *storedSegment, i int) bool {
		var b *block.Sealed
		if b, err = r.whole(s, i); err != nil || b == nil {
			ok = false
			return false
		}
		if s.blocks[i].mem == nil {
			r.file.bytes = nil // the block keeps it
		}
		blocks = append(blocks, b)
		return true
	})
	return blocks, ok, err
}

// ids calls note for the ids of the series with values in blocks that touch a window.
func (p *past) ids(r *storeReader, below uint64, touches func(first, last uint64, firstT, lastT int64) bool, note func([]collectors.SeriesID)) (err error) {
	var done *storedSegment
	p.each(0, below, func(s *storedSegment, i int) bool {
		b := &s.blocks[i]
		if s == done || !touches(b.first, b.last(), b.firstT, b.lastT) {
			return true
		}
		packed, failed := r.block(s, i)
		if err = failed; packed != nil {
			note(packed.IDs)
		}
		return err == nil
	})
	return err
}

// chunk reads a table block.
func (r *storeReader) chunk(t *storedTables, i int) (*block.Table, error) {
	at := &t.chunks[i]
	if at.mem != nil {
		return at.mem, nil
	}
	p, err := r.record(t.path, t.number, at.place)
	if err != nil {
		return nil, err
	}
	table, k, err := block.ParseTable(p)
	if err == nil && (table != at.table || k.First != at.first || table >= len(t.defs)) {
		err = block.ErrInvalid
	}
	return k, err
}

// tables yields the observations of the rows from first to last, those of a table block at a
// time.
func (r *storeReader) tables(p *past, name string, first, last uint64) iter.Seq2[[]*collectors.TableData, error] {
	return func(yield func([]*collectors.TableData, error) bool) {
		for _, t := range p.tables {
			for i := range t.chunks {
				c := &t.chunks[i]
				if c.last < first || c.first > last || t.defs[c.table].Name != name {
					continue
				}
				all, err := r.observations(t, i, first, last)
				if !yield(all, err) || err != nil {
					return
				}
			}
		}
	}
}

// observations are those of one table block, none where it cannot be read; what is damaged is
// remembered.
func (r *storeReader) observations(t *storedTables, i int, first, last uint64) (all []*collectors.TableData, err error) {
	c := &t.chunks[i]
	if t.damage.at(c.offset) && c.mem == nil {
		return nil, nil
	}
	k, err := r.chunk(t, i)
	if r.stopped != nil {
		return nil, r.stopped
	}
	if err == nil {
		err = block.Guard(func() { all = k.Read(t.defs[c.table], first, last) })
	}
	if err != nil {
		t.damage.note(c.offset, err)
		return nil, nil
	}
	return all, nil
}

// sums reads where the summaries of a finished segment are.
func (r *storeReader) sums(s *storedSegment) (sumsDir, error) {
	p, err := r.record(s.path, s.number, s.sumsDir)
	if err != nil {
		return sumsDir{}, fmt.Errorf("summaries of %s: %w", s.path, err)
	}
	return parseSumsDir(p, s.sums.size)
}

// sumsOf reads the summaries of one series over the blocks of a segment; false where
// it has none there.
func (r *storeReader) sumsOf(s *storedSegment, dir *sumsDir, id collectors.SeriesID, sums []block.Summary) (bool, error) {
	inFile, ok := s.inFile(id)
	if !ok {
		return false, nil
	}
	from, to, check, ok := dir.find(inFile)
	if !ok {
		return false, nil
	}
	b, err := r.read(s.path, s.sums.offset+segment.HeadSize+int64(from), int(to-from))
	if err != nil {
		return false, err
	}
	if segment.Checksum(b) != check {
		return false, segment.ErrDamaged
	}
	return true, parseSums(b, sums)
}
