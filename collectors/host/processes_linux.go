package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// userTicks is how many clock ticks of /proc/[pid]/stat are a second: USER_HZ, which is
// part of the kernel's interface and 100 wherever Go runs.
const userTicks = 100

// scanner reads /proc/[pid]/{stat,statm,io,status,cgroup} (proc_pid_stat(5) and so on).
// Paths are built in a buffer and files are opened relative to the directory, so that a
// scan allocates next to nothing.
type scanner struct {
	root   root
	dir    int // descriptor of /proc, open during a scan
	path   []byte
	text   []byte
	list   []byte
	stat   file
	booted float64 // Unix seconds
	bootAt time.Time
	users  userNames
	hidden bool
}

func newScanner(o Options) scanner {
	r := o.root()
	return scanner{root: r, dir: -1, list: make([]byte, 32<<10), stat: r.file("/proc/stat"), users: userNames{root: r}}
}

// begin opens /proc and lists the processes.
func (s *scanner) begin(_ context.Context, pids []int32, now time.Time) ([]int32, error) {
	s.close()
	err := retry(func() (err error) {
		s.dir, err = unix.Open(s.root.path("/proc"), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return pids, &os.PathError{Op: "open", Path: "/proc", Err: err}
	}
	for {
		n := 0
		if err := retry(func() (err error) { n, err = unix.Getdents(s.dir, s.list); return err }); err != nil {
			return pids, &os.PathError{Op: "list", Path: "/proc", Err: err}
		}
		if n <= 0 {
			break
		}
		pids = appendPIDs(pids, s.list[:n])
	}
	if s.bootAt.IsZero() || now.Sub(s.bootAt) >= factsEvery {
		s.readBootTime()
		s.bootAt = now
	}
	s.users.refresh(now)
	s.hidden = true
	for _, pid := range pids {
		s.hidden = s.hidden && pid != 1
	}
	return pids, nil
}

func (s *scanner) end(b *collectors.Batch) {
	s.close()
	if s.hidden {
		b.Unavailable("/proc/[pid]", "processes of other users are hidden from this one (hidepid)")
	}
}

func (s *scanner) close() {
	if s.dir >= 0 {
		_ = unix.Close(s.dir)
		s.dir = -1
	}
}

// appendPIDs appends the pids among the directory entries of getdents64(2): 8 bytes inode,
// 8 offset, 2 length of the entry, 1 type, then the name, ended by a NUL.
func appendPIDs(pids []int32, entries []byte) []int32 {
	const header = 19
	for len(entries) > header {
		size := int(binary.NativeEndian.Uint16(entries[16:]))
		if size <= header || size > len(entries) {
			break
		}
		name := entries[header:size]
		if end := bytes.IndexByte(name, 0); end >= 0 {
			name = name[:end]
		}
		if pid, ok := parseUint(name); ok && pid > 0 && pid <= 1<<31-1 {
			pids = append(pids, int32(pid))
		}
		entries = entries[size:]
	}
	return pids
}

// readBootTime keeps the time it has when the new one differs by rounding only, so that
// starts do not flicker.
func (s *scanner) readBootTime() {
	text, err := s.stat.read()
	if err != nil {
		return
	}
	for rest := wholeLines(text); len(rest) > 0; {
		var line []byte
		line, rest = nextLine(rest)
		value, ok := bytes.CutPrefix(line, []byte("btime "))
		if !ok {
			continue
		}
		if v, ok := parseUint(trim(value)); ok && (float64(v) > s.booted+2 || float64(v) < s.booted-2) {
			s.booted = float64(v)
		}
	}
}

func (s *scanner) read(_ context.Context, pid int32, r *processReading) scanResult {
	text, err := s.readFile(pid, "/stat")
	if err != nil {
		return resultOf(err)
	}
	st, ok := parsePIDStat(text)
	if !ok || st.pid != pid {
		return scanGone
	}
	*r = processReading{pid: pid, ppid: st.ppid, start: st.start, name: st.name, state: st.state, threads: st.threads, kernel: st.kernel(),
		cpu: time.Duration(st.ticks) * (time.Second / userTicks), cpuKnown: true}
	if s.booted > 0 {
		r.startUnix = s.booted + float64(st.start)/userTicks
	}
	return scanOK
}

func resultOf(err error) scanResult {
	if errors.Is(err, fs.ErrPermission) {
		return scanForbidden
	}
	return scanGone // ENOENT, ESRCH: it ended between listing and reading
}

// pidStat is what is used of /proc/[pid]/stat.
type pidStat struct {
	pid, ppid   int32
	name        []byte
	state       byte
	flags       uint64
	ticks       uint64 // user and system time
	threads     uint64
	start       uint64 // ticks since the boot
	virtualSize uint64
}

// kernel reports whether this is a thread of the kernel (PF_KTHREAD, linux/sched.h).
func (s *pidStat) kernel() bool { return s.flags&0x00200000 != 0 }

// parsePIDStat reads "pid (name) S ppid …". The name is whatever the process calls itself,
// with parentheses, blanks and line ends; it ends at the last ")", since only numbers and
// the state follow.
func parsePIDStat(text []byte) (pidStat, bool) {
	var s pidStat
	opening, closing := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if opening < 0 || closing < opening {
		return s, false
	}
	pid, ok := parseUint(trim(text[:opening]))
	if !ok || pid > 1<<31-1 {
		return s, false
	}
	s.pid, s.name = int32(pid), text[opening+1:closing]
	state, rest := nextField(text[closing+1:])
	if len(state) != 1 {
		return s, false
	}
	s.state = state[0]
	// Fields are counted from 1, as in the manual; the state is the third.
	const last = 23
	for i := 4; i <= last; i++ {
		var f []byte
		if f, rest = nextField(rest); len(f) == 0 {
			return s, false
		}
		v, ok := parseUint(f)
		switch i {
		case 4:
			s.ppid = int32(v) //nolint:gosec // a pid fits
		case 9:
			s.flags = v
		case 14, 15:
			s.ticks += v
		case 20:
			s.threads = v
		case 22:
			s.start = v
		case last:
			s.virtualSize = v
		default:
			continue // also negative numbers
		}
		if !ok {
			return s, false
		}
	}
	return s, true
}

func (s *scanner) memory(_ context.Context, pid int32) (uint64, bool) {
	text, err := s.readFile(pid, "/statm")
	if err != nil {
		return 0, false
	}
	pages, ok := parseUint(fieldAt(text, 1))
	return pages * uint64(os.Getpagesize()), ok && len(fieldAt(text, 2)) > 0
}

func (s *scanner) io(_ context.Context, pid int32) (processIO, ioAccess) {
	text, err := s.readFile(pid, "/io")
	switch {
	case errors.Is(err, fs.ErrPermission):
		return processIO{}, ioForbidden
	case err != nil:
		return processIO{}, ioGone
	}
	io, ok := parsePIDIO(text)
	if !ok {
		return processIO{}, ioGone
	}
	return io, ioKnown
}

func parsePIDIO(text []byte) (io processIO, ok bool) {
	read, written := false, false
	for rest := wholeLines(text); len(rest) > 0; {
		var line []byte
		line, rest = nextLine(rest)
		key, value, _ := cutKey(line)
		switch string(key) {
		case "read_bytes":
			io.read, read = parseUint(trim(value))
		case "write_bytes":
			io.written, written = parseUint(trim(value))
		}
	}
	return io, read && written
}

func (s *scanner) facts(_ context.Context, pid int32) processFacts {
	var f processFacts
	if text, err := s.readFile(pid, "/status"); err == nil {
		if uid, ok := parseEffectiveUID(text); ok {
			f.user = s.users.name(uid)
		}
	}
	if text, err := s.readFile(pid, "/cgroup"); err == nil {
		f.cgroup = shortenPath(parseProcessCgroup(text))
	}
	return f
}

// parseEffectiveUID returns the second number of "Uid: real effective saved filesystem".
func parseEffectiveUID(text []byte) (uint32, bool) {
	for rest := wholeLines(text); len(rest) > 0; {
		var line []byte
		line, rest = nextLine(rest)
		key, value, _ := cutKey(line)
		if string(key) != "Uid" {
			continue
		}
		uid, ok := parseUint(fieldAt(value, 1))
		return uint32(uid), ok && uid <= 1<<32-1 //nolint:gosec // checked beside it
	}
	return 0, false
}

// parseProcessCgroup returns the control group of version 2; where that is unused that of systemd's
// hierarchy of version 1, or else the first that is not the root.
func parseProcessCgroup(text []byte) string {
	var group string
	for rest := wholeLines(text); len(rest) > 0; {
		var line []byte
		line, rest = nextLine(rest)
		_, after, ok := cutKey(line)
		if !ok {
			continue
		}
		controllers, path, ok := cutKey(after)
		switch {
		case !ok:
		case len(controllers) == 0 && string(path) != "/":
			return string(path)
		case string(controllers) == "name=systemd" && string(path) != "/":
			group = string(path)
		case group == "" || group == "/":
			group = string(path)
		}
	}
	return group
}

// shortenPath keeps the end of a long path: the name of a container stands there.
func shortenPath(path string) string {
	const most = 120
	if len(path) <= most {
		return path
	}
	return "…" + strings.ToValidUTF8(path[len(path)-most:], "")
}

// readFile reads a file of a process; what it returns is valid until the next call.
func (s *scanner) readFile(pid int32, name string) ([]byte, error) {
	s.path = strconv.AppendInt(s.path[:0], int64(pid), 10)
	s.path = append(append(s.path, name...), 0)
	fd, err := openAt(s.dir, s.path)
	if err != nil {
		return nil, err
	}
	s.text, err = readAll(fd, s.text[:0])
	_ = unix.Close(fd)
	return s.text, err
}

// openAt is openat(2) for a path that ends in a NUL: the library's takes a string and
// copies it.
func openAt(dir int, path []byte) (int, error) {
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0) //nolint:gosec // the kernel only reads path
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
// kernel makes these files in one piece.
func readAll(fd int, into []byte) ([]byte, error) {
	if cap(into) == 0 {
		into = make([]byte, 0, 4096)
	}
	for {
		n, err := unix.Read(fd, into[len(into):cap(into)])
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

// userNames gives the names of users as /etc/passwd of the host has them. Others
// (LDAP, containers) are shown by number: asking for them could block on a network.
type userNames struct {
	root    root
	names   map[uint32]string
	changed time.Time
	checked time.Time
}

func (u *userNames) refresh(now time.Time) {
	const every = 10 * time.Second
	if u.names != nil && now.Sub(u.checked) < every {
		return
	}
	u.checked = now
	info, err := os.Stat(u.root.path("/etc/passwd"))
	if err == nil && u.names != nil && info.ModTime().Equal(u.changed) {
		return
	}
	u.names = make(map[uint32]string)
	if err != nil {
		return
	}
	u.changed = info.ModTime()
	if text, err := u.root.readFile(nil, "/etc/passwd"); err == nil {
		parsePasswd(u.names, text)
	}
}

// parsePasswd takes the first name of each number, as getpwuid(3) does.
func parsePasswd(into map[uint32]string, text []byte) {
	for len(text) > 0 {
		var line []byte
		line, text = nextLine(text)
		name, rest, ok := bytes.Cut(line, []byte{':'})
		_, rest, ok2 := bytes.Cut(rest, []byte{':'})
		number, _, ok3 := bytes.Cut(rest, []byte{':'})
		uid, valid := parseUint(number)
		if !ok || !ok2 || !ok3 || !valid || uid > 1<<32-1 || len(name) == 0 {
			continue
		}
		if _, have := into[uint32(uid)]; !have {
			into[uint32(uid)] = string(name)
		}
	}
}

func (u *userNames) name(uid uint32) string {
	if n, ok := u.names[uid]; ok {
		return n
	}
	n := strconv.FormatUint(uint64(uid), 10)
	u.names[uid] = n
	return n
}
