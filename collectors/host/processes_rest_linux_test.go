package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
)

// idleHost is a host of processes 1 to n that have been idle for long enough to rest, seen
// every second, and its root.
func idleHost(t *testing.T, n int) (c *steppedProcesses, b *collectors.Batch, root string) {
	t.Helper()
	root = t.TempDir()
	for pid := 1; pid <= n; pid++ {
		processFiles(pid, "p", 100, 1).into(t, root)
	}
	c, b = newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	c.step = time.Second
	for range restAfter + restScans {
		rowsOf(t, c, b)
	}
	return c, b, root
}

// What is read again after a rest is the use over all of the rest, and every process has its
// turn.
func TestProcesses_RestingOnesAreReadInTurnsOverTheWholeTime(t *testing.T) {
	const n = 2 * restScans
	c, b, root := idleHost(t, n)
	for pid := 1; pid <= n; pid++ {
		handmade{fmt.Sprintf("proc/%d/stat", pid): statLine(pid, "p", 100+restScans*100, 1),
			fmt.Sprintf("proc/%d/io", pid): "read_bytes: 12288\nwrite_bytes: 8192\n"}.into(t, root)
	}
	turns := map[int]int{}
	for range restScans {
		rows, data := rowsOf(t, c, b)
		if len(rows) != n || data.Partial != "" {
			t.Fatalf("%d rows, partial %q, want all", len(rows), data.Partial)
		}
		seen := 0
		for pid, row := range rows {
			switch row["cpu"] {
			case 100.0: // 8 s of work in 8 s
				if want := 8192.0 / restScans; row["io"] != want {
					t.Errorf("process %d has I/O of %v/s, want %v", pid, row["io"], want)
				}
				turns[pid]++
				seen++
			case 0.0:
			default:
				t.Errorf("process %d uses %v %%, want 0 or 100", pid, row["cpu"])
			}
		}
		if seen != n/restScans {
			t.Errorf("%d processes had their turn in one scan, want %d", seen, n/restScans)
		}
	}
	for pid := 1; pid <= n; pid++ {
		if turns[pid] != 1 {
			t.Errorf("process %d had %d turns in %d scans, want 1", pid, turns[pid], restScans)
		}
	}
}

func TestProcesses_NoRestForTheBusyAndTheBlocked(t *testing.T) {
	root := t.TempDir()
	blocked := strings.Replace(statLine(1, "p", 100, 1), ") S ", ") D ", 1)
	for pid := 1; pid <= 3; pid++ {
		processFiles(pid, "p", 100, 1).into(t, root)
	}
	c, b := newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	c.step = time.Second
	for scan := range 3 * restScans {
		handmade{"proc/1/stat": blocked, "proc/2/stat": statLine(2, "p", 100+scan, 1),
			"proc/3/io": fmt.Sprintf("read_bytes: 4096\nwrite_bytes: %d\n", 8192+512*scan)}.into(t, root)
		rows, _ := rowsOf(t, c, b)
		if scan > 0 && (rows[2]["cpu"] != 1.0 || rows[3]["io"] != 512.0) {
			t.Fatalf("scan %d: %v %% and %v B/s, want 1 and 512", scan, rows[2]["cpu"], rows[3]["io"])
		}
		for i := range c.all {
			if p := c.all[i]; p.known.read != c.round {
				t.Fatalf("scan %d: process %d was left to rest", scan, p.pid)
			}
		}
	}
}

// A process that wakes and uses more than the others account for is found in the same scan.
func TestProcesses_WakingOneIsFoundAtOnce(t *testing.T) {
	c, b, root := idleHost(t, restScans)
	busy := func(ticks int) {
		handmade{"proc/stat": fmt.Sprintf("cpu  %d 0 0 0 0 0 0 0 0 0\n", ticks)}.into(t, root)
	}
	busy(1000)
	rowsOf(t, c, b)
	rowsOf(t, c, b)
	var asleep int // one that is not read in the next scan
	for i := range c.all {
		if c.rests(c.all[i].known, c.clock.Add(c.step)) && (c.round+1+uint64(c.all[i].pid))%restScans == restScans/2 {
			asleep = int(c.all[i].pid)
		}
	}
	handmade{fmt.Sprintf("proc/%d/stat", asleep): statLine(asleep, "p", 130, 1)}.into(t, root)
	busy(1002) // the kernel's two ways of counting differ a little
	if rows, _ := rowsOf(t, c, b); rows[asleep]["cpu"] != 0.0 {
		t.Fatalf("process %d shows %v %% without a reason to look", asleep, rows[asleep]["cpu"])
	}
	busy(1032)
	rows, _ := rowsOf(t, c, b)
	if cpu, ok := rows[asleep]["cpu"].(float64); !ok || cpu <= 0 {
		t.Errorf("process %d shows %v %% although processors worked, want what it used", asleep, rows[asleep]["cpu"])
	}
}

func TestWaking_FutileSuspicionsWait(t *testing.T) {
	w := waking{known: true, used: time.Second}
	looks := ""
	for range 30 {
		if w.suspected(800 * time.Millisecond) {
			looks += "x"
			w.found(800*time.Millisecond, 890*time.Millisecond)
			continue
		}
		looks += "."
	}
	if want := "x.x...x.......x.......x......."; looks != want {
		t.Errorf("looked at %s, want %s", looks, want)
	}
	w.wait = 0
	w.found(800*time.Millisecond, 900*time.Millisecond)
	if !w.suspected(0) || w.suspected(900*time.Millisecond) || (&waking{used: time.Second}).suspected(0) {
		t.Error("suspects at the wrong times")
	}
}

// The list alone tells that a process appeared, ended, or has the pid of another.
func TestProcesses_TheListIsNeverOld(t *testing.T) {
	c, b, root := idleHost(t, restScans)
	processFiles(99, "new", 1, 1).into(t, root)
	if err := os.RemoveAll(filepath.Join(root, "proc/3")); err != nil {
		t.Fatal(err)
	}
	for pid := 4; pid <= 5; pid++ {
		handmade{fmt.Sprintf("proc/%d/stat", pid): statLine(pid, "other", 5, 9)}.into(t, root)
	}
	for i := range c.all {
		if pid := c.all[i].pid; pid == 4 || pid == 5 {
			c.all[i].token++ // as another process has another inode
		}
	}
	rows, _ := rowsOf(t, c, b)
	if rows[99]["name"] != "new" || rows[3] != nil || rows[4]["name"] != "other" || rows[5]["key"] != "5.9" {
		t.Errorf("new %v, ended %v, others %v %v", rows[99], rows[3], rows[4], rows[5])
	}
}

func TestScanner_TokenIsOfTheProcess(t *testing.T) {
	s := newScanner(Options{})
	list := func() map[int32]uint64 {
		all, err := s.begin(t.Context(), nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		tokens := map[int32]uint64{}
		for _, p := range all {
			tokens[p.pid] = p.token
		}
		return tokens
	}
	before, after := list(), list()
	if self := int32(os.Getpid()); before[self] == 0 || before[self] != after[self] || before[self] == before[1] {
		t.Errorf("tokens of this process %d and %d, of the first %d", before[self], after[self], before[1])
	}
	s.close()
}

// The files of a process stay open while it is read at every scan, and no longer.
func TestProcesses_FilesStayOpenUntilItRestsOrEnds(t *testing.T) {
	keep := newKeeper()
	c, b := newSteppedProcesses(Options{keep: keep}), collectors.NewBatch()
	c.step = time.Second
	start := func() *exec.Cmd {
		sleeper := exec.CommandContext(t.Context(), "sleep", "60")
		if err := sleeper.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() })
		untilItSleeps(t, sleeper.Process.Pid) // whoever is still being loaded does not rest
		return sleeper
	}
	filesOf := func(pid int) *pidFiles {
		t.Helper()
		for i := range c.all {
			if c.all[i].pid == int32(pid) {
				return &c.all[i].known.files
			}
		}
		t.Fatalf("process %d is not listed", pid)
		return nil
	}
	rests, ends := start(), start()
	rowsOf(t, c, b)
	if *filesOf(rests.Process.Pid) != (pidFiles{}) {
		t.Error("the files of a process seen once are open")
	}
	c.next = int32(rests.Process.Pid) // read first, while there is room for open files
	rowsOf(t, c, b)
	ending := filesOf(ends.Process.Pid)
	for i, d := range ending {
		if d == nil {
			t.Errorf("%s of a process that is read at every scan is not open", pidFileNames[i])
		}
	}
	if n, most := keep.open.Load(), keep.most/2; n == 0 || n > most {
		t.Errorf("%d files open, want some and at most %d", n, most)
	}
	_ = ends.Process.Kill()
	_ = ends.Wait()
	for range restAfter + restScans {
		rowsOf(t, c, b)
	}
	if *ending != (pidFiles{}) || *filesOf(rests.Process.Pid) != (pidFiles{}) {
		t.Errorf("files of a process that ended %v, of one that rests %v, want none", *ending, *filesOf(rests.Process.Pid))
	}
}
