package eventlog

import (
	"errors"
	"io"
	"os"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// Parse returns the events in the bytes of a file, oldest first. What is
// damaged is left out.
func Parse(b []byte, number uint64) []collectors.Event {
	var all []collectors.Event
	scan(b, number, func(e *collectors.Event) { all = append(all, *e) })
	return all
}

// Once tells events that were written twice, because the disk failed between: it is asked
// for each in the order in which they were written.
type Once struct {
	seq uint64
	ids map[string]bool // of the events of seq
}

// First reports whether e was not there before.
func (o *Once) First(e *collectors.Event) bool {
	switch {
	case e.Seq < o.seq:
		return false
	case e.Seq > o.seq || o.ids == nil:
		o.seq, o.ids = e.Seq, make(map[string]bool, 1)
	}
	if o.ids[e.ID] && e.ID != "" {
		return false
	}
	o.ids[e.ID] = true
	return true
}

// Newest reads the newest n events, oldest first.
func (l *Log) Newest(n int) []collectors.Event {
	var all []collectors.Event
	for _, f := range slices.Backward(l.Files()) {
		if len(all) >= n {
			break
		}
		b, err := f.read()
		if err != nil {
			continue // it was removed, or is told of by Open
		}
		all = slices.Concat(Parse(b, f.Number), all)
	}
	return all[max(0, len(all)-n):]
}

// read returns the whole records of a file.
func (f *File) read() (b []byte, err error) {
	file, err := segment.OpenRegular(f.Path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	b = make([]byte, f.Size)
	_, err = io.ReadFull(file, b)
	return b, err
}
