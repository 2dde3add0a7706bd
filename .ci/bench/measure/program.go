package measure

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// Program is one that runs to be measured.
type Program struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error
}

// Start starts a program. stdout may be nil.
func Start(cmd *exec.Cmd, stdout io.Writer) (*Program, error) {
	cmd.Stdout = stdout
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Program{cmd: cmd, ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// PID is the process's.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Look is the function Look for a program, which says so when it has ended.
func (p *Program) Look() (Moment, error) {
	select {
	case <-p.ended:
		return Moment{}, fmt.Errorf("%s has ended: %v", filepath.Base(p.cmd.Path), p.err)
	default:
		return Look(p.PID())
	}
}

// stopWithin is how long a program may take to end after it was asked to.
const stopWithin = 5 * time.Second

// Stop ends the program and what it has started, each by its pid.
func (p *Program) Stop() {
	all, err := tree(p.PID())
	if err != nil {
		all = []int{p.PID()}
	}
	known := tokens(all)
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(stopWithin)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
	}
	for _, pid := range all[1:] {
		// One that its parent left behind; the same pid may be another process by now.
		if known[pid] != "" && known[pid] == startOf(pid) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = p.cmd.Process.Kill()
	<-p.ended
}

func tokens(pids []int) map[int]string {
	known := map[int]string{}
	for _, pid := range pids {
		known[pid] = startOf(pid)
	}
	return known
}

// Build makes dashcam's binary as `make build` does.
func Build(ctx context.Context, dir string) (string, error) {
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

var opens = regexp.MustCompile(`open\s+(https?://[^\s/]+)`)

// Dashcam starts the binary on a free port of the loopback address and returns where it
// listens.
func Dashcam(bin string, args ...string) (*Program, string, error) {
	p, url, err := Serve(bin, append([]string{"--listen", "127.0.0.1:0", "--auth", "none"}, args...)...)
	return p, strings.TrimPrefix(url, "http://"), err
}

// Serve starts the binary with arguments that make it serve, and returns the URL that it
// says to open, without a path.
func Serve(bin string, args ...string) (*Program, string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	cmd := exec.Command(bin, args...) //nolint:gosec // the binary that was just built
	cmd.Stderr = os.Stderr
	p, err := Start(cmd, w)
	_ = w.Close()
	if err != nil {
		return nil, "", errors.Join(err, r.Close())
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if m := opens.FindStringSubmatch(lines.Text()); m != nil {
			go func() { // it must not stop because nobody reads
				_, _ = io.Copy(io.Discard, r)
				_ = r.Close()
			}()
			return p, m[1], nil
		}
	}
	p.Stop()
	return nil, "", errors.Join(errors.New("dashcam said nowhere to open it"), r.Close())
}

// Wait waits.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
