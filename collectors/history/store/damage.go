package store

import (
	"errors"
	"io"
	"io/fs"
	"sync"
	"syscall"
	"time"

	"dashcam/collectors/history/block"
	"dashcam/collectors/history/segment"
)

// The reasons of gaps that the store gives.
const (
	// WhyDamaged: rows were written, and cannot be read back.
	WhyDamaged = "damaged on the disk"
	// WhyUnreadable stands before what the disk said when it did not give them.
	WhyUnreadable = "not readable: "
	// whyNotWritten: the disk did not take the rows in time.
	whyNotWritten = "not written to the disk"
)

// damage remembers which records could not be read. What the disk refused for the moment
// is tried again after a while; bytes that do not fit their checksum are not.
type damage struct {
	mu  sync.Mutex
	bad map[int64]unreadable // by offset
}

type unreadable struct {
	why   string
	until time.Time // zero for ever
}

// retryRead is how long a record is left alone after the disk refused it.
const retryRead = 10 * time.Second

func (d *damage) at(offset int64) bool { return d.why(offset) != "" }

// why says why a record cannot be read, "" where it can.
func (d *damage) why(offset int64) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, bad := d.bad[offset]
	switch {
	case !bad:
		return ""
	case !u.until.IsZero() && time.Now().After(u.until):
		delete(d.bad, offset)
		return ""
	}
	return u.why
}

// note remembers that a record could not be read.
func (d *damage) note(offset int64, err error) {
	u := unreadable{why: WhyDamaged}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return // it was evicted meanwhile, or everything was removed
	case isDamage(err):
	default:
		u.why, u.until = WhyUnreadable+diskProblem(err), time.Now().Add(retryRead)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bad == nil {
		d.bad = make(map[int64]unreadable)
	}
	d.bad[offset] = u
}

// isDamage tells bytes that are wrong from a disk that does not give them.
func isDamage(err error) bool {
	for _, wrong := range []error{segment.ErrDamaged, block.ErrInvalid, block.ErrVersion, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, wrong) {
			return true
		}
	}
	return false
}

// count counts the records that are damaged for good.
func (d *damage) count() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.bad {
		if u.until.IsZero() {
			n++
		}
	}
	return n
}

// diskProblem says what is wrong in words that do not change from try to try.
func diskProblem(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full"
	case errors.Is(err, syscall.EDQUOT):
		return "the quota of the disk is used up"
	case errors.Is(err, syscall.EROFS):
		return "the disk is read-only"
	case errors.Is(err, syscall.EIO):
		return "the disk has an input/output error"
	case errors.Is(err, syscall.EFBIG):
		return "the file may not grow any more"
	}
	// Without the path, which is no business of whoever looks at the page.
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Op + ": " + path.Err.Error()
	}
	return err.Error()
}
