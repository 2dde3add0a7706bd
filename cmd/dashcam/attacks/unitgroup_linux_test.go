package attacks

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// unitGroup is a control group with the memory that the systemd unit allows.
type unitGroup struct {
	t     *testing.T
	path  string
	limit int64
}

// newUnitGroup makes one, by the first or the second version of control groups.
func newUnitGroup(t *testing.T) *unitGroup {
	t.Helper()
	need.Root(t, "makes a control group")
	parent, file := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(filepath.Join(parent, file)); err != nil {
		parent, file = "/sys/fs/cgroup", "memory.max"
		if text, _ := os.ReadFile(filepath.Join(parent, "cgroup.subtree_control")); !strings.Contains(string(text), "memory") {
			need.Missing(t, "no control group here limits memory")
		}
	}
	path, err := os.MkdirTemp(parent, "dashcam-attacks-")
	if err != nil {
		need.Missing(t, fmt.Sprintf("no control group can be made: %v", err))
	}
	g := &unitGroup{t: t, path: path, limit: unitMemory(t)}
	t.Cleanup(g.remove)
	if err := os.WriteFile(filepath.Join(path, file), []byte(fmt.Sprint(g.limit)), 0o644); err != nil {
		t.Fatal(err)
	}
	return g
}

// unitMemory is MemoryMax of the unit.
func unitMemory(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "deploy", "dashcam.service"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^MemoryMax=(\d+)M$`).FindSubmatch(text)
	if found == nil {
		t.Fatal("the unit has no MemoryMax in MB")
	}
	n, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 20
}

// start runs the program in the group until the test ends.
func (g *unitGroup) start(args ...string) *program {
	g.t.Helper()
	into := []string{"-c", `echo $$ >"$0" && exec "$@"`, filepath.Join(g.path, "cgroup.procs"), shipped}
	return startCommand(g.t, exec.Command("sh", append(into, withDefaults(args)...)...))
}

// number reads a file of the group, or the line of it that begins with a word.
func (g *unitGroup) number(word string, names ...string) (n int64) {
	g.t.Helper()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(g.path, name))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, word); ok {
				if n, err = strconv.ParseInt(strings.TrimSpace(rest), 10, 64); err != nil {
					g.t.Fatalf("%s: %v", name, err)
				}
				return n
			}
		}
	}
	g.t.Fatalf("%s has none of %q", g.path, names)
	return 0
}

// holds counts whether the program lived within the memory of the unit, and whether it
// stops in time while the attack goes on.
func (g *unitGroup) holds(kind string, p *program) {
	g.t.Helper()
	killed := g.number("oom_kill ", "memory.oom_control", "memory.events")
	peak := g.number("", "memory.max_usage_in_bytes", "memory.peak")
	attack(g.t, kind, killed == 0 && peak < g.limit, "%d killed for want of memory, %d of %d MB taken", killed, peak>>20, g.limit>>20)
	began := time.Now()
	p.stop()
	took := time.Since(began)
	attack(g.t, kind, took < stopsWithin, "the stop took %v", took)
	g.t.Logf("at most %d MB of the unit's %d, with what the kernel keeps of files; stopped in %v", peak>>20, g.limit>>20, took.Round(time.Millisecond))
}

// stopsWithin is how long a stop may take, whatever goes on: TimeoutStopSec of the unit, after
// which systemd kills it. It waits for 3 s at most, and other tests have the processors.
const stopsWithin = 10 * time.Second

// remove waits for the last process of the group, which the kernel takes out of it a
// moment after it has ended.
func (g *unitGroup) remove() {
	waitUntil(g.t, "the control group to be empty", func() bool { return os.Remove(g.path) == nil })
}
