package history

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/column"
	"dashcam/collectors/history/segment"
)

// tapeReader reads blocks and chunks for one question. It keeps the last file open.
type tapeReader struct {
	file    *os.File
	path    string
	failed  error
	scratch []byte
	// older is the row up to which blocks are of earlier instances: their revisions
	// mean nothing now.
	older uint64
}

func (r *tapeReader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
		r.file = nil
	}
}

func (r *tapeReader) open(path string) (*os.File, error) {
	if r.path == path && (r.file != nil || r.failed != nil) {
		return r.file, r.failed
	}
	r.close()
	r.path = path
	r.file, r.failed = os.Open(path)
	return r.file, r.failed
}

// record reads the payload of a record. It is in scratch memory where that is asked
// for, and valid until the next call then.
func (r *tapeReader) record(path string, number uint64, at place, scratch bool) ([]byte, error) {
	f, err := r.open(path)
	if err != nil {
		return nil, err
	}
	n := segment.HeadSize + at.size
	var b []byte
	if scratch {
		r.scratch = slices.Grow(r.scratch[:0], n)
		b = r.scratch[:n]
	} else {
		b = make([]byte, n)
	}
	if _, err := f.ReadAt(b, at.offset); err != nil {
		return nil, err
	}
	_, payload, size, err := segment.ParseRecord(b, number, at.offset)
	if err == nil && size != n {
		err = segment.ErrDamaged
	}
	return payload, err
}

// block reads a block, nil where it cannot be read; what is damaged is remembered.
func (r *tapeReader) block(s *tapeSegment, i int, scratch bool) *block {
	at := &s.blocks[i]
	if at.mem != nil {
		return at.mem
	}
	if s.damage.at(at.offset) {
		return nil
	}
	p, err := r.record(s.path, s.number, at.place, scratch)
	var b *block
	if err == nil {
		b, err = parseBlock(p)
	}
	if err == nil && (b.first != at.first || b.rows != at.rows) {
		err = errNonsense
	}
	if err != nil {
		// A file that is gone was forgotten meanwhile: that is not damage.
		if !errors.Is(err, fs.ErrNotExist) {
			s.damage.note(at.offset)
		}
		return nil
	}
	if b.first <= r.older {
		b.revs = []revRun{{0, 1}}
	}
	s.renamed(b)
	return b
}

// renamed gives the series of b our ids.
func (s *tapeSegment) renamed(b *block) {
	if s.rename == nil {
		return
	}
	type found struct {
		id     collectors.SeriesID
		offset uint32
	}
	columns := make([]found, 0, len(b.ids))
	for i, id := range b.ids {
		if ours, ok := s.rename[id]; ok {
			columns = append(columns, found{ours, b.offsets[i]})
		}
	}
	slices.SortFunc(columns, func(a, b found) int { return cmp.Compare(a.id, b.id) })
	b.ids, b.offsets = b.ids[:0], b.offsets[:0]
	for _, c := range columns {
		b.ids, b.offsets = append(b.ids, c.id), append(b.offsets, c.offset)
	}
}

// theirs returns the id that a series of ours has in the file.
func (s *tapeSegment) theirs(id collectors.SeriesID) (collectors.SeriesID, bool) {
	if s.rename == nil {
		return id, true
	}
	for theirs, ours := range s.rename {
		if ours == id {
			return theirs, true
		}
	}
	return 0, false
}

// blocks reads the blocks with rows from first to last, which are on the tape without
// a hole. It reports false when one turned out not to be readable.
func (r *tapeReader) blocks(p *past, first, last uint64) (blocks []*block, ok bool) {
	ok = true
	p.each(first, last+1, func(s *tapeSegment, i int) bool {
		b := r.block(s, i, false)
		if ok = b != nil && guard(func() { check(b) }) == nil; !ok {
			if b != nil && s.blocks[i].mem == nil {
				s.damage.note(s.blocks[i].offset)
			}
			return false
		}
		blocks = append(blocks, b)
		return true
	})
	return blocks, ok
}

// check unpacks everything in b, and panics where that cannot be done.
func check(b *block) {
	var v [blockRows]int64
	b.times(v[:b.rows])
	for i := range b.ids {
		c := b.column(i)
		c.Unpack(v[:b.rows])
	}
}

// chunk reads a chunk.
func (r *tapeReader) chunk(t *tapeTables, i int) (*chunk, error) {
	at := &t.chunks[i]
	if at.mem != nil {
		return at.mem, nil
	}
	p, err := r.record(t.path, t.number, at.place, false)
	if err != nil {
		return nil, err
	}
	table, k, err := parseChunk(p)
	if err == nil && (table != at.table || k.first != at.first || table >= len(t.defs)) {
		err = errNonsense
	}
	return k, err
}

// tables appends the observations of the rows from first to last to out.
func (r *tapeReader) tables(p *past, name string, first, last uint64, out []*collectors.TableData) []*collectors.TableData {
	for _, t := range p.tables {
		for i := range t.chunks {
			c := &t.chunks[i]
			if c.last >= first && c.first <= last && t.defs[c.table].Name == name {
				out = r.observations(t, i, first, last, out)
			}
		}
	}
	return out
}

// observations appends those of one chunk to out, none where it cannot be read; what is
// damaged is remembered.
func (r *tapeReader) observations(t *tapeTables, i int, first, last uint64, out []*collectors.TableData) []*collectors.TableData {
	c := &t.chunks[i]
	if t.damage.at(c.offset) && c.mem == nil {
		return out
	}
	k, err := r.chunk(t, i)
	n := len(out)
	if err == nil {
		err = guard(func() { out = k.read(out, t.defs[c.table], first, last) })
	}
	if err != nil {
		out = out[:n]
		if !errors.Is(err, fs.ErrNotExist) {
			t.damage.note(c.offset)
		}
	}
	return out
}

// sums reads where the summaries of a finished segment are.
func (r *tapeReader) sums(s *tapeSegment) (sumsDir, error) {
	p, err := r.record(s.path, s.number, s.sumsDir, false)
	if err != nil {
		return sumsDir{}, fmt.Errorf("summaries of %s: %w", s.path, err)
	}
	return parseSumsDir(p, s.sums.size)
}

// sumsOf reads the summaries of one series over the blocks of a segment; false where
// it has none there.
func (r *tapeReader) sumsOf(s *tapeSegment, dir *sumsDir, id collectors.SeriesID, sums []column.Summary) (bool, error) {
	theirs, ok := s.theirs(id)
	if !ok {
		return false, nil
	}
	from, to, check, ok := dir.find(theirs)
	if !ok {
		return false, nil
	}
	f, err := r.open(s.path)
	if err != nil {
		return false, err
	}
	n := int(to - from)
	r.scratch = slices.Grow(r.scratch[:0], n)
	b := r.scratch[:n]
	if _, err := f.ReadAt(b, s.sums.offset+segment.HeadSize+int64(from)); err != nil {
		return false, err
	}
	if segment.Checksum(b) != check {
		return false, segment.ErrDamaged
	}
	return true, parseSums(b, sums)
}
