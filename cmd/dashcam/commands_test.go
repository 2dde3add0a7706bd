package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/server/embedded"
)

// ran is what a command prints that is expected to succeed.
func ran(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	c := &cli{environ: environ, stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	if status := c.run(args); status != exitOK || errs.Len() > 0 {
		t.Fatalf("%q: status %d, %q", args, status, errs.String())
	}
	return out.String()
}

func TestCommand_CheckConfigSaysEveryMistake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.toml")
	if err := os.WriteFile(path, []byte("seeed = 1\nhistory = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	c := &cli{stdout: &out, stderr: &errs}
	status := c.run([]string{"check-config", path})
	if lines := strings.Count(errs.String(), "\n"); status != exitUsage || lines != 2 || !strings.Contains(errs.String(), path+`:1: "seeed"`) || out.Len() > 0 {
		t.Errorf("status %d, %q, %q", status, out.String(), errs.String())
	}
	if err := os.WriteFile(path, []byte("seed = 1\nhistory = \"1h\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := ran(t, []string{"DASHCAM_BUDGET=2"}, "check-config", path); !strings.HasPrefix(said, path+" is understood: 3 of ") {
		t.Errorf("%q", said)
	}
}

func TestCommand_PrintConfigTakesTheFileEitherWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.toml")
	if err := os.WriteFile(path, []byte("seed = 4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "\nseed = 4711 # by " + path + ":1\n"
	for _, said := range []string{ran(t, nil, "print-config", path), ran(t, nil, "print-config", "--config", path), ran(t, []string{"DASHCAM_CONFIG=" + path}, "print-config")} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
}

// TestCommand_SnapshotIsATable asks for all rows of a table, in every form. The forms are
// compared for one observation: the next one is of another second, with other services.
func TestCommand_SnapshotIsATable(t *testing.T) {
	t.Parallel()
	text := ran(t, nil, "snapshot", "--demo", "--table", "services")
	if !regexp.MustCompile(`(?m)^name +kind +parent +cpu \(percent\) `).MatchString(text) || !regexp.MustCompile(`(?m)^api\.service +systemd +system\.slice +[0-9.]+ +[0-9.]+ +300 `).MatchString(text) {
		t.Errorf("%s", text)
	}
	seen, err := embedded.Observe(t.Context(), embedded.Config{Demo: true, Interval: time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	written := func(format string) *bytes.Buffer {
		var out bytes.Buffer
		if err := writeTable(&out, seen.Tables["services"], format); err != nil {
			t.Error(err)
		}
		return &out
	}
	records, err := csv.NewReader(written(formatCSV)).ReadAll()
	if err != nil || len(records) < 8 || records[0][5] != "name" {
		t.Errorf("%v, %v", records, err)
	}
	var got struct {
		Rows []struct{ Name string }
	}
	if err := json.Unmarshal(written(formatJSON).Bytes(), &got); err != nil || len(got.Rows) != len(records)-1 {
		t.Errorf("%d rows, %v; in CSV there are %d", len(got.Rows), err, len(records)-1)
	}
	if lines := strings.Count(written("text").String(), "\n"); lines != len(records) {
		t.Errorf("%d lines; in CSV there are %d records", lines, len(records))
	}
	cells := collectors.Cell{Text: "a\x1b[31m\tb"}
	if got := cellText(&collectors.Column{Kind: collectors.ColumnText}, &cells); got != "a\ufffd[31m\ufffdb" {
		t.Errorf("a hostile name is written as %q", got)
	}
}

// TestCommand_CompletionsAreScripts lets the shells that are there read them.
func TestCommand_CompletionsAreScripts(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": nil, "fish": nil, "powershell": nil} {
		script := ran(t, nil, "completion", shell)
		if len(script) < 1000 || !strings.Contains(script, "dashcam") {
			t.Errorf("%s: %d bytes", shell, len(script))
		}
		if check == nil {
			continue
		}
		cmd := exec.Command(need.Program(t, check[0]), check[1:]...)
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", shell, err, out)
		}
	}
	var out bytes.Buffer
	c := &cli{stdout: &out, stderr: io.Discard} // where cobra explains what it does
	if status := c.run([]string{"__complete", "--metrics", ""}); status != exitOK || out.String() != "node\nnative\noff\n:4\n" {
		t.Errorf("completing --metrics: status %d, %q", status, out.String())
	}
}

func TestCommand_SnapshotIsOneSample(t *testing.T) {
	t.Parallel()
	var got snapshot
	if err := json.Unmarshal([]byte(ran(t, nil, "snapshot", "--interval", "100ms", "--format", "json", "--log-level", "error")), &got); err != nil {
		t.Fatal(err)
	}
	rates, states := 0, 0
	for _, v := range got.Series {
		if v.Name == "cpu.usage" && v.Value != nil {
			rates++
		}
		if v.Name == "state.cpu" && v.State != "" {
			states++
		}
	}
	if rates == 0 || states != 1 || got.Host.Hostname == "" || time.Since(time.UnixMilli(got.AtMs)) > time.Minute {
		t.Errorf("%d rates, %d states, host %q, at %d", rates, states, got.Host.Hostname, got.AtMs)
	}
	text := ran(t, nil, "snapshot", "--demo", "cpu.usage", "load")
	if !regexp.MustCompile(`(?m)^cpu\.usage\{mode="user"\} +[0-9.]+ +percent$`).MatchString(text) || strings.Contains(text, "memory") {
		t.Errorf("as text:\n%s", text)
	}
}

// TestCommand_SnapshotSaysInWordsThatNothingDecided would fail if "cause.cpu none" was
// printed, which reads as if the cause was not known.
func TestCommand_SnapshotSaysInWordsThatNothingDecided(t *testing.T) {
	t.Parallel()
	text := ran(t, nil, "snapshot", "--demo", "--seed", "1", "state", "cause", "reason")
	if regexp.MustCompile(`(?m) none$`).MatchString(text) {
		t.Errorf("a line says none:\n%s", text)
	}
	if !regexp.MustCompile(`(?m)^cause\.\w+ +nothing decided: the state is ok$`).MatchString(text) {
		t.Errorf("no line says that nothing decided:\n%s", text)
	}
	// Programs read what they always read.
	if got := ran(t, nil, "snapshot", "--demo", "--seed", "1", "--format", "json", "cause"); !strings.Contains(got, `"state": "none"`) {
		t.Errorf("as JSON: %s", got)
	}
}

// TestCommand_SnapshotHasTheLayoutOfTheAPI takes a sample as CSV.
func TestCommand_SnapshotHasTheLayoutOfTheAPI(t *testing.T) {
	t.Parallel()
	records, err := csv.NewReader(strings.NewReader(ran(t, nil, "snapshot", "--demo", "--format", "csv", "cpu.usage{mode=user}", "state.cpu"))).ReadAll()
	if err != nil || len(records) != 2 {
		t.Fatalf("%q, %v; want a head and one line", records, err)
	}
	if got := strings.Join(records[0], "|"); got != `time|seq|missed|why|cpu.usage{mode="user"} (percent)|state.cpu` {
		t.Errorf("it begins with %s", got)
	}
	if at, err := time.Parse(time.RFC3339, records[1][0]); err != nil || time.Since(at) > time.Minute {
		t.Errorf("it is of %s", records[1][0])
	}
	if user, err := strconv.ParseFloat(records[1][4], 64); err != nil || user < 0 || user > 100 {
		t.Errorf("cpu.usage is %s", records[1][4])
	}
}

func TestCommand_SnapshotOfSelectedThings(t *testing.T) {
	t.Parallel()
	var got snapshot
	said := ran(t, []string{"DASHCAM_COLLECTORS=network,load,disk", "DASHCAM_COLLECTOR_INTERVAL=load=30s"}, "snapshot", "--interval", "1s", "--format", "json",
		"--without-collectors", "disk", "--interface-exclude", "*", "--interface-include", "lo")
	if err := json.Unmarshal([]byte(said), &got); err != nil {
		t.Fatal(err)
	}
	links := make(map[string]bool)
	for _, v := range got.Series {
		if group, _, _ := strings.Cut(v.Name, "."); group == "disk" || group == "memory" {
			t.Errorf("%s is shown", v.Name)
		}
		if v.Name == "net.bytes" {
			links[v.Labels["interface"]] = true
		}
	}
	if len(links) != 1 || !links["lo"] {
		t.Errorf("links %v, want lo alone", links)
	}
	for _, h := range got.Collectors {
		switch h.Collector {
		case "load":
			if h.CadenceMs != 30_000 {
				t.Errorf("load is asked every %d ms", h.CadenceMs)
			}
		case "disk":
			if h.State != collectors.HealthOff || h.Reason != "switched off in the settings" {
				t.Errorf("disk is %s: %q", h.State, h.Reason)
			}
		}
	}
}

func TestCommand_SnapshotOfNothingIsAnError(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	c := &cli{stdout: &out, stderr: &errs}
	if status := c.run([]string{"snapshot", "--interval", "100ms", "--log-level", "error", "no.such"}); status != exitError || out.Len() > 0 || !strings.Contains(errs.String(), "no series called no.such was seen") {
		t.Errorf("status %d, %q, %q", status, out.String(), errs.String())
	}
}

// started is the program, running, with its outputs.
type started struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *bufio.Reader
	errs *heard
	said string // until it observes
	url  string
}

// heard is what a process says, readable while it says it.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// running runs the program until the test ends, which it must survive.
func running(t *testing.T, bin string, args ...string) *started {
	t.Helper()
	return runningCommand(t, exec.Command(bin, args...))
}

// runningCommand is running of a command that was prepared.
func runningCommand(t *testing.T, cmd *exec.Cmd) *started {
	t.Helper()
	s := &started{t: t, cmd: cmd, errs: new(heard)}
	s.cmd.Stderr = s.errs
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(5*time.Minute, func() { _ = s.cmd.Process.Kill() })
	t.Cleanup(func() {
		defer timer.Stop()
		s.signal(syscall.SIGTERM)
		s.wait()
	})
	s.out = bufio.NewReader(out)
	s.said = readUntil(t, s.out, "observes")
	if m := regexp.MustCompile(`open +(https?://[^/\s]+)`).FindStringSubmatch(s.said); m != nil {
		s.url = m[1]
	}
	return s
}

func (s *started) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil && s.cmd.ProcessState == nil {
		s.t.Error(err)
	}
}

// wait expects a clean end.
func (s *started) wait() {
	s.t.Helper()
	if s.cmd.ProcessState != nil {
		return
	}
	if _, err := io.Copy(io.Discard, s.out); err != nil {
		s.t.Error(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("it ended with %v: %s", err, s.errs)
	}
}

// says waits until the program has said all of the texts on standard error.
func (s *started) says(texts ...string) {
	s.t.Helper()
	defer func() {
		if s.t.Failed() {
			s.t.Logf("it said\n%s", s.errs)
		}
	}()
	for _, text := range texts {
		waitUntil(s.t, "it to say "+text, func() bool { return strings.Contains(s.errs.String(), text) })
	}
}

func TestProgram_ReadsItsFileAgainAtSIGHUP(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "d.toml")
	// All at once, as an editor does: the program may read it at any time after a signal.
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	write("auth = \"none\"\nlisten = \"127.0.0.1:0\"\nlog-level = \"info\"\n")
	s := running(t, binary(t), "--config", path, "--seed", "2")

	if status := asked(t, s.url, "cam.example"); status != http.StatusMisdirectedRequest {
		t.Errorf("a name that is not allowed gets %d", status)
	}
	write("auth = \"none\"\nlisten = \"127.0.0.1:1\"\nlog-level = \"error\"\nseed = 3\nallow-host = [\"cam.example\"]\n")
	s.signal(syscall.SIGHUP)
	s.says(
		`msg="setting changed" setting=allow-host was=[] is=[cam.example]`,
		`msg="setting changed" setting=log-level was=info is=error`,
		`msg="setting changes at the next start" setting=listen is=127.0.0.1:0 next=127.0.0.1:1`,
		`msg="settings read again"`, "different=3",
	)
	if status := asked(t, s.url, "cam.example"); status != http.StatusOK {
		t.Errorf("a name that is allowed now gets %d", status)
	}
	// The level is in force, and mistakes change nothing.
	write("log-levels = \"info\"\n")
	s.signal(syscall.SIGHUP)
	s.says(path + `:1: \"log-levels\" is no setting: did you mean \"log-level\"?`)
	if res, err := http.Get(s.url + "/readyz"); err != nil || res.StatusCode != 200 {
		t.Errorf("after a mistake: %v, %v", res, err)
	} else {
		res.Body.Close()
	}
	before := strings.Count(s.errs.String(), "settings read again")
	write("auth = \"none\"\nlisten = \"127.0.0.1:0\"\nlog-level = \"warn\"\n")
	s.signal(syscall.SIGHUP)
	write("nonsense = 1\n")
	s.signal(syscall.SIGHUP)
	s.says("nonsense")
	if after := strings.Count(s.errs.String(), "settings read again"); after != before {
		t.Errorf("with log-level error it still says what is only information:\n%s", s.errs)
	}
}

// asked is the status of a request that was addressed to a name.
func asked(t *testing.T, url, name string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/healthz", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = name
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// TestProgram_WithoutAFileSIGHUPEndsIt also where the tests run under nohup, which lets
// children inherit that SIGHUP is ignored: what handles a signal is reset for a child.
func TestProgram_WithoutAFileSIGHUPEndsIt(t *testing.T) {
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, syscall.SIGHUP)
	defer signal.Stop(handled)
	s := running(t, binary(t), "--listen", "127.0.0.1:0", "--auth", "none")
	s.signal(syscall.SIGHUP)
	s.wait()
}

func TestProgram_HealthcheckAsksTheOneThatRuns(t *testing.T) {
	t.Parallel()
	bin := binary(t)
	for name, args := range map[string][]string{"plain": nil, "TLS and sign-in": {"--tls-self-signed", "--auth", "token"}} {
		addr := "127.0.0.1:" + need.Port(t, "127.0.0.1") // nobody else's once it has ended
		s := running(t, bin, append([]string{"--listen", addr}, args...)...)
		check := append([]string{"healthcheck", "--listen", addr}, args...)
		if status, _, errs := refused(t, bin, nil, check...); status != exitOK || errs != "" {
			t.Errorf("%s: status %d, %q", name, status, errs)
		}
		s.signal(syscall.SIGTERM)
		s.wait()
		if status, _, errs := refused(t, bin, nil, check...); status != exitError || !strings.Contains(errs, addr) {
			t.Errorf("%s: after its end status %d, %q", name, status, errs)
		}
	}
}

// waitUntil waits for a condition, at most a minute.
func waitUntil(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
		<-every.C
	}
}
