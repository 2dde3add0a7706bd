package services

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// engineHost is a container engine of this test alone.
type engineHost struct {
	t       *testing.T
	dir     string   // where its programs run: conmon leaves files there
	command []string // what every command of it begins with
	image   string
	options []string // of every container
	remove  []string // begins a command that removes containers at once
	// socket answers for the names of containers; "" has none.
	socket string
}

// engineDir is a directory with a short name, as sockets have.
func engineDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine-")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func startDocker(t *testing.T) *engineHost {
	t.Helper()
	need.Root(t, "starts a container engine")
	docker, daemon := need.Program(t, "docker"), need.Program(t, "dockerd")
	dir := engineDir(t)
	h := &engineHost{t: t, dir: dir, socket: filepath.Join(dir, "socket"), image: "busybox:test"}
	h.command, h.remove = []string{docker, "-H", "unix://" + h.socket}, []string{"rm", "-f"}
	var said bytes.Buffer
	cmd := exec.Command(daemon, "--data-root", dir+"/data", "--exec-root", dir+"/exec", "--pidfile", dir+"/pid", "--host", "unix://"+h.socket,
		"--storage-driver", "vfs", "--bridge=none", "--iptables=false", "--ip6tables=false")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		h.removeAll()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		_ = os.RemoveAll(dir)
	})
	for deadline := time.Now().Add(time.Minute); ; {
		conn, err := net.Dial("unix", h.socket)
		if err == nil {
			conn.Close()
			if exec.Command(docker, "-H", "unix://"+h.socket, "info").Run() == nil {
				break
			}
		}
		select {
		case err := <-ended:
			ended <- err
			need.Missing(t, "dockerd does not start here: "+lastLine(said.String()))
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("dockerd does not answer:\n%s", said.String())
		}
	}
	h.load()
	return h
}

// startPodman makes a Podman with files of its own: it has no daemon.
func startPodman(t *testing.T) *engineHost {
	t.Helper()
	need.Root(t, "runs containers")
	podman := need.Program(t, "podman")
	dir := engineDir(t)
	h := &engineHost{t: t, dir: dir, image: "localhost/busybox:test"}
	h.command = []string{podman, "--root", dir + "/root", "--runroot", dir + "/run", "--tmpdir", dir + "/tmp", "--cgroup-manager", "cgroupfs",
		"--storage-driver", "vfs", "--events-backend", "file"}
	h.remove = []string{"rm", "-f", "-t", "0"}
	// Its defaults raise limits, which containers in containers may not.
	h.options = []string{"--pull", "never", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"}
	t.Cleanup(func() {
		h.removeAll()
		_ = os.RemoveAll(dir)
	})
	h.load()
	return h
}

func (h *engineHost) removeAll() {
	if ids := strings.Fields(h.run("ps", "-aq")); len(ids) > 0 {
		h.run(append(h.remove[:len(h.remove):len(h.remove)], ids...)...)
	}
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// load makes an image of busybox, which is linked statically.
func (h *engineHost) load() {
	h.t.Helper()
	program, err := os.ReadFile(need.Program(h.t, "busybox"))
	if err != nil {
		h.t.Fatal(err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "bin/busybox", Mode: 0o755, Size: int64(len(program))}); err != nil {
		h.t.Fatal(err)
	}
	if _, err := w.Write(program); err != nil {
		h.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		h.t.Fatal(err)
	}
	cmd := exec.Command(h.command[0], append(h.command[1:len(h.command):len(h.command)], "import", "-", "busybox:test")...)
	cmd.Stdin = &archive
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("import: %v\n%s", err, out)
	}
}

func (h *engineHost) run(args ...string) string {
	h.t.Helper()
	cmd := exec.Command(h.command[0], append(h.command[1:len(h.command):len(h.command)], args...)...)
	cmd.Dir = h.dir
	var said, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &wrong
	if err := cmd.Run(); err != nil {
		h.t.Errorf("%s %q: %v\n%s%s", filepath.Base(h.command[0]), args, err, said.String(), wrong.String())
	}
	return strings.TrimSpace(said.String())
}

// start runs a container that follows a script.
func (h *engineHost) start(name, script string, options ...string) {
	h.t.Helper()
	args := append([]string{"run", "-d", "--name", name, "--network", "none"}, h.options...)
	h.run(append(append(args, options...), h.image, "/bin/busybox", "sh", "-c", script)...)
}

// hurt lets a script run in a container that was calm.
func (h *engineHost) hurt(name, script string) {
	h.t.Helper()
	h.run("exec", "-d", name, "/bin/busybox", "sh", "-c", script)
}

func TestServices_AgreeWithDocker(t *testing.T) {
	h := startDocker(t)
	agree(t, h, Options{EngineSocket: h.socket}, func(t *testing.T, name string, row map[string]any) {
		if row["kind"] != "docker" || row["image"] != h.image || !strings.HasPrefix(row["state"].(string), "Up") {
			t.Errorf("%s is %v", name, row)
		}
	})
}

// TestServices_KnowDockersNamesFromItsFiles asks no engine: the daemon's command line says
// where its files are.
func TestServices_KnowDockersNamesFromItsFiles(t *testing.T) {
	h := startDocker(t)
	h.start("known", "exec busybox sleep 600")
	w := &watched{t: t, c: newServices(Options{}), b: collectors.NewBatch()}
	rows := w.until("the container under its name", func(rows map[string]map[string]any) bool { return rows["known"] != nil })
	if row := rows["known"]; row["kind"] != "docker" || row["image"] != h.image || row["started"] == nil {
		t.Errorf("it is %v", row)
	}
}

func TestServices_AgreeWithPodman(t *testing.T) {
	agree(t, startPodman(t), Options{}, func(t *testing.T, name string, row map[string]any) {
		if row["kind"] != "podman" {
			t.Errorf("%s is %v", name, row)
		}
	})
}

// agree runs containers on a real engine and compares what is seen of them with what the
// engine and the kernel say. Three of them are calm first, and then hurt themselves: each
// is seen to do so at the third observation.
func agree(t *testing.T, h *engineHost, o Options, identity func(t *testing.T, name string, row map[string]any)) {
	h.start("spinner", "exec busybox sleep 600", "--cpus", "0.2", "--memory", "64m")
	h.start("hoarder", "exec busybox sleep 600", "--memory", "16m", "--memory-swap", "16m")
	// A rule, however wide, has the kernel count I/O in version 1.
	h.start("writer", "exec busybox sleep 600", "--device-write-bps", diskOf(t, os.TempDir())+":100gb")
	h.start("idler", "exec busybox sleep 600", "--pids-limit", "20")
	all := []string{"spinner", "hoarder", "writer", "idler"}
	c := newServices(o)
	w := &watched{t: t, c: c, b: collectors.NewBatch()}
	rows := w.until("every container to rest", func(map[string]map[string]any) bool {
		for _, name := range all {
			if u := w.find(name); u == nil || u.idle < restAfter {
				return false
			}
		}
		return true
	})
	for _, name := range all {
		if identity(t, name, rows[name]); rows[name]["started"] == nil || rows[name]["oom"] != 0.0 || rows[name]["restarts"] != 0.0 {
			t.Errorf("at rest %s is %v", name, rows[name])
		}
	}
	if got := rows["spinner"]; got["cpuLimit"] != 20.0 || got["memoryLimit"] != float64(64<<20) {
		t.Errorf("limits of the spinner are %v and %v", got["cpuLimit"], got["memoryLimit"])
	}
	if got := rows["idler"]; got["pidsLimit"] != 20.0 || got["memoryLimit"] != nil || got["cpuLimit"] != nil {
		t.Errorf("limits of the idler are %v, %v and %v", got["pidsLimit"], got["memoryLimit"], got["cpuLimit"])
	}

	h.hurt("spinner", "while :; do :; done")
	w.soon("the spinner to be throttled", 3, func(rows map[string]map[string]any) bool { return atLeast(rows["spinner"], "throttled", 25) })
	// tail keeps what it reads until there is a line's end, which zeros have none of.
	h.hurt("hoarder", "while :; do busybox tail /dev/zero; done")
	w.soon("the hoarder to be killed", 3, func(rows map[string]map[string]any) bool { return atLeast(rows["hoarder"], "oom", 1) })
	// What goes through the cache of version 1 is nobody's.
	h.hurt("writer", "while :; do busybox dd if=/dev/zero of=/filler bs=1M count=64 oflag=direct; done")
	w.soon("the writer to write", 3, func(rows map[string]map[string]any) bool {
		return atLeast(rows["writer"], "write", 1<<20) && rows["writer"]["write"].(float64) > 10*or0(rows["spinner"]["write"])
	})

	t.Run("the engine", func(t *testing.T) { agreeWithStats(t, h, w) })
	t.Run("the kernel", func(t *testing.T) { agreeWithKernel(t, w) })
	t.Run("the host", func(t *testing.T) { agreeWithHost(t, w) })
	h.run("restart", "-t", "0", "idler")
	w.until("the restart of the idler", func(rows map[string]map[string]any) bool { return rows["idler"]["restarts"] == 1.0 })
	h.run(append(h.remove[:len(h.remove):len(h.remove)], "idler", "hoarder")...)
	w.until("two to be gone", func(rows map[string]map[string]any) bool { return rows["idler"] == nil && w.find("hoarder") == nil })

	// Its first process is killed, so that it ends, and its group with it.
	h.start("brief", "while [ ! -e /go ]; do busybox sleep 0.1; done; exec busybox tail /dev/zero", "--memory", "16m", "--memory-swap", "16m")
	w.until("who will end by a kill", func(rows map[string]map[string]any) bool { return rows["brief"] != nil })
	h.run("exec", "brief", "/bin/busybox", "touch", "/go")
	row := w.soon("who ended by a kill", 10, func(rows map[string]map[string]any) bool { return rows["brief"]["state"] == "ended" })["brief"]
	if row["oom"] != 1.0 {
		t.Errorf("who ended by a kill is %v", row)
	}
}

// diskOf is the device of the whole disk that a directory is on.
func diskOf(t *testing.T, dir string) string {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev))
	if _, err := os.Stat(at + "/partition"); err == nil {
		at += "/.."
	}
	real, err := filepath.EvalSymlinks(at)
	if err != nil {
		need.Missing(t, dir+" is on no disk: "+err.Error())
	}
	return "/dev/" + filepath.Base(real)
}

// agreeWithStats compares with what the engine itself says, of a second of its own.
func agreeWithStats(t *testing.T, h *engineHost, w *watched) {
	said := map[string][]string{}
	rows := w.soon("the spinner to go on", 3, func(rows map[string]map[string]any) bool { return atLeast(rows["spinner"], "cpu", 10) })
	for line := range strings.Lines(h.run("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.PIDs}} {{.MemUsage}}")) {
		fields := strings.Fields(line)
		if len(fields) >= 4 {
			said[fields[0]] = fields[1:]
		}
	}
	for _, name := range []string{"spinner", "idler"} {
		row, stats := rows[name], said[name]
		if len(stats) < 3 {
			t.Fatalf("the engine says %v of %s", stats, name)
		}
		// Podman's percentage is the mean since the start of a container.
		if strings.HasSuffix(h.command[0], "docker") {
			if percent, err := strconv.ParseFloat(strings.TrimSuffix(stats[0], "%"), 64); err != nil || math.Abs(percent-row["cpu"].(float64)) > 8 {
				t.Errorf("%s uses %v %%, and the engine says %s", name, row["cpu"], stats[0])
			}
		}
		if tasks, err := strconv.ParseFloat(stats[1], 64); err != nil || tasks != row["pids"] {
			t.Errorf("%s has %v tasks, and the engine says %s", name, row["pids"], stats[1])
		}
		if bytes := sizeOf(stats[2]); math.Abs(bytes-row["memory"].(float64)) > 512<<10 {
			t.Errorf("%s holds %v bytes, and the engine says %s", name, row["memory"], stats[2])
		}
	}
}

// sizeOf reads 712.7kB and 1.2MiB.
func sizeOf(text string) float64 {
	for suffix, factor := range map[string]float64{"KiB": 1 << 10, "MiB": 1 << 20, "kB": 1e3, "MB": 1e6} {
		if number, found := strings.CutSuffix(text, suffix); found {
			if v, err := strconv.ParseFloat(number, 64); err == nil {
				return v * factor
			}
		}
	}
	return math.NaN()
}

// agreeWithKernel compares with the files of the same instant.
func agreeWithKernel(t *testing.T, w *watched) {
	u := w.unit("idler")
	text, err := os.ReadFile(u.files[indexOf(w.c.hierarchy.sources, memoryCurrent)].path)
	if err != nil {
		t.Fatal(err)
	}
	if kernel, _ := number(text); float64(kernel) != u.gauge(memoryCurrent) {
		t.Errorf("the idler holds %v bytes, and the kernel says %d", u.gauge(memoryCurrent), kernel)
	}
	spinner := w.unit("spinner")
	file := w.c.hierarchy.sources[indexOf(w.c.hierarchy.sources, cpuTime)]
	before, start := spinner.last[cpuTime], spinner.last[cpuTime].at
	var used float64
	w.until("five seconds of the spinner", func(map[string]map[string]any) bool {
		r := spinner.last[cpuTime]
		if r.at != before.at {
			used += r.rate * r.at.Sub(before.at).Seconds()
			before = r
		}
		return r.at.Sub(start) >= 5*time.Second
	})
	text, err = os.ReadFile(spinner.files[indexOf(w.c.hierarchy.sources, cpuTime)].path)
	if err != nil {
		t.Fatal(err)
	}
	var n numbers
	file.parse(text, &n)
	// It goes on between our last reading and this one.
	if late := float64(n.value[cpuTime] - before.value); late > 0.2*1e6 {
		t.Errorf("the kernel counts %v µs more than was read a moment ago", late)
	}
	if share := used / 5e6; share < 0.15 || share > 0.25 {
		t.Errorf("with a quota of 20 %% the spinner used %v of a core", share)
	}
}

// agreeWithHost adds up the rows of some seconds: with what none accounts for they are what
// the processors did.
func agreeWithHost(t *testing.T, w *watched) {
	ticks := func() float64 {
		text, err := os.ReadFile("/proc/stat")
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.Fields(string(text[:bytes.IndexByte(text, '\n')]))
		var sum float64
		for _, f := range fields[1:4] { // user, nice, system
			v, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += v / 100
		}
		return sum
	}
	w.soon("one more", 1, func(map[string]map[string]any) bool { return true })
	begin, before, used := w.now, w.now, 0.0
	first := ticks()
	w.until("some seconds of the host", func(rows map[string]map[string]any) bool {
		span := w.now.Sub(before).Seconds()
		before = w.now
		for _, row := range rows {
			used += or0(row["cpu"]) / 100 * span
		}
		if rows["kernel and unaccounted"] == nil {
			t.Error("there is no row for what no service accounts for")
		}
		return w.now.Sub(begin) >= 8*time.Second
	})
	whole := ticks() - first
	if math.Abs(used-whole) > 0.02*whole+0.1 {
		t.Errorf("the rows add up to %.2f s of processor time, and the host worked for %.2f s", used, whole)
	}
}

func atLeast(row map[string]any, column string, least float64) bool {
	v, known := row[column].(float64)
	return known && v >= least
}

func or0(v any) float64 {
	f, _ := v.(float64)
	return f
}

// until samples in real time.
func (w *watched) until(what string, done func(rows map[string]map[string]any) bool) map[string]map[string]any {
	w.t.Helper()
	return w.soon(what, 60, done)
}

// soon samples every second, at most so many times.
func (w *watched) soon(what string, most int, done func(rows map[string]map[string]any) bool) map[string]map[string]any {
	w.t.Helper()
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	var rows map[string]map[string]any
	for range most {
		select {
		case now := <-ticks.C:
			w.now = now.Add(-time.Second)
			if rows = w.sample(); done(rows) {
				return rows
			}
		case <-ctx.Done():
		}
	}
	w.t.Fatalf("%d seconds were not enough for %s; last seen %v", most, what, rows)
	return nil
}

// find returns the unit of a title, or nil.
func (w *watched) find(title string) *usage {
	for _, u := range w.c.units {
		if u.title == title {
			return u
		}
	}
	return nil
}

func (w *watched) unit(title string) *usage {
	u := w.find(title)
	if u == nil {
		w.t.Fatalf("no unit is called %s", title)
	}
	return u
}

func indexOf(sources []source, w what) int {
	for i := range sources {
		if containsWhat(sources[i].tells, w) {
			return i
		}
	}
	return -1
}
