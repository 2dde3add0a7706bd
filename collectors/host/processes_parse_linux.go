package host

import (
	"bytes"
	"encoding/binary"
)

// appendPIDs appends the pids among the directory entries of getdents64(2): 8 bytes inode,
// 8 offset, 2 length of the entry, 1 type, then the name, ended by a NUL. The inode is the
// token: a process gets one when it is first listed and keeps it while the kernel
// remembers, and another process gets another.
func appendPIDs(into []process, entries []byte) []process {
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
			into = append(into, process{listedPID: listedPID{int32(pid), binary.NativeEndian.Uint64(entries)}})
		}
		entries = entries[size:]
	}
	return into
}

// pidStat is what is used of /proc/[pid]/stat.
type pidStat struct {
	pid, ppid int32
	name      []byte
	state     byte
	flags     uint64
	ticks     uint64 // user and system time
	threads   uint64
	start     uint64 // ticks since the boot
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
	// Fields are counted from 1, as in the manual; the state is the third. The one after
	// the last that is used says that the text was not cut within a number.
	const last = 23
	for i := 4; i <= last; i++ {
		var f []byte
		if f, rest = nextField(rest); len(f) == 0 {
			return s, false
		}
		v, ok := parseUint(f)
		switch i {
		case 4:
			s.ppid = int32(v)
		case 9:
			s.flags = v
		case 14, 15:
			s.ticks += v
		case 20:
			s.threads = v
		case 22:
			s.start = v
		case last:
		default:
			continue // also negative numbers
		}
		if !ok {
			return s, false
		}
	}
	return s, true
}

func parsePIDIO(text []byte) (io processIO, ok bool) {
	read, written := false, false
	for line := range lines(text) {
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

// parseEffectiveUID returns the second number of "Uid: real effective saved filesystem".
func parseEffectiveUID(text []byte) (uint32, bool) {
	for line := range lines(text) {
		key, value, _ := cutKey(line)
		if string(key) != "Uid" {
			continue
		}
		uid, ok := parseUint(fieldAt(value, 1))
		return uint32(uid), ok && uid <= 1<<32-1
	}
	return 0, false
}

// parseProcessCgroup returns the control group of version 2; where that is unused that of systemd's
// hierarchy of version 1, or else the first that is not the root.
func parseProcessCgroup(text []byte) string {
	var group string
	for line := range lines(text) {
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
