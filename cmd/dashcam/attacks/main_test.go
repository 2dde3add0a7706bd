package attacks

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shipped is the program as it is shipped: one built here or, where there is no compiler,
// the one that ATTACKS_PROGRAM names.
var shipped = os.Getenv("ATTACKS_PROGRAM")

func TestMain(m *testing.M) {
	if name := os.Getenv(bystander); name != "" {
		os.Exit(standBy(name))
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dashcam-attacks-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if shipped == "" {
		shipped = filepath.Join(dir, "dashcam")
		build := exec.Command("go", "build", "-trimpath", "-o", shipped, "dashcam/cmd/dashcam")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
	}
	// Users without rights run it too.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// They wait most of their time, each for a program of its own.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	report := counted.String()
	fmt.Print(report)
	if path := os.Getenv("ATTACKS_REPORT"); path != "" {
		if err := os.WriteFile(path, []byte(report), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// counted is what was tried in this run.
var counted tally

// tally counts attempts by kind.
type tally struct {
	mu    sync.Mutex
	tried map[string]*counts
}

type counts struct{ tried, refused, right, letIn int }

func (c *tally) add(kind string, f func(*counts)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tried == nil {
		c.tried = make(map[string]*counts)
	}
	if c.tried[kind] == nil {
		c.tried[kind] = new(counts)
	}
	f(c.tried[kind])
}

// attack counts an attempt, which fails the test unless it was refused.
func attack(t *testing.T, kind string, refused bool, format string, a ...any) {
	t.Helper()
	counted.add(kind, func(c *counts) {
		c.tried++
		if refused {
			c.refused++
		}
	})
	if !refused {
		t.Errorf(kind+": "+format, a...)
	}
}

// right counts what looks like an attempt and is none, which fails the test unless it was
// let in: a server that refuses everything would pass every attack.
func right(t *testing.T, kind string, letIn bool, format string, a ...any) {
	t.Helper()
	counted.add(kind, func(c *counts) {
		c.right++
		if letIn {
			c.letIn++
		}
	})
	if !letIn {
		t.Errorf(kind+" (right): "+format, a...)
	}
}

func (c *tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	var sum counts
	const line = "%-44s %7v %7v %7v %7v\n"
	fmt.Fprintf(&b, line, "attacks", "tried", "refused", "right", "let in")
	for _, kind := range slices.Sorted(maps.Keys(c.tried)) {
		n := c.tried[kind]
		fmt.Fprintf(&b, line, kind, n.tried, n.refused, n.right, n.letIn)
		sum = counts{sum.tried + n.tried, sum.refused + n.refused, sum.right + n.right, sum.letIn + n.letIn}
	}
	fmt.Fprintf(&b, line, "all", sum.tried, sum.refused, sum.right, sum.letIn)
	return b.String()
}
