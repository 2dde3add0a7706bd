package services

import (
	"errors"
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// fileState is how a reading went.
type fileState uint8

const (
	fileRead   fileState = iota
	fileAbsent           // this kernel or hierarchy has no such file, or it may not be read
	fileGone             // the control group is gone
)

// largestFile bounds one reading: io.stat has a line for each device.
const largestFile = 1 << 20

// allowance bounds how many files stay open. Half of it is for those that are read most.
type allowance struct {
	left    atomic.Int64
	reserve int64
}

// newAllowance takes a fifth of the file limit.
func newAllowance() *allowance {
	a := new(allowance)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err == nil {
		most := int64(min(limit.Cur/5, 4096))
		a.left.Store(most)
		a.reserve = most / 2
	}
	return a
}

func (a *allowance) take(often bool) bool {
	least := int64(0)
	if !often {
		least = a.reserve
	}
	if a.left.Add(-1) < least {
		a.left.Add(1)
		return false
	}
	return true
}

// scarce says that files are opened anew for every reading.
func (a *allowance) scarce() bool { return a.left.Load() <= a.reserve }

// kept is a file that is read again and again and stays open where that is allowed.
type kept struct {
	path   string
	open   *descriptor
	absent bool
	allow  *allowance
	often  bool // it is read more often than others
}

// descriptor is an open file. Collectors have no end of their own: one that nobody holds is
// closed with the garbage.
type descriptor struct {
	fd       int
	released *allowance
	cleanup  runtime.Cleanup
}

// newDescriptor takes over fd; released is called when it is closed.
func newDescriptor(fd int, released *allowance) *descriptor {
	d := &descriptor{fd: fd, released: released}
	d.cleanup = runtime.AddCleanup(d, func(h held) { h.release() }, d.held())
	return d
}

// held is what closing needs.
type held struct {
	fd       int
	released *allowance
}

func (h held) release() {
	_ = unix.Close(h.fd)
	if h.released != nil {
		h.released.left.Add(1)
	}
}

func (d *descriptor) held() held { return held{d.fd, d.released} }

func (d *descriptor) close() {
	d.cleanup.Stop()
	d.held().release()
	runtime.KeepAlive(d)
}

func (k *kept) close() {
	if k.open == nil {
		return
	}
	k.open.close()
	k.open = nil
}

// read returns the whole file, valid until buf is used again.
func (k *kept) read(buf *[]byte) ([]byte, fileState) {
	switch {
	case k.absent:
		return nil, fileAbsent
	case k.open != nil:
		text, err := readWhole(k.open.fd, buf)
		runtime.KeepAlive(k.open)
		if err == nil {
			return text, fileRead
		}
		k.close()
		if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENOENT) {
			return nil, fileGone
		}
		return nil, fileAbsent // memory.stat of a group being emptied, EOPNOTSUPP …: once more next time
	}
	fd, err := unix.Open(k.path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, unix.ENOENT):
		// The root of a hierarchy and old kernels lack files; a group that is gone lacks all.
		return nil, fileGone
	case err != nil:
		k.absent = !errors.Is(err, unix.EMFILE) && !errors.Is(err, unix.ENFILE)
		return nil, fileAbsent
	}
	text, err := readWhole(fd, buf)
	if err == nil && k.allow.take(k.often) {
		k.open = newDescriptor(fd, k.allow)
	} else {
		_ = unix.Close(fd)
	}
	if err != nil {
		return nil, fileAbsent
	}
	return text, fileRead
}

func readWhole(fd int, buf *[]byte) ([]byte, error) {
	b := (*buf)[:0]
	if cap(b) == 0 {
		b = make([]byte, 0, 8192)
	}
	for {
		n, err := unix.Pread(fd, b[len(b):cap(b)], int64(len(b)))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		}
		b = b[:len(b)+n]
		*buf = b
		if n == 0 || len(b) < cap(b) {
			return b, nil
		}
		if len(b) >= largestFile {
			return nil, unix.EFBIG
		}
		b = append(b, make([]byte, cap(b))...)[:len(b)]
	}
}
