package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"dashcam/collectors/collectortest/need"
)

var update = flag.Bool("update", false, "write the README's table of settings anew")

const (
	readme     = "../../README.md"
	tableBegin = "<!-- settings: written by go test ./cmd/dashcam -update -->\n"
	tableEnd   = "<!-- /settings -->\n"
)

func TestReadme_ListsEverySetting(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableBegin)
	got, after, closed := strings.Cut(rest, tableEnd)
	if !found || !closed {
		t.Fatalf("README.md has no table between %q and %q", tableBegin, tableEnd)
	}
	want := settingsTable()
	if *update {
		if err := os.WriteFile(readme, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the README's table is stale: run go test ./cmd/dashcam -update (-want +got):\n%s", diff)
	}
}

// TestReadme_CurlExamplesWork runs them by curl, against the made-up host.
func TestReadme_CurlExamplesWork(t *testing.T) {
	need.Program(t, "curl")
	bash := need.Program(t, "bash")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	s := running(t, binary(t), "--listen", "127.0.0.1:0", "--demo", "--auth", "none")
	examples := 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		examples++
		cmd := exec.CommandContext(t.Context(), bash, "-euo", "pipefail", "-c", strings.ReplaceAll(line, "http://"+defaultListen, s.url))
		if out, err := cmd.CombinedOutput(); len(out) == 0 || err != nil && !strings.Contains(line, "head -c") { // which ends the pipe early
			t.Errorf("%s%v\n%s", line, err, out)
		}
	}
	if examples < 5 {
		t.Errorf("the README has %d examples for curl", examples)
	}
}

func settingsTable() string {
	s := newSettings(pflag.NewFlagSet("dashcam", pflag.ContinueOnError))
	var b strings.Builder
	b.WriteString("\n| flag | environment | key in the file | default | what |\n|---|---|---|---|---|\n")
	s.visit(func(f *pflag.Flag) {
		_, usage := pflag.UnquoteUsage(f)
		value := "–"
		if d := defaultOf(f); d != "" {
			value = "`" + d + "`"
		}
		if is(f, isReloadable) {
			usage += "; read again at SIGHUP"
		}
		fmt.Fprintf(&b, "| `--%s` | `%s` | `%s` | %s | %s |\n", f.Name, envName(f.Name), f.Name, value, usage)
	})
	b.WriteString("\n")
	return b.String()
}

// loaded is what a command line, an environment and a file come to.
func loaded(t *testing.T, args, environ []string, file string) (*settings, error) {
	t.Helper()
	s := newSettings(pflag.NewFlagSet("dashcam", pflag.ContinueOnError))
	if file != "" {
		path := filepath.Join(t.TempDir(), "d.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config", path}, args...)
	}
	if err := s.flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return s, s.load(environ)
}

func TestSettings_FlagWinsOverEnvironmentOverFileOverDefault(t *testing.T) {
	s, err := loaded(t,
		[]string{"--interval", "2s", "--allow-host", "flag"},
		[]string{"DASHCAM_INTERVAL=5s", "DASHCAM_HISTORY=3h", "DASHCAM_ALLOW_HOST=environment", "DASHCAM_TRUSTED_PROXY=10.0.0.1,10.0.0.2"},
		`interval = "10s"
history = "9h"
max-viewers = 7
history-memory = "64MiB"
budget = 2.5
demo = true
allow-host = ["file"]
`)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{s.interval, s.history, s.maxViewers, s.historyMemory, s.budget, s.demo, s.maxSeries, s.allowHosts, s.encrypt.trustedProxies}
	want := []any{2 * time.Second, 3 * time.Hour, 7, byteSize(64 << 20), 2.5, true, 5000, []string{"flag"}, []string{"10.0.0.1", "10.0.0.2"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	by := []string{s.origins["interval"].by, s.origins["history"].by, filepath.Base(s.origins["max-viewers"].by), s.origins["max-series"].by}
	if diff := cmp.Diff([]string{"the flag", "DASHCAM_HISTORY", "d.toml:3", ""}, by); diff != "" {
		t.Errorf("what set them (-want +got):\n%s", diff)
	}
}

func TestSettings_MistakesNameTheirPlace(t *testing.T) {
	for name, c := range map[string]struct {
		args, environ []string
		file          string
		want          []string
	}{
		"unknown keys":                          {nil, nil, "# comment\nintervall = \"1s\"\nnonsense = 1\n", []string{`d.toml:2: "intervall" is no setting: did you mean "interval"?`, `d.toml:3: "nonsense" is no setting`}},
		"behind a list":                         {nil, nil, "allow-host = [\n \"a\",\n \"b\" ]\nlisten-on = 1", []string{`d.toml:4: "listen-on" is no setting`}},
		"a table":                               {nil, nil, "\n[server]\nlisten = \"x\"\n", []string{`d.toml:2: "server" is no setting`}},
		"a key with dots":                       {nil, nil, "\nserver.listen = \"x\"\n", []string{`d.toml:2: "server" is no setting`}},
		"not TOML":                              {nil, nil, "listen = \"a\"\nhistory = \n", []string{`d.toml:2: expected value`}},
		"twice":                                 {nil, nil, "seed = 1\nseed = 2\n", []string{`d.toml:2: Key 'seed' has already been defined`}},
		"a number for a text":                   {nil, nil, "history = 5", []string{`d.toml:1: history is 5: expected a text in quotation marks`}},
		"a text for a number":                   {nil, nil, "max-viewers = \"5\"", []string{`d.toml:1: max-viewers is "5": expected a number`}},
		"a text for a yes":                      {nil, nil, "demo = \"yes\"", []string{`d.toml:1: demo is "yes": expected true or false`}},
		"a fraction for a count":                {nil, nil, "max-viewers = 1.5", []string{`d.toml:1: max-viewers is 1.5: expected a number`}},
		"a number in a list":                    {nil, nil, "allow-host = [1]", []string{`d.toml:1: allow-host is [1]: expected a list of texts`}},
		"a bad value in the file":               {nil, nil, "\ninterval = \"3s\"", []string{`d.toml:2: interval is 3s: expected one of 100ms`}},
		"a bad value that a flag hides is none": {[]string{"--interval", "1s"}, nil, "interval = \"3s\"", nil},
		"a bad type although a flag hides it":   {[]string{"--interval", "1s"}, nil, "interval = 3", []string{`d.toml:1: interval is 3: expected`}},
		"in the environment":                    {nil, []string{"DASHCAM_MAX_VIEWERS=0"}, "", []string{`DASHCAM_MAX_VIEWERS is 0: expected at least 1`}},
		"in several places":                     {[]string{"--budget", "0"}, []string{"DASHCAM_LISTEN="}, "metrics = \"x\"", []string{`--budget is 0`, `d.toml:1: metrics is "x"`, `DASHCAM_LISTEN is empty`}},
		"a secret":                              {nil, []string{"DASHCAM_AUTH_PASSWORD_HASH=hush"}, "auth = \"none\"", []string{`d.toml:1: auth is none`}},
		"a secret of the wrong type":            {nil, nil, "auth-password-hash = 4711", []string{`auth-password-hash is (secret): expected a text`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loaded(t, c.args, c.environ, c.file)
			got := each(err)
			if len(got) != len(c.want) {
				t.Fatalf("%d mistakes, want %d: %v", len(got), len(c.want), err)
			}
			for i, want := range c.want {
				if text := got[i].Error(); !strings.Contains(text, want) || strings.Contains(text, "hush") {
					t.Errorf("%q, want %q in it", text, want)
				}
			}
		})
	}
}

func TestSettings_WhatIsPrintedIsUnderstood(t *testing.T) {
	s, err := loaded(t, []string{"--interval", "2s"}, []string{"DASHCAM_AUTH_PASSWORD_HASH=hush", "DASHCAM_ALLOW_HOST=a,b", "DASHCAM_BUDGET=-1", "DASHCAM_DEMO=true", "DASHCAM_HOST_ID=\"quoted\" \\ # no comment"}, "max-viewers = 7\n")
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	if err := s.print(&printed); err != nil {
		t.Fatal(err)
	}
	if text := printed.String(); strings.Contains(text, "hush") || !strings.Contains(text, "# auth-password-hash is set by DASHCAM_AUTH_PASSWORD_HASH and not shown\n") {
		t.Errorf("a secret is not kept:\n%s", text)
	}
	again, err := loaded(t, nil, nil, printed.String())
	if err != nil {
		t.Fatal(err)
	}
	s.visit(func(f *pflag.Flag) {
		if got := again.flags.Lookup(f.Name).Value.String(); got != f.Value.String() && !is(f, isSecret) {
			t.Errorf("%s is %q, printed and read again %q", f.Name, f.Value, got)
		}
	})
	if len(again.origins) != len(s.origins)-1 {
		t.Errorf("%d settings are printed, %d are given", len(again.origins), len(s.origins)-1)
	}
}

func TestSettings_MisspelledVariablesAreTold(t *testing.T) {
	s, err := loaded(t, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	got := s.misspelled([]string{"DASHCAM_INTERVALL=1s", "DASHCAM_INTERVAL=1s", "DASHCAM_CONFIG=x", "DASHCAM_PORT=tcp://10.0.0.1:7272", "DASHCAM_SERVICE_HOST=10.0.0.1", "INTERVALL=1s"})
	if diff := cmp.Diff([]string{"DASHCAM_INTERVALL is no setting: did you mean DASHCAM_INTERVAL?"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzConfigFile looks for a file that makes reading it panic, or that is understood
// and then printed as one that is not.
func FuzzConfigFile(f *testing.F) {
	for _, seed := range []string{"", "listen = \"x\"", "allow-host = [\"a\", \"b\"]", "a.b.c = 1\n[x]\n", "seed = 18446744073709551615", "\"\" = 1", "[[a]]\nb = 1", "budget = inf"} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "d.toml")
	read := func(text string) (*settings, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			f.Fatal(err)
		}
		s := newSettings(pflag.NewFlagSet("dashcam", pflag.ContinueOnError))
		s.file = path
		return s, s.load(nil)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := read(text)
		if err != nil {
			for _, e := range each(err) {
				if !strings.Contains(e.Error(), "d.toml") && !strings.Contains(e.Error(), "--") {
					t.Errorf("%q: %v names no place", text, e)
				}
			}
			return
		}
		var printed strings.Builder
		if err := s.print(&printed); err != nil {
			t.Fatal(err)
		}
		if _, set := s.origins["auth-password-hash"]; set {
			return // it is not printed, and others may need it
		}
		if _, err := read(printed.String()); err != nil {
			t.Errorf("%q is printed as %q: %v", text, printed.String(), err)
		}
	})
}
