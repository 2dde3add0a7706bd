package measure

import (
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// until tries again until the condition holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
		_ = Wait(t.Context(), 10*time.Millisecond)
	}
}

// TestLook_CountsChildrenAliveAndEnded has a shell whose first child counts to 300,000 and
// ends, and whose second one sleeps.
func TestLook_CountsChildrenAliveAndEnded(t *testing.T) {
	const count = `i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done`
	p, err := Start(exec.Command("sh", "-c", `sh -c '`+count+`'; sleep 60; true`), nil)
	if err != nil {
		t.Fatal(err)
	}
	stopped := false
	defer func() {
		if !stopped {
			p.Stop()
		}
	}()
	var m Moment
	sleeps := func() bool {
		if m, err = p.Look(); err != nil {
			t.Fatal(err)
		}
		pids, err := tree(p.PID())
		if err != nil {
			t.Fatal(err)
		}
		s, err := statOf(p.PID())
		return err == nil && s.childTicks > 0 && len(pids) == 2 && m.Processes == 2
	}
	until(t, "the first child ended and the second sleeps", sleeps)
	// The shell and the one that sleeps have used next to nothing.
	if m.CPU < 30*time.Millisecond {
		t.Errorf("%v of processor time, want that of the child that ended in it", m.CPU)
	}
	if m.PSS == 0 || m.Threads != 2 || m.Files < 2 {
		t.Errorf("%d bytes, %d threads, %d files, want those of two processes", m.PSS, m.Threads, m.Files)
	}
	pids, err := tree(p.PID())
	if err != nil || len(pids) != 2 {
		t.Fatalf("the tree is %v, %v, want two processes", pids, err)
	}
	p.Stop()
	stopped = true
	until(t, "both are gone", func() bool { return syscall.Kill(pids[1], 0) != nil || zombie(pids[1]) })
	if _, err := p.Look(); err == nil {
		t.Error("a program that has ended was looked at, want an error")
	}
}

// zombie reports whether a process has ended and waits to be waited for, which init does.
func zombie(pid int) bool {
	_, err := keyed("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	return err != nil
}
