package measure

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Moment is what is known of a process and its descendants at one time.
type Moment struct {
	At           time.Time
	CPU          time.Duration
	PSS, Private uint64 // bytes
	Switches     uint64 // voluntary: a thread had waited, and was woken
	Processes    int
	Threads      int
	Files        int
}

// Look returns what the process and its descendants have used until now.
func Look(pid int) (Moment, error) {
	m := Moment{At: time.Now()}
	pids, err := tree(pid)
	if err != nil {
		return m, err
	}
	for _, p := range pids {
		// A descendant may end at any time; its parent's figures will have it.
		if err := m.add(p); err != nil && (p == pid || !gone(err)) {
			return m, err
		}
	}
	return m, nil
}

// gone says that a process had ended when it was looked at. EINVAL is what the clock of one
// says that is not there any more.
func gone(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL)
}

// ticksPerSecond is USER_HZ, which is 100 wherever Linux runs today.
const ticksPerSecond = 100

func (m *Moment) add(pid int) error {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := statOf(pid)
	if err != nil {
		return err
	}
	var ts unix.Timespec
	const process = 2 // CPUCLOCK_SCHED of all threads: what clock_getcpuclockid(3) makes of a pid
	if err := unix.ClockGettime(int32(^pid<<3|process), &ts); err != nil {
		return fmt.Errorf("processor time of %d: %w", pid, err)
	}
	m.CPU += time.Duration(ts.Nano()) + time.Duration(stat.childTicks)*time.Second/ticksPerSecond
	memory, err := keyed(dir + "/smaps_rollup")
	if err != nil {
		return err
	}
	m.PSS += memory["Pss"] << 10
	m.Private += (memory["Private_Dirty"] + memory["Private_Clean"]) << 10
	threads, err := filepath.Glob(dir + "/task/*/status")
	if err != nil {
		return err
	}
	for _, name := range threads {
		status, err := keyed(name)
		if gone(err) {
			continue
		} else if err != nil {
			return err
		}
		m.Switches += status["voluntary_ctxt_switches"]
		m.Threads++
	}
	files, err := os.ReadDir(dir + "/fd")
	m.Files += len(files)
	m.Processes++
	return err
}

// tree returns a process and its descendants.
func tree(pid int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, e := range entries {
		p, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if stat, err := statOf(p); err == nil {
			children[stat.parent] = append(children[stat.parent], p)
		}
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all, nil
}

type stat struct {
	parent     int
	start      string // in ticks since the boot: with the pid, what makes a process itself
	childTicks uint64 // processor time of children that ended and were waited for
}

func statOf(pid int) (stat, error) {
	name := "/proc/" + strconv.Itoa(pid) + "/stat"
	b, err := os.ReadFile(name)
	if err != nil {
		return stat{}, err
	}
	// The name of the program may hold anything; it ends with the last bracket.
	const ppid, cutime, cstime, starttime = 1, 13, 14, 19 // after it
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) <= starttime {
		return stat{}, fmt.Errorf("%s is %q: want 20 fields after the name", name, b)
	}
	parent, err1 := strconv.Atoi(string(fields[ppid]))
	user, err2 := strconv.ParseUint(string(fields[cutime]), 10, 64)
	system, err3 := strconv.ParseUint(string(fields[cstime]), 10, 64)
	return stat{parent, string(fields[starttime]), user + system}, errors.Join(err1, err2, err3)
}

// startOf returns when a process began, "" where there is none.
func startOf(pid int) string {
	s, err := statOf(pid)
	if err != nil {
		return ""
	}
	return s.start
}

// keyed reads the numbers of lines like "Pss:  15401 kB".
func keyed(name string) (map[string]uint64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	values := map[string]uint64{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		key, rest, _ := strings.Cut(lines.Text(), ":")
		if fields := strings.Fields(rest); len(fields) > 0 {
			if v, err := strconv.ParseUint(fields[0], 10, 64); err == nil {
				values[key] = v
			}
		}
	}
	return values, lines.Err()
}

// Machine says on what, and beside what else, is measured.
func Machine() string {
	text := func(name string) string {
		b, _ := os.ReadFile(name)
		return strings.TrimSpace(string(b))
	}
	model, processors := "unknown processor", 0
	for line := range strings.Lines(text("/proc/cpuinfo")) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			model = strings.TrimSpace(value)
			processors++
		}
	}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	load, _, _ := strings.Cut(text("/proc/loadavg"), " ")
	release, _, _ := strings.Cut(text("/proc/sys/kernel/osrelease"), "-")
	return fmt.Sprintf("%d × %s, Linux %s, %d processes, load %s", processors, model, release, len(processes), load)
}
