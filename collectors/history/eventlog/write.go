package eventlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// Append writes events, whose numbers do not fall, and removes what is too old or too
// much. After an error the same events are appended once more, to another file.
func (l *Log) Append(events []collectors.Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := l.begin(); err != nil {
		return l.fail(err)
	}
	files := slices.Clone(l.Files())
	f := &files[len(files)-1]
	for i := range events {
		payload, err := json.Marshal(&events[i])
		if err != nil {
			return l.fail(err) // of texts and numbers there is none
		}
		if _, err := l.out.Append(recordEvent, payload); err != nil {
			return l.fail(err)
		}
		f.add(&events[i])
	}
	full := l.out.Size()+l.out.Pending() >= l.fileSize()
	if full {
		end, err := json.Marshal(&f.Index)
		if err != nil {
			return l.fail(err)
		}
		at, err := l.out.Append(recordIndex, end)
		if err != nil {
			return l.fail(err)
		}
		l.out.Finish(at)
	}
	if err := l.out.Flush(); err != nil {
		return l.fail(err)
	}
	f.Size = l.out.Size()
	l.files.Store(&files)
	if !slices.Contains(l.unsaved, l.file) {
		l.unsaved = append(l.unsaved, l.file)
	}
	if full {
		l.out, l.file = nil, nil
	}
	return l.evict(events[len(events)-1].T)
}

func (l *Log) fileSize() int64 { return min(maxFile, l.cfg.Limit/filesPerLimit) }

// begin opens the newest file to write on, or a new one.
func (l *Log) begin() error {
	if l.out != nil {
		return nil
	}
	files := slices.Clone(l.Files())
	flags := os.O_WRONLY
	if !l.resume {
		number := l.last + 1
		files = append(files, File{Path: filepath.Join(l.cfg.Dir, fmt.Sprintf("%08d%s", number, Ext)), Number: number})
		flags |= os.O_CREATE | os.O_EXCL
	}
	f := &files[len(files)-1]
	file, err := l.cfg.Open(f.Path, flags)
	if err != nil {
		return err
	}
	if l.resume {
		err = segment.CutTo(file, f.Size)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.out, l.resume = file, segment.NewWriter(file, segment.Header{Kind: kindFile, Number: f.Number}, f.Size), false
	l.last = f.Number
	l.files.Store(&files)
	return nil
}

// fail lets go of the file that is written on.
func (l *Log) fail(err error) error {
	if l.file != nil {
		l.unsaved = slices.DeleteFunc(l.unsaved, func(f segment.File) bool { return f == l.file })
		_ = l.file.Close() // it failed already
	}
	l.out, l.file = nil, nil
	return err
}

// evict removes the oldest files while they are too much, or older than the retention.
func (l *Log) evict(now int64) error {
	for {
		files := l.Files()
		if len(files) < 2 || l.Bytes() <= l.cfg.Limit && files[0].Newest >= now-l.cfg.Retention.Milliseconds() {
			return nil
		}
		if err := os.Remove(files[0].Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		rest := slices.Clone(files[1:])
		l.files.Store(&rest)
	}
}

// Unsynced hands over the files that were written on and are not on the disk for certain.
// Those that are finished are to be closed when they are synced.
func (l *Log) Unsynced() (open, finished []segment.File) {
	for _, f := range l.unsaved {
		if f == l.file {
			open = append(open, f)
		} else {
			finished = append(finished, f)
		}
	}
	l.unsaved = nil
	return open, finished
}

// Close lets go of the file that is written on. What was handed over is in it.
func (l *Log) Close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.out, l.file = nil, nil
	return err
}

// Reset begins an empty log after the directory was emptied.
func (l *Log) Reset() {
	_ = l.fail(nil)
	l.last, l.resume = 0, false
	l.files.Store(new([]File))
}
