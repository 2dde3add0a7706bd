package host

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gopsutil "github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// statLine is /proc/[pid]/stat of a process that used the given ticks.
func statLine(pid int, name string, ticks, start int) string {
	return fmt.Sprintf("%d (%s) S 1 1 1 0 -1 4194304 0 0 0 0 %d 0 0 0 20 0 3 0 %d 2990080 411 0 0\n", pid, name, ticks, start)
}

func processFiles(pid int, name string, ticks, start int) handmade {
	dir := fmt.Sprintf("proc/%d/", pid)
	return handmade{
		dir + "stat": statLine(pid, name, ticks, start), dir + "statm": "900 100 50 1 0 60 0\n",
		dir + "io":     "rchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n",
		dir + "status": "Name:\tx\nUid:\t1000\t1001\t0\t0\n", dir + "cgroup": "0::/user.slice\n",
	}
}

// rowsOf samples c and returns its rows by pid, cells by column; what is missing is left out.
func rowsOf(t testing.TB, c collectors.Collector, b *collectors.Batch) (rows map[int]map[string]any, data *collectors.TableData) {
	t.Helper()
	observe(t, c, b)
	tables := b.TakeTables()
	if len(tables) != 1 {
		t.Fatalf("%d tables, want 1", len(tables))
	}
	data = tables[0].Data()
	rows = map[int]map[string]any{}
	for _, r := range data.Rows {
		row := map[string]any{"key": r.Key}
		for i, cell := range r.Cells {
			switch col := &data.Table.Columns[i]; {
			case col.Kind == collectors.ColumnText:
				row[col.Name] = cell.Text
			case cell.Q != collectors.Missing:
				row[col.Name] = float64(cell.Q) * col.Quantum
			}
		}
		rows[int(r.Cells[columnPID].Q)] = row
	}
	return rows, data
}

func TestProcesses_ColumnsAreThoseOfTheCatalog(t *testing.T) {
	want := map[string]int{"pid": columnPID, "ppid": columnParent, "start": columnStart, "name": columnName, "user": columnUser, "state": columnState,
		"cpu": columnCPU, "memory": columnMemory, "io": columnIO, "read": columnRead, "write": columnWrite, "threads": columnThreads, "cgroup": columnCgroup}
	got := map[string]int{}
	for i, c := range collectors.Processes.Columns {
		got[c.Name] = i
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestProcesses_RatesAreOfTheSameProcessOverRealTime(t *testing.T) {
	root := processFiles(1, "init", 100, 5).write(t)
	handmade{"proc/stat": "btime 1700000000\n", "etc/passwd": "root:x:0:0::/:/bin/sh\nalice:x:1001:1::/:/bin/sh\nalias:x:1001:1::/:/bin/sh\n"}.into(t, root)
	c, b := newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	rows, _ := rowsOf(t, c, b)
	first := map[string]any{"key": "1.5", "pid": 1.0, "ppid": 1.0, "start": 1.7e9, "name": "init", "user": "alice", "state": "S",
		"memory": float64(100 * os.Getpagesize()), "threads": 3.0, "cgroup": "/user.slice"}
	if diff := cmp.Diff(map[int]map[string]any{1: first}, rows); diff != "" {
		t.Errorf("first sight (-want +got):\n%s", diff)
	}

	handmade{"proc/1/stat": statLine(1, "init", 300, 5), "proc/1/io": "read_bytes: 8192\nwrite_bytes: 8192\n"}.into(t, root)
	rows, _ = rowsOf(t, c, b)
	// 200 ticks of 10 ms and 4096 bytes in four seconds.
	want := map[string]any{"cpu": 50.0, "read": 1024.0, "write": 0.0, "io": 1024.0}
	if diff := cmp.Diff(want, only(rows[1], "cpu", "read", "write", "io")); diff != "" {
		t.Errorf("rates (-want +got):\n%s", diff)
	}

	// Counters that went back are no rate.
	handmade{"proc/1/stat": statLine(1, "init", 10, 5), "proc/1/io": "read_bytes: 0\nwrite_bytes: 0\n"}.into(t, root)
	rows, _ = rowsOf(t, c, b)
	if got := only(rows[1], "cpu", "read", "write", "io"); len(got) > 0 {
		t.Errorf("after counters fell: %v, want them missing", got)
	}

	// The pid is used again: by more ticks, but of another process.
	handmade{"proc/1/stat": statLine(1, "other", 5000, 77)}.into(t, root)
	rows, _ = rowsOf(t, c, b)
	if rows[1]["key"] != "1.77" || rows[1]["name"] != "other" || rows[1]["cpu"] != nil || rows[1]["io"] != nil {
		t.Errorf("reused pid: %v, want a new key and no rates", rows[1])
	}
}

// The kernel adds what a child had read and written to its parent's when it is waited for.
// A shell whose dd ended was shown as if it had written all of it within a second.
func TestProcesses_WhatAChildWroteIsNotToldOfItsParentAgain(t *testing.T) {
	const shell, child = 10, 11
	io := func(read, written int) string { return fmt.Sprintf("read_bytes: %d\nwrite_bytes: %d\n", read, written) }
	root := processFiles(1, "init", 1, 1).write(t)
	processFiles(shell, "sh", 1, 1).into(t, root)
	handmade{
		"proc/10/io": io(4096, 0), "proc/11/io": io(0, 400<<20), "proc/11/statm": "900 100 50 1 0 60 0\n",
		"proc/11/stat": strings.Replace(statLine(child, "dd", 1, 2), ") S 1 ", ") S 10 ", 1),
	}.into(t, root)
	c, b := newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	rowsOf(t, c, b)
	handmade{"proc/11/io": io(0, 800<<20)}.into(t, root)
	if rows, _ := rowsOf(t, c, b); rows[child]["write"] != float64(100<<20) {
		t.Fatalf("the child writes %v, want 100 MiB/s", rows[child]["write"])
	}
	if err := os.RemoveAll(filepath.Join(root, "proc/11")); err != nil {
		t.Fatal(err)
	}
	// It wrote 8 MiB more before it ended, and the shell read 4 KiB by itself.
	handmade{"proc/10/io": io(8192, 808<<20)}.into(t, root)
	rows, _ := rowsOf(t, c, b)
	if diff := cmp.Diff(map[string]any{"read": 1024.0, "write": float64(2 << 20)}, only(rows[shell], "read", "write")); diff != "" {
		t.Errorf("the shell (-want +got):\n%s", diff)
	}
	// What comes after is its own.
	handmade{"proc/10/io": io(8192, 816<<20)}.into(t, root)
	if rows, _ = rowsOf(t, c, b); rows[shell]["write"] != float64(2<<20) {
		t.Errorf("the shell writes %v, want 2 MiB/s", rows[shell]["write"])
	}
}

func TestProcesses_KernelThreadsHaveNoMemoryAndNoIO(t *testing.T) {
	root := processFiles(1, "init", 1, 1).write(t)
	processFiles(2, "kworker/0:1-a b", 1, 1).into(t, root)
	handmade{"proc/2/stat": strings.Replace(statLine(2, "kworker/0:1-a b", 0, 1), " 4194304 ", " 69238880 ", 1)}.into(t, root)
	c, b := newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	rowsOf(t, c, b)
	rows, _ := rowsOf(t, c, b)
	if diff := cmp.Diff(map[string]any{"cpu": 0.0}, only(rows[2], "cpu", "memory", "io", "read", "write")); diff != "" {
		t.Errorf("kernel thread (-want +got):\n%s", diff)
	}
	if rows[2]["name"] != "kworker/0:1-a b" {
		t.Errorf("name %q", rows[2]["name"])
	}
}

func TestParsePIDStat_NamesThatTryToLie(t *testing.T) {
	for _, name := range []string{"a) R 1 (", ")", "(", "", "two\nlines", "42 (x) S 1", strings.Repeat("x", 64<<10), "\xff\xfe\x00", ") S 1 1 1 0 -1 0 0 0 0 0 9999 0 0 0 20 0 1 0 7 0 0"} {
		st, ok := parsePIDStat([]byte(statLine(42, name, 17, 1234)))
		if !ok || string(st.name) != name || st.pid != 42 || st.ppid != 1 || st.state != 'S' || st.ticks != 17 || st.threads != 3 || st.start != 1234 {
			t.Errorf("name %.40q: got %+v, ok %v", name, st, ok)
		}
	}
	whole := statLine(42, "x", 17, 1234)
	for cut := range strings.Index(whole, " 2990080") {
		if st, ok := parsePIDStat([]byte(whole[:cut])); ok {
			t.Errorf("cut to %q gives %+v, want a refusal", whole[:cut], st)
		}
	}
}

func TestProcesses_NameOf64KBIsCut(t *testing.T) {
	root := processFiles(1, strings.Repeat("é", 32<<10), 1, 1).write(t)
	rows, _ := rowsOf(t, newSteppedProcesses(Options{Root: root}), collectors.NewBatch())
	if name := rows[1]["name"].(string); len(name) > 128 || !strings.HasPrefix(name, "éé") {
		t.Errorf("name has %d bytes", len(name))
	}
}

func TestProcesses_VanishedAreDroppedAndCounted(t *testing.T) {
	root := processFiles(1, "init", 1, 1).write(t)
	processFiles(30, "x", 1, 1).into(t, root)
	handmade{
		"proc/20/comm": "listed, but its stat is gone\n", "proc/21/stat": "", "proc/22/stat": "22 (cut) S 1 2",
		"proc/23/stat": statLine(24, "of another", 1, 1), "proc/self/stat": "", "proc/0/stat": "", "proc/99999999999/stat": "",
	}.into(t, root)
	c, b := newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	rows, data := rowsOf(t, c, b)
	if got := slices.Sorted(maps.Keys(rows)); !slices.Equal(got, []int{1, 30}) || data.Partial != "" || c.vanished != 4 {
		t.Errorf("rows of %v, partial %q, %d vanished, want 1 and 30, all, 4", got, data.Partial, c.vanished)
	}
	if err := os.RemoveAll(filepath.Join(root, "proc/30")); err != nil {
		t.Fatal(err)
	}
	rows, _ = rowsOf(t, c, b)
	remembered := 0
	for _, p := range slices.Concat(c.all, c.spare[:cap(c.spare)]) {
		if p.known != nil {
			remembered++
		}
	}
	if len(rows) != 1 || remembered != 1 {
		t.Errorf("%d rows and %d remembered after one ended, want 1 and 1", len(rows), remembered)
	}
}

// A change of what is said is a message to every page: processes that come and go must not
// make one of every scan.
func TestRefusals_AreCountedAnewOnceAMinute(t *testing.T) {
	var r refusals
	now := time.Unix(1_800_000_000, 0)
	text := func(refused, asked int) string {
		return fmt.Sprintf("%d of %d processes may not be read by this user", refused, asked)
	}
	for step, c := range []struct {
		after          time.Duration
		refused, asked int
		want           string
	}{
		{0, 0, 80, ""},
		{time.Second, 1, 81, text(1, 81)},
		{time.Second, 2, 85, text(1, 81)},
		{58 * time.Second, 3, 90, text(1, 81)},
		{time.Second, 3, 91, text(3, 91)},
		{time.Second, 0, 91, ""},
		{time.Second, 4, 92, text(4, 92)},
	} {
		now = now.Add(c.after)
		if got := r.of(now, c.refused, c.asked, "may not be read by this user"); got != c.want {
			t.Errorf("step %d: said %q, want %q", step, got, c.want)
		}
	}
}

func TestProcesses_ForbiddenIOIsSaidAndAskedAgainAfterAMinute(t *testing.T) {
	root := processFiles(1, "init", 1, 1).write(t)
	processFiles(2, "mine", 1, 1).into(t, root)
	allow := forbid(t, filepath.Join(root, "proc/1/io"))
	c, b := newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	for range 2 {
		o := observe(t, c, b)
		if got := o.unavailable["/proc/[pid]/io"]; got != "1 of 2 processes may not be read by this user: that takes root, or rights which process-io.conf gives the systemd unit" {
			t.Errorf("said %q", got)
		}
	}
	rows, _ := rowsOf(t, c, b)
	if rows[1]["io"] != nil || rows[2]["io"] != 0.0 || rows[1]["memory"] == nil {
		t.Errorf("rows %v, want I/O of 2 only, memory of both", rows)
	}
	allow()
	if o := observe(t, c, b); len(o.unavailable) == 0 {
		t.Error("asked again before a minute had passed")
	}
	c.clock = c.clock.Add(processFactsEvery)
	if o := observe(t, c, b); len(o.unavailable) != 0 {
		t.Errorf("a minute later still %v", o.unavailable)
	}
}

func TestProcesses_HiddenOnesAreSaid(t *testing.T) {
	root := processFiles(77, "mine", 1, 1).write(t)
	if o := observe(t, newSteppedProcesses(Options{Root: root}), nil); o.unavailable["/proc/[pid]"] == "" {
		t.Errorf("unavailable %v, want a word about hidepid", o.unavailable)
	}
	if o := observe(t, newProcesses(Options{Root: t.TempDir()}), nil); o.unavailable["/proc/[pid]"] != "does not exist on this host" {
		t.Errorf("without /proc: unavailable %v", o.unavailable)
	}
}

// A scan that runs out of time says so, gives no counts, and the next one goes on where it
// ended.
func TestProcesses_BudgetIsKeptAndNobodyIsLeftOut(t *testing.T) {
	root := t.TempDir()
	const n = 10
	for pid := 1; pid <= n; pid++ {
		processFiles(pid, "p", 1, 1).into(t, root)
	}
	c, b := newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	c.now = func() time.Time { c.clock = c.clock.Add(time.Millisecond); return c.clock }
	c.budget, c.timeout = 8*time.Millisecond, 8*time.Millisecond
	seen := map[int]int{}
	for range 6 {
		rows, data := rowsOf(t, c, b)
		for pid := range rows {
			seen[pid]++
		}
		if want := fmt.Sprintf("%d of %d processes read within 8ms", len(rows), n); data.Partial != want {
			t.Errorf("partial %q, want %q", data.Partial, want)
		}
		if s, set := b.Series(int(b.Slot(collectors.ProcessThreads))); set {
			t.Errorf("threads counted in part: %v", s.Gauge)
		}
	}
	for pid := 1; pid <= n; pid++ {
		if seen[pid] < 2 {
			t.Errorf("process %d was seen %d times in 6 scans of 4, want 2", pid, seen[pid])
		}
	}
	c.budget, c.timeout = time.Second, time.Second
	if rows, data := rowsOf(t, c, b); len(rows) != n || data.Partial != "" || rows[1]["cpu"] == nil {
		t.Errorf("with time enough: %d rows, partial %q", len(rows), data.Partial)
	}
}

// A scan that waits for a processor goes on; one that has used its own time does not.
func TestProcesses_BudgetIsProcessorTime(t *testing.T) {
	root := t.TempDir()
	const n = 10
	for pid := 1; pid <= n; pid++ {
		processFiles(pid, "p", 1, 1).into(t, root)
	}
	c, b := newSteppedProcesses(Options{Root: root}), collectors.NewBatch()
	var used time.Duration
	c.now = func() time.Time { c.clock = c.clock.Add(10 * time.Millisecond); return c.clock }
	c.spent = func() time.Duration { return used }
	c.budget, c.timeout = 8*time.Millisecond, time.Minute
	if rows, data := rowsOf(t, c, b); len(rows) != n || data.Partial != "" {
		t.Errorf("while others had the processors: %d rows, partial %q, want all", len(rows), data.Partial)
	}
	c.spent = func() time.Duration { used += 3 * time.Millisecond; return used }
	rows, data := rowsOf(t, c, b)
	if want := fmt.Sprintf("%d of %d processes read within 8ms", len(rows), n); len(rows) > 4 || data.Partial != want {
		t.Errorf("with 3 ms for each: %d rows, partial %q, want 4 at most and %q", len(rows), data.Partial, want)
	}
}

func TestUserNames_AreReadAgainWhenTheFileChanges(t *testing.T) {
	root := handmade{"etc/passwd": "alice:x:1000:1::/:/bin/sh\nbroken\n:x:1:\nbob:x:nan:1\n"}.write(t)
	u := userNames{root: root0(root)}
	now := time.Unix(1_800_000_000, 0)
	u.refresh(now)
	if got := u.name(1000) + " " + u.name(1001); got != "alice 1001" {
		t.Errorf("names %q, want alice and a number", got)
	}
	handmade{"etc/passwd": "carol:x:1001:1::/:/bin/sh\n"}.into(t, root)
	if err := os.Chtimes(filepath.Join(root, "etc/passwd"), now, now); err != nil {
		t.Fatal(err)
	}
	u.refresh(now.Add(time.Minute))
	if got := u.name(1000) + " " + u.name(1001); got != "1000 carol" {
		t.Errorf("names %q after the file changed, want a number and carol", got)
	}
}

func root0(dir string) root { return Options{Root: dir}.root() }

func TestParseProcessCgroup(t *testing.T) {
	for text, want := range map[string]string{
		"0::/user.slice\n":                              "/user.slice",
		"9:name=systemd:/a\n8:memory:/b\n0::/\n":        "/a",
		"4:memory:/docker/1f\n3:cpu:/docker/1f\n0::/\n": "/docker/1f",
		"2:cpu:/\n0::/\n":                               "/",
		"0::/a:b\n":                                     "/a:b",
		"":                                              "", "x": "", "0::": "",
	} {
		if got := parseProcessCgroup([]byte(text)); got != want {
			t.Errorf("parseProcessCgroup(%q) = %q, want %q", text, got, want)
		}
	}
	long := "/" + strings.Repeat("é", 100) + "/container"
	if got := collectors.ShortenPath(long); len(got) > 128 || !strings.HasPrefix(got, "…") || !strings.HasSuffix(got, "/container") || got != strings.ToValidUTF8(got, "?") {
		t.Errorf("shortened to %q", got)
	}
}

// TestProcesses_AgreeWithPS compares a process of our own that does nothing, as it is seen
// on this machine.
func TestProcesses_AgreeWithPS(t *testing.T) {
	ps := need.Program(t, "ps")
	sleeper := exec.CommandContext(t.Context(), "sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() })
	pid := sleeper.Process.Pid
	// Under its name it is still being loaded, and on a busy machine for longer than both
	// looks are apart.
	untilItSleeps(t, pid)
	theirs := gopsutil.Process{Pid: int32(pid)}
	resident := func() float64 {
		m, err := theirs.MemoryInfoWithContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return float64(m.RSS)
	}
	listed := func() []int32 {
		all, err := gopsutil.PidsWithContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	residentBefore, listedBefore := resident(), listed()
	rows, data := rowsOf(t, newPatientProcesses(), collectors.NewBatch())
	residentAfter, listedAfter := resident(), listed()
	asked := time.Now().Unix()
	out, err := exec.CommandContext(t.Context(), ps, "-o", "ppid=,user=,stat=,nlwp=,etimes=,comm=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	answered := time.Now().Unix()
	f := strings.Fields(string(out))
	row := rows[pid]
	if row == nil {
		t.Fatalf("no row of process %d among %d", pid, len(data.Rows))
	}
	if got := []string{fmt.Sprint(row["ppid"]), row["user"].(string), row["state"].(string), fmt.Sprint(row["threads"]), row["name"].(string)}; !slices.Equal(got, []string{f[0], f[1], f[2][:1], f[3], f[5]}) {
		t.Errorf("row %q, ps says %q", got, f)
	}
	age, err := strconv.ParseFloat(f[4], 64)
	if err != nil {
		t.Fatal(err)
	}
	if start := row["start"].(float64); age < float64(asked)-start-2 || age > float64(answered)-start+2 {
		t.Errorf("started at %v, ps says %v s ago, asked between %d and %d", start, age, asked, answered)
	}
	// Others come and go meanwhile: every process that was there before and after has a row.
	for _, other := range listedBefore {
		if slices.Contains(listedAfter, other) && rows[int(other)] == nil {
			t.Errorf("no row of process %d, which gopsutil lists before and after", other)
		}
	}
	// What sleeps takes no memory, but where it is short some can be taken from it.
	if memory := row["memory"].(float64); memory > residentBefore || memory < residentAfter {
		t.Errorf("memory %v, gopsutil says %v before and %v after", memory, residentBefore, residentAfter)
	}
}

// newPatientProcesses leaves nothing out however busy the machine of the test is.
func newPatientProcesses() *processes {
	c := newProcesses(Options{}).(*processes)
	c.budget, c.timeout = time.Minute, time.Minute
	return c
}

// untilItSleeps waits until a sleep that was started does nothing.
func untilItSleeps(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !sleeps(pid); {
		if time.Now().After(deadline) {
			t.Fatalf("process %d has not come to sleep", pid)
		}
	}
}

// sleeps reports whether a process is in the system call that sleep makes.
func sleeps(pid int) bool {
	// A process that runs, or ended in the meantime, has none.
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
	call, _, _ := strings.Cut(string(text), " ")
	return call == strconv.Itoa(unix.SYS_CLOCK_NANOSLEEP) || call == strconv.Itoa(unix.SYS_NANOSLEEP)
}

func FuzzParsePIDStat(f *testing.F) {
	f.Add([]byte(statLine(42, "a) R 1 (", 17, 1234)))
	f.Add([]byte("1 () S 1"))
	f.Fuzz(func(t *testing.T, text []byte) {
		st, ok := parsePIDStat(text)
		if ok && (!bytes.Contains(text, st.name) || bytes.IndexByte(text[bytes.LastIndexByte(text, ')'):], ')') != 0) {
			t.Errorf("name %q from %q", st.name, text)
		}
		if got := stateText(st.state); len(got) != 1 {
			t.Errorf("state %q from %q", got, text)
		}
	})
}

func FuzzProcessFiles(f *testing.F) {
	f.Add([]byte("read_bytes: 1\nwrite_bytes: 2\n"))
	f.Add([]byte("Uid:\t0\t1\t2\t3\n"))
	f.Add([]byte("9:name=systemd:/a\n0::/b\n"))
	f.Add([]byte("root:x:0:0::/:/bin/sh\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		parsePIDIO(text)
		parseEffectiveUID(text)
		if got := collectors.ShortenPath(parseProcessCgroup(text)); len(got) > 128 {
			t.Errorf("path of %d bytes from %q", len(got), text)
		}
		users := map[uint32]string{}
		parsePasswd(users, text)
		for uid, name := range users {
			if name == "" {
				t.Errorf("user %d has no name", uid)
			}
		}
		for _, p := range appendPIDs(nil, text) {
			if p.pid <= 0 {
				t.Errorf("pid %d from %q", p.pid, text)
			}
		}
	})
}

// With one descriptor left 46 of 68 processes were shown as if there were no others: whatever
// could not be opened was taken for one that had ended.
func TestProcesses_WithoutDescriptorsTheListSaysThatItIsShort(t *testing.T) {
	c, b := newPatientProcesses(), collectors.NewBatch()
	rowsOf(t, c, b)
	all, _ := rowsOf(t, c, b)

	leaveDescriptors(t, 1) // for the directory
	rows, data := rowsOf(t, c, b)
	if len(rows) >= len(all) {
		t.Fatalf("%d rows of %d with no descriptor for them", len(rows), len(all))
	}
	if want := fmt.Sprintf("%d of ", len(rows)); !strings.HasPrefix(data.Partial, want) || !strings.Contains(data.Partial, "too many open files") {
		t.Errorf("partial %q, want %q … and why", data.Partial, want)
	}
	told := b.TakeUnavailable()
	if !slices.ContainsFunc(told, func(u collectors.Unavailable) bool {
		return u.Source == "/proc/[pid]/stat" && strings.Contains(u.Reason, "too many open files")
	}) {
		t.Errorf("unavailable %v does not say that processes could not be read", told)
	}
	if why := b.TakeFailing(); !strings.Contains(why, "too many open files") {
		t.Errorf("failing %q does not say that processes could not be read", why)
	}
	for i := range b.Len() {
		if s, set := b.Series(i); set && s.Family == collectors.ProcessCount {
			t.Errorf("%s %s = %v of a list that is short", s.Family.Name, s.Labels.At(0), s.Gauge)
		}
	}

	leaveDescriptors(t, 200)
	rows, data = rowsOf(t, c, b)
	if why := b.TakeFailing(); data.Partial != "" || why != "" {
		t.Errorf("with descriptors again: %d rows, partial %q, failing %q", len(rows), data.Partial, why)
	}
	for pid, row := range all {
		if rows[pid] == nil && unix.Kill(pid, 0) == nil {
			t.Errorf("with descriptors again: no row of process %d, %v, which lives", pid, row["name"])
		}
	}
}

// leaveDescriptors lowers the limit of open files until the end of the test, so that only n
// more can be opened.
func leaveDescriptors(t *testing.T, n uint64) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	lowest, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Close(lowest); err != nil {
		t.Fatal(err)
	}
	now := before
	now.Cur = uint64(lowest) + n
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	})
}
