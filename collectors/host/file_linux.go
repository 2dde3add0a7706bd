package host

import (
	"errors"
	"io/fs"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// file is one file of the host that is read at every sample. The kernel's files say
// something new at each read from their beginning, so they stay open and a sample is one
// pread(2): finding and opening a file costs more than most of them take to be written.
// Reading allocates nothing once the buffer has grown.
//
// A file must not be copied after its first read.
type file struct {
	name string // as a person knows it: "/proc/stat"
	path string // below the root
	// longest is how long a record of the file can be.
	longest int
	keep    *keeper
	kept    *descriptor // nil: not open
	cpath   []byte      // path for the kernel
	buf     []byte
	failed  *fs.PathError
	// absentFor is how many more reads take for granted that there is no such file.
	absentFor int
}

// file returns the file with the absolute name, to be read again and again.
func (r root) file(name string) file {
	return file{name: name, path: r.path(name), keep: r.keep, longest: longestRecord(name)}
}

// seqPage is the least that the kernel gathers before it ends a read of a file that it makes
// record by record (seq_read_iter; a page, and no page is smaller).
const seqPage = 4096

// longestRecord returns how long a record of the file can be at most, in bytes, so that a read
// that ended with more room than that in a page was the last: one system call
// instead of two. It is 0 for a file made at once, where every read that leaves room in
// our buffer was the last, and seqPage where it is not known: such a file is read until
// there is nothing more.
func longestRecord(name string) int {
	switch base := name[strings.LastIndexByte(name, '/')+1:]; {
	case !strings.HasPrefix(name, "/proc/"):
		if strings.HasPrefix(name, "/sys/") {
			return 0 // sysfs and control groups: one show function
		}
	case strings.HasPrefix(name, "/proc/sys/"), strings.HasPrefix(name, "/proc/pressure/"):
		return 0
	case base == "stat", base == "loadavg", base == "uptime", base == "meminfo", base == "statm", // single_open in fs/proc
		base == "snmp", base == "snmp6", base == "netstat", base == "sockstat", base == "sockstat6": // and in net
		return 0
	case base == "vmstat":
		return 128 // a name and a number
	case base == "softnet_stat":
		return 256 // 15 hexadecimal numbers
	case base == "diskstats", base == "dev":
		return 512 // a name and at most 20 numbers
	}
	return seqPage
}

// absentReads is how many reads after one that found no file do not look again: some files
// are there only when a module is loaded.
const absentReads = 9

// read returns the present content, valid until the next read.
func (f *file) read() ([]byte, error) {
	if f.kept != nil {
		if b, err := f.readFrom(f.kept.fd, true); err == nil {
			return b, nil
		}
		// What it belonged to is gone (ENODEV, ESRCH); by now there may be another
		// of the same name.
		f.close()
	}
	return f.readAnew()
}

// parsed reads a file and returns what parse makes of its content.
func parsed[T any](f *file, parse func(name string, b []byte) (T, error)) (v T, err error) {
	b, err := f.read()
	if err != nil {
		return v, err
	}
	return parse(f.name, b)
}

// readAnew opens the file, and keeps it open if the kernel made it and there is room.
func (f *file) readAnew() ([]byte, error) {
	if f.cpath == nil {
		f.cpath = append([]byte(f.path), 0)
	}
	if f.absentFor > 0 {
		f.absentFor--
		return nil, f.failed
	}
	fd, err := openAt(unix.AT_FDCWD, f.cpath)
	if err != nil {
		if err == unix.ENOENT && f.keep != nil { //nolint:errorlint // a system call returns the number itself
			f.absentFor = absentReads
		}
		return nil, f.fail("open", err)
	}
	alive := fromKernel(fd)
	b, err := f.readFrom(fd, alive)
	if err == nil && alive && f.keep.take(1) {
		f.kept = newDescriptor(fd, f.keep)
		return b, nil
	}
	_ = unix.Close(fd)
	if err != nil {
		return nil, f.fail("read", err)
	}
	return b, nil
}

// readFrom reads the whole file. The kernel answers with one version of a record,
// however many reads that takes.
func (f *file) readFrom(fd int, alive bool) ([]byte, error) {
	f.buf = f.buf[:0]
	for {
		if len(f.buf) == cap(f.buf) {
			f.buf = append(f.buf, make([]byte, max(1024, cap(f.buf)))...)[:len(f.buf)]
		}
		n, err := unix.Pread(fd, f.buf[len(f.buf):cap(f.buf)], int64(len(f.buf)))
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		case n <= 0:
			return f.buf, nil
		}
		f.buf = f.buf[:len(f.buf)+n]
		switch {
		case alive && len(f.buf) < cap(f.buf) && (f.longest == 0 || n+f.longest <= seqPage):
			return f.buf, nil
		case len(f.buf) > maxFile:
			return nil, unix.EFBIG
		}
	}
}

// fail returns err with the name of the file: the same value as long as the same goes wrong.
func (f *file) fail(op string, err error) error {
	if f.failed == nil || f.failed.Op != op || f.failed.Err != err { //nolint:errorlint // numbers of the system
		f.failed = &fs.PathError{Op: op, Path: f.path, Err: err}
	}
	return f.failed
}

// close gives the descriptor back. The file may be read again.
func (f *file) close() {
	f.absentFor = 0
	if f.kept != nil {
		f.kept.close()
		f.kept = nil
	}
}

// uint reads the number that the file consists of.
func (f *file) uint() (uint64, error) {
	b, err := f.read()
	if err != nil {
		return 0, err
	}
	return wholeUint(f.name, b)
}

// files are the files of parts that come and go. A part that is still there after the next
// look keeps its open file.
type files struct {
	root  root
	known map[string]*listedFile
}

type listedFile struct {
	file
	listed bool
}

// begin starts a look at what is there.
func (s *files) begin() {
	for _, f := range s.known {
		f.listed = false
	}
}

// get returns the file with the absolute name, the same as before where there was one.
func (s *files) get(name string) *file {
	f, ok := s.known[name]
	if !ok {
		if s.known == nil {
			s.known = make(map[string]*listedFile)
		}
		f = &listedFile{file: s.root.file(name)}
		s.known[name] = f
	}
	f.listed = true
	return &f.file
}

// end closes the files that nobody asked for since begin.
func (s *files) end() {
	for name, f := range s.known {
		if !f.listed {
			f.close()
			delete(s.known, name)
		}
	}
}

// fromKernel reports whether the file is one that the kernel makes while it is read. All
// others (a captured tree, /run/utmp, files that LXCFS puts over those of /proc) can be
// replaced under their name, which an open descriptor would not notice.
func fromKernel(fd int) bool {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return false
	}
	switch int64(st.Type) { //nolint:unconvert // has other sizes elsewhere
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC:
		return true
	}
	return false
}

// keeper bounds how many files stay open. A nil keeper keeps none.
type keeper struct {
	most int64
	open atomic.Int64
}

// newKeeper keeps at most a quarter of the files this process may open: the others belong
// to those who watch. And never more than 6144, because each holds some 4 KiB in the kernel.
func newKeeper() *keeper {
	const most, share = 6144, 4
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil
	}
	return &keeper{most: int64(min(limit.Cur/share, most))}
}

// take reserves a place, if fewer than most/part are taken.
func (k *keeper) take(part int64) bool {
	if k == nil {
		return false
	}
	if k.open.Add(1) > k.most/part {
		k.open.Add(-1)
		return false
	}
	return true
}
