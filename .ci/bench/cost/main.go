// Command cost says what a program costs the host: processor time, memory and wake-ups over
// a minute, with what else went on meanwhile. Without arguments it builds dashcam and
// measures it with nobody watching.
//
//	go run ./cost                             dashcam, default options
//	go run ./cost -for 30s -- glances -w      any other program
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	span := flag.Duration("for", time.Minute, "how long to measure")
	settle := flag.Duration("settle", 10*time.Second, "how long to wait before, for what is done once")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, flag.Args(), *settle, *span); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, settle, span time.Duration) error {
	if len(args) == 0 {
		dir, err := os.MkdirTemp("", "dashcam-cost")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		bin, err := build(ctx, dir)
		if err != nil {
			return err
		}
		args = []string{bin, "--listen", "127.0.0.1:0", "--auth", "none"}
	}
	child := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // what to measure is for the caller to say
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = 5 * time.Second
	if err := child.Start(); err != nil {
		return err
	}
	defer func() {
		_ = child.Process.Signal(syscall.SIGTERM)
		_ = child.Wait()
	}()
	if err := wait(ctx, settle); err != nil {
		return err
	}
	host := machine()
	before, err := look(child.Process.Pid)
	if err != nil {
		return err
	}
	if err := wait(ctx, span); err != nil {
		return err
	}
	after, err := look(child.Process.Pid)
	if err != nil {
		return err
	}
	report(filepath.Base(args[0]), before, after, host)
	return nil
}

// build makes the binary as `make build` does.
func build(ctx context.Context, dir string) (string, error) {
	bin := filepath.Join(dir, "dashcam")
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "dashcam").Output()
	if err != nil {
		return "", fmt.Errorf("find dashcam's sources (run this in .ci/bench): %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "./cmd/dashcam") //nolint:gosec // into a directory of our own
	cmd.Dir = strings.TrimSpace(string(root))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build dashcam: %w", err)
	}
	return bin, nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// moment is what is known of a process at one time.
type moment struct {
	at           time.Time
	cpu          time.Duration
	pss, private uint64 // bytes
	switches     uint64 // voluntary: it had waited, and was woken
	threads      int
	files        int
}

func look(pid int) (moment, error) {
	m := moment{at: time.Now()}
	var ts unix.Timespec
	// The processor time of another process, in nanoseconds and with threads that ended:
	// what clock_getcpuclockid(3) makes of a pid.
	const process = 2
	if err := unix.ClockGettime(int32(^pid<<3|process), &ts); err != nil {
		return m, fmt.Errorf("processor time of %d: %w", pid, err)
	}
	m.cpu = time.Duration(ts.Nano())
	dir := "/proc/" + strconv.Itoa(pid)
	memory, err := keyed(dir + "/smaps_rollup")
	if err != nil {
		return m, err
	}
	m.pss, m.private = memory["Pss"]<<10, (memory["Private_Dirty"]+memory["Private_Clean"])<<10
	threads, err := filepath.Glob(dir + "/task/*/status")
	if err != nil {
		return m, err
	}
	for _, name := range threads {
		status, err := keyed(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			return m, err
		}
		m.switches += status["voluntary_ctxt_switches"]
		m.threads++
	}
	files, err := os.ReadDir(dir + "/fd")
	m.files = len(files)
	return m, err
}

// keyed reads the numbers of lines like "Pss:  15401 kB".
func keyed(name string) (map[string]uint64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	values := map[string]uint64{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		key, rest, _ := strings.Cut(lines.Text(), ":")
		if fields := strings.Fields(rest); len(fields) > 0 {
			if v, err := strconv.ParseUint(fields[0], 10, 64); err == nil {
				values[key] = v
			}
		}
	}
	return values, lines.Err()
}

// machine says on what, and beside what else, was measured.
func machine() string {
	text := func(name string) string {
		b, _ := os.ReadFile(name)
		return strings.TrimSpace(string(b))
	}
	model := "unknown processor"
	for line := range strings.Lines(text("/proc/cpuinfo")) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			model = strings.TrimSpace(value)
		}
	}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	return fmt.Sprintf("%s, Linux %s, %d processes, load %.14s", model, text("/proc/sys/kernel/osrelease"), len(processes), text("/proc/loadavg"))
}

func report(name string, before, after moment, host string) {
	seconds := after.at.Sub(before.at).Seconds()
	const mib = 1 << 20
	fmt.Printf("on        %s\n", host)
	fmt.Printf("program   %s, %.0f s\n", name, seconds)
	fmt.Printf("processor %.3f %% of one\n", 100*(after.cpu-before.cpu).Seconds()/seconds)
	fmt.Printf("memory    %.1f MiB PSS, %.1f MiB private\n", float64(after.pss)/mib, float64(after.private)/mib)
	fmt.Printf("wake-ups  %.1f per second, %d threads\n", float64(after.switches-before.switches)/seconds, after.threads)
	fmt.Printf("files     %d open\n", after.files)
}
