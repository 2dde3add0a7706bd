package services

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

// hostTree is the file system of a host with control groups, as the kernel writes them.
type hostTree struct {
	t       *testing.T
	root    string
	cgroups string
}

func newHostTree(t *testing.T, mounts string, controllers string) *hostTree {
	h := &hostTree{t: t, root: t.TempDir()}
	h.cgroups = "/sys/fs/cgroup"
	h.write("/proc/1/mountinfo", mounts)
	h.write("/proc/stat", "cpu  100 0 100 1000 0 0 0 0 0 0\nbtime 1700000000\n")
	h.write("/proc/meminfo", "MemTotal: 4096000 kB\nMemAvailable: 2048000 kB\n")
	if controllers != "" {
		h.write(h.cgroups+"/cgroup.controllers", controllers+"\n")
	}
	return h
}

const mountsOfVersion2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

func (h *hostTree) write(path, text string) {
	h.t.Helper()
	full := h.root + path
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// group writes the files of a control group of version 2.
func (h *hostTree) group(path string, usec, periods, throttled, memory, kills, read, written int) {
	h.t.Helper()
	dir := h.cgroups + "/" + path + "/"
	h.write(dir+"cpu.stat", fmt.Sprintf("usage_usec %d\nuser_usec 1\nnr_periods %d\nnr_throttled %d\nthrottled_usec 5\n", usec, periods, throttled))
	h.write(dir+"memory.current", fmt.Sprintln(memory))
	h.write(dir+"memory.stat", "anon 1\ninactive_file 4096\n")
	h.write(dir+"memory.events", fmt.Sprintf("low 0\nmax 3\noom 1\noom_kill %d\n", kills))
	h.write(dir+"memory.max", "max\n")
	h.write(dir+"cpu.max", "50000 100000\n")
	h.write(dir+"io.stat", fmt.Sprintf("8:0 rbytes=%d wbytes=%d rios=1\n8:16 rbytes=0 wbytes=100 rios=0\n", read, written))
	h.write(dir+"pids.current", "7\n")
	h.write(dir+"pids.max", "max\n")
	h.write(dir+"cgroup.procs", "")
}

// watched samples a collector at virtual times.
type watched struct {
	t   *testing.T
	c   *services
	b   *collectors.Batch
	now time.Time

	prior func() // to each observation of a real host
}

func watch(t *testing.T, h *hostTree) *watched {
	return &watched{t: t, c: newServices(Options{Root: h.root}), b: collectors.NewBatch(), now: time.Unix(1_700_000_100, 0)}
}

// sample returns the rows by name, each as its columns that are known.
func (w *watched) sample() map[string]map[string]any {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	w.b.Begin(w.now)
	if err := w.c.Sample(w.t.Context(), w.b); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, rows := range w.b.TakeTables() {
		d := rows.Data()
		for _, row := range d.Rows {
			cells := map[string]any{}
			for i, cell := range row.Cells {
				switch c := &d.Table.Columns[i]; {
				case c.Kind == collectors.ColumnText && cell.Text != "":
					cells[c.Name] = cell.Text
				case c.Kind == collectors.ColumnNumber && cell.Q != collectors.Missing:
					cells[c.Name] = c.Value(cell.Q)
				}
			}
			name := cells["name"].(string)
			if out[name] != nil { // others on a real host may be called the same
				name += " " + row.Key
			}
			out[name] = cells
		}
	}
	return out
}

func TestServices_TellWhatAUnitUses(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpuset cpu io memory pids")
	h.group("system.slice/nginx.service", 1_000_000, 10, 2, 1<<20, 0, 1000, 0)
	w := watch(t, h)
	first := w.sample()
	want := map[string]any{
		"name": "nginx.service", "kind": "systemd", "parent": "system.slice", "memory": float64(1<<20 - 4096), "cpuLimit": 50.0, "oom": 0.0, "pids": 7.0,
		"restarts": 0.0, "cgroup": "/system.slice/nginx.service",
	}
	if diff := cmp.Diff(want, first["nginx.service"]); diff != "" {
		t.Errorf("before there are two readings (-want +got)\n%s", diff)
	}
	h.group("system.slice/nginx.service", 1_250_000, 20, 7, 2<<20, 2, 33_768, 16_384)
	want = map[string]any{
		"name": "nginx.service", "kind": "systemd", "parent": "system.slice", "memory": float64(2<<20 - 4096), "cpuLimit": 50.0, "oom": 2.0, "pids": 7.0,
		"cpu": 25.0, "throttled": 50.0, "read": 32_768.0, "write": 16_384.0, "io": 49_152.0, "restarts": 0.0, "cgroup": "/system.slice/nginx.service",
	}
	if diff := cmp.Diff(want, w.sample()["nginx.service"]); diff != "" {
		t.Errorf("at the second reading (-want +got)\n%s", diff)
	}
	// A counter that falls is another group's under the same name, and no spike.
	h.group("system.slice/nginx.service", 10, 0, 0, 1<<20, 0, 0, 0)
	row := w.sample()["nginx.service"]
	for _, name := range []string{"cpu", "throttled", "read", "io"} {
		if v, there := row[name]; there {
			t.Errorf("%s is %v after its counter fell", name, v)
		}
	}
}

func TestServices_FollowWhatIsMadeAndRemoved(t *testing.T) {
	id := strings.Repeat("ab", 32)
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.group("system.slice/a.service", 0, 0, 0, 0, 0, 0, 0)
	w := watch(t, h)
	w.sample()
	container := "system.slice/docker-" + id + ".scope"
	h.group(container, 0, 0, 0, 0, 0, 0, 0)
	h.group(container+"/inner", 0, 0, 0, 0, 0, 0, 0) // is part of it
	rows := w.sample()
	if len(rows) != 3 || rows[id[:12]]["kind"] != "docker" {
		t.Fatalf("with a container there are %v", rows)
	}
	if err := os.RemoveAll(h.root + h.cgroups + "/" + container); err != nil {
		t.Fatal(err)
	}
	if rows = w.sample(); len(rows) != 2 {
		t.Errorf("after its end there are %v", rows)
	}
	// The same path again is another unit, whose counters begin anew.
	h.group(container, 9_000_000, 0, 0, 0, 0, 0, 0)
	if _, spike := w.sample()[id[:12]]["cpu"]; spike {
		t.Error("a container that was started again has a rate at its first reading")
	}
}

// TestServices_RestWithoutLosingWhatTheyDid lets a unit do nothing until it is read in turns,
// and then something.
func TestServices_RestWithoutLosingWhatTheyDid(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.group("a.service", 1000, 0, 0, 0, 0, 0, 0)
	w := watch(t, h)
	for range 3 * restEvery {
		w.sample()
	}
	u := w.c.units["a.service"]
	if read := u.readings; read >= 3*restEvery {
		t.Fatalf("an idle unit was read %d times in %d observations", read, 3*restEvery)
	}
	h.group("a.service", 8_001_000, 0, 0, 0, 0, 0, 0)
	var total float64
	last := u.last[cpuTime].at
	for range restEvery + 1 {
		row := w.sample()["a.service"]
		if at := u.last[cpuTime].at; at.After(last) {
			total += row["cpu"].(float64) / 100 * at.Sub(last).Seconds()
			last = at
		}
	}
	if total < 7.9 || total > 8.1 {
		t.Errorf("8 s of processor time are shown as %.2f s", total)
	}
}

func TestServices_OfVersion1(t *testing.T) {
	mounts := ""
	for _, c := range []string{"cpu,cpuacct", "memory", "blkio", "pids"} {
		mounts += "31 30 0:27 / /sys/fs/cgroup/" + c + " rw - cgroup cgroup rw," + c + "\n"
	}
	mounts += "40 30 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	h := newHostTree(t, mounts, "")
	h.write("/sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n")
	id := strings.Repeat("0f", 32)
	put := func(ns, read, kills int) {
		for path, text := range map[string]string{
			"cpu,cpuacct/cpuacct.usage": fmt.Sprintln(ns), "cpu,cpuacct/cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n", "cpu,cpuacct/cpu.cfs_quota_us": "30000\n", "cpu,cpuacct/cpu.cfs_period_us": "10000\n",
			"cpu,cpuacct/cgroup.procs": "", "memory/memory.usage_in_bytes": "8192\n", "memory/memory.limit_in_bytes": "9223372036854771712\n",
			"memory/memory.stat": "cache 1\ntotal_inactive_file 4096\ntotal_swap 0\n", "memory/memory.oom_control": fmt.Sprintf("oom_kill_disable 0\nunder_oom 0\noom_kill %d\n", kills),
			"memory/memory.failcnt": "0\n", "pids/pids.current": "2\n", "pids/pids.max": "max\n",
			"blkio/blkio.throttle.io_service_bytes_recursive": fmt.Sprintf("8:0 Read %d\n8:0 Write 0\n8:0 Total %d\nTotal %d\n", read, read, read),
		} {
			controller, file, _ := strings.Cut(path, "/")
			h.write("/sys/fs/cgroup/"+controller+"/docker/"+id+"/"+file, text)
		}
	}
	put(0, 0, 0)
	h.write("/sys/fs/cgroup/blkio/"+blkioBytes, "8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n")
	w := watch(t, h)
	w.sample()
	put(500_000_000, 4096, 1)
	want := map[string]any{
		"name": id[:12], "kind": "docker", "parent": "docker", "cpu": 50.0, "memory": 4096.0, "swap": 0.0, "oom": 1.0, "pids": 2.0, "read": 4096.0, "write": 0.0, "io": 4096.0,
		"cpuLimit": 300.0, "restarts": 0.0, "cgroup": "/docker/" + id,
	}
	if diff := cmp.Diff(want, w.sample()[id[:12]]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// What it is in has a limit, which the kernel tells with its own.
	stat := "/sys/fs/cgroup/memory/docker/" + id + "/memory.stat"
	for limit, want := range map[string]any{"65536": 65536.0, "9223372036854771712": nil} {
		h.write(stat, "cache 1\nhierarchical_memory_limit "+limit+"\ntotal_inactive_file 4096\ntotal_swap 0\n")
		var row map[string]any
		for range (slowEvery + 1) * restEvery { // who rests is read in turns, and of that each tenth time
			row = w.sample()[id[:12]]
		}
		if row["memoryLimit"] != want {
			t.Errorf("in a group that may have %s its limit is %v, want %v", limit, row["memoryLimit"], want)
		}
	}
}

// TestServices_AreLimitedByWhatTheyAreIn has units in slices: the smallest limit on the way
// up is theirs, and it is followed.
func TestServices_AreLimitedByWhatTheyAreIn(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	for _, path := range []string{"kubepods.slice/pod.slice/a.service", "kubepods.slice/pod.slice/b.service", "kubepods.slice/c.service", "d.service"} {
		h.group(path, 0, 0, 0, 950<<10, 0, 0, 0)
	}
	h.limit("kubepods.slice", 4<<20)
	h.limit("kubepods.slice/pod.slice", 1<<20)
	h.limit("kubepods.slice/pod.slice/a.service", 512<<20)
	h.limit("d.service", 2<<20)
	w, take := telling(t, h)
	says := func(when string, want map[string]any) {
		t.Helper()
		var rows map[string]map[string]any
		for range (slowEvery + 1) * restEvery { // who rests is read in turns, and of that each tenth time
			rows = w.sample()
		}
		for name, limit := range want {
			if got := rows[name]["memoryLimit"]; got != limit {
				t.Errorf("%s the limit of %s is %v, want %v", when, name, got, limit)
			}
		}
	}
	says("at first", map[string]any{"a.service": 1048576.0, "b.service": 1048576.0, "c.service": 4194304.0, "d.service": 2097152.0})
	if diff := cmp.Diff([]string{"warning a.service holds 92 % of its memory limit of 1 MiB", "warning b.service holds 92 % of its memory limit of 1 MiB"}, take(), sorted); diff != "" {
		t.Errorf("told (-want +got)\n%s", diff)
	}
	h.write(h.cgroups+"/kubepods.slice/pod.slice/memory.max", "max\n")
	says("without one of the pod", map[string]any{"a.service": 4194304.0, "b.service": 4194304.0, "c.service": 4194304.0, "d.service": 2097152.0})
	h.write(h.cgroups+"/kubepods.slice/memory.max", "max\n")
	says("without any around", map[string]any{"a.service": 536870912.0, "b.service": nil, "c.service": nil, "d.service": 2097152.0})
	// As in a container, whose own limit the root has.
	h.write(h.cgroups+"/memory.max", "3145728\n")
	says("in a container", map[string]any{"a.service": 3145728.0, "b.service": 3145728.0, "c.service": 3145728.0, "d.service": 2097152.0})
}

// TestServices_ReadNoIOThatNobodyCounts would fail if what the kernel does not count were 0.
func TestServices_ReadNoIOThatNobodyCounts(t *testing.T) {
	mounts := ""
	for _, c := range []string{"cpuacct", "blkio"} {
		mounts += "31 30 0:27 / /sys/fs/cgroup/" + c + " rw - cgroup cgroup rw," + c + "\n"
	}
	h := newHostTree(t, mounts, "")
	h.write("/sys/fs/cgroup/cpuacct/a.service/cpuacct.usage", "0\n")
	h.write("/sys/fs/cgroup/blkio/a.service/"+blkioBytes, "Total 0\n")
	h.write("/sys/fs/cgroup/blkio/"+blkioBytes, "Total 0\n")
	w := watch(t, h)
	for range 3 {
		row := w.sample()["a.service"]
		if _, known := row["io"]; known || row["kind"] != "systemd" {
			t.Fatalf("it is %v", row)
		}
	}
	if why := w.b.TakeUnavailable(); len(why) != 1 || why[0].Source != "I/O of services" {
		t.Errorf("said %v", why)
	}
	// Someone makes a rule, and the kernel begins to count.
	h.write("/sys/fs/cgroup/blkio/"+blkioBytes, "8:0 Read 1\nTotal 1\n")
	for range slowEvery {
		w.sample()
	}
	if row := w.sample()["a.service"]; row["io"] != 0.0 {
		t.Errorf("when the kernel counts it is %v", row)
	}
}

func TestServices_SayWhyThereAreNone(t *testing.T) {
	h := newHostTree(t, "22 1 0:21 / /proc rw - proc proc rw\n", "")
	w := watch(t, h)
	if rows := w.sample(); len(rows) != 0 {
		t.Errorf("%d rows", len(rows))
	}
	if why := w.b.TakeUnavailable(); len(why) != 1 || why[0].Source != "control groups" {
		t.Errorf("said %v", why)
	}
}

// TestServices_StayBoundedUnderChurn makes and removes thirty times as many units as are
// there at once.
func TestServices_StayBoundedUnderChurn(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	w := watch(t, h)
	w.sample()
	const kept = 20
	for i := range 30 * kept {
		h.write(fmt.Sprintf("%s/job-%d.service/memory.current", h.cgroups, i), "4096\n")
		if i >= kept {
			if err := os.RemoveAll(fmt.Sprintf("%s%s/job-%d.service", h.root, h.cgroups, i-kept)); err != nil {
				t.Fatal(err)
			}
		}
		rows := w.sample()
		if want := min(i+1, kept) + 1; len(rows) != want {
			t.Fatalf("at %d there are %d rows, want %d", i, len(rows), want)
		}
	}
	if n := len(w.c.units) + len(w.c.tree.groups) + len(w.c.tree.paths); n > 3*kept+3 {
		t.Errorf("%d things are remembered of %d units", n, kept)
	}
}

// remove takes a control group away, as its manager does.
func (h *hostTree) remove(path string) {
	h.t.Helper()
	if err := os.RemoveAll(h.root + h.cgroups + "/" + path); err != nil {
		h.t.Fatal(err)
	}
}

// killed is the host's own count of OOM kills.
func (h *hostTree) killed(n int) {
	h.write("/proc/vmstat", fmt.Sprintf("nr_free_pages 1\noom_kill %d\n", n))
}

// TestServices_ThatRestAreSeenWithinThreeSeconds lets a unit rest, and then hurt itself: it
// was seen up to eight seconds later.
func TestServices_ThatRestAreSeenWithinThreeSeconds(t *testing.T) {
	for phase := range 2 * restEvery {
		h := newHostTree(t, mountsOfVersion2, "cpu memory io")
		h.killed(0)
		put := func(kills, usec, periods, throttled, written int) {
			h.group("a.service", usec, periods, throttled, 1<<20, kills, 0, written)
			h.limit("a.service", 32<<20)
			h.killed(kills)
		}
		put(0, 1000, 10, 0, 0)
		w := watch(t, h)
		for range 2*restEvery + phase/2 {
			w.sample()
		}
		// A kill anywhere on the host has every unit read at once.
		kills := phase % 2
		put(kills, 51_000, 20, 9, 200<<20)
		seen := func(row map[string]any) bool {
			write, known := row["write"].(float64)
			return row["oom"] == float64(kills) && row["throttled"] == 90.0 && known && write > 0
		}
		var row map[string]any
		for range 3 - 2*kills {
			if row = w.sample()["a.service"]; seen(row) {
				break
			}
		}
		if !seen(row) {
			t.Errorf("with %d kills, in turn %d: %v", kills, phase/2, row)
		}
	}
}

// limit gives a control group a memory limit.
func (h *hostTree) limit(path string, most int) {
	h.write(h.cgroups+"/"+path+"/memory.max", fmt.Sprintln(most))
}

func TestServices_CountRestarts(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.group("a.service", 0, 0, 0, 1<<20, 0, 0, 0)
	w := watch(t, h)
	w.sample()
	for again := 1; again <= 3; again++ {
		h.remove("a.service")
		w.sample()
		h.group("a.service", 0, 0, 0, 1<<20, 0, 0, 0)
		if got := w.sample()["a.service"]["restarts"]; got != float64(again) {
			t.Errorf("%v restarts, want %d", got, again)
		}
	}
	w.now = w.now.Add(killedFor)
	if got := w.sample()["a.service"]["restarts"]; got != 0.0 {
		t.Errorf("five minutes later there are %v restarts", got)
	}
	// Another of the same name that runs beside it is no restart.
	h.group("other.slice/a.service", 0, 0, 0, 1<<20, 0, 0, 0)
	if got := w.sample()["a.service"]["restarts"]; got != 0.0 {
		t.Errorf("a second one of its name is called %v restarts", got)
	}
}

// TestServices_SayWhoWasKilledAtItsEnd kills what ends by it: no file of its group is left
// to tell.
func TestServices_SayWhoWasKilledAtItsEnd(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.killed(4)
	h.group("calm.service", 0, 0, 0, 1<<20, 0, 0, 0)
	h.group("greedy.service", 0, 0, 0, 1<<20, 0, 0, 0)
	h.limit("greedy.service", 16<<20)
	w := watch(t, h)
	w.sample()
	h.killed(5)
	h.remove("greedy.service")
	h.remove("calm.service")
	rows := w.sample()
	want := map[string]any{"name": "greedy.service", "kind": "systemd", "state": "ended", "oom": 1.0, "restarts": 0.0, "cgroup": "/greedy.service"}
	if diff := cmp.Diff(want, rows["greedy.service"]); diff != "" || rows["calm.service"] != nil {
		t.Errorf("after its end there are %v (-want +got)\n%s", rows, diff)
	}
	h.group("greedy.service", 0, 0, 0, 1<<20, 0, 0, 0)
	if row := w.sample()["greedy.service"]; row["oom"] != 1.0 || row["restarts"] != 1.0 || row["state"] != nil {
		t.Errorf("started again it is %v", row)
	}
	h.remove("greedy.service")
	if row := w.sample()["greedy.service"]; row["oom"] != 1.0 || row["state"] != "ended" {
		t.Errorf("at its second end it is %v", row)
	}
	w.now = w.now.Add(killedFor)
	if row := w.sample()["greedy.service"]; row != nil {
		t.Errorf("five minutes later it is still %v", row)
	}
}

// TestServices_AccuseNobodyOfAKill has kills that others explain, or that several may have
// been.
func TestServices_AccuseNobodyOfAKill(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.killed(0)
	for _, name := range []string{"a.service", "b.service", "lives.service"} {
		h.group(name, 0, 0, 0, 1<<20, 0, 0, 0)
		h.limit(name, 16<<20)
	}
	w := watch(t, h)
	w.sample()
	// The one that lives says that it was killed, so that the other has just ended.
	h.killed(1)
	h.group("lives.service", 0, 0, 0, 1<<20, 1, 0, 0)
	h.remove("a.service")
	rows := w.sample()
	if rows["a.service"] != nil || rows["lives.service"]["oom"] != 1.0 {
		t.Errorf("there are %v", rows)
	}
	h.group("a.service", 0, 0, 0, 1<<20, 0, 0, 0)
	h.limit("a.service", 16<<20)
	w.sample()
	h.killed(2)
	h.remove("a.service")
	h.remove("b.service")
	if rows = w.sample(); rows["a.service"] != nil || rows["b.service"] != nil {
		t.Errorf("of two that ended one is accused: %v", rows)
	}
}

// TestServices_CountKillsFromTheirBeginning has a unit whose program was killed before its
// first reading, and one that was there before dashcam.
func TestServices_CountKillsFromTheirBeginning(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.group("old.service", 0, 0, 0, 1<<20, 3, 0, 0)
	w := watch(t, h)
	w.sample()
	h.group("new.service", 0, 0, 0, 1<<20, 3, 0, 0)
	rows := w.sample()
	if rows["old.service"]["oom"] != 0.0 || rows["new.service"]["oom"] != 3.0 {
		t.Errorf("the old one has %v kills and the new one %v, want 0 and 3", rows["old.service"]["oom"], rows["new.service"]["oom"])
	}
	if _, known := rows["new.service"]["cpu"]; known {
		t.Error("the new one has a rate at its first reading")
	}
}

// TestServices_CleanHostileNames would fail if a name could write to a terminal, turn the
// text around it, or be as long as a file system allows.
func TestServices_CleanHostileNames(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	hostile := "\x1b]0;owned\a\u202egnp\u2028\x7f"
	long := strings.Repeat("é", 100)
	for _, name := range []string{hostile + ".service", `esc\x1b\x5bm.scope`, "\xff\xfe.service", long + "a.service", long + "b.service"} {
		h.group(name, 0, 0, 0, 1<<20, 0, 0, 0)
		h.limit(name, 2<<20)
	}
	deep := strings.Repeat(strings.Repeat("d", 240)+".slice/", 14) + "deep.service"
	h.group(deep, 0, 0, 0, 1<<20, 0, 0, 0)
	w := watch(t, h)
	w.sample()
	rows := w.sample()
	for name, row := range rows {
		for column, cell := range row {
			text, _ := cell.(string)
			if len(text) > 128 || strings.ContainsAny(text, "\x1b\a\u202e\u2028\x7f") {
				t.Errorf("%s of %q is %q", column, name, text)
			}
		}
	}
	if rows["\ufffd]0;owned\ufffd\ufffdgnp\ufffd\ufffd.service"] == nil || rows["esc\ufffd[m.scope"] == nil || rows["deep.service"] == nil {
		t.Errorf("there are %v", rows)
	}
}

func FuzzSources(f *testing.F) {
	for _, s := range []string{"", "usage_usec 1\n", "8:0 rbytes=1 wbytes=2\n", "some avg10=0.00 total=12\nfull total=1\n", "max 100000\n", "8:0 Read 12\n", "-1\n", "18446744073709551616\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, sources := range [][]source{version1, version2} {
			for i := range sources {
				var n numbers
				sources[i].parse(text, &n)
				for w := range whatCount {
					if n.known[w] && !containsWhat(sources[i].tells, w) {
						t.Errorf("%s tells %d, which it does not say", sources[i].name, w)
					}
				}
			}
		}
	})
}

func containsWhat(all []what, w what) bool {
	for _, each := range all {
		if each == w {
			return true
		}
	}
	return false
}
