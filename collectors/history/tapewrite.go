package history

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// recorder writes what the ring gets to the tape. It belongs to one goroutine.
//
// A row goes to a file of open rows at once. When the ring has sealed its block, the
// block is appended to a segment, and a new file of open rows is begun; the old one is
// removed when the segment is on the disk for certain. So every row is in a file from
// the moment it was handed over, and on the disk after syncEvery.
type recorder struct {
	tape *Tape
	ring *Ring
	now  func() time.Time

	instance instanceRecord
	pending  *loaded // what an earlier instance left unsealed; nil once it is written
	next     uint64  // number of the next file
	// goOn are the files that were being written, at the start or before a failure.
	goOn struct{ blocks, tables unfinished }

	// sealed is the last row in a block on the tape, cursor the last one in files of
	// open rows, event the last row whose events are written.
	sealed, cursor, event uint64
	// missing is why rows could not be written, since when they could not.
	missing string

	blocks, tables, rows *outFile
	described            map[collectors.SeriesID]collectors.Series // in blocks
	rev                  uint64                                    // of the schema that is described
	prev                 *collectors.Row                           // last row in rows
	pieces               map[string]chunk                          // as they are in rows
	chunked              map[string]uint64                         // last row in a chunk on the tape, by table
	old                  []openFile                                // earlier files of open rows
	retired              []segment.File                            // to be synced and closed

	syncing  bool
	synced   chan syncResult
	lastSync time.Time
	scratch  []byte
	sealer   sealer
}

// outFile is a file that is being written.
type outFile struct {
	*segment.Writer
	file   segment.File
	path   string
	number uint64
	index  *indexRecord
	dirty  bool
}

const (
	// syncEvery is how long a row may be in files and not on the disk.
	syncEvery = 2 * time.Second
	// segmentsPerTape is the part of the limit that one segment may take, so that
	// forgetting one forgets little.
	segmentsPerTape = 64
	maxSegment      = 8 << 20
)

type syncResult struct {
	sealed uint64
	err    error
}

func newRecorder(t *Tape, ring *Ring) *recorder {
	l := t.loaded
	w := &recorder{
		tape: t, ring: ring, now: time.Now, pending: l, next: l.next, old: l.open,
		instance: instanceRecord{
			ID: ring.Instance(), T: time.Now().UnixMilli(), After: ring.base, Boot: t.cfg.Boot, Version: t.cfg.Version,
			IntervalMs: ring.cfg.Interval.Milliseconds(), Why: t.why,
		},
		cursor: ring.base, event: ring.base, chunked: make(map[string]uint64), synced: make(chan syncResult, 1),
		sealer: newSealer(ring.cfg.Interval.Milliseconds(), 0),
	}
	w.goOn.blocks, w.goOn.tables = l.blocks, l.tables
	for _, s := range l.segments {
		if n := len(s.blocks); n > 0 && s.path != "" {
			w.sealed = s.blocks[n-1].last()
		}
		if s.rename != nil && s.path == w.goOn.blocks.path {
			w.goOn.blocks = unfinished{} // its ids are not ours
		}
	}
	return w
}

// step writes what is in v and not yet on the tape.
func (w *recorder) step(v *view) error {
	if err := w.collectSync(); err != nil {
		return err
	}
	w.announce(v)
	if err := w.begin(v); err != nil {
		return err
	}
	if err := w.writePending(); err != nil {
		return err
	}
	if err := w.describe(v.schema); err != nil {
		return err
	}
	sealed := w.sealed
	for _, b := range v.blocks {
		if b.first > w.sealed {
			if err := w.writeBlock(b); err != nil {
				return err
			}
		}
	}
	if err := w.writeChunks(v); err != nil {
		return err
	}
	if w.sealed > sealed && w.rows != nil {
		w.rotate()
	}
	if err := w.writeOpen(v); err != nil {
		return err
	}
	if err := w.finishLarge(); err != nil {
		return err
	}
	return w.sync(false)
}

// announce tells readers when the instance began, which they need even when nothing
// can be written.
func (w *recorder) announce(v *view) {
	p := w.tape.past.Load()
	n := len(p.instances)
	if n > 0 && p.instances[n-1].ID == w.instance.ID && p.instances[n-1].FirstT > 0 {
		return
	}
	in := Instance{
		ID: w.instance.ID, After: w.instance.After, StartT: w.instance.T, IntervalMs: w.instance.IntervalMs,
		Boot: w.instance.Boot, Version: w.instance.Version, Why: w.instance.Why,
	}
	if v.firstT > 0 {
		in.FirstT = v.firstT
	}
	next := *p
	if n > 0 && p.instances[n-1].ID == in.ID {
		n--
	}
	next.instances = append(slices.Clip(p.instances[:n]), in)
	w.tape.past.Store(&next)
}

// begin opens the files to write blocks and chunks on.
func (w *recorder) begin(v *view) error {
	if w.blocks == nil {
		if err := w.beginBlocks(v); err != nil {
			return err
		}
	}
	if w.tables == nil {
		return w.beginTables()
	}
	return nil
}

func (w *recorder) beginBlocks(v *view) error {
	f, err := w.openFile(&w.goOn.blocks, extBlocks, fileBlocks)
	if err != nil {
		return err
	}
	// What an earlier instance described in the file is described again: it may have
	// changed.
	w.described, w.rev = make(map[collectors.SeriesID]collectors.Series), 0
	f.index.Instances = append(f.index.Instances, w.instance)
	w.blocks = f
	if err := w.appendJSON(f, recordInstance, w.instance); err != nil {
		return err
	}
	if err := w.describe(v.schema); err != nil {
		return err
	}
	if err := w.flush(f); err != nil {
		return err
	}
	w.publish(func(p *past) { w.ownSegment(p) })
	return nil
}

// ownSegment returns the segment that is being written, adding it where it is new.
func (w *recorder) ownSegment(p *past) *tapeSegment {
	for i := len(p.segments) - 1; i >= 0; i-- {
		if p.segments[i].path == w.blocks.path {
			s := *p.segments[i]
			p.segments[i] = &s
			s.size = w.blocks.Size()
			return &s
		}
	}
	s := w.blocks.index.segment(w.blocks.path, w.blocks.number, w.blocks.Size())
	// What is only in memory stays behind everything that is in files.
	at := len(p.segments)
	for at > 0 && p.segments[at-1].path == "" {
		at--
	}
	p.segments = slices.Insert(p.segments, at, s)
	return s
}

func (w *recorder) beginTables() error {
	f, err := w.openFile(&w.goOn.tables, extTables, fileTables)
	if err != nil {
		return err
	}
	w.tables = f
	if err := w.flush(f); err != nil {
		return err
	}
	w.publish(func(p *past) { w.ownTables(p) })
	return nil
}

func (w *recorder) ownTables(p *past) *tapeTables {
	for i := len(p.tables) - 1; i >= 0; i-- {
		if p.tables[i].path == w.tables.path {
			t := *p.tables[i]
			p.tables[i] = &t
			t.size, t.defs = w.tables.Size(), w.tables.index.Tables
			return &t
		}
	}
	t := w.tables.index.tableFile(w.tables.path, w.tables.number, w.tables.Size())
	at := len(p.tables)
	for at > 0 && p.tables[at-1].path == "" {
		at--
	}
	p.tables = slices.Insert(p.tables, at, t)
	return t
}

// openFile goes on with an unfinished file, or begins one.
func (w *recorder) openFile(u *unfinished, ext string, kind byte) (*outFile, error) {
	f := &outFile{path: u.path, number: u.number, index: u.index}
	end := u.end
	flags := os.O_WRONLY
	if f.path == "" {
		f.number = w.next
		f.path = filepath.Join(w.tape.cfg.Dir, fileName(f.number, ext))
		f.index, end = new(indexRecord), 0
		flags |= os.O_CREATE | os.O_EXCL
	}
	file, err := w.tape.open(f.path, flags)
	if err != nil {
		return nil, err
	}
	f.file = file
	if end > 0 {
		err = cutTo(file, end)
	} else if f.path == u.path {
		err = cutTo(file, 0)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if f.path != u.path {
		w.next++
		if err := syncDir(w.tape.cfg.Dir); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	f.Writer = segment.NewWriter(file, segment.Header{Kind: kind, Number: f.number}, end)
	*u = unfinished{}
	return f, nil
}

// cutTo cuts a torn tail and goes to the end.
func cutTo(f segment.File, size int64) error {
	file, ok := f.(interface {
		Truncate(int64) error
		Seek(int64, int) (int64, error)
	})
	if !ok {
		return nil
	}
	if err := file.Truncate(size); err != nil {
		return err
	}
	_, err := file.Seek(size, 0)
	return err
}

func (w *recorder) appendJSON(f *outFile, kind byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = f.Append(kind, text)
	return err
}

// flush writes what was appended to f, after it has made room for it.
func (w *recorder) flush(f *outFile) error {
	n := f.Pending()
	if n == 0 {
		return nil
	}
	if err := w.makeRoom(n); err != nil {
		return err
	}
	if err := f.Flush(); err != nil {
		return err
	}
	f.dirty = true
	w.tape.mu.Lock()
	w.tape.stats.Written += n
	w.tape.mu.Unlock()
	return nil
}

// publish lets readers see what f changes.
func (w *recorder) publish(f func(p *past)) {
	next := *w.tape.past.Load()
	next.segments, next.tables = slices.Clone(next.segments), slices.Clone(next.tables)
	f(&next)
	w.tape.past.Store(&next)
}

// writePending writes what an earlier instance had not sealed, and removes its files
// of open rows.
func (w *recorder) writePending() error {
	if w.pending == nil {
		return nil
	}
	for _, s := range w.pending.segments {
		if s.path != "" {
			continue
		}
		if err := w.describeAll(w.pending.series); err != nil {
			return err
		}
		for i := range s.blocks {
			if b := s.blocks[i].mem; b.first > w.sealed { // else it was written before a failure
				if err := w.appendBlock(b); err != nil {
					return err
				}
			}
		}
	}
	for _, t := range w.pending.past.tables {
		for i := range t.chunks {
			if c := &t.chunks[i]; c.mem != nil && c.last > w.chunked[t.defs[c.table].Name] {
				if err := w.appendChunk(t.defs[c.table], c.mem); err != nil {
					return err
				}
			}
		}
	}
	w.pending = nil
	w.tape.loaded = nil
	w.publish(func(p *past) {
		p.segments = slices.DeleteFunc(p.segments, func(s *tapeSegment) bool { return s.path == "" })
		p.tables = slices.DeleteFunc(p.tables, func(t *tapeTables) bool { return t.path == "" })
	})
	return nil
}

// describe writes the series that are new or have changed.
func (w *recorder) describe(s *collectors.Schema) error {
	if s.Rev == w.rev {
		return nil
	}
	if err := w.describeSeries(s.Series); err != nil {
		return err
	}
	w.rev = s.Rev
	return w.flush(w.blocks)
}

func (w *recorder) describeAll(restored []restoredSeries) error {
	series := make([]collectors.Series, len(restored))
	for i := range restored {
		series[i] = restored[i].Series
	}
	return w.describeSeries(series)
}

func (w *recorder) describeSeries(series []collectors.Series) error {
	var fresh []collectors.Series
	for _, s := range series {
		have, known := w.described[s.ID]
		if !known || !sameFacts(&have, &s) {
			fresh = append(fresh, s)
			w.described[s.ID] = s
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	_, err := w.blocks.Append(recordCatalog, deflateJSON(describe(fresh, nil)))
	return err
}

// writeBlock writes a block of this instance, and says when rows before it are
// missing.
func (w *recorder) writeBlock(b *block) error {
	if from := max(w.sealed, w.instance.After) + 1; b.first > from {
		gap := gapRecord{from, b.first - 1, WhyNotWritten}
		if w.missing != "" {
			gap.Why += ": " + w.missing
		}
		if err := w.appendJSON(w.blocks, recordGap, gap); err != nil {
			return err
		}
		w.blocks.index.Lost = append(w.blocks.index.Lost, gap)
		w.publish(func(p *past) { s := w.ownSegment(p); s.lost = append(slices.Clip(s.lost), gap) })
	}
	w.missing = ""
	return w.appendBlock(b)
}

func (w *recorder) appendBlock(b *block) error {
	w.scratch = appendBlock(w.scratch[:0], b)
	offset, err := w.blocks.Append(recordBlock, w.scratch)
	if err != nil {
		return err
	}
	if err := w.flush(w.blocks); err != nil {
		return err
	}
	x := indexBlock(b, placeIndex{offset, len(w.scratch)})
	w.blocks.index.Blocks = append(w.blocks.index.Blocks, x)
	w.sealed = b.last()
	w.publish(func(p *past) {
		s := w.ownSegment(p)
		s.blocks = append(slices.Clip(s.blocks), x.block(nil))
	})
	w.tape.mu.Lock()
	w.tape.stats.Rows += int64(b.rows)
	w.tape.mu.Unlock()
	return nil
}

// writeChunks writes the chunks of tables that were sealed.
func (w *recorder) writeChunks(v *view) error {
	for i := range v.tables {
		t := &v.tables[i]
		for _, k := range t.chunks {
			if k.first <= w.chunked[t.table.Name] {
				continue
			}
			if err := w.appendChunk(t.table, k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *recorder) appendChunk(def *collectors.Table, k *chunk) error {
	number, err := w.tableNumber(def)
	if err != nil {
		return err
	}
	w.scratch = appendChunk(w.scratch[:0], number, k)
	offset, err := w.tables.Append(recordChunk, w.scratch)
	if err != nil {
		return err
	}
	if err := w.flush(w.tables); err != nil {
		return err
	}
	x := chunkIndex{number, k.first, k.last, k.lastT, placeIndex{offset, len(w.scratch)}}
	w.tables.index.Chunks = append(w.tables.index.Chunks, x)
	w.chunked[def.Name] = k.last
	w.publish(func(p *past) {
		t := w.ownTables(p)
		t.chunks = append(slices.Clip(t.chunks), x.chunk(nil))
	})
	return nil
}

// sameTable reports whether rows of both tables have the same cells.
func sameTable(a, b *collectors.Table) bool {
	return a == b || a.Name == b.Name && slices.Equal(a.Columns, b.Columns)
}

// writeOpen writes the rows of the open block, the open chunks and events.
func (w *recorder) writeOpen(v *view) error {
	rows := v.open
	for len(rows) > 0 && rows[0].Seq <= max(w.cursor, w.sealed) {
		rows = rows[1:]
	}
	if len(rows) == 0 && !w.hasEvents(v) {
		return nil
	}
	if w.rows == nil {
		f, err := w.openFile(&unfinished{}, extOpen, fileOpen)
		if err != nil {
			return err
		}
		w.rows, w.prev, w.pieces = f, nil, make(map[string]chunk)
	}
	for i := range rows {
		row := &rows[i]
		if w.prev != nil && w.prev.Seq+1 != row.Seq {
			w.prev = nil
		}
		w.scratch = appendRowRecord(w.scratch[:0], w.prev, row)
		if _, err := w.rows.Append(recordRow, w.scratch); err != nil {
			return err
		}
		w.prev = row
	}
	if err := w.writePieces(v); err != nil {
		return err
	}
	if err := w.writeEvents(v); err != nil {
		return err
	}
	if err := w.flush(w.rows); err != nil {
		return err
	}
	if len(rows) > 0 {
		w.cursor = rows[len(rows)-1].Seq
	}
	return nil
}

func (w *recorder) writePieces(v *view) error {
	for i := range v.tables {
		t := &v.tables[i]
		have := w.pieces[t.table.Name]
		if t.open.count == 0 || have.first == t.open.first && have.count == t.open.count {
			continue
		}
		if have.first != t.open.first {
			have = chunk{}
		}
		if err := w.defineTable(t.table); err != nil {
			return err
		}
		w.scratch = appendPiece(w.scratch[:0], t.table.Name, &have, &t.open)
		if _, err := w.rows.Append(recordPiece, w.scratch); err != nil {
			return err
		}
		w.pieces[t.table.Name] = t.open
	}
	return nil
}

// defineTable makes sure that the file of chunks says what the cells of a table are.
func (w *recorder) defineTable(def *collectors.Table) error {
	if _, err := w.tableNumber(def); err != nil {
		return err
	}
	return w.flush(w.tables)
}

// tableNumber returns the number of a table in the file of chunks, to which what its cells
// are is added where the file does not say it yet.
func (w *recorder) tableNumber(def *collectors.Table) (int, error) {
	have := w.tables.index.Tables
	if n := slices.IndexFunc(have, func(t *collectors.Table) bool { return sameTable(t, def) }); n >= 0 {
		return n, nil
	}
	if _, err := w.tables.Append(recordCatalog, deflateJSON(describe(nil, []*collectors.Table{def}))); err != nil {
		return 0, err
	}
	w.tables.index.Tables = append(slices.Clip(have), def)
	return len(have), nil
}

func (w *recorder) hasEvents(v *view) bool {
	n := len(v.events)
	return n > 0 && v.events[n-1].Seq > w.event
}

// writeEvents writes events to the segment, where they stay.
func (w *recorder) writeEvents(v *view) error {
	if !w.hasEvents(v) {
		return nil
	}
	for _, e := range v.events {
		if e.Seq <= w.event {
			continue
		}
		if err := w.appendJSON(w.blocks, recordEvent, e); err != nil {
			return err
		}
		w.blocks.index.Events = append(w.blocks.index.Events, e)
	}
	w.event = v.events[len(v.events)-1].Seq
	return w.flush(w.blocks)
}

// rotate ends the file of open rows; the next row begins another.
func (w *recorder) rotate() {
	w.old = append(w.old, openFile{w.rows.path, w.rows.Size(), w.cursor})
	w.retired = append(w.retired, w.rows.file)
	w.rows, w.prev, w.pieces = nil, nil, nil
}

// fail lets go of all files, so that the next step begins anew where this one failed.
func (w *recorder) fail(err error) {
	w.missing = diskProblem(err)
	letGo := func(f *outFile, u *unfinished) {
		if f != nil {
			_ = f.Close() // it failed already
			*u = unfinished{f.path, f.number, f.Size(), f.index}
		}
	}
	letGo(w.blocks, &w.goOn.blocks)
	letGo(w.tables, &w.goOn.tables)
	w.blocks, w.tables = nil, nil
	if w.rows != nil {
		_ = w.rows.Close()
		w.old = append(w.old, openFile{w.rows.path, w.rows.Size(), w.cursor})
		w.rows, w.prev, w.pieces = nil, nil, nil
	}
	w.cursor = w.sealed
}

// gone reports whether the files that are written are no longer where they were.
func (w *recorder) gone() bool {
	if w.blocks == nil {
		return false
	}
	_, err := os.Stat(w.blocks.path)
	return errors.Is(err, os.ErrNotExist)
}

// anew begins an empty tape after everything on it was removed: what the ring holds is
// written once more.
func (w *recorder) anew(v *view) error {
	lock, err := lockTape(w.tape.cfg.Dir)
	if err != nil {
		return err
	}
	_ = w.tape.lock.Close() // of a file that does not exist any more
	w.tape.lock = lock
	w.pending, w.old = nil, nil
	w.goOn.blocks, w.goOn.tables = unfinished{}, unfinished{}
	w.sealed = 0
	if held := v.held(); held > 0 {
		w.sealed = held - 1
	}
	w.cursor, w.event = w.sealed, w.sealed
	w.instance.After, w.instance.Why = w.sealed, ""
	clear(w.chunked)
	w.tape.past.Store(&past{})
	return nil
}

var errGone = errors.New("the directory was removed")
