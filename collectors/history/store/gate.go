package store

import (
	"context"
	"os"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

const (
	// readsAtOnce is how many reads of files there may be at the same time. One that
	// hangs cannot be interrupted: it keeps its place until it returns.
	readsAtOnce = 8
	// readWait is how long a question waits for a place, readTimeout for one read.
	readWait    = time.Second
	readTimeout = 10 * time.Second
)

// readGate is a semaphore for reads of files.
type readGate chan struct{}

func (g readGate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(readWait)
	defer timer.Stop()
	select {
	case g <- struct{}{}:
		return nil
	case <-timer.C:
		return collectors.ErrStoreBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

// diskFile is a file that is read from. It belongs to whoever reads at the moment.
type diskFile struct {
	path string
	file *os.File
	err  error // of opening it
	// stale is another one, to be closed first.
	stale *diskFile
	bytes []byte
}

// read reads n bytes at offset into memory that is used for the next read, too.
func (f *diskFile) read(offset int64, n int) ([]byte, error) {
	if f.stale != nil {
		f.stale.close()
		f.stale = nil
	}
	if f.file == nil && f.err == nil {
		f.file, f.err = os.OpenFile(f.path, os.O_RDONLY|segment.NoFollow, 0)
	}
	if f.err != nil {
		return nil, f.err
	}
	if cap(f.bytes) < n {
		f.bytes = make([]byte, n)
	}
	b := f.bytes[:n]
	_, err := f.file.ReadAt(b, offset)
	return b, err
}

func (f *diskFile) close() {
	if f.file != nil {
		_ = f.file.Close() // it was only read
	}
}

// interruptible runs f beside the caller, and returns the context's error or
// [collectors.ErrStoreBusy] when f does not return in time; then abandoned is called after it did.
func (g readGate) interruptible(ctx context.Context, f, abandoned func()) error {
	if err := g.enter(ctx); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer func() { <-g }()
		f()
		close(done)
	}()
	var err error
	timer := time.NewTimer(readTimeout)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		err = collectors.ErrStoreBusy
	case <-ctx.Done():
		err = ctx.Err()
	}
	go func() {
		<-done
		abandoned()
	}()
	return err
}
