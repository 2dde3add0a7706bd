package collectortest

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"testing"

	"dashcam/collectors/collectortest/need"
)

// NodeExporter runs node_exporter until the test ends and returns the URL of its metrics.
// It is given the socket that it listens on (sd_listen_fds(3)): a port that it had to take
// itself could be somebody else's by then, and it says nowhere that it has begun to listen.
func NodeExporter(t testing.TB, args ...string) (url string) {
	t.Helper()
	program, err := exec.LookPath("prometheus-node-exporter")
	if err != nil {
		need.Missing(t, "prometheus-node-exporter is not on the PATH: as root on Debian run .ci/prometheus, or apt-get install prometheus-node-exporter")
	}
	ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := ln.File()
	if err != nil {
		t.Fatal(err)
	}
	// The shell knows the process that it becomes.
	cmd := exec.Command("sh", append([]string{"-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"`, "sh", program, "--web.systemd-socket"}, args...)...)
	cmd.ExtraFiles = []*os.File{socket}
	if err := errors.Join(cmd.Start(), socket.Close(), ln.Close()); err != nil { // it has its own
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed: its status says nothing
	})
	return "http://" + ln.Addr().String() + "/metrics"
}
