//go:build machine

package attacks

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/containers"
)

// TestMachineServices compares the table of services with what the kernel, systemd-cgtop and
// the engines say at the same time, on a host with control groups of version 2 and a systemd:
// the packaged dashcam sees it with the rights of its unit.
func TestMachineServices(t *testing.T) {
	const spin, quota = "while :; do :; done", 20.0
	p := started(t)
	docker, podman := containers.Docker(t), containers.Podman(t)
	for unit, script := range map[string]string{
		"spins.service": spin,
		// A shell keeps what it has read.
		"holds.service": `x=$(head -c 20000000 /dev/zero | tr '\0' a); sleep 3600; echo $x`,
	} {
		must(t, "systemd-run", "--unit="+unit, "--property=CPUQuota=20%", "--property=MemoryMax=64M", "sh", "-c", script)
		t.Cleanup(func() { must(t, "systemctl", "stop", unit) })
	}
	docker.Start("in-docker", spin, "--cpus", "0.2", "--memory", "64m")
	podman.Start("in-podman", spin, "--cpus", "0.2", "--memory", "64m")
	// What each is called, and how its directory ends.
	ends := map[string]string{
		"spins.service": "spins.service", "holds.service": "holds.service",
		"in-docker": docker.Run("inspect", "--format", "{{.Id}}", "in-docker"),
		"in-podman": podman.Run("inspect", "--format", "{{.Id}}", "in-podman"),
	}
	groups := make(map[string]string)
	for name, end := range ends {
		groups[name] = groupOf(t, end)
		t.Logf("%s is %s", name, groups[name])
	}
	find := func() (rows map[string]service) {
		waitWithin(t, 3*time.Minute, "a row of each", func() bool {
			rows = make(map[string]service)
			for _, row := range object[struct{ Rows []service }](p, "/api/v2/tables/services").Rows {
				for name, end := range ends {
					if row.Name == name || strings.Contains(row.Cgroup, end) || len(end) >= 64 && strings.Contains(row.Name, end[:12]) {
						rows[name] = row
					}
				}
			}
			for name := range ends {
				if row, there := rows[name]; !there || row.CPU == nil || row.Memory == nil {
					return false
				}
			}
			return true
		})
		return rows
	}
	for name, row := range find() {
		kind := map[string]string{"in-docker": "docker", "in-podman": "podman"}[name]
		if kind == "" {
			kind = "systemd"
		}
		if row.Kind != kind {
			t.Errorf("%s is called a service of kind %q, want %q", name, row.Kind, kind)
		}
		if row.CPULimit == nil || *row.CPULimit != quota || row.MemoryLimit == nil || *row.MemoryLimit != 64<<20 {
			t.Errorf("%s: limits %v and %v, want %v %% and 64 MiB", name, said(row.CPULimit), said(row.MemoryLimit), quota)
		}
	}

	// It has read what it holds when its shell is alone with sleep.
	waitWithin(t, 3*time.Minute, "holds.service to hold", func() bool {
		return number(t, groups["holds.service"], "pids.current", "") == 2 && number(t, groups["holds.service"], "memory.current", "") > 15<<20 &&
			*find()["holds.service"].CPU < 1
	})
	// The same span for all: systemd-cgtop takes its own.
	before, began := usages(t, groups), time.Now()
	sums, looks := make(map[string]float64), 0.0
	top := make(chan string, 1)
	go func() {
		top <- must(t, "systemd-cgtop", "--batch", "--raw", "--iterations=2", "--delay=15", "--depth=9")
	}()
	every := time.NewTicker(time.Second / 2)
	defer every.Stop()
	for time.Since(began) < 15*time.Second {
		for name, row := range find() {
			sums[name] += *row.CPU
		}
		looks++
		<-every.C
	}
	after, took := usages(t, groups), time.Since(began)
	topped := byGroup(<-top)
	stats := byName(docker.Run("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.PIDs}} {{.MemUsage}}"))
	for name, line := range byName(podman.Run("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.PIDs}} {{.MemUsage}}")) {
		stats[name] = line
	}
	rows := find()
	for name, group := range groups {
		mean, row := sums[name]/looks, rows[name]
		kernel := 100 * float64(after[name]-before[name]) / float64(took.Microseconds())
		held := number(t, group, "memory.current", "") - number(t, group, "memory.stat", "inactive_file ")
		tasks := number(t, group, "pids.current", "")
		line := topped[strings.TrimPrefix(group, "/sys/fs/cgroup")]
		t.Logf("%s: %.1f %% of a processor, %.1f MiB, %v tasks; the kernel says %.1f %%, %.1f MiB, %d; systemd-cgtop %q; the engine %q",
			name, mean, *row.Memory/(1<<20), said(row.Pids), kernel, float64(held)/(1<<20), tasks, line, stats[name])
		if math.Abs(mean-kernel) > max(3, kernel/5) {
			t.Errorf("%s: %.1f %% of a processor, and by the kernel %.1f %%", name, mean, kernel)
		}
		if math.Abs(*row.Memory-float64(held)) > 1<<20 {
			t.Errorf("%s: %v bytes, and by the kernel %d", name, *row.Memory, held)
		}
		if row.Pids == nil || *row.Pids != float64(tasks) {
			t.Errorf("%s: %v tasks, and by the kernel %d", name, said(row.Pids), tasks)
		}
		if len(line) < 4 {
			t.Errorf("systemd-cgtop says nothing of %s in %v", name, topped)
		} else if percent, err := strconv.ParseFloat(line[2], 64); name != "holds.service" && (err != nil || math.Abs(percent-mean) > max(4, mean/4)) {
			t.Errorf("%s: %.1f %% of a processor, and by systemd-cgtop %s", name, mean, line[2])
		}
		engine := stats[name]
		if strings.HasSuffix(name, ".service") {
			continue
		}
		if len(engine) < 4 {
			t.Errorf("its engine says %q of %s", engine, name)
		} else if engine[2] != fmt.Sprint(tasks) {
			t.Errorf("%s: %d tasks, and by its engine %s", name, tasks, engine[2])
		}
	}
}

// TestMachineServicesThatHurt compares what hurts, on control groups of version 2, with the
// kernel's files: periods in which a quota was used up, kills, what is written.
func TestMachineServicesThatHurt(t *testing.T) {
	p := started(t)
	scripts := map[string]string{
		"throttled.service": "while :; do :; done",
		"killed.service":    "while :; do tail /dev/zero; done",
		"writes.service":    "while :; do dd if=/dev/zero of=/var/tmp/filler bs=1M count=16 oflag=direct; done",
	}
	groups := make(map[string]string)
	for unit, script := range scripts {
		// A unit whose process is killed goes on, and swap would save it.
		must(t, "systemd-run", "--unit="+unit, "--property=CPUQuota=30%", "--property=MemoryMax=24M", "--property=MemorySwapMax=0",
			"--property=OOMPolicy=continue", "--property=IOAccounting=yes", "sh", "-c", script)
		t.Cleanup(func() { must(t, "systemctl", "stop", unit) })
		groups[unit] = groupOf(t, unit)
	}
	find := func() map[string]service {
		rows := make(map[string]service)
		if _, err := p.ask("/readyz", time.Minute); err != nil {
			return rows // there is no row yet
		}
		for _, row := range object[struct{ Rows []service }](p, "/api/v2/tables/services").Rows {
			if _, ours := scripts[row.Name]; ours {
				rows[row.Name] = row
			}
		}
		return rows
	}
	waitWithin(t, 3*time.Minute, "each to hurt", func() bool {
		rows := find()
		throttled, killed, writes := rows["throttled.service"].Throttled, rows["killed.service"].OOM, rows["writes.service"].Write
		return throttled != nil && *throttled > 0 && killed != nil && *killed > 0 && writes != nil && *writes > 0
	})

	throttling := func() (throttled, periods int64) {
		g := groups["throttled.service"]
		return number(t, g, "cpu.stat", "nr_throttled "), number(t, g, "cpu.stat", "nr_periods ")
	}
	written := func() (bytes int64) {
		text, err := os.ReadFile(filepath.Join(groups["writes.service"], "io.stat"))
		if err != nil {
			t.Fatal(err)
		}
		for field := range strings.FieldsSeq(string(text)) {
			if n, found := strings.CutPrefix(field, "wbytes="); found {
				one, err := strconv.ParseInt(n, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				bytes += one
			}
		}
		return bytes
	}
	throttled, periods := throttling()
	wrote, began := written(), time.Now()
	var shares, rates, looks float64
	every := time.NewTicker(time.Second / 2)
	defer every.Stop()
	for time.Since(began) < 20*time.Second {
		rows := find()
		if a, b := rows["throttled.service"].Throttled, rows["writes.service"].Write; a != nil && b != nil {
			shares, rates, looks = shares+*a, rates+*b, looks+1
		}
		<-every.C
	}
	throttledThen, periodsThen := throttling()
	share := 100 * float64(throttledThen-throttled) / float64(periodsThen-periods)
	rate := float64(written()-wrote) / time.Since(began).Seconds()
	t.Logf("throttled %.1f %% of periods, by the kernel %.1f %%; written %.2f MiB/s, by the kernel %.2f", shares/looks, share, rates/looks/(1<<20), rate/(1<<20))
	if math.Abs(shares/looks-share) > 10 {
		t.Errorf("throttled in %.1f %% of periods, and by the kernel in %.1f %%", shares/looks, share)
	}
	if math.Abs(rates/looks-rate) > rate/4 {
		t.Errorf("%.0f bytes a second are written, and by the kernel %.0f", rates/looks, rate)
	}
	// Both go up; what is said lies between two readings of the kernel's file.
	waitWithin(t, time.Minute, "as many kills as the kernel counts", func() bool {
		before := number(t, groups["killed.service"], "memory.events", "oom_kill ")
		row := find()["killed.service"]
		after := number(t, groups["killed.service"], "memory.events", "oom_kill ")
		return row.OOM != nil && *row.OOM <= float64(after) && *row.OOM >= float64(before)-5 && *row.OOM > 0
	})
}

// service is a row of the table.
type service struct {
	Name, Kind, Cgroup                       string
	CPU, CPULimit, Memory, MemoryLimit, Pids *float64
	Throttled, OOM, Write                    *float64
}

func said(v *float64) any {
	if v == nil {
		return "missing"
	}
	return *v
}

// groupOf returns the directory of the control group whose name holds a text.
func groupOf(t *testing.T, text string) (found string) {
	t.Helper()
	waitUntil(t, "the control group of "+text, func() bool {
		_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && strings.Contains(d.Name(), text) && !strings.Contains(d.Name(), "conmon") {
				found = path
				return fs.SkipAll
			}
			return nil
		})
		return found != ""
	})
	return found
}

// number reads a file of a control group, or the line of it that begins with a word.
func number(t *testing.T, group, file, word string) int64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(group, file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, word); found {
			n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("%s of %s has no %q", file, group, word)
	return 0
}

// usages are the microseconds of processor time that groups have taken.
func usages(t *testing.T, groups map[string]string) map[string]int64 {
	t.Helper()
	out := make(map[string]int64)
	for name, group := range groups {
		out[name] = number(t, group, "cpu.stat", "usage_usec ")
	}
	return out
}

// byGroup are the last lines of systemd-cgtop: group, tasks, percent, bytes.
func byGroup(text string) map[string][]string {
	out := make(map[string][]string)
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 3 {
			out["/"+strings.TrimPrefix(fields[0], "/")] = fields
		}
	}
	return out
}

func byName(text string) map[string][]string {
	out := make(map[string][]string)
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 3 {
			out[fields[0]] = fields
		}
	}
	return out
}
