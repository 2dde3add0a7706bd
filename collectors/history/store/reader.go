package store

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/block"
	"dashcam/collectors/history/eventlog"
	"dashcam/collectors/history/segment"
)

// Reader reads blocks and table blocks for one question. It keeps the last file open.
type Reader struct {
	ctx  context.Context // nil for one that waits as long as it takes
	gate readGate
	file *diskFile
	// events are nil where none are asked for.
	events *eventlog.Log
	// stopped is why nothing more is read: the context's error, or ErrStoreBusy.
	stopped error
	// older is the row up to which blocks are of earlier instances: their revisions
	// mean nothing now.
	older uint64
}

// Reader returns one for a question of the instance that counts on from the row after.
// What it reads is in a [Snapshot]; that of a nil Store holds nothing.
func (t *Store) Reader(ctx context.Context, after uint64) *Reader {
	r := &Reader{ctx: ctx, older: after}
	if t != nil {
		r.gate, r.events = t.gate, t.events
	}
	return r
}

// Close closes the last file.
func (r *Reader) Close() {
	if r.file != nil {
		r.file.close()
		r.file = nil
	}
}

// read reads n bytes of a file. They are valid until the next call.
func (r *Reader) read(path string, offset int64, n int) ([]byte, error) {
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
func (r *Reader) record(path string, number uint64, at place) ([]byte, error) {
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

// packed reads a block, nil where it cannot be read; what is damaged is remembered. It is
// valid until the next call.
func (r *Reader) packed(s *Segment, i int) (*block.Sealed, error) {
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
	if err == nil && (b.First != at.First || b.Rows != at.Rows) {
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

// IDs returns the series with a value in a block, none where it cannot be read.
func (r *Reader) IDs(s *Segment, i int) ([]collectors.SeriesID, error) {
	b, err := r.packed(s, i)
	if b == nil || err != nil {
		return nil, err
	}
	return b.IDs, nil
}

// Block reads a block in which the columns of some series, ascending, can be unpacked, all
// of them for nil, and nil where there is none such; what is damaged is remembered. It is
// valid until the next call, or for good after [Reader.Keep]. The error is that of the
// context, or [collectors.ErrStoreBusy].
func (r *Reader) Block(s *Segment, i int, wanted []collectors.SeriesID) (*block.Sealed, error) {
	b, err := r.packed(s, i)
	if b == nil || err != nil || s.blocks[i].mem != nil {
		return b, err
	}
	if err := block.Guard(func() { b.Check(wanted) }); err != nil {
		s.damage.note(s.blocks[i].offset, err)
		return nil, nil
	}
	return b, nil
}

// Keep leaves the memory of what was read last to whoever has it.
func (r *Reader) Keep() {
	if r.file != nil {
		r.file.bytes = nil
	}
}

// observed reads a table block.
func (r *Reader) observed(t *tableFile, i int) (*block.Table, error) {
	at := &t.blocks[i]
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

// Tables yields the observations of a table in a window, by the numbers of their rows, those
// of a table block at a time.
func (r *Reader) Tables(p *Snapshot, name string, w collectors.Window) iter.Seq2[[]*collectors.TableData, error] {
	return func(yield func([]*collectors.TableData, error) bool) {
		for at, last := range tableBlocks(p.tables, name) {
			in := w
			in.Last = min(w.Last, last)
			if k := at.block(); k.last < in.First || k.first > in.Last {
				continue
			}
			all, err := r.observations(at.of, at.i, in)
			if !yield(all, err) || err != nil {
				return
			}
		}
	}
}

// tableAt is a table block of a file.
type tableAt struct {
	of *tableFile
	i  int
}

func (at tableAt) block() *tableBlock { return &at.of.blocks[at.i] }

// tableBlocks yields the blocks of a table, each with the last row whose observation counts in
// it. Where two overlap, dashcam was killed before the last row of the first was written: its
// number is another row's, whose observation is in the second.
func tableBlocks(files []*tableFile, name string) iter.Seq2[tableAt, uint64] {
	return func(yield func(tableAt, uint64) bool) {
		var before tableAt
		for _, t := range files {
			for i := range t.blocks {
				k := &t.blocks[i]
				if t.defs[k.table].Name != name {
					continue
				}
				if before.of != nil && !yield(before, k.first-1) {
					return
				}
				before = tableAt{t, i}
			}
		}
		if before.of != nil {
			yield(before, math.MaxUint64)
		}
	}
}

// observations are those of one table block, none where it cannot be read; what is damaged
// is remembered.
func (r *Reader) observations(t *tableFile, i int, w collectors.Window) (all []*collectors.TableData, err error) {
	at := &t.blocks[i]
	if t.damage.at(at.offset) && at.mem == nil {
		return nil, nil
	}
	k, err := r.observed(t, i)
	if r.stopped != nil {
		return nil, r.stopped
	}
	if err == nil {
		err = block.Guard(func() { all = k.Read(t.defs[at.table], w) })
	}
	if err != nil {
		t.damage.note(at.offset, err)
		return nil, nil
	}
	return all, nil
}

// Summaries reads what the columns of some series are without being unpacked, over all
// blocks of a segment: that of ids[k] in block i is at k times their number plus i, and has
// no values where the series has none. They are in the memory of dst. It reports false where
// a segment has none, or they cannot be read.
func (r *Reader) Summaries(dst []block.Summary, s *Segment, ids []collectors.SeriesID) (sums []block.Summary, ok bool, err error) {
	if !s.finished {
		return dst, false, nil
	}
	n := len(s.blocks)
	sums = slices.Grow(dst[:0], len(ids)*n)[:len(ids)*n]
	dir, err := r.directory(s)
	for k := 0; err == nil && k < len(ids); k++ {
		err = r.summaries(sums[k*n:][:n], s, &dir, ids[k])
	}
	return sums, err == nil, r.stopped
}

// directory reads where the summaries of a finished segment are.
func (r *Reader) directory(s *Segment) (sumsDir, error) {
	p, err := r.record(s.path, s.number, s.sumsDir)
	if err != nil {
		return sumsDir{}, fmt.Errorf("summaries of %s: %w", s.path, err)
	}
	return parseSumsDir(p, s.sums.size)
}

// summaries reads those of one series.
func (r *Reader) summaries(sums []block.Summary, s *Segment, dir *sumsDir, id collectors.SeriesID) error {
	clear(sums)
	inFile, ok := s.inFile(id)
	if !ok {
		return nil
	}
	from, to, check, ok := dir.find(inFile)
	if !ok {
		return nil
	}
	b, err := r.read(s.path, s.sums.offset+segment.HeadSize+int64(from), int(to-from))
	if err != nil {
		return err
	}
	if segment.Checksum(b) != check {
		return segment.ErrDamaged
	}
	return parseSums(b, sums)
}

// inFile returns the id that a series of ours has in the file.
func (s *Segment) inFile(id collectors.SeriesID) (collectors.SeriesID, bool) {
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
