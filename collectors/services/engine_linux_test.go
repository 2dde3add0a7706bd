package services

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

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
