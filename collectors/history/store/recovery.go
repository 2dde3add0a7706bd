package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// loaded is what a directory holds.
type loaded struct {
	Snapshot
	Restored
	ended bool // the newest instance ended by itself

	// resume are the files that can be written on.
	resume resumed
	// logs are the write-ahead logs; what they hold beyond the segments was sealed into
	// blocks and table blocks that are only in memory.
	logs     []walFile
	unsealed walRows
	next     uint64 // number of the next file

	// leftOut are the series whose values of earlier versions mean something else.
	leftOut map[collectors.SeriesKey]struct{}

	damaged int      // records that could not be read
	torn    int64    // bytes at the ends of files that hold no whole record
	report  []string // what a person should know of it
}

// bytes is what the files take.
func (l *loaded) bytes() (n int64) {
	for _, s := range l.segments {
		n += s.size
	}
	for _, t := range l.tables {
		n += t.size
	}
	for _, f := range l.logs {
		n += f.size
	}
	return n
}

// unfinished is a file that can be written on.
type unfinished struct {
	path   string // "" for none
	number uint64
	end    int64
	index  *indexRecord
}

// resumed are the files to go on with.
type resumed struct{ blocks, tables unfinished }

// fileName is the name of a file in the directory.
func fileName(number uint64, ext string) string { return fmt.Sprintf("%08d%s", number, ext) }

// load reads what is in dir and changes nothing. A file that vanishes while it is
// read was evicted by the dashcam that writes there.
func load(dir string) (*loaded, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	l := &loaded{next: 1, leftOut: make(map[collectors.SeriesKey]struct{})}
	var logs []uint64
	var loads []segmentLoad
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		number, err := strconv.ParseUint(strings.TrimSuffix(e.Name(), ext), 10, 62)
		if err != nil || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch ext {
		case extBlocks:
			var got segmentLoad
			if got, err = l.loadSegment(path, number); err == nil {
				loads = append(loads, got)
			}
		case extTables:
			err = l.loadTables(path, number)
		case extWAL:
			logs = append(logs, number)
		default:
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		l.next = max(l.next, number+1)
	}
	l.restore(loads)
	for _, number := range logs {
		path := filepath.Join(dir, fileName(number, extWAL))
		if err := l.loadWAL(path, number); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	l.seal()
	l.date()
	return l, nil
}

// readWhole reads a file and its header. A file that is too short for one has just
// been made: it is empty. One with another beginning is skipped with a word, one of
// another version is an error.
func (l *loaded) readWhole(path string, number uint64) (b []byte, ok bool, err error) {
	f, err := segment.OpenRegular(path, os.O_RDONLY)
	if err != nil {
		return nil, false, err
	}
	b, err = io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, false, err
	}
	if len(b) < segment.HeaderSize {
		return nil, true, nil
	}
	return b, l.header(path, b, number, &err), err
}

func (l *loaded) header(path string, b []byte, number uint64, err *error) bool {
	h, problem := segment.ParseHeader(b)
	if problem == nil && h.Number != number {
		problem = segment.ErrForeign
	}
	if errors.Is(problem, segment.ErrForeign) {
		l.problem(path, problem)
		return false
	}
	*err = problem
	return problem == nil
}

func (l *loaded) problem(path string, err error) {
	l.damaged++
	l.say(filepath.Base(path) + ": " + err.Error())
}

// maxReport bounds what a person is told of one directory.
const maxReport = 100

func (l *loaded) say(line string) {
	switch n := len(l.report); {
	case n < maxReport:
		l.report = append(l.report, line)
	case n == maxReport:
		l.report = append(l.report, "and more")
	}
}

// finished reads the index of a finished file, nil for one that is not.
func (l *loaded) finished(path string, number uint64) (*indexRecord, int64, error) {
	f, err := segment.OpenRegular(path, os.O_RDONLY)
	if err != nil {
		return nil, 0, err
	}
	r := Reader{file: &diskFile{path: path, file: f}}
	defer r.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	size := info.Size()
	if size < segment.HeaderSize+segment.HeadSize+segment.TrailerSize {
		return nil, size, nil
	}
	var b [segment.HeaderSize]byte
	if _, err := f.ReadAt(b[:], 0); err != nil {
		return nil, 0, err
	}
	if !l.header(path, b[:], number, &err) {
		return nil, size, err
	}
	trailer := b[:segment.TrailerSize]
	if _, err := f.ReadAt(trailer, size-segment.TrailerSize); err != nil {
		return nil, 0, err
	}
	at, ok := segment.ParseTrailer(trailer, number, size)
	if !ok {
		return nil, size, nil
	}
	var x *indexRecord
	p, err := r.record(path, number, place{at, int(size - segment.TrailerSize - segment.HeadSize - at)})
	if err == nil {
		x, err = parseIndex(p, size)
	}
	if err == nil && x.catalog.size > 0 {
		err = x.readCatalog(&r, path, number)
	}
	if err != nil {
		l.problem(path, fmt.Errorf("index: %w", err))
		return nil, size, nil
	}
	return x, size, nil
}

func (l *loaded) loadSegment(path string, number uint64) (segmentLoad, error) {
	x, size, err := l.finished(path, number)
	if err != nil {
		return segmentLoad{}, err
	}
	finished := x != nil
	if !finished {
		if x, l.resume.blocks, err = l.scan(path, number, l.resume.blocks); err != nil {
			return segmentLoad{}, err
		}
	}
	s := x.segment(path, number, size)
	s.finished, s.sums, s.sumsDir = finished, x.sums, x.sumsDir
	l.collect(x)
	l.segments = append(l.segments, s)
	return segmentLoad{s, x}, nil
}

func (l *loaded) loadTables(path string, number uint64) error {
	x, size, err := l.finished(path, number)
	if err != nil {
		return err
	}
	finished := x != nil
	if x == nil {
		if x, l.resume.tables, err = l.scan(path, number, l.resume.tables); err != nil {
			return err
		}
	}
	t := x.tableFile(path, number, size)
	t.finished = finished
	l.tables = append(l.tables, t)
	return nil
}

// scan reads a file record by record.
func (l *loaded) scan(path string, number uint64, before unfinished) (*indexRecord, unfinished, error) {
	x := new(indexRecord)
	b, ok, err := l.readWhole(path, number)
	if err != nil || !ok {
		return x, before, err
	}
	end := l.records(path, b, number, func(kind byte, offset int64, p []byte) error { return x.add(kind, offset, p) })
	return x, unfinished{path, number, end, x}, nil
}

// records hands out the whole records of a file and tells what else is in it. It returns
// where they end.
func (l *loaded) records(path string, b []byte, number uint64, add func(kind byte, offset int64, p []byte) error) int64 {
	end := segment.Scan(b, number, func(kind byte, offset int64, p []byte) {
		if err := add(kind, offset, p); err != nil {
			l.problem(path, fmt.Errorf("record at %d: %w", offset, err))
		}
	}, func(from, to int64) {
		l.problem(path, fmt.Errorf("bytes %d to %d: %w", from, to, segment.ErrDamaged))
	})
	if torn := int64(len(b)) - end; torn > 0 {
		l.torn += torn
		l.say(fmt.Sprintf("%s: %d bytes at the end are no whole record and are cut", filepath.Base(path), torn))
	}
	return end
}
