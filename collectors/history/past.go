package history

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"

	"dashcam/collectors"
	"dashcam/collectors/history/column"
	"dashcam/collectors/history/segment"
)

// past is what is on the tape at one moment. It is immutable, but for what turns out
// to be damaged.
type past struct {
	segments  []*tapeSegment // ascending by number, and so by their rows
	tables    []*tapeTables  // the same
	instances []Instance
}

// Instance is one run of dashcam that the tape knows of.
type Instance struct {
	ID string
	// After is the row behind which it counts on.
	After uint64
	// FirstT is the time of its first row, StartT that of its start.
	FirstT, StartT int64
	IntervalMs     int64
	Boot, Version  string
	// Why says how the instance before it ended, "" for the first.
	Why string
}

// tapeSegment is a file of blocks.
type tapeSegment struct {
	path   string
	number uint64
	size   int64
	// index and sums are where they stand in a finished file, zero in others.
	finished      bool
	sums, sumsDir place
	blocks        []tapeBlock
	lost          []gapRecord
	// rename maps the ids of the file to ours; nil where they are the same. An id that
	// is not in it belongs to a series that we cannot show.
	rename map[collectors.SeriesID]collectors.SeriesID
	// damage is shared by all versions of the segment.
	damage *damage
}

// place is a record in a file.
type place struct {
	offset int64
	size   int // of the payload
}

// tapeBlock is a block of a segment.
type tapeBlock struct {
	first         uint64
	rows          int
	firstT, lastT int64
	place
	notes []tapeNote
	mem   *block // where it is not in the file yet
}

// tapeNote says that ticks were missed before the row at time t. before is the time of
// the row before, 0 for that of the block before.
type tapeNote struct {
	before, t int64
	why       string
}

func (b *tapeBlock) last() uint64 { return b.first + uint64(b.rows) - 1 }

// tapeTables is a file of chunks.
type tapeTables struct {
	path    string
	number  uint64
	size    int64
	thinned bool
	// finished says that nothing is added any more.
	finished bool
	chunks   []tapeChunk
	defs     []*collectors.Table
	damage   *damage
}

type tapeChunk struct {
	table       int // in defs
	first, last uint64
	lastT       int64
	place
	mem *chunk
}

// damage remembers which records could not be read.
type damage struct {
	mu  sync.Mutex
	bad map[int64]struct{} // by offset
}

func (d *damage) at(offset int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, bad := d.bad[offset]
	return bad
}

func (d *damage) note(offset int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bad == nil {
		d.bad = make(map[int64]struct{})
	}
	d.bad[offset] = struct{}{}
}

func (d *damage) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.bad)
}

// The reasons of gaps that the tape gives.
const (
	// WhyDamaged: rows were written, and cannot be read back.
	WhyDamaged = "damaged on the disk"
	// WhyNotWritten: the disk did not take the rows in time.
	WhyNotWritten = "not written to the disk"
)

// oldest returns the first row, 0 where there is none.
func (p *past) oldest() (seq uint64, t int64) {
	if p != nil {
		for _, s := range p.segments {
			if len(s.blocks) > 0 {
				return s.blocks[0].first, s.blocks[0].firstT
			}
		}
	}
	return 0, 0
}

// newest returns the last row, 0 where there is none.
func (p *past) newest() (seq uint64, t int64) {
	if p != nil {
		for _, s := range slices.Backward(p.segments) {
			if n := len(s.blocks); n > 0 {
				return s.blocks[n-1].last(), s.blocks[n-1].lastT
			}
		}
	}
	return 0, 0
}

// each calls f for the readable blocks with a row from seq on and before below, in
// order, until f returns false.
func (p *past) each(seq, below uint64, f func(s *tapeSegment, i int) bool) {
	if p == nil {
		return
	}
	for _, s := range p.segments {
		n := len(s.blocks)
		if n == 0 || s.blocks[n-1].last() < seq {
			continue
		}
		i, _ := slices.BinarySearchFunc(s.blocks, seq, func(b tapeBlock, seq uint64) int {
			if b.last() < seq {
				return -1
			}
			return 1
		})
		for ; i < n; i++ {
			b := &s.blocks[i]
			if b.first >= below {
				return
			}
			if s.damage.at(b.offset) && b.mem == nil {
				continue
			}
			if !f(s, i) {
				return
			}
		}
	}
}

// run returns the first row from seq on that is on the tape and the last one that
// follows it without a hole, looking at rows before below only; 0 where there is none.
func (p *past) run(seq, below uint64) (first, last uint64) {
	p.each(seq, below, func(s *tapeSegment, i int) bool {
		b := &s.blocks[i]
		switch {
		case first == 0:
			first = max(seq, b.first)
		case b.first != last+1:
			return false
		}
		last = min(b.last(), below-1)
		return true
	})
	return first, last
}

// until returns the time from which on rows of the instance with the row seq are
// hidden from questions by time: the clock was set back, and a later instance recorded
// the same time once more.
func (p *past) until(seq uint64) int64 {
	end := int64(1<<63 - 1)
	for i := range p.instances {
		if in := &p.instances[i]; in.After >= seq && in.FirstT > 0 {
			end = min(end, in.FirstT)
		}
	}
	return end
}

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
			if c.last < first || c.first > last || t.defs[c.table].Name != name {
				continue
			}
			if t.damage.at(c.offset) && c.mem == nil {
				continue
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
		}
	}
	return out
}

// sums reads where the summaries of a finished segment are.
func (r *tapeReader) sums(s *tapeSegment) (sumsDir, error) {
	p, err := r.record(s.path, s.number, s.sumsDir, false)
	if err != nil {
		return nil, fmt.Errorf("summaries of %s: %w", s.path, err)
	}
	return parseSumsDir(p, s.sums.size)
}

// sumsOf reads the summaries of one series over the blocks of a segment; false where
// it has none there.
func (r *tapeReader) sumsOf(s *tapeSegment, dir sumsDir, id collectors.SeriesID, sums []column.Summary) (bool, error) {
	theirs, ok := s.theirs(id)
	if !ok {
		return false, nil
	}
	at, ok := dir.find(theirs)
	if !ok {
		return false, nil
	}
	f, err := r.open(s.path)
	if err != nil {
		return false, err
	}
	n := int(at.to - at.from)
	r.scratch = slices.Grow(r.scratch[:0], n)
	b := r.scratch[:n]
	if _, err := f.ReadAt(b, s.sums.offset+segment.HeadSize+int64(at.from)); err != nil {
		return false, err
	}
	if segment.Checksum(b) != at.check {
		return false, segment.ErrDamaged
	}
	return true, parseSums(b, sums)
}
