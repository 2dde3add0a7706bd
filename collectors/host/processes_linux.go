package host

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// userTicks is how many clock ticks of /proc/[pid]/stat are a second: USER_HZ, which is
// part of the kernel's interface and 100 wherever Go runs.
const userTicks = 100

// inheritsIO says that what a process read and wrote becomes its parent's when it ends.
const inheritsIO = true

// scanner reads /proc/[pid]/{stat,statm,io,status,cgroup} (proc_pid_stat(5) and so on).
// Resident memory is not taken from stat: since Linux 6.2 each processor keeps a part of the
// counters to itself, and only statm (since 6.16) adds them up.
//
// Paths are built in a buffer and files are opened relative to the directory, so that a
// scan allocates next to nothing.
type scanner struct {
	root   root
	dir    int  // descriptor of /proc, open during a scan
	kernel bool // it is the kernel's, not a captured tree
	path   []byte
	text   []byte
	list   []byte
	stat   file
	booted float64 // Unix seconds
	bootAt time.Time
	users  userNames
	hidden bool
	// failure is why a process could not be read, of the last one that could not.
	failure error
	// commands is what is shown of command lines.
	commands CommandLines
}

func newScanner(o Options) scanner {
	r := o.root()
	return scanner{root: r, dir: -1, list: make([]byte, 32<<10), stat: r.file("/proc/stat"), users: userNames{root: r}, commands: o.CommandLines}
}

// begin opens /proc and lists the processes.
func (s *scanner) begin(_ context.Context, into []process, now time.Time) ([]process, error) {
	s.close()
	err := retry(func() (err error) {
		s.dir, err = unix.Open(s.root.path("/proc"), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return into, &os.PathError{Op: "open", Path: "/proc", Err: err}
	}
	s.kernel = fromKernel(s.dir)
	for {
		n := 0
		if err := retry(func() (err error) { n, err = unix.Getdents(s.dir, s.list); return err }); err != nil {
			return into, &os.PathError{Op: "list", Path: "/proc", Err: err}
		}
		if n <= 0 {
			break
		}
		into = appendPIDs(into, s.list[:n])
	}
	if s.bootAt.IsZero() || now.Sub(s.bootAt) >= factsEvery {
		s.readBootTime()
		s.bootAt = now
	}
	s.users.refresh(now)
	s.hidden = true
	for i := range into {
		s.hidden = s.hidden && into[i].pid != 1
	}
	return into, nil
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

// readBootTime keeps the time it has when the new one differs by rounding only, so that
// starts do not flicker.
func (s *scanner) readBootTime() {
	text, err := s.stat.read()
	if err != nil {
		return
	}
	for line := range lines(text) {
		value, ok := bytes.CutPrefix(line, []byte("btime "))
		if !ok {
			continue
		}
		if v, ok := parseUint(trim(value)); ok && (float64(v) > s.booted+2 || float64(v) < s.booted-2) {
			s.booted = float64(v)
		}
	}
}

// busy returns how long all processors together have worked for processes since the boot.
func (s *scanner) busy() (time.Duration, bool) {
	text, err := s.stat.read()
	if err != nil {
		return 0, false
	}
	line, _ := nextLine(text)
	line, ok := bytes.CutPrefix(line, []byte("cpu "))
	t, ok2 := parseTimes(line)
	return time.Duration(t[modeUser]+t[modeNice]+t[modeSystem]) * (time.Second / userTicks), ok && ok2
}

func (s *scanner) read(_ context.Context, pid int32, files *pidFiles, r *processReading) scanResult {
	text, err := s.readKept(pid, files, pidStatFile)
	if err != nil {
		return s.resultOf(err)
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

func (s *scanner) resultOf(err error) scanResult {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return scanForbidden
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		return scanGone // it ended between listing and reading
	}
	s.failure = err
	return scanFailed
}

func (s *scanner) memory(_ context.Context, pid int32, files *pidFiles) (uint64, bool) {
	text, err := s.readKept(pid, files, pidStatmFile)
	if err != nil {
		return 0, false
	}
	pages, ok := parseUint(fieldAt(text, 1))
	return pages * uint64(os.Getpagesize()), ok && len(fieldAt(text, 2)) > 0
}

// ioRight says what would let dashcam read the I/O of all processes.
const ioRight = ": that takes root, or rights which process-io.conf gives the systemd unit"

func (s *scanner) io(_ context.Context, pid int32, files *pidFiles) (processIO, ioAccess) {
	text, err := s.readKept(pid, files, pidIOFile)
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

func (s *scanner) facts(_ context.Context, pid int32) processFacts {
	var f processFacts
	if text, err := s.readFile(pid, "/status"); err == nil {
		if uid, ok := parseEffectiveUID(text); ok {
			f.user = s.users.name(uid)
		}
	}
	if text, err := s.readFile(pid, "/cgroup"); err == nil {
		f.cgroup = collectors.ShortenPath(parseProcessCgroup(text))
	}
	if s.commands.shown() {
		f.command = s.commands.text(s.commandLine(pid))
	}
	return f
}

// commandLine returns the arguments of a process, without the one that is cut off where
// there are more than so many bytes: a part of a secret looks like something else.
func (s *scanner) commandLine(pid int32) []byte {
	const most = 4 << 10
	fd, err := s.open(pid, "/cmdline")
	if err != nil {
		return nil
	}
	text := make([]byte, most)
	n, err := unix.Pread(fd, text, 0)
	_ = unix.Close(fd)
	if err != nil || n < most {
		return text[:max(n, 0)]
	}
	return text[:bytes.LastIndexByte(text, 0)+1]
}

// threadTime returns the processor time of the calling thread, to which the sampler has
// locked us.
func threadTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}
