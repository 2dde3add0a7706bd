package attacks

import (
	"net"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors/collectortest/need"
)

// stage is a thread with namespaces of its own for links and mounts. What it starts lives
// in them, and so do the connections that it makes.
type stage struct {
	t    *testing.T
	work chan func()
}

// newStage ends with the test.
func newStage(t *testing.T) *stage {
	t.Helper()
	need.Root(t, "makes network and mount namespaces")
	need.Program(t, "ip")
	s := &stage{t: t, work: make(chan func())}
	ready := make(chan error)
	go func() {
		// Never unlocked, so that the thread ends with the goroutine.
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS | unix.CLONE_NEWNET)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		if err == nil { // /sys shows the links of whoever mounted it
			err = unix.Mount("sysfs", "/sys", "sysfs", 0, "")
		}
		if err == nil {
			err = unix.Mount("tmpfs", "/mnt", "tmpfs", 0, "size=8m")
		}
		ready <- err
		for f := range s.work {
			f()
		}
	}()
	if err := <-ready; err != nil {
		t.Fatalf("make namespaces: %v", err)
	}
	t.Cleanup(func() { close(s.work) })
	s.run("ip", "link", "set", "lo", "up")
	return s
}

// do runs f on the stage.
func (s *stage) do(f func()) {
	done := make(chan struct{})
	s.work <- func() { defer close(done); f() }
	<-done
}

// run runs a command on the stage.
func (s *stage) run(name string, args ...string) {
	s.t.Helper()
	var out []byte
	var err error
	s.do(func() { out, err = exec.Command(name, args...).CombinedOutput() })
	if err != nil {
		s.t.Fatalf("%s %q: %v %s (Debian: apt-get install iproute2)", name, args, err, out)
	}
}

// mount mounts a small file system on a new directory.
func (s *stage) mount(dir string) {
	s.t.Helper()
	var err error
	s.do(func() {
		if err = os.MkdirAll(dir, 0o755); err == nil {
			err = unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m")
		}
	})
	if err != nil {
		s.t.Fatalf("mount on %q: %v", dir, err)
	}
}

// start runs the program on the stage until the test ends.
func (s *stage) start(args ...string) *program {
	s.t.Helper()
	var p *program
	s.do(func() { p = start(s.t, args...) })
	_, port, _ := net.SplitHostPort(p.addr)
	p.dial = func() (net.Conn, error) { return s.dial("127.0.0.1", port) }
	return p
}

// dial connects an address of the stage with a port of it.
func (s *stage) dial(from, port string) (c net.Conn, err error) {
	d := net.Dialer{Timeout: time.Minute, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	s.do(func() { c, err = d.Dial("tcp", "127.0.0.1:"+port) })
	return c, err
}
