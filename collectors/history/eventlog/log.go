package eventlog

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

const (
	// Ext is how the names of the files end.
	Ext = ".evt"

	kindFile    = 'e'
	recordEvent = 'V' // collectors.Event as JSON
	recordIndex = 'X' // Index as JSON

	// maxFile is how large a file may grow; filesPerLimit is the part of the limit that
	// it may take, so that removing one drops little.
	maxFile       = 1 << 20
	filesPerLimit = 8
)

// Config says where a log is and what it keeps.
type Config struct {
	Dir string
	// Limit bounds the bytes of all files, Retention the age of events. Both hold to
	// about a file.
	Limit     int64
	Retention time.Duration
	// Open opens a file to write on.
	Open func(path string, flags int) (segment.File, error)
}

// File is a file of a log, with the numbers and times of what is in it.
type File struct {
	Path   string
	Number uint64
	Size   int64
	Index
}

// Index is what stands at the end of a finished file.
type Index struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	// Oldest and Newest are the least and the greatest time.
	Oldest int64 `json:"oldest"`
	Newest int64 `json:"newest"`
	Events int   `json:"events"`
}

func (x *Index) add(e *collectors.Event) {
	if x.Events == 0 {
		x.First, x.Oldest, x.Newest = e.Seq, e.T, e.T
	}
	x.Last, x.Oldest, x.Newest = e.Seq, min(x.Oldest, e.T), max(x.Newest, e.T)
	x.Events++
}

// Touches reports whether the file may hold events of a window.
func (f *File) Touches(w *collectors.Window) bool {
	return f.Events > 0 && f.Last >= w.First && (w.Last == 0 || f.First <= w.Last) && f.Newest >= w.From && (w.To == 0 || f.Oldest < w.To)
}

// Log is the files of a directory.
type Log struct {
	cfg   Config
	files atomic.Pointer[[]File] // ascending by number

	out     *segment.Writer // of the newest file; nil until it is written on
	file    segment.File
	unsaved []segment.File // written and not synced; those that are finished are closed then
	last    uint64         // number of the newest file
	resume  bool           // that one can be written on
}

// Open looks at what is in the directory, and changes nothing there. The problems are
// about single files, which are left out and stay where they are.
func Open(cfg Config) (l *Log, problems []error) {
	l = &Log{cfg: cfg}
	entries, err := os.ReadDir(cfg.Dir)
	if err != nil {
		problems = append(problems, err)
	}
	var files []File
	for _, e := range entries {
		number, err := strconv.ParseUint(strings.TrimSuffix(e.Name(), Ext), 10, 62)
		if err != nil || filepath.Ext(e.Name()) != Ext || !e.Type().IsRegular() {
			continue
		}
		f := File{Path: filepath.Join(cfg.Dir, e.Name()), Number: number}
		finished, err := f.look()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if number > l.last {
			l.last, l.resume = number, !finished && err == nil
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", e.Name(), err))
			continue
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Number, b.Number) })
	l.files.Store(&files)
	return l, problems
}

// look reads what is in a file: the index of a finished one, all of another. Size is
// where whole records end.
func (f *File) look() (finished bool, err error) {
	file, err := segment.OpenRegular(f.Path, os.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	if f.Size = info.Size(); f.Size > 2*maxFile {
		return false, fmt.Errorf("%d bytes: expected at most %d", f.Size, 2*maxFile)
	}
	b := make([]byte, f.Size)
	if n := int64(segment.TrailerSize + 256); f.Size > n {
		if _, err := file.ReadAt(b[f.Size-n:], f.Size-n); err != nil {
			return false, err
		}
		if f.finished(b[f.Size-n:]) {
			return true, nil
		}
	}
	if _, err := file.ReadAt(b, 0); err != nil && f.Size > 0 {
		return false, err
	}
	return false, f.parse(b)
}

// parse reads the whole of a file that is not finished.
func (f *File) parse(b []byte) error {
	if f.Size = 0; len(b) < segment.HeaderSize {
		return nil // it was just made
	}
	if h, err := segment.ParseHeader(b); err != nil {
		return err
	} else if h.Number != f.Number || h.Kind != kindFile {
		return segment.ErrForeign
	}
	f.Size = scan(b, f.Number, f.add)
	return nil
}

// finished reads the index that the end of a file names, if it is there.
func (f *File) finished(end []byte) bool {
	at, ok := segment.ParseTrailer(end[len(end)-segment.TrailerSize:], f.Number, f.Size)
	if from := at - (f.Size - int64(len(end))); ok && from >= 0 {
		kind, payload, _, err := segment.ParseRecord(end[from:], f.Number, at)
		return err == nil && kind == recordIndex && json.Unmarshal(payload, &f.Index) == nil && f.Events >= 0
	}
	return false
}

// scan hands out the events of a file and returns where whole records end.
func scan(b []byte, number uint64, found func(e *collectors.Event)) int64 {
	return segment.Scan(b, number, func(kind byte, _ int64, payload []byte) {
		if kind != recordEvent {
			return
		}
		var e collectors.Event
		if json.Unmarshal(payload, &e) == nil {
			e.Clean()
			found(&e)
		}
	}, func(int64, int64) {})
}

// Files returns the files, oldest first. The list must not be changed.
func (l *Log) Files() []File { return *l.files.Load() }

// Bytes is what the files take.
func (l *Log) Bytes() (n int64) {
	for _, f := range l.Files() {
		n += f.Size
	}
	return n
}
