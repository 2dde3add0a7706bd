package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
	"dashcam/collectors/synthetic"
	"dashcam/server/prom"
	"dashcam/server/promql"
)

const ownRules = `groups:
- name: own
  rules:
  - record: used:ratio
    expr: 1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes
  - alert: Busy
    expr: node_load1 > 5 and on () used:ratio > 0
    for: 1m
    labels: {severity: critical}
  - alert: Never
    expr: no_such_metric > 1
`

func ownRulesFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(ownRules), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBacktest_OfTheStoreIsThatOfTheRows holds that what a history on disk would have raised
// is what the same rows raise in memory, by built-in rules and own ones.
func TestBacktest_OfTheStoreIsThatOfTheRows(t *testing.T) {
	need.Undetected(t)
	begin := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	host := synthetic.New(synthetic.Config{Seed: 7, Start: begin})
	dir := filepath.Join(t.TempDir(), "state")
	kept, err := store.Open(store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	ring := history.New(history.Config{Memory: 256 << 20, Store: kept})
	s, err := sampler.New(sampler.Config{Collectors: host.Collectors(), Ring: ring, Budget: -1, Derivers: []collectors.Deriver{signs.New(signs.Config{CPUs: host.Facts().CPUs})}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backfill(t.Context(), begin, begin.Add(need.Times(t, 2*time.Hour, time.Hour)), host.At); err != nil {
		t.Fatal(err)
	}
	want, err := alert.Backtest(t.Context(), nil, ring, collectors.Window{})
	if err != nil || len(want) < 5 {
		t.Fatalf("%d alerts (%v): it proves nothing", len(want), err)
	}
	exporter, err := prom.New(prom.Config{Ring: ring, Host: func() collectors.Host { return collectors.Host{} }})
	if err != nil {
		t.Fatal(err)
	}
	file := ownRulesFile(t)
	rules, err := promql.LoadRules(file)
	if err != nil {
		t.Fatal(err)
	}
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	h, err := promql.New(promql.Config{Source: ring, Metrics: exporter.Remembered, Instance: hostname, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	own, err := h.Ruler().Backtest(t.Context(), collectors.Window{})
	if err != nil || len(own) == 0 {
		t.Fatalf("%d alerts of own rules (%v): it proves nothing", len(own), err)
	}
	keep(t, kept, ring)

	var got []alert.Alert
	lines := json.NewDecoder(strings.NewReader(ran(t, nil, "backtest", "--state-dir", dir, "--format", "ndjson", file)))
	for {
		var a alert.Alert
		if err := lines.Decode(&a); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		got = append(got, a)
	}
	if diff := cmp.Diff(slices.Concat(want, own), got); diff != "" {
		t.Errorf("(-rows +store)\n%.4000s", diff)
	}
	table := ran(t, nil, "backtest", "--state-dir", dir, file)
	if !strings.Contains(table, "would have fired: Busy ") || !strings.Contains(table, "critical  Busy") || !strings.Contains(table, "oom-kill") {
		t.Errorf("%s", table)
	}
	if text := ran(t, nil, "backtest", "--state-dir", dir, "--to", "2026-11-29T12:05:00Z"); text != "nothing would have fired\n" {
		t.Errorf("of the first five minutes: %s", text)
	}
}

func TestBacktest_SaysWhatIsWrong(t *testing.T) {
	file := ownRulesFile(t)
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"own rules and no history": {[]string{file}, "--state-dir is empty"},
		"no such file":             {[]string{"--state-dir", t.TempDir(), "nothing.yaml"}, "no file is called so"},
		"a time before":            {[]string{"--from", "2026-11-29T12:00:00Z", "--to", "2026-11-29T11:00:00Z"}, "expected a moment after --from"},
		"a format":                 {[]string{"--format", "xml"}, "expected table or ndjson"},
	} {
		var out, problems strings.Builder
		c0 := &cli{stdout: &out, stderr: &problems}
		cmd := c0.command()
		cmd.SetArgs(append([]string{"backtest"}, c.args...))
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, expected %q", name, err, c.says)
		}
	}
}

// TestCheckRules_SaysWhatIsFound asks a dashcam that runs with the rules.
func TestCheckRules_SaysWhatIsFound(t *testing.T) {
	t.Parallel()
	file := ownRulesFile(t)
	s := running(t, binary(t), "--listen", "127.0.0.1:0", "--demo", "--auth", "none", "--rules", file)
	text := ran(t, nil, "check-rules", "--listen", strings.TrimPrefix(s.url, "http://"), file)
	words := strings.Join(strings.Fields(text), " ")
	for _, want := range []string{
		"2 alerting and 1 recording rules are in order", "own Busy node_load1 1 series", "own Busy used:ratio recorded by a rule", "own Never no_such_metric nothing", "own used:ratio node_memory_MemTotal_bytes 1 series",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("%s: expected %q", text, want)
		}
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("groups:\n- name: a\n  rules:\n  - alert: A\n    expr: rate(\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loaded(t, []string{"--rules", bad}, nil, ""); err == nil || !strings.Contains(err.Error(), "--rules are wrong: read rules: "+bad) {
		t.Errorf("%v: expected that dashcam does not start with it", err)
	}
}
