package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/server/incident"
)

// TestIncident_OfAHistoryOnDisk makes a file of a directory, masked and not, and reads it.
func TestIncident_OfAHistoryOnDisk(t *testing.T) {
	begin := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	dir := storeDir(t, begin)
	of := func(args ...string) string {
		return ran(t, nil, append([]string{"incident", "--state-dir", dir, "--from", "2026-11-26T03:00:00Z", "--to", "2026-11-26T03:02:00Z"}, args...)...)
	}
	r, err := incident.Read(strings.NewReader(of("--host", "db-01")))
	if err != nil {
		t.Fatal(err)
	}
	if r.Head.Host != "db-01" || r.Head.Rows != 120 || r.Head.Events != 6 {
		t.Errorf("head %+v", r.Head)
	}
	masked, err := incident.Read(strings.NewReader(of("--host", "db-01", "--mask", "processes,hosts")))
	if err != nil {
		t.Fatal(err)
	}
	events, err := collectors.All(masked.Events(t.Context(), collectors.Window{}))
	if err != nil || masked.Head.Host != "host-1" || len(events) == 0 || !strings.HasPrefix(events[0].About.Name, "process-") {
		t.Errorf("head %+v, events %+v (%v)", masked.Head, events, err)
	}
	if list := of("--list"); !strings.Contains(list, "java") || !strings.Contains(list, "120 rows") || strings.Contains(list, "<html") {
		t.Errorf("what leaves the house:\n%s", list)
	}
}

func TestIncident_RefusesWhatItCannotDo(t *testing.T) {
	dir := storeDir(t, time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC))
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a day":          {[]string{"--from", "2026-11-26T03:00:00Z", "--to", "2026-11-27T03:00:00Z"}, "expected at most 2h"},
		"a strange mask": {[]string{"--mask", "moods"}, `"moods"`},
		"backwards":      {[]string{"--from", "1h", "--to", "2h"}, "after --from"},
		"nothing there":  {[]string{"--from", "2026-11-25T03:00:00Z", "--to", "2026-11-25T03:01:00Z"}, "nothing is remembered"},
	} {
		out, err := failed(t, append([]string{"incident", "--state-dir", dir}, c.args...)...)
		if !strings.Contains(err, c.want) || out != "" {
			t.Errorf("%s: %q, want %q", name, err, c.want)
		}
	}
}

// failed runs a command that has to fail.
func failed(t *testing.T, args ...string) (out, problem string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := &cli{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}
	if c.run(args) == exitOK {
		t.Errorf("dashcam %s did not fail", strings.Join(args, " "))
	}
	return stdout.String(), stderr.String()
}

// TestOpen_ServesAnIncident asks the API of what is served.
func TestOpen_ServesAnIncident(t *testing.T) {
	begin := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "incident.html")
	file := ran(t, nil, "incident", "--state-dir", storeDir(t, begin), "--from", "2026-11-26T03:00:00Z", "--to", "2026-11-26T03:02:00Z", "--host", "db-01")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	said, says := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		cmd := (&cli{stdin: strings.NewReader(""), stdout: says, stderr: io.Discard}).command()
		cmd.SetArgs([]string{"open", path, "--listen", "127.0.0.1:0"})
		ended <- cmd.ExecuteContext(ctx)
		_ = says.Close()
	}()
	text := make([]byte, 0, 1<<10)
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	for address.Find(text) == nil {
		more := make([]byte, 256)
		n, err := said.Read(more)
		if err != nil {
			t.Fatalf("it said %q and ended", text)
		}
		text = append(text, more[:n]...)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	url := string(address.Find(text))
	get := func(path string, answer any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if err := json.NewDecoder(res.Body).Decode(answer); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %s, %v", path, res.Status, err)
		}
	}
	var host struct {
		Oldest, Newest uint64
		Host           collectors.Host
	}
	get("/api/v2/host", &host)
	if host.Host.Hostname != "db-01" || host.Newest-host.Oldest != 119 {
		t.Errorf("%+v", host)
	}
	var events struct{ Events []collectors.Event }
	get("/api/v2/events?from=2026-11-26T03:00:00Z&to=2026-11-26T04:00:00Z", &events)
	if len(events.Events) != 6 {
		t.Errorf("%d events", len(events.Events))
	}
	var v collectors.Verdict
	get("/api/v2/verdict?at=2026-11-26T03:01:00Z", &v)
	if v.At == 0 || v.Text == "" {
		t.Errorf("verdict %+v", v)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestOpen_RefusesInALine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte("<!doctype html><script>alert(1)</script>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problem := failed(t, "open", path); !strings.Contains(problem, "not an incident's file") || strings.Count(problem, "\n") != 1 {
		t.Errorf("%q", problem)
	}
	if _, problem := failed(t, "open", path+"x"); !strings.Contains(problem, "no such file") {
		t.Errorf("%q", problem)
	}
	ok := filepath.Join("..", "..", "server", "incident", "testdata", "format1.html")
	if _, problem := failed(t, "open", ok, "--listen", "0.0.0.0:0"); !strings.Contains(problem, "loopback") {
		t.Errorf("%q", problem)
	}
}

// TestVerdictAndChanges_OfAHistoryOnDisk asks without a dashcam that runs.
func TestVerdictAndChanges_OfAHistoryOnDisk(t *testing.T) {
	dir := storeDir(t, time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC))
	if got := ran(t, nil, "verdict", "--state-dir", dir, "--at", "2026-11-26T03:01:00Z"); strings.Contains(got, "nothing is known") || strings.Count(got, "\n") != 1 {
		t.Errorf("verdict %q", got)
	}
	var v collectors.Verdict
	if err := json.Unmarshal([]byte(ran(t, nil, "verdict", "--state-dir", dir, "--format", "json")), &v); err != nil || v.At == 0 {
		t.Errorf("verdict of the newest row: %+v, %v", v, err)
	}
	if got := ran(t, nil, "changes", "--state-dir", dir, "--from", "2026-11-26T03:01:00Z", "--to", "2026-11-26T03:02:00Z"); !strings.Contains(got, "event 80") {
		t.Errorf("changes %q", got)
	}
}
