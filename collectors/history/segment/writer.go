package segment

import (
	"fmt"
	"io"
)

// File is what a [Writer] writes to: an *os.File, open at its end.
type File interface {
	io.WriteCloser
	Sync() error
}

// CutTo cuts a torn tail, and goes to the end. What cannot be cut is at its end.
func CutTo(f File, size int64) error {
	file, ok := f.(interface {
		Truncate(size int64) error
		Seek(offset int64, whence int) (int64, error)
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

// Writer appends records to a file. An error is final: what was written of the record
// is a torn tail, and the file has to be cut to [Writer.Size] before it is written
// again.
type Writer struct {
	file   File
	number uint64
	size   int64
	buffer []byte
}

// NewWriter begins a file with its header, or goes on with one that has the given size
// where that is not 0. The header is written with the first [Writer.Flush].
func NewWriter(f File, h Header, size int64) *Writer {
	w := &Writer{file: f, number: h.Number, size: size}
	if size == 0 {
		w.buffer = AppendHeader(nil, h)
	}
	return w
}

// Size is what the file has, without what was not yet flushed.
func (w *Writer) Size() int64 { return w.size }

// Pending is what [Writer.Flush] would write.
func (w *Writer) Pending() int64 { return int64(len(w.buffer)) }

// Append adds a record to what Flush writes, and returns where it will stand.
func (w *Writer) Append(kind byte, payload []byte) (offset int64, err error) {
	if len(payload) > MaxPayload {
		return 0, fmt.Errorf("record of %d bytes: at most %d", len(payload), MaxPayload)
	}
	offset = w.size + int64(len(w.buffer))
	w.buffer = AppendRecord(w.buffer, w.number, offset, kind, payload)
	return offset, nil
}

// Finish adds the trailer, which names the index at the given offset.
func (w *Writer) Finish(index int64) { w.buffer = AppendTrailer(w.buffer, w.number, index) }

// Flush hands everything to the file in one write.
func (w *Writer) Flush() error {
	if len(w.buffer) == 0 {
		return nil
	}
	n, err := w.file.Write(w.buffer)
	if err != nil {
		return err
	}
	w.size += int64(n)
	w.buffer = w.buffer[:0]
	return nil
}

// Sync waits until what was flushed is on the disk.
func (w *Writer) Sync() error { return w.file.Sync() }

// Close closes the file. What was not flushed is lost.
func (w *Writer) Close() error { return w.file.Close() }
