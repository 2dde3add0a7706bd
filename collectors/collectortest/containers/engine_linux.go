package containers

import (
	"archive/tar"
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// Engine is a container engine of one test alone.
type Engine struct {
	t   testing.TB
	dir string // where its programs run: conmon leaves files there

	// Command is what every command of it begins with.
	Command []string
	// Image has busybox and nothing else.
	Image string
	// Socket answers for the names of containers; "" has none.
	Socket string

	env     []string // of its programs
	options []string // of every container
	remove  []string // begins a command that removes containers at once
}

// Docker starts a daemon with files, a socket and containers of its own.
func Docker(t testing.TB) *Engine {
	t.Helper()
	need.Root(t, "starts a container engine")
	docker, daemon := need.Program(t, "docker"), need.Program(t, "dockerd")
	dir := need.ShortDir(t)
	e := &Engine{t: t, dir: dir, Socket: filepath.Join(dir, "socket"), Image: "busybox:test"}
	e.Command, e.remove = []string{docker, "-H", "unix://" + e.Socket}, []string{"rm", "-f"}
	var said bytes.Buffer
	cmd := exec.Command(daemon, "--data-root", dir+"/data", "--exec-root", dir+"/exec", "--pidfile", dir+"/pid", "--host", "unix://"+e.Socket,
		"--storage-driver", "vfs", "--bridge=none", "--iptables=false", "--ip6tables=false")
	cmd.Stdout, cmd.Stderr = &said, &said
	// A run that is killed ends it, and it ends its containers.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // which is whose death is told
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if started <- err; err == nil {
			_ = cmd.Wait() // said tells why it ended
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.removeAll()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		_ = exec.Command("umount", dir+"/exec/netns/default").Run() // the daemon leaves it mounted
	})
	for deadline := time.Now().Add(time.Minute); ; {
		conn, err := net.Dial("unix", e.Socket)
		if err == nil {
			_ = conn.Close()
			if exec.Command(docker, "-H", "unix://"+e.Socket, "info").Run() == nil {
				break
			}
		}
		select {
		case <-ended:
			need.Missing(t, "dockerd does not start here: "+lastLine(said.String()))
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("dockerd does not answer:\n%s", said.String())
		}
	}
	e.load()
	return e
}

// Podman makes a Podman with files of its own: it has no daemon.
func Podman(t testing.TB) *Engine {
	t.Helper()
	need.Root(t, "runs containers")
	podman := need.Program(t, "podman")
	dir := need.ShortDir(t)
	e := &Engine{t: t, dir: dir, Image: "localhost/busybox:test"}
	// By default it takes its locks from the 2048 of the host, where those of containers stay
	// whose test was killed.
	conf := filepath.Join(dir, "containers.conf")
	if err := os.WriteFile(conf, []byte("[engine]\nlock_type = \"file\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e.env = []string{"CONTAINERS_CONF=" + conf}
	e.Command = []string{podman, "--root", dir + "/root", "--runroot", dir + "/run", "--tmpdir", dir + "/tmp", "--cgroup-manager", "cgroupfs",
		"--storage-driver", "vfs", "--events-backend", "file"}
	e.remove = []string{"rm", "-f", "-t", "0"}
	// Its defaults raise limits, which containers in containers may not.
	e.options = []string{"--pull", "never", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"}
	t.Cleanup(e.removeAll)
	e.load()
	return e
}

// Remove ends containers at once.
func (e *Engine) Remove(names ...string) {
	e.t.Helper()
	e.Run(append(e.remove[:len(e.remove):len(e.remove)], names...)...)
}

func (e *Engine) removeAll() {
	if ids := strings.Fields(e.Run("ps", "-aq")); len(ids) > 0 {
		e.Remove(ids...)
	}
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// load makes an image of busybox, which is linked statically.
func (e *Engine) load() {
	e.t.Helper()
	program, err := os.ReadFile(need.Program(e.t, "busybox"))
	if err != nil {
		e.t.Fatal(err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: "bin/busybox", Mode: 0o755, Size: int64(len(program))}); err != nil {
		e.t.Fatal(err)
	}
	if _, err := w.Write(program); err != nil {
		e.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		e.t.Fatal(err)
	}
	cmd := exec.Command(e.Command[0], append(e.Command[1:len(e.Command):len(e.Command)], "import", "-", "busybox:test")...)
	cmd.Env, cmd.Stdin = append(os.Environ(), e.env...), &archive
	if out, err := cmd.CombinedOutput(); err != nil {
		e.t.Fatalf("import: %v\n%s", err, out)
	}
}

// Run runs a command of the engine and returns what it prints.
func (e *Engine) Run(args ...string) string {
	e.t.Helper()
	cmd := exec.Command(e.Command[0], append(e.Command[1:len(e.Command):len(e.Command)], args...)...)
	cmd.Dir, cmd.Env = e.dir, append(os.Environ(), e.env...)
	var said, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &wrong
	if err := cmd.Run(); err != nil {
		e.t.Errorf("%s %q: %v\n%s%s", filepath.Base(e.Command[0]), args, err, said.String(), wrong.String())
	}
	return strings.TrimSpace(said.String())
}

// Start runs a container that follows a script.
func (e *Engine) Start(name, script string, options ...string) {
	e.t.Helper()
	args := append([]string{"run", "-d", "--name", name, "--network", "none"}, e.options...)
	e.Run(append(append(args, options...), e.Image, "/bin/busybox", "sh", "-c", script)...)
}

// Hurt lets a script run in a container that was calm.
func (e *Engine) Hurt(name, script string) {
	e.t.Helper()
	e.Run("exec", "-d", name, "/bin/busybox", "sh", "-c", script)
}

// Options are those that every container here needs.
func (e *Engine) Options() []string { return e.options }
