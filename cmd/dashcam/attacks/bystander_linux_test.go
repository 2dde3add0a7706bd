package attacks

import (
	"io"
	"os"
	"os/exec"
	"testing"
)

// bystander names the variable that makes this test binary a process that only waits, and
// its value what it calls itself, "-" for nothing special.
const bystander = "ATTACKS_BYSTANDER"

// standBy is what a bystander does.
func standBy(name string) int {
	if name != "-" {
		// What a process calls itself: prctl(2), PR_SET_NAME.
		if err := os.WriteFile("/proc/self/comm", []byte(name), 0); err != nil {
			return 1
		}
	}
	if _, err := os.Stdout.WriteString("ready\n"); err != nil {
		return 1
	}
	// Until whoever started it ends.
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// stand starts a process with these arguments, the first of which is its own name for its
// program, that calls itself name, and returns its pid. It ends with the test.
func stand(t *testing.T, name string, args []string, environ ...string) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: self, Args: args, Env: append(append(os.Environ(), environ...), bystander+"="+name, "GOMAXPROCS=1"), Stderr: os.Stderr}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %q: %v", args, err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	if _, err := io.ReadFull(out, make([]byte, len("ready\n"))); err != nil {
		t.Fatalf("%q is not ready: %v", name, err)
	}
	return cmd.Process.Pid
}
