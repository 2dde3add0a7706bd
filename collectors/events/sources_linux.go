package events

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// The drop-ins that give the unit rights which ordinary users lack: to read what the kernel
// logs, and to be told of processes and pressure by kernels that tell few.
const (
	kernelLogDropIn    = "/usr/share/dashcam/kernel-log.conf"
	olderKernelsDropIn = "/usr/share/dashcam/older-kernels.conf"
)

func newSources(cfg Config, procs *processes, b *bus) []source {
	all := []source{newLinks(cfg), newMounts(cfg), &oom{file: file{path: path(cfg, "/proc/vmstat"), size: 16 << 10}, procs: procs}, newPackages(cfg)}
	all = append(all, newAddresses(cfg), newDevices(cfg), newSwaps(cfg), newFileSystems(cfg), newArrays(cfg), newSettings(cfg))
	for _, t := range triggers {
		all = append(all, &pressure{trigger: t, markedFile: markedFile{path: path(cfg, "/proc/pressure/"+t.file)}})
	}
	all = append(all, b.source(unitSource), b.source(sessionSource), newKernelLog(cfg))
	return append(all, newKernel(cfg)...)
}

func path(cfg Config, name string) string { return filepath.Join(cfg.Root, name) }

// own reports whether the root is that of our own namespaces.
func own(cfg Config) bool { return cfg.Root == "" || filepath.Clean(cfg.Root) == "/" }

// reason is an error without the path, which health lists beside it.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("not there")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("may not be read")
	}
	return err
}

// file is a small file that stays open and is read from its beginning.
type file struct {
	path string
	size int // the most that it has, 128 where it is 0
	open *os.File
	buf  []byte
}

func (f *file) name() string { return f.path }

// read returns what the file holds now. It is valid until the next call.
func (f *file) read() ([]byte, error) {
	if f.open == nil {
		open, err := os.Open(f.path)
		if err != nil {
			return nil, reason(err)
		}
		f.open = open
		if f.buf == nil {
			f.buf = make([]byte, max(128, f.size))
		}
	}
	n, err := unix.Pread(int(f.open.Fd()), f.buf, 0)
	if err != nil {
		f.close()
		return nil, fmt.Errorf("read: %w", err)
	}
	return f.buf[:n], nil
}

// number is what the file holds, one number.
func (f *file) number() (uint64, error) {
	text, err := f.read()
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
}

func (f *file) close() {
	if f.open != nil {
		_ = f.open.Close() // it was only read
		f.open = nil
	}
}

// marked is a file that the kernel marks when something happens. It is no os.File: the
// poller of the Go runtime would take the mark away from us.
type marked struct{ fd int }

func openMarked(path string, flags int) (*marked, error) {
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, reason(err)
	}
	return &marked{fd}, nil
}

func (m *marked) ReadAt(b []byte, offset int64) (int, error) {
	n, err := unix.Pread(m.fd, b, offset)
	switch {
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (m *marked) close() { _ = unix.Close(m.fd) } // nothing is buffered

// markedFile is a source that is such a file; closing one also ends what was asked of it.
type markedFile struct {
	path string
	open *marked
}

func (m *markedFile) name() string { return m.path }

func (m *markedFile) close() {
	if m.open != nil {
		m.open.close()
		m.open = nil
	}
}

// changed opens the file where it is not open, and reports whether the kernel has marked it.
func (m *markedFile) changed() (bool, error) {
	if m.open == nil {
		f, err := openMarked(m.path, unix.O_RDONLY)
		if err != nil {
			return false, err
		}
		m.open = f
	}
	return ready(m.open.fd, unix.POLLPRI|unix.POLLERR)
}

// listener is a source that reads messages of the kernel.
type listener struct {
	cfg Config
	fd  int
}

func newListener(cfg Config) listener { return listener{cfg: cfg, fd: -1} }

func (l *listener) close() {
	if l.fd >= 0 {
		_ = unix.Close(l.fd) // it was only read
		l.fd = -1
	}
}

// ready reports whether the kernel has marked a descriptor with one of the events, and
// does not wait.
func ready(fd int, events int16) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	n, err := unix.Poll(fds, 0)
	if errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return n > 0, err
}
