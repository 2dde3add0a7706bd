package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

// TestProgram_SeesTheIOOfAllWithTheRightOfTheDropIn runs it as a user without rights and
// as one with those that process-io.conf gives: only the latter is told what the processes
// of others read, and asks its visitors to sign in.
func TestProgram_SeesTheIOOfAllWithTheRightsOfTheDropIn(t *testing.T) {
	need.Root(t, "runs dashcam as another user, with some rights")
	const nobody = 65534
	known := map[string]uintptr{"CAP_DAC_READ_SEARCH": 2, "CAP_SYS_PTRACE": 19} // capability.h
	conf, err := os.ReadFile("deploy/process-io.conf")
	if err != nil {
		t.Fatal(err)
	}
	var given []uintptr
	_, ambient, _ := strings.Cut(string(conf), "\nAmbientCapabilities=")
	ambient, _, _ = strings.Cut(ambient, "\n")
	for name := range strings.FieldsSeq(ambient) {
		given = append(given, known[name])
	}
	if len(given) == 0 || slices.Contains(given, 0) {
		t.Fatalf("process-io.conf gives %q: expected some of %v", ambient, known)
	}
	// The directory of the binary is root's alone.
	bin := filepath.Join(t.TempDir(), "dashcam")
	for dir := filepath.Dir(bin); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bin, text, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, caps := range map[string][]uintptr{"without": nil, "with": given} {
		with := caps != nil
		run := func(args ...string) *started {
			cmd := exec.Command(bin, append([]string{"--listen", "127.0.0.1:0", "--collectors", "processes"}, args...)...)
			cmd.Dir = "/"
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, AmbientCaps: caps}
			return runningCommand(t, cmd)
		}
		if s := run(); strings.Contains(s.said, "sign in") != with || strings.Contains(s.said, "CAP_SYS_PTRACE") != with {
			t.Errorf("%s the rights it says\n%s", name, s.said)
		}
		s := run("--auth", "none")
		get := func(path string, into any) {
			res, err := http.Get(s.url + path)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if err := json.NewDecoder(res.Body).Decode(into); err != nil {
				t.Fatal(err)
			}
		}
		waitUntil(t, "a scan of the processes", func() bool {
			var table struct{ Rows []any }
			get("/api/v1/processes", &table)
			return len(table.Rows) > 0
		})
		var h struct{ Collectors []collectors.Health }
		get("/api/v1/health", &h)
		reason := ""
		for _, c := range h.Collectors {
			for _, u := range c.Unavailable {
				if c.Collector == "processes" && u.Source == "/proc/[pid]/io" {
					reason = u.Reason
				}
			}
		}
		// In a container the first process may be closed even to root.
		closed := 0
		files, err := filepath.Glob("/proc/[0-9]*/io")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if _, err := os.ReadFile(file); errors.Is(err, fs.ErrPermission) {
				closed++
			}
		}
		// A busy machine asks only some of them in the first scan.
		var refused, asked int
		if reason != "" {
			if _, err := fmt.Sscanf(reason, "%d of %d ", &refused, &asked); err != nil {
				t.Fatalf("%q: %v", reason, err)
			}
		}
		if with && refused != closed || !with && (refused == 0 || refused < asked/4 || !strings.Contains(reason, "process-io.conf gives")) {
			t.Errorf("%s the rights, of I/O that is not told it says %q; root is told that of all but %d of %d", name, reason, closed, len(files))
		}
	}
}
