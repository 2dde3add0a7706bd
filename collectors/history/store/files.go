package store

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

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
	// segmentsPerStore is the part of the limit that one segment may take, so that
	// evicting one drops little. Each begins and ends with what its series are called;
	// so that this is not most of a small store, fewer are enough there.
	segmentsPerStore = 64
	enoughSegments   = 16
	minSegment       = 1 << 20
	maxSegment       = 8 << 20
)

// begin opens the files to write blocks and table blocks on.
func (w *recorder) begin(h *Head) error {
	if w.blocks == nil {
		if err := w.beginBlocks(h); err != nil {
			return err
		}
	}
	if w.tables == nil {
		return w.beginTables()
	}
	return nil
}

func (w *recorder) beginBlocks(h *Head) error {
	f, err := w.openFile(&w.resume.blocks, extBlocks, fileBlocks)
	if err != nil {
		return err
	}
	// What an earlier instance described in the file is described again where it has
	// changed.
	w.described, w.rev = make(map[collectors.SeriesID]*collectors.Series, len(f.index.series)), 0
	maps.Copy(w.described, f.index.series)
	f.index.instances = append(f.index.instances, w.instance)
	w.blocks = f
	if _, err := f.Append(recordInstance, w.instance.record()); err != nil {
		return err
	}
	if err := w.describe(h.Schema); err != nil {
		return err
	}
	if err := w.flush(f); err != nil {
		return err
	}
	w.publish(func(p *Snapshot) { w.ownSegment(p) })
	return nil
}

// ownSegment returns the segment that is being written, adding it where it is new.
func (w *recorder) ownSegment(p *Snapshot) *Segment {
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
	f, err := w.openFile(&w.resume.tables, extTables, fileTables)
	if err != nil {
		return err
	}
	w.tables = f
	if err := w.flush(f); err != nil {
		return err
	}
	w.publish(func(p *Snapshot) { w.ownTables(p) })
	return nil
}

func (w *recorder) ownTables(p *Snapshot) *tableFile {
	for i := len(p.tables) - 1; i >= 0; i-- {
		if p.tables[i].path == w.tables.path {
			t := *p.tables[i]
			p.tables[i] = &t
			t.size, t.defs = w.tables.Size(), w.tables.index.tables
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
		f.path = filepath.Join(w.store.cfg.Dir, fileName(f.number, ext))
		f.index, end = new(indexRecord), 0
		flags |= os.O_CREATE | os.O_EXCL
	}
	file, err := w.store.open(f.path, flags)
	if err != nil {
		return nil, err
	}
	f.file = file
	if f.path == u.path {
		err = segment.CutTo(file, end)
	} else {
		w.next++
		err = syncDir(w.store.cfg.Dir)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.Writer = segment.NewWriter(file, segment.Header{Kind: kind, Number: f.number}, end)
	*u = unfinished{}
	return f, nil
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
	w.store.mu.Lock()
	w.store.stats.Written += n
	w.store.mu.Unlock()
	return nil
}

// publish lets readers see what f changes.
func (w *recorder) publish(f func(p *Snapshot)) {
	next := *w.store.held.Load()
	next.segments, next.tables = slices.Clone(next.segments), slices.Clone(next.tables)
	f(&next)
	w.store.held.Store(&next)
}

// rotate ends the write-ahead log; the next row begins another.
func (w *recorder) rotate() {
	w.retired = append(w.retired, w.wal.file)
	w.leaveWAL()
}

// leaveWAL keeps the write-ahead log until what it holds is in blocks on the disk.
func (w *recorder) leaveWAL() {
	w.logs = append(w.logs, walFile{w.wal.path, w.wal.Size(), w.cursor})
	w.wal, w.prev, w.grown = nil, nil, nil
}

// fail lets go of all files, so that the next step resumes where this one failed.
func (w *recorder) fail(err error) {
	w.missing = diskProblem(err)
	letGo := func(f *outFile, u *unfinished) {
		if f != nil {
			_ = f.Close() // it failed already
			*u = unfinished{f.path, f.number, f.Size(), f.index}
		}
	}
	letGo(w.blocks, &w.resume.blocks)
	letGo(w.tables, &w.resume.tables)
	w.blocks, w.tables = nil, nil
	if w.wal != nil {
		_ = w.wal.Close()
		w.leaveWAL()
	}
	w.cursor = w.sealed
}
