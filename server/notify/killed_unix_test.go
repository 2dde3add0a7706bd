//go:build unix

package notify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/history"
)

// The environment of a child: the directory of its state, and its receivers.
const (
	childDir       = "DASHCAM_TEST_NOTIFY_DIR"
	childReceivers = "DASHCAM_TEST_NOTIFY_RECEIVERS"
	childSteps     = "DASHCAM_TEST_NOTIFY_STEPS"
	killsVariable  = "DASHCAM_KILLS"
)

// TestMain is the child where it is told to be one.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		steps, err := strconv.Atoi(os.Getenv(childSteps))
		if err == nil {
			err = child(dir, steps, strings.Fields(os.Getenv(childReceivers)))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child decides on notices by the real planner, hands them over and keeps the state as
// package embedded does: a notice is taken before the state says that it was told. An hour
// goes by with each step. It says on its output what it has done, and ends with its input.
func child(dir string, steps int, receivers []string) error {
	planner, err := alert.NewPlanner(alert.PlannerConfig{Armed: true})
	if err != nil {
		return err
	}
	engine := alert.New(alert.Config{})
	state := filepath.Join(dir, "alerts.json")
	text, err := os.ReadFile(state)
	if err == nil {
		err = planner.Restore(text)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ring := history.New(history.Config{Info: func() collectors.Host { return collectors.Host{Hostname: "db-01", TZ: "UTC"} }})
	n, err := New(Config{Receivers: receivers, Files: files{dir}, Source: ring, Log: quiet()})
	if err != nil {
		return err
	}
	// One message may be under way at many kills, each of which counts as an attempt.
	n.firstPause, n.longestPause = time.Millisecond, 20*time.Millisecond
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	step := 0
	if text, err := os.ReadFile(filepath.Join(dir, "step")); err == nil {
		if step, err = strconv.Atoi(string(text)); err != nil {
			return err
		}
	}
	fmt.Println("running")
	for ; step < steps; step++ {
		// The steps up to this one were done, but the state of this one may be there.
		c := changeOf(step)
		planner.Change(c)
		for _, notice := range planner.Tick(c.T + 31_000) {
			if err := n.Notify(notice); err != nil {
				return err
			}
		}
		text, err := alert.State(engine, planner)
		if err == nil {
			err = put(state, text)
		}
		if err == nil {
			err = put(filepath.Join(dir, "step"), strconv.AppendInt(nil, int64(step+1), 10))
		}
		if err != nil {
			return err
		}
	}
	for {
		waiting := 0
		for _, r := range n.Receivers() {
			waiting += r.Waiting
		}
		if waiting == 0 {
			break
		}
		select {
		case <-time.After(time.Millisecond):
		case err := <-ended:
			return err
		}
	}
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, os.Stdin)
	stop()
	return <-ended
}

// changeOf is what happens in a step: an alert fires, then it is over.
func changeOf(step int) alert.Change {
	at := begin.Add(time.Duration(step) * time.Hour).UnixMilli()
	a := firing(strconv.Itoa(step / 2)).Alerts[0]
	a.Labels = map[string]string{"mount": "/" + strconv.Itoa(step/2)}
	a.SinceMs, a.FiredMs = at, at
	if step%2 == 1 {
		a.SinceMs, a.FiredMs = at-time.Hour.Milliseconds(), at-time.Hour.Milliseconds()
		a.Phase, a.EndMs = alert.Resolved, at
	}
	return alert.Change{Alert: a, T: at}
}

func put(path string, text []byte) error {
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// arrival is a message at a receiver.
type arrival struct {
	at     time.Time
	marked bool
	// taken says that the receiver has it, lost that it gave no answer.
	taken, lost bool
}

// gate is a receiver that notes what arrives. A rude one takes its time, refuses some, and
// ends some connections without an answer.
type gate struct {
	mu      sync.Mutex
	random  *rand.Rand
	rude    bool
	arrived map[string][]arrival // by alert, and whether it fires or is over
	order   []string             // of what arrived for the first time
	open    int                  // connections
}

func (g *gate) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body struct {
		Kind       string
		MaybeTwice bool
		Alerts     []struct{ ID string }
	}
	text, err := io.ReadAll(req.Body)
	if err != nil || json.Unmarshal(text, &body) != nil {
		return // it was killed while it sent
	}
	a := arrival{at: time.Now(), marked: body.MaybeTwice, taken: true}
	wait := time.Duration(0)
	g.mu.Lock()
	if g.rude {
		switch g.random.IntN(8) {
		case 0, 1:
			a.taken = false
		case 2:
			a.lost = true
		}
		wait = time.Duration(g.random.IntN(20)) * time.Millisecond
	}
	for _, one := range body.Alerts {
		what := one.ID + " " + body.Kind
		if len(g.arrived[what]) == 0 {
			g.order = append(g.order, what)
		}
		g.arrived[what] = append(g.arrived[what], a)
	}
	g.mu.Unlock()
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-req.Context().Done():
		}
	}
	switch {
	case a.lost:
		panic(http.ErrAbortHandler)
	case !a.taken:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func (g *gate) connection(_ net.Conn, state http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch state {
	case http.StateNew:
		g.open++
	case http.StateClosed, http.StateHijacked:
		g.open--
	}
}

func (g *gate) idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open == 0
}

// check reports what did not arrive as it has to.
func (g *gate) check(t *testing.T, steps int, kills []time.Time) (again int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for step := range steps {
		want := fmt.Sprintf("a-%d %s", step/2, []string{"firing", "resolved"}[step%2])
		if step >= len(g.order) || g.order[step] != want {
			t.Fatalf("message %d of %d is not %s: %q", step, len(g.order), want, g.order[max(0, step-3):min(len(g.order), step+3)])
		}
		all := g.arrived[want]
		if last := all[len(all)-1]; !last.taken {
			t.Errorf("%s was given up", want)
		}
		for i, next := range all[1:] {
			before := all[i]
			killed := slices.ContainsFunc(kills, func(at time.Time) bool { return at.After(before.at) && at.Before(next.at) })
			switch {
			case before.taken && !before.lost && !killed:
				t.Errorf("%s arrived again although its answer came through", want)
			case before.taken && !next.marked:
				t.Errorf("%s arrived again and does not say so", want)
			case before.taken:
				again++
			}
		}
	}
	if len(g.order) != steps {
		t.Errorf("%d messages arrived, want %d", len(g.order), steps)
	}
	return again
}

// TestNotifier_KilledTellsOnce kills the child with SIGKILL at random moments around the
// alerts that it tells of. Every firing and every recovery arrives at every receiver, in
// order; once where its answer came through, and again only where that was lost, and then
// marked. DASHCAM_KILLS is how often, 10 times by default; make kills does it 100 times.
func TestNotifier_KilledTellsOnce(t *testing.T) {
	kills := 10
	if s := os.Getenv(killsVariable); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("%s is %q: expected a number of at least 1", killsVariable, s)
		}
		kills = min(n, 100)
	}
	steps := 16 * kills
	gates := make(map[string]*gate)
	var addresses []string
	for _, name := range []string{"polite", "rude"} {
		g := &gate{random: rand.New(rand.NewPCG(7, 7)), rude: name == "rude", arrived: make(map[string][]arrival)}
		server := httptest.NewUnstartedServer(g)
		server.Config.ConnState = g.connection
		server.Start()
		t.Cleanup(server.Close)
		gates[name], addresses = g, append(addresses, server.URL+"/"+name)
	}
	random, dir := rand.New(rand.NewPCG(4, 2)), t.TempDir()
	var at []time.Time
	for range kills {
		c := startChild(t, dir, steps, addresses)
		c.until(t, "running")
		timer := time.NewTimer(time.Duration(random.IntN(60_000)) * time.Microsecond)
		<-timer.C
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = c.cmd.Wait() // it was killed
		// What it sent may be read only now: it arrived before the kill all the same.
		for _, g := range gates {
			eventually(t, "its connections are over", g.idle)
		}
		at = append(at, time.Now())
	}
	c := startChild(t, dir, steps, addresses)
	c.until(t, "done")
	if err := errors.Join(c.stdin.Close(), c.cmd.Wait()); err != nil {
		t.Errorf("the last one ended with %v", err)
	}
	for name, g := range gates {
		t.Logf("%d kills, %d messages to the %s receiver: %d arrived again, marked", kills, steps, name, g.check(t, steps, at))
	}
}

// killed is a child.
type killed struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
	said  bytes.Buffer
}

func startChild(t *testing.T, dir string, steps int, addresses []string) *killed {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &killed{cmd: exec.CommandContext(t.Context(), self, "-test.run=^$")}
	c.cmd.Env = append(os.Environ(), childDir+"="+dir, childSteps+"="+strconv.Itoa(steps), childReceivers+"="+strings.Join(addresses, " "))
	c.cmd.Stderr = &c.said
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.lines = bufio.NewScanner(out)
	return c
}

// until waits for a line.
func (c *killed) until(t *testing.T, line string) {
	t.Helper()
	for c.lines.Scan() {
		if c.lines.Text() == line {
			return
		}
	}
	_ = c.cmd.Wait()
	t.Fatalf("it ended before it said %q: %s", line, c.said.String())
}
