//go:build machine

package attacks

import (
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history/store"
)

// life is one run of dashcam, as the health answer tells it.
type life struct {
	ID, Ended string
	First     uint64
}

// lives returns the runs that are kept, with the present one, which is in the store a
// moment after its start.
func (p *program) lives() (all []life) {
	p.t.Helper()
	present := object[struct{ Instance string }](p, "/api/v1/host").Instance
	waitUntil(p.t, "the present run to be kept", func() bool {
		all = object[struct {
			Store struct{ Instances []life } `json:"tape"`
		}](p, "/api/v1/health").Store.Instances
		return len(all) > 0 && all[len(all)-1].ID == present
	})
	return all
}

// before returns how the run before the present one ended, and which row was its last.
func (p *program) before() (ended string, last uint64) {
	p.t.Helper()
	all := p.lives()
	if len(all) < 2 {
		p.t.Fatalf("%d runs are kept, want the one before too", len(all))
	}
	return all[len(all)-2].Ended, all[len(all)-1].First - 1
}

// TestMachineUnit starts, reloads, restarts and stops what the package installs.
func TestMachineUnit(t *testing.T) {
	t.Log(regexp.MustCompile(`→ .*`).FindString(must(t, "systemd-analyze", "security", "--no-pager", "dashcam")))
	p := started(t)
	o := p.observe()
	o.rowsMore(t, 5)
	pid := show(t, "MainPID")
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"NoNewPrivs:\t1", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "Seccomp:\t2"} {
		if !strings.Contains(string(status), want+"\n") {
			t.Errorf("its status lacks %q:\n%s", want, status)
		}
	}
	uid := regexp.MustCompile(`Uid:\t(\d+)`).FindStringSubmatch(string(status))[1]
	if want := must(t, "id", "--user", "dashcam"); uid != want || uid == "0" {
		t.Errorf("it runs as user %s, want %s, which the package made", uid, want)
	}
	if n, err := strconv.Atoi(uid); err != nil || n >= 1000 {
		t.Errorf("it runs as user %s, want one of the system", uid)
	}
	// What is kept is for its user alone.
	seen := 0
	err = filepath.WalkDir("/var/lib/private/dashcam", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		seen++
		owner := info.Sys().(*syscall.Stat_t).Uid
		if info.Mode().Perm()&0o077 != 0 || fmt.Sprint(owner) != uid {
			t.Errorf("%s is %v of user %d, want it for user %s alone", path, info.Mode(), owner, uid)
		}
		return nil
	})
	if err != nil || seen < 3 {
		t.Errorf("%d files in the state directory: %v", seen, err)
	}

	must(t, "systemctl", "reload", "dashcam")
	waitUntil(t, "the settings to be read again", func() bool {
		return strings.Contains(must(t, "journalctl", "--unit=dashcam", "--no-pager"), "settings read again")
	})
	o.rowsMore(t, 2)

	for name, end := range map[string]func(){
		"stopped":   func() { must(t, "systemctl", "stop", "dashcam") },
		"restarted": func() { must(t, "systemctl", "restart", "dashcam") },
	} {
		must(t, "systemctl", "start", "dashcam")
		p.observe().rowsMore(t, 3)
		newest := p.health().Remembered.Newest
		began := time.Now()
		end()
		took := time.Since(began)
		if name == "stopped" {
			if result, status := show(t, "Result"), show(t, "ExecMainStatus"); result != "success" || status != "0" {
				t.Errorf("%s: its result is %s, its exit status %s", name, result, status)
			}
			t.Logf("%s in %v", name, took) // systemd would have killed it after 10 s
			must(t, "systemctl", "start", "dashcam")
		}
		ended, last := p.before()
		if ended != store.WhyStopped || last < newest {
			t.Errorf("%s: the next one says %q after row %d, want %q after row %d at the least", name, ended, last, store.WhyStopped, newest)
		}
	}
}

// dropIn adds to the unit until the test ends.
func dropIn(t *testing.T, lines ...string) {
	t.Helper()
	const dir = "/run/systemd/system/dashcam.service.d"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir+"/try.conf", "[Service]\n"+strings.Join(lines, "\n")+"\n")
	must(t, "systemctl", "daemon-reload")
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
		must(t, "systemctl", "daemon-reload")
	})
}

// TestMachineFilter has the kernel kill what the unit's filter only refuses: nothing that
// dashcam does is outside of it.
func TestMachineFilter(t *testing.T) {
	dropIn(t, "SystemCallErrorNumber=", "Restart=no")
	p := started(t)
	o := p.observe("processes")
	o.rowsMore(t, 25)
	for _, path := range []string{"/api/v1/history?points=10", "/api/v1/processes", "/metrics", "/api/v1/health"} {
		p.get(path)
	}
	must(t, "systemctl", "reload", "dashcam")
	o.rowsMore(t, 3)
	must(t, "systemctl", "stop", "dashcam")
	if result := show(t, "Result"); result != "success" {
		t.Errorf("its result is %s; the kernel says\n%s", result, must(t, "journalctl", "--dmesg", "--no-pager", "--lines=10"))
	}
}

// TestMachineWatchdog stops the process: systemd kills it and starts it anew, and what was
// seen before is there.
func TestMachineWatchdog(t *testing.T) {
	dropIn(t, "WatchdogSec=10", "RestartSec=0")
	p := started(t)
	p.observe().rowsMore(t, 3)
	newest, pid := p.health().Remembered.Newest, show(t, "MainPID")
	must(t, "kill", "-STOP", pid)
	waitWithin(t, time.Minute, "systemd to start it anew", func() bool {
		now := show(t, "MainPID")
		_, err := p.ask("/readyz", time.Second)
		return now != "0" && now != pid && err == nil
	})
	ended, last := p.before()
	if ended != store.WhyKilled || last < newest {
		t.Errorf("the next one says %q after row %d, want %q after row %d at the least", ended, last, store.WhyKilled, newest)
	}
}

// sight is what a program saw in a span of its rows.
type sight struct {
	name   string
	values map[string][]float64 // by series
	health map[string]collectors.Health
	table  map[string]map[string]any
}

func (o *observer) sight(name string, since, until int64) *sight {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := &sight{name: name, values: map[string][]float64{}, health: maps.Clone(o.state.Health), table: o.state.Tables[collectors.Processes.Name].Rows}
	for id, series := range o.state.Series {
		key := fmt.Sprint(series.Name, series.Labels)
		for _, row := range o.state.Rows {
			if q, there := row.Values[id]; there && row.T >= since && row.T <= until {
				s.values[key] = append(s.values[key], float64(q)*series.Quantum)
			}
		}
	}
	return s
}

// reasons returns why a collector does not tell something.
func (s *sight) reasons(collector string) (all []string) {
	for _, u := range s.health[collector].Unavailable {
		all = append(all, u.Source+": "+u.Reason)
	}
	return all
}

func mean(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// own are the series that are about dashcam itself or about moments, which differ between
// programs that look at the same host at the same time.
var own = regexp.MustCompile(`^(self|collector|sampler|since|sat|limit\.full_in|cause|state)\b`)

// holdStill are those whose values hold still, or nearly, with how far they may be apart:
// by a share of the value, and by an amount besides.
var holdStill = map[string][2]float64{
	"memory.bytes": {0.05, 16 << 20}, "memory.swap": {0.05, 16 << 20}, "filesystem.bytes": {0.02, 16 << 20}, "filesystem.inodes": {0.02, 100},
	"filesystem.read_only": {}, "cpu.online": {}, "processes.count": {0.1, 5}, "load.average": {0.3, 0.5}, "host.uptime": {0.01, 5}, "limit.used": {0.1, 1},
}

// TestMachineRights compares what root, a user without rights and the sandboxed unit see
// of one host at the same time: the same, or a reason why not.
func TestMachineRights(t *testing.T) {
	boxed := started(t)
	root := start(t, "--budget", "-1")
	const nobody = 65534
	cmd := exec.Command(shipped, withDefaults([]string{"--budget", "-1"})...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Dir = "/"
	user := startCommand(t, cmd)

	if a, b, c := root.get("/api/v1/host"), user.get("/api/v1/host"), boxed.get("/api/v1/host"); hostOf(a) != hostOf(b) || hostOf(a) != hostOf(c) {
		t.Errorf("the host is, for root, a user and the unit:\n%s\n%s\n%s", hostOf(a), hostOf(b), hostOf(c))
	}
	observers := map[string]*observer{"root": root.observe("processes"), "user": user.observe("processes"), "unit": boxed.observe("processes")}
	for _, o := range observers {
		o.rowsMore(t, 15) // file systems are asked every ten seconds
	}
	since := time.Now().UnixMilli()
	for _, o := range observers {
		o.rowsMore(t, 20)
	}
	until := time.Now().UnixMilli()
	all := map[string]*sight{}
	for name, o := range observers {
		waitWithin(t, 3*time.Minute, "a scan of the processes that left none out", func() bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			table := o.state.Tables[collectors.Processes.Name]
			return table != nil && table.Partial == ""
		})
		all[name] = o.sight(name, since, until)
		o.healthy(t)
		o.sane(t)
	}
	for _, name := range []string{"user", "unit"} {
		all["root"].compare(t, all[name])
		all["root"].compareProcesses(t, all[name])
	}
	for _, s := range all {
		for _, collector := range slices.Sorted(maps.Keys(s.health)) {
			if why := s.reasons(collector); len(why) > 0 {
				t.Logf("%s, %s (%s): %s", s.name, collector, s.health[collector].State, strings.Join(why, "; "))
			}
		}
	}
}

// compare checks that b sees the series that a sees, with the same values, and the other
// way round. What one does not see, it has a reason for.
func (a *sight) compare(t *testing.T, b *sight) {
	t.Helper()
	both := 0
	for key := range a.values {
		if own.MatchString(key) {
			continue
		}
		if len(b.values[key]) == 0 {
			b.excused(t, key, a)
			continue
		}
		both++
		x, y := mean(a.values[key]), mean(b.values[key])
		family, _, _ := strings.Cut(key, "map[")
		most, known := holdStill[family]
		switch d := math.Abs(x - y); {
		case known && d > most[0]*math.Max(math.Abs(x), math.Abs(y))+most[1]+1e-9:
			t.Errorf("%s is %v for %s and %v for %s", key, x, a.name, y, b.name)
		case family == "cpu.usage" && d > 15:
			t.Errorf("%s is %.1f %% for %s and %.1f %% for %s", key, x, a.name, y, b.name)
		}
	}
	for key := range b.values {
		if len(a.values[key]) == 0 && !own.MatchString(key) {
			a.excused(t, key, b)
		}
	}
	t.Logf("%s and %s see %d series alike", a.name, b.name, both)
	if both < 150 {
		t.Errorf("that is too few to say anything")
	}
}

// excused checks that there is a reason why s does not see a series that another one sees.
func (s *sight) excused(t *testing.T, key string, other *sight) {
	t.Helper()
	family, _, _ := strings.Cut(key, ".")
	why := s.reasons(collectorOf(family))
	if len(why) == 0 {
		t.Errorf("%s sees %s, %s does not, and no reason is given", other.name, key, s.name)
		return
	}
	t.Logf("%s: n/a for %s, because of one of: %s", key, s.name, strings.Join(why, "; "))
}

// compareProcesses checks that b has the processes that a has.
func (a *sight) compareProcesses(t *testing.T, b *sight) {
	t.Helper()
	lacking, same := map[string]int{}, 0
	for key, row := range a.table {
		other, there := b.table[key]
		if !there {
			continue
		}
		same++
		kernel := fmt.Sprint(row["ppid"]) == "2" // such a thread is named after its present work
		for column, value := range row {
			got, has := other[column]
			if !has {
				lacking[column]++
			} else if slices.Contains([]string{"pid", "ppid", "name", "user", "start", "cgroup"}, column) && !kernel && got != value {
				t.Errorf("process %v: %s is %v for %s and %v for %s", row["pid"], column, value, a.name, got, b.name)
			}
		}
	}
	why := strings.Join(b.reasons("processes"), "; ")
	t.Logf("%s and %s have %d of %d processes in common; %s lacks %v, because %s", a.name, b.name, same, len(a.table), b.name, lacking, why)
	if same < len(a.table)*9/10 {
		t.Errorf("that is too few")
	}
	for column, n := range lacking {
		// A process that has just begun has no rates yet.
		if n > 3 && !strings.Contains(why, "/proc/[pid]/io") {
			t.Errorf("%s lacks %s of %d processes, and says only %q", b.name, column, n, why)
		}
	}
}

// hostOf is the part of the host answer that is about the host.
func hostOf(answer string) string {
	_, host, _ := strings.Cut(answer, `"host":`)
	return host
}
