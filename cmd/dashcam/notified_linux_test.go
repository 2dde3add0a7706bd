package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// secretOf is in the addresses below, and must not be anywhere else.
const secretOf = "s3cr3tW0rd"

// hook is a webhook that notes what it gets. It answers what answer says.
type hook struct {
	mu     sync.Mutex
	got    []hooked
	answer func(n int)
}

type hooked struct {
	ID, Status, Host, Text string
	MaybeTwice             bool
	path                   string
}

func (h *hook) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body hooked
	text, err := io.ReadAll(req.Body)
	if err != nil || len(text) > 0 && json.Unmarshal(text, &body) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	body.path = req.URL.Path
	h.mu.Lock()
	h.got = append(h.got, body)
	n := len(h.got)
	h.mu.Unlock()
	if h.answer != nil {
		h.answer(n)
	}
}

func (h *hook) all() []hooked {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]hooked{}, h.got...)
}

// addressFile is a file with addresses of receivers.
func addressFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "receivers")
	if err := os.WriteFile(path, []byte("# who is told\n\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestProgram_KilledTellsAgainOnlyMarked kills the whole program while its receiver has a
// message and has not answered: the next one tells it again and says so. Killed again after
// the answer, it tells nothing any more. Nothing that it shows holds the address.
func TestProgram_KilledTellsAgainOnlyMarked(t *testing.T) {
	t.Parallel()
	release, first := make(chan struct{}), make(chan struct{})
	h := &hook{answer: func(n int) {
		if n == 1 {
			close(first)
			<-release
		}
	}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(sync.OnceFunc(func() { close(release) }))
	dir := filepath.Join(t.TempDir(), "state")
	file := addressFile(t, strings.Replace(server.URL, "http://", "http://user:"+secretOf+"@", 1)+"/"+secretOf+"?k="+secretOf)
	// The alert of the file system that fills fires at the end of the hour that is made up.
	args := []string{"--demo", "--state-dir", dir, "--notify-file", file}
	bin := binary(t)

	p := start(t, bin, args...)
	select {
	case <-first:
	case <-time.After(2 * time.Minute):
		t.Fatal("nothing was sent")
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended

	p = start(t, bin, args...)
	var health string
	waitUntil(t, "it was delivered", func() bool {
		var err error
		if health, err = p.ask("/api/v1/health", time.Minute); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(health, `"state":"ok"`) && strings.Contains(health, `"waiting":0`)
	})
	got := h.all()
	if len(got) != 2 || got[0].MaybeTwice || !got[1].MaybeTwice || got[0].ID != got[1].ID || got[0].Status != "firing" || got[0].Host != "db-01" || !strings.Contains(got[0].Text, "/#at=") {
		t.Fatalf("%+v", got)
	}
	var said bytes.Buffer
	for _, path := range []string{"/api/v1/health", "/api/v1/alerts", "/api/v1/events", "/metrics", "/api/v1/host"} {
		text, err := p.ask(path, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if path == "/api/v1/alerts" && (!strings.Contains(text, `"maybeTwice":true`) || !strings.Contains(text, `"state":"delivered"`)) {
			t.Errorf("the alert does not tell how it was delivered: %s", text)
		}
		said.WriteString(text)
	}
	for _, name := range []string{fmt.Sprintf("/proc/%d/cmdline", p.cmd.Process.Pid), filepath.Join(dir, "notifications.log"), filepath.Join(dir, "alerts.json")} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		said.Write(text)
	}
	if strings.Contains(said.String(), secretOf) || !strings.Contains(said.String(), "127.0.0.1") {
		t.Error("it shows the address of its receiver")
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.ended

	p = start(t, bin, args...)
	newest := func() (out struct{ Remembered struct{ Newest, Rows int } }) {
		if err := p.object("/api/v1/health", &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	// Nothing that one may ask names who is told.
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		t.Errorf("%s %s was asked", req.Method, req.URL)
	}))
	t.Cleanup(evil.Close)
	for path, body := range map[string]string{
		"/api/v1/alerts": `{"arm":true,"notify":"EVIL"}`, "/api/v1/silences": `{"matchers":{"rule":"EVIL"},"untilWell":true,"reason":"EVIL"}`,
		"/api/v1/alerts#test": `{"test":true,"to":"EVIL"}`, "/api/v1/alerts?to=EVIL": `{"test":true}`, "/api/v1/alerts#true": `{"test":"EVIL"}`,
		"/api/v1/events": `{"text":"EVIL"}`, "/api/v1/health": `{"receivers":[{"name":"EVIL"}]}`, "/silence?t=EVIL": "",
	} {
		status := p.post(t, path, strings.ReplaceAll(body, "EVIL", evil.URL))
		if accepted := status/100 == 2; accepted != (path == "/api/v1/silences" || path == "/api/v1/events") {
			t.Errorf("POST %s: %d", path, status)
		}
	}
	// After so many rows it was asked twice what is due.
	waitUntil(t, "it went on", func() bool { return newest().Remembered.Rows > 12 })
	if got := h.all(); len(got) != 2 {
		t.Errorf("told again: %+v", got)
	}
	if status := p.post(t, "/api/v1/alerts", `{"test":true}`); status != http.StatusOK {
		t.Errorf("a test message: %d", status)
	}
	if got := h.all(); len(got) != 3 || got[2].Status != "test" {
		t.Errorf("the configured receiver got %+v: expected a test message at the end", got)
	}
}

// post posts JSON as the page does.
func (p *program) post(t *testing.T, path, body string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", "http://"+p.addr)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// TestCommand_NothingShowsAReceiver asks every command that knows the settings, with right
// addresses and with wrong ones, by flag, environment and files.
func TestCommand_NothingShowsAReceiver(t *testing.T) {
	file := addressFile(t, "https://hook.example/"+secretOf)
	config := filepath.Join(t.TempDir(), "dashcam.toml")
	if err := os.WriteFile(config, []byte(fmt.Sprintf("notify = [\"telegram://%s@telegram\", \"https://h.example/%s\"]\n", secretOf, secretOf)), 0o600); err != nil {
		t.Fatal(err)
	}
	open := addressFile(t, "https://hook.example/"+secretOf)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	right := []string{"--notify", "https://h.example/" + secretOf + ",1", "--notify-file", file}
	for name, c := range map[string]struct {
		environ, args []string
		want          string
	}{
		"right":                {nil, right, ""},
		"of the environment":   {[]string{"DASHCAM_NOTIFY=https://a.example/" + secretOf + " https://b.example/" + secretOf}, nil, ""},
		"wrong by flag":        {nil, []string{"--notify", "slack://" + secretOf}, "--notify number 1: slack is not understood: expected slack://hook:"},
		"wrong in environment": {[]string{"DASHCAM_NOTIFY=https://a.example/ smtp://u:" + secretOf + "@h"}, nil, "DASHCAM_NOTIFY number 2: from is no mail address"},
		"wrong in a file":      {nil, []string{"--notify-file", addressFile(t, "https://a.example", "ftp://"+secretOf)}, "address 2: its scheme is not known"},
		"wrong in TOML":        {nil, []string{"--config", config}, "notify number 1: telegram is not understood"},
		"a file of all":        {nil, []string{"--notify-file", open}, "chmod 640"},
		"no file":              {nil, []string{"--notify-file", file + "x"}, "no such file"},
		"twice":                {nil, []string{"--notify", "https://hook.example/" + secretOf, "--notify-file", file}, "address 1: is the same as receiver 1"},
	} {
		for _, command := range []string{"check-config", "print-config"} {
			t.Run(name+" "+command, func(t *testing.T) {
				var out bytes.Buffer
				cli := &cli{environ: c.environ, stdin: strings.NewReader(""), stdout: &out, stderr: &out}
				status := cli.run(append([]string{command}, c.args...))
				text := out.String()
				if strings.Contains(text, secretOf) {
					t.Errorf("it shows %s", text)
				}
				if (status == exitOK) != (c.want == "") || !strings.Contains(text, c.want) {
					t.Errorf("status %d, %s: want %q", status, text, c.want)
				}
				if c.want == "" && command == "print-config" && len(c.args) > 0 && !strings.Contains(text, "# notify is set by the flag and not shown") {
					t.Errorf("it does not say that it is set: %s", text)
				}
			})
		}
	}
}

// TestCommand_NotifyTestTellsWhoGotIt sends to real receivers, of which one refuses.
func TestCommand_NotifyTestTellsWhoGotIt(t *testing.T) {
	h := &hook{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(refuses.Close)
	plain := strings.TrimPrefix(server.URL, "http://")
	var out, errs bytes.Buffer
	c := &cli{stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	status := c.run([]string{
		"notify-test", "--notify-file", addressFile(t, refuses.URL+"/"+secretOf),
		"--notify", server.URL + "/hook", "--notify", "heartbeat+http://" + plain + "/beat", "--notify", "generic://" + plain + "/generic?disabletls=yes&template=json",
	})
	want := fmt.Sprintf("%-28s has taken it\n%-28s has taken it\n%-28s has taken it\n%-28s answers 401\n", "http "+plain, "heartbeat+http "+plain, "generic", "http "+strings.TrimPrefix(refuses.URL, "http://"))
	if status == exitOK || out.String() != want || !strings.Contains(errs.String(), "1 of 4 receivers did not take the test message") {
		t.Errorf("status %d\n%s%s, want\n%s", status, out.String(), errs.String(), want)
	}
	seen := make(map[string]hooked)
	for _, x := range h.all() {
		seen[x.path] = x
	}
	if seen["/hook"].Status != "test" || !strings.Contains(seen["/hook"].Text, "a test: notifications arrive here") || len(seen) != 3 {
		t.Errorf("%+v", seen)
	}
	if status := c.run([]string{"notify-test"}); status != exitUsage {
		t.Errorf("without receivers: status %d", status)
	}
}
