package services

import (
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// deadEngine is a socket that accepts and says nothing, and who asked.
func deadEngine(t *testing.T) (socket string, asked chan struct{}) {
	t.Helper()
	socket = filepath.Join(need.ShortDir(t), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	asked = make(chan struct{}, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			asked <- struct{}{}
			go func() { _, _ = io.Copy(io.Discard, conn); conn.Close() }()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return socket, asked
}

// TestServices_GoOnBesideADeadEngine asks a socket that never answers: what the kernel tells
// is told all the same, and who is missing is said.
func TestServices_GoOnBesideADeadEngine(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.group("a.service", 0, 0, 0, 1<<20, 0, 0, 0)
	w := watch(t, h)
	socket, _ := deadEngine(t)
	w.c.engine = newEngine(socket)
	for second := range 30 {
		h.group("a.service", second*500_000, 0, 0, 1<<20, 0, 0, 0)
		row := w.sample()["a.service"]
		if row == nil || second > 0 && row["cpu"] != 50.0 {
			t.Fatalf("in second %d it is %v", second, row)
		}
		if why := w.b.TakeUnavailable(); len(why) != 1 || why[0].Source != "the container engine's socket" {
			t.Fatalf("in second %d it is said %v", second, why)
		}
	}
}

// TestEngine_ThatIsDeadIsLeftAlone lets a socket accept and say nothing.
func TestEngine_ThatIsDeadIsLeftAlone(t *testing.T) {
	socket, asked := deadEngine(t)
	e := newEngine(socket)
	start := time.Unix(1_700_000_000, 0)
	for s := range 600 {
		e.refresh(t.Context(), start.Add(time.Duration(s)*time.Second))
	}
	// Whoever asks after them is accepted after them.
	last, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	if err := last.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(last); err != nil {
		t.Fatal(err)
	}
	// At 0, 20, 60, 140, 300 and 600 s: its pauses double.
	if got := len(asked) - 1; got != 5 {
		t.Errorf("asked %d times in ten minutes, want 5", got)
	}
	if e.why == "" {
		t.Error("nothing says that it does not answer")
	}
}
