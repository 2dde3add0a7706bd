package services

import (
	"bytes"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// networkEvery is how many observations there are to one reading of a namespace.
const networkEvery = 2

// network is what is known of the network namespace of a unit.
type network struct {
	pid  int32
	own  bool // it has one of its own; the host's has no number here
	in   reading
	out  reading
	seen bool
}

// namespace tells network namespaces apart: the inode of /proc/PID/net/dev belongs to one,
// and may be read without rights where /proc/PID/ns/net may not.
func namespace(root string, pid int32) (uint64, bool) {
	var st unix.Stat_t
	err := unix.Stat(root+"/proc/"+strconv.Itoa(int(pid))+"/net/dev", &st)
	return st.Ino, err == nil
}

// read reads the links of the unit's namespace, the loopback aside.
func (w *network) read(root string, pids []int32, now time.Time) {
	if len(pids) == 0 {
		*w = network{}
		return
	}
	if w.pid != pids[0] {
		theirs, ok := namespace(root, pids[0])
		hosts, ok2 := namespace(root, 1)
		if !ok || !ok2 {
			*w = network{}
			return
		}
		*w = network{pid: pids[0], own: theirs != hosts}
	}
	if !w.own {
		return
	}
	text, err := readSmall(root + "/proc/" + strconv.Itoa(int(w.pid)) + "/net/dev")
	if err != nil {
		*w = network{}
		return
	}
	in, out := linkTotals(text)
	w.in.next(in, true, now)
	w.out.next(out, true, now)
	w.seen = true
}

// linkTotals adds up the bytes of /proc/net/dev, received and sent.
func linkTotals(text []byte) (in, out uint64) {
	for line := range bytes.Lines(text) {
		name, rest, ok := bytes.Cut(line, []byte{':'})
		if !ok || string(bytes.TrimSpace(name)) == "lo" {
			continue
		}
		fields := bytes.Fields(rest)
		if len(fields) < 9 {
			continue
		}
		a, _ := number(fields[0])
		b, _ := number(fields[8])
		in, out = in+a, out+b
	}
	return in, out
}
