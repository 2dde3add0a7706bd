package main

import (
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dashcam/collectors"
)

func TestEvents_PrintsThoseOfAHistoryOnDisk(t *testing.T) {
	begin := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	dir := storeDir(t, begin)
	of := func(args ...string) string {
		return ran(t, nil, append([]string{"events", "--state-dir", dir, "--from", "2026-11-26T03:00:00Z"}, args...)...)
	}
	table := strings.Split(strings.TrimSpace(of()), "\n")
	if len(table) != 10 || !strings.HasSuffix(table[0], "oom   =event 0") || !strings.HasSuffix(table[9], "link  =event 180") {
		t.Errorf("%d lines: %q", len(table), table)
	}
	if got := strings.Count(of("--kind", "oom", "--to", "2026-11-26T03:01:30Z"), "\n"); got != 3 { // 0, 40 and 80
		t.Errorf("%d events of a kind and a time, want 3", got)
	}
	if got := of("--limit", "1"); !strings.Contains(got, "event 180") || strings.Count(got, "\n") != 1 {
		t.Errorf("the newest: %q", got)
	}
	var e collectors.Event
	first, _, _ := strings.Cut(of("--format", "ndjson"), "\n")
	want := collectors.Event{Seq: 1, T: begin.UnixMilli(), ID: "1.0", Kind: "oom", Text: "=event 0", About: collectors.About{Kind: "process", Name: "java", PID: 7}}
	if err := json.Unmarshal([]byte(first), &e); err != nil || e != want {
		t.Errorf("%+v %v, want %+v", e, err, want)
	}
	records, err := csv.NewReader(strings.NewReader(of("--format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(records[1], "|"); got != "2026-11-26T03:00:00.000Z|1|info|oom|'=event 0|process|java|7||1||1.0" || len(records) != 11 {
		t.Errorf("%d records, the first %s", len(records), got)
	}
}

func TestMark_IsFoundAgain(t *testing.T) {
	t.Parallel()
	bin := binary(t)
	token := filepath.Join(t.TempDir(), "token")
	s := running(t, bin, "--listen", "127.0.0.1:0", "--demo", "--history", "10m", "--auth", "token", "--auth-token-file", token)
	_, addr, _ := strings.Cut(s.url, "://")
	at := []string{"--listen", addr, "--auth-token-file", token}
	id := ran(t, nil, append([]string{"mark", "--level", "warning", "--about", "shop", "deploy", "4711"}, at...)...)
	var found collectors.Event
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		line := ran(t, nil, append([]string{"events", "--kind", "mark", "--format", "ndjson"}, at...)...)
		if line != "" {
			if err := json.Unmarshal([]byte(line), &found); err != nil {
				t.Fatal(err)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no mark after a minute")
		}
	}
	want := collectors.Event{
		Seq: found.Seq, T: found.T, ID: strings.TrimSpace(id), Kind: "mark", Text: "deploy 4711", Level: collectors.LevelWarning,
		About: collectors.About{Kind: "service", Name: "shop"}, Source: "api",
	}
	if found != want {
		t.Errorf("%+v, want %+v", found, want)
	}
	if got := ran(t, nil, append([]string{"changes", "--from", "1s"}, at...)...); !strings.Contains(got, "  deploy 4711\n") && !strings.Contains(got, "nothing changed") {
		t.Errorf("changes %q", got)
	}
	for name, args := range map[string][]string{
		"a wrong form": {"changes", "--format", "xml"}, "no text": {"mark"}, "an unknown level": {"mark", "--level", "fatal", "x"}, "a wrong format": {"events", "--format", "xml"}, "a wrong time": {"events", "--from", "1h", "--to", "2h"},
	} {
		if status, _, errs := refused(t, bin, nil, args...); status != exitUsage {
			t.Errorf("%s: status %d, %q", name, status, errs)
		}
	}
	if status, _, errs := refused(t, bin, nil, "mark", "x", "--listen", addr); status != exitError || !strings.Contains(errs, "--auth-token-file") {
		t.Errorf("without the token: status %d, %q", status, errs)
	}
	s.signal(syscall.SIGTERM)
	s.wait()
}
