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
			out[cells["name"].(string)] = cells
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
	}
	if diff := cmp.Diff(want, first["nginx.service"]); diff != "" {
		t.Errorf("before there are two readings (-want +got)\n%s", diff)
	}
	h.group("system.slice/nginx.service", 1_250_000, 20, 7, 2<<20, 2, 33_768, 16_384)
	want = map[string]any{
		"name": "nginx.service", "kind": "systemd", "parent": "system.slice", "memory": float64(2<<20 - 4096), "cpuLimit": 50.0, "oom": 2.0, "pids": 7.0,
		"cpu": 25.0, "throttled": 50.0, "read": 32_768.0, "write": 16_384.0, "io": 49_152.0,
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
			"cpu,cpuacct/cpuacct.usage": fmt.Sprintln(ns), "cpu,cpuacct/cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n", "cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
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
	w := watch(t, h)
	w.sample()
	put(500_000_000, 4096, 1)
	want := map[string]any{
		"name": id[:12], "kind": "docker", "parent": "docker", "cpu": 50.0, "memory": 4096.0, "swap": 0.0, "oom": 1.0, "pids": 2.0, "read": 4096.0, "write": 0.0, "io": 4096.0,
	}
	if diff := cmp.Diff(want, w.sample()[id[:12]]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
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

// TestServices_StayBoundedUnderChurn makes and removes fifty units a minute for a day of
// virtual time.
func TestServices_StayBoundedUnderChurn(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	w := watch(t, h)
	w.sample()
	const kept = 20
	for i := range 3000 {
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
