package services

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
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

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// dockerHost is a Docker engine of this test alone.
type dockerHost struct {
	t      *testing.T
	docker string
	socket string
}

func startDocker(t *testing.T) *dockerHost {
	t.Helper()
	need.Root(t, "starts a container engine")
	h := &dockerHost{t: t, docker: need.Program(t, "docker")}
	daemon, busybox := need.Program(t, "dockerd"), need.Program(t, "busybox")
	// Sockets have short names.
	dir, err := os.MkdirTemp("", "engine-")
	if err != nil {
		t.Fatal(err)
	}
	h.socket = filepath.Join(dir, "socket")
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
		if ids := strings.Fields(h.run("ps", "-aq")); len(ids) > 0 {
			h.run(append([]string{"rm", "-f"}, ids...)...)
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		_ = os.RemoveAll(dir)
	})
	for deadline := time.Now().Add(time.Minute); ; {
		conn, err := net.Dial("unix", h.socket)
		if err == nil {
			conn.Close()
			if exec.Command(h.docker, "-H", "unix://"+h.socket, "info").Run() == nil {
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
	h.image(busybox)
	return h
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// image makes an image of busybox, which is linked statically.
func (h *dockerHost) image(busybox string) {
	h.t.Helper()
	program, err := os.ReadFile(busybox)
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
	cmd := exec.Command(h.docker, "-H", "unix://"+h.socket, "import", "-", "busybox:test")
	cmd.Stdin = &archive
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("docker import: %v\n%s", err, out)
	}
}

func (h *dockerHost) run(args ...string) string {
	h.t.Helper()
	out, err := exec.Command(h.docker, append([]string{"-H", "unix://" + h.socket}, args...)...).CombinedOutput()
	if err != nil {
		h.t.Errorf("docker %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestServices_AgreeWithDocker runs containers on a real engine: one at its quota, one whose
// program is killed for its memory, one that writes.
func TestServices_AgreeWithDocker(t *testing.T) {
	h := startDocker(t)
	busy := func(name string, script string, options ...string) {
		h.run(append(append([]string{"run", "-d", "--name", name, "--network", "none"}, options...), "busybox:test", "/bin/busybox", "sh", "-c", script)...)
	}
	busy("spinner", "while :; do :; done", "--cpus", "0.2", "--memory", "64m")
	busy("idler", "exec busybox sleep 600", "--pids-limit", "20")
	// tail keeps what it reads until there is a line's end, which zeros have none of.
	busy("hoarder", "while :; do busybox tail /dev/zero; done", "--memory", "16m", "--memory-swap", "16m")

	c := newServices(Options{EngineSocket: h.socket})
	b := collectors.NewBatch()
	w := &watched{t: t, c: c, b: b}
	rows := w.until("every container to be seen at work", func(rows map[string]map[string]any) bool {
		spun, _ := rows["spinner"]["throttled"].(float64)
		killed, _ := rows["hoarder"]["oom"].(float64)
		return spun > 25 && killed > 0 && rows["idler"]["cpu"] != nil
	})
	for _, name := range []string{"spinner", "idler", "hoarder"} {
		if row := rows[name]; row["kind"] != "docker" || row["image"] != "busybox:test" || !strings.HasPrefix(row["state"].(string), "Up") || row["started"] == nil {
			t.Errorf("%s is %v", name, row)
		}
	}
	if got := rows["spinner"]; got["cpuLimit"] != 20.0 || got["memoryLimit"] != float64(64<<20) {
		t.Errorf("limits of the spinner are %v and %v", got["cpuLimit"], got["memoryLimit"])
	}
	if got := rows["idler"]; got["pidsLimit"] != 20.0 || got["memoryLimit"] != nil || got["cpuLimit"] != nil {
		t.Errorf("limits of the idler are %v, %v and %v", got["pidsLimit"], got["memoryLimit"], got["cpuLimit"])
	}
	// What Docker itself says, in percent of a core; each looks over seconds of its own.
	said := map[string]string{}
	for line := range strings.Lines(h.run("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}}")) {
		name, percent, _ := strings.Cut(strings.TrimSpace(line), " ")
		said[name] = strings.TrimSuffix(percent, "%")
	}
	want, err := strconv.ParseFloat(said["spinner"], 64)
	if got := rows["spinner"]["cpu"].(float64); err != nil || math.Abs(got-want) > 8 {
		t.Errorf("the spinner uses %v %%, and docker stats says %q", got, said["spinner"])
	}
	// The kernel's own file of the idler, which nothing changes.
	u := w.unit("idler")
	text, err := os.ReadFile(u.files[indexOf(c.hierarchy.sources, memoryCurrent)].path)
	if err != nil {
		t.Fatal(err)
	}
	if kernel, _ := number(text); float64(kernel) != u.gauge(memoryCurrent) {
		t.Errorf("the idler holds %v bytes, and the kernel says %d", u.gauge(memoryCurrent), kernel)
	}
	h.run("rm", "-f", "idler")
	w.until("the idler to be gone", func(rows map[string]map[string]any) bool { return rows["idler"] == nil })
}

// until samples in real time.
func (w *watched) until(what string, done func(rows map[string]map[string]any) bool) map[string]map[string]any {
	w.t.Helper()
	ticks := time.NewTicker(500 * time.Millisecond)
	defer ticks.Stop()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	var rows map[string]map[string]any
	for {
		select {
		case now := <-ticks.C:
			w.now = now.Add(-time.Second)
			if rows = w.sample(); done(rows) {
				return rows
			}
		case <-ctx.Done():
			w.t.Fatalf("waited a minute for %s; last seen %v", what, rows)
		}
	}
}

func (w *watched) unit(name string) *usage {
	for _, u := range w.c.units {
		if u.named.name == name {
			return u
		}
	}
	w.t.Fatalf("no unit is called %s", name)
	return nil
}

func indexOf(sources []source, w what) int {
	for i := range sources {
		if containsWhat(sources[i].tells, w) {
			return i
		}
	}
	return -1
}

// TestEngine_ThatIsDeadIsLeftAlone lets a socket accept and say nothing.
func TestEngine_ThatIsDeadIsLeftAlone(t *testing.T) {
	dir, err := os.MkdirTemp("", "engine-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, conn); conn.Close() }()
			asked <- struct{}{}
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	e := newEngine(filepath.Join(dir, "s"))
	start := time.Unix(1_700_000_000, 0)
	for s := range 600 {
		e.refresh(t.Context(), start.Add(time.Duration(s)*time.Second))
	}
	// At 0, 20, 60, 140, 300 and 600 s: its pauses double.
	if got := len(asked); got != 5 {
		t.Errorf("asked %d times in ten minutes, want 5", got)
	}
	if e.why == "" {
		t.Error("nothing says that it does not answer")
	}
}
