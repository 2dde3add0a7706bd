package host

import (
	"errors"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pidFiles are the files of a process that is read at every scan. They stay open until it
// rests: opening costs twice as much as reading, which all that sleep are not worth.
type pidFiles [pidFilesKept]*descriptor

const (
	pidStatFile = iota
	pidStatmFile
	pidIOFile
	pidFilesKept
)

var pidFileNames = [pidFilesKept]string{"/stat", "/statm", "/io"}

func (f *pidFiles) close() {
	for i, d := range f {
		if d != nil {
			d.close()
			f[i] = nil
		}
	}
}

// readKept reads a file that may be open already; where files is not nil it stays open. What
// it returns is valid until the next call.
func (s *scanner) readKept(pid int32, files *pidFiles, which int) ([]byte, error) {
	if files != nil && files[which] != nil {
		text, err := readAll(files[which].fd, s.text[:0])
		if err == nil {
			s.text = text
			return text, nil
		}
		files[which].close() // the process has ended; another may have its pid
		files[which] = nil
	}
	fd, err := s.open(pid, pidFileNames[which])
	if err != nil {
		return nil, err
	}
	s.text, err = readAll(fd, s.text[:0])
	if err == nil && files != nil && s.kernel && s.root.keep.take(2) {
		files[which] = newDescriptor(fd, s.root.keep)
	} else {
		_ = unix.Close(fd)
	}
	return s.text, err
}

// readFile reads a file of a process; what it returns is valid until the next call.
func (s *scanner) readFile(pid int32, name string) ([]byte, error) {
	fd, err := s.open(pid, name)
	if err != nil {
		return nil, err
	}
	s.text, err = readAll(fd, s.text[:0])
	_ = unix.Close(fd)
	return s.text, err
}

func (s *scanner) open(pid int32, name string) (fd int, err error) {
	s.path = strconv.AppendInt(s.path[:0], int64(pid), 10)
	s.path = append(append(s.path, name...), 0)
	return openAt(s.dir, s.path)
}

// openAt is openat(2) for a path that ends in a NUL: the library's takes a string and
// copies it.
func openAt(dir int, path []byte) (int, error) {
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}

// readAll reads to the end. A read that does not fill the buffer was the last one: the
// kernel makes these files at once.
func readAll(fd int, into []byte) ([]byte, error) {
	if cap(into) == 0 {
		into = make([]byte, 0, 4096)
	}
	for {
		n, err := unix.Pread(fd, into[len(into):cap(into)], int64(len(into)))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return into[:0], err
		}
		into = into[:len(into)+max(n, 0)]
		if len(into) < cap(into) || n <= 0 {
			return into, nil
		}
		if len(into) >= maxFile {
			return into[:0], malformed("/proc/[pid]", into)
		}
		into = append(into, make([]byte, cap(into))...)[:len(into)]
	}
}
