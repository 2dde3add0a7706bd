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
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/embedded"
)

var update = flag.Bool("update", false, "write the README's tables anew")

// readme has tables that are written by go test ./cmd/dashcam -update.
const readme = "../../README.md"

func TestReadme_ListsEverySetting(t *testing.T) { listedInReadme(t, "settings", settingsTable()) }

func TestReadme_ListsEveryCommand(t *testing.T) { listedInReadme(t, "commands", commandsTable()) }

// listedInReadme holds that the README has a table between two comments, or writes it.
func listedInReadme(t *testing.T, name, table string) {
	t.Helper()
	begin, end := "<!-- "+name+": written by go test ./cmd/dashcam -update -->\n", "<!-- /"+name+" -->\n"
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	if *update {
		if err := os.WriteFile(readme, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table, got); diff != "" {
		t.Errorf("the README's table is stale: run go test ./cmd/dashcam -update (-want +got):\n%s", diff)
	}
}

// commandsTable has a line for every command, with the flags that it alone has.
func commandsTable() string {
	var b strings.Builder
	b.WriteString("\n| command | flags of its own | what |\n|---|---|---|\n")
	b.WriteString("| `dashcam` | `--version` | Serve the dashboard, as dashcam serve does |\n")
	for _, cmd := range everyCommand().Commands() {
		use, what := cmd.Use, cmd.Short
		flags := make(map[string]bool)
		var subs, order []string
		for _, c := range append([]*cobra.Command{cmd}, cmd.Commands()...) {
			if c != cmd {
				subs = append(subs, c.Name())
			}
			for _, f := range ownFlags(c) {
				if !flags[f.Name] {
					flags[f.Name] = true
					order = append(order, "`--"+f.Name+"`")
				}
			}
		}
		if len(subs) > 0 {
			use += " " + strings.Join(subs, "|")
		}
		fmt.Fprintf(&b, "| `dashcam %s` | %s | %s |\n", strings.ReplaceAll(use, "|", "\\|"), strings.Join(order, " "), what)
	}
	b.WriteString("\n")
	return b.String()
}

// TestReadme_CurlExamplesWork runs those of the README and of the page about the API by
// curl, against the simulated host.
func TestReadme_CurlExamplesWork(t *testing.T) {
	t.Parallel()
	need.Program(t, "curl")
	bash := need.Program(t, "bash")
	s := running(t, binary(t), "--listen", "127.0.0.1:0", "--demo", "--history", "20m", "--auth", "none")
	examples := 0
	for _, page := range []string{readme, "../../server/API.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
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
	}
	if examples < 5 {
		t.Errorf("the pages have %d examples for curl", examples)
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
		"a number for a text":                   {nil, nil, "history = 5", []string{`d.toml:1: history is 5: expected a duration in quotation marks, such as "36h" or "30d"`}},
		"a text for a number":                   {nil, nil, "max-viewers = \"5\"", []string{`d.toml:1: max-viewers is "5": expected a number`}},
		"a text for a yes":                      {nil, nil, "demo = \"yes\"", []string{`d.toml:1: demo is "yes": expected true or false`}},
		"a fraction for a count":                {nil, nil, "max-viewers = 1.5", []string{`d.toml:1: max-viewers is 1.5: expected a number`}},
		"a number in a list":                    {nil, nil, "allow-host = [1]", []string{`d.toml:1: allow-host is [1]: expected a list of texts`}},
		"a bad value in the file":               {nil, nil, "\ninterval = \"3s\"", []string{`d.toml:2: interval is 3s: expected one of 100ms`}},
		"a bad value that a flag hides is none": {[]string{"--interval", "1s"}, nil, "interval = \"3s\"", nil},
		"a bad type although a flag hides it":   {[]string{"--interval", "1s"}, nil, "interval = 3", []string{`d.toml:1: interval is 3: expected`}},
		"in the environment":                    {nil, []string{"DASHCAM_MAX_VIEWERS=0"}, "", []string{`DASHCAM_MAX_VIEWERS is 0: expected at least 1`}},
		"in several places":                     {[]string{"--budget", "0"}, []string{"DASHCAM_LISTEN="}, "metrics = \"x\"", []string{`--budget is 0`, `d.toml:1: metrics is "x"`, `DASHCAM_LISTEN is empty`}},
		"a table for a choice":                  {nil, nil, "\n\nauth = {mode = \"token\"}", []string{`d.toml:3: auth is a table: expected one of auto, none, token, password`}},
		"a table with a choice's name":          {nil, nil, "seed = 1\n[auth]\nmode = 1\n", []string{`d.toml:2: auth is a table: expected one of auto, none, token, password`}},
		"tables for a text":                     {nil, nil, "[[listen]]\na = 1\n", []string{`listen is a list of tables: expected a text in quotation marks`}},
		"a list for a time":                     {nil, nil, "history = [\"1h\", {a = 1}]", []string{`d.toml:1: history is ["1h", a table]: expected a duration in quotation marks`}},
		"a date for a text":                     {nil, nil, "listen = 2026-11-29", []string{`d.toml:1: listen is a date: expected a text in quotation marks`}},
		"a yes for a size":                      {nil, nil, "history-memory = true", []string{`d.toml:1: history-memory is true: expected a number of bytes, or a text such as "48MiB"`}},
		"a table for a list":                    {nil, nil, "allow-host = {a = 1}", []string{`d.toml:1: allow-host is a table: expected a list of texts, such as ["a", "b"]`}},
		"a number that is too large":            {nil, nil, "max-viewers = 99999999999999999999", []string{`d.toml:1: 99999999999999999999 is out of range`}},
		"a negative number":                     {nil, nil, "seed = -1", []string{`d.toml:1: seed is "-1": expected a number`}},
		"a time that is none":                   {nil, []string{"DASHCAM_RETENTION=2x"}, "history = \"soon\"", []string{`DASHCAM_RETENTION is "2x": expected a duration such as 90s, 15m, 2h, 7d12h or 2 weeks`, `d.toml:1: history is "soon": expected a duration`}},
		"no number in the environment":          {nil, []string{"DASHCAM_MAX_SERIES=many", "DASHCAM_DEMO=perhaps"}, "", []string{`DASHCAM_DEMO is "perhaps": expected true or false`, `DASHCAM_MAX_SERIES is "many": expected a number`}},
		"a variable that is no setting":         {nil, []string{"DASHCAM_INTERVALL=1s", "DASHCAM_FROBNICATE=1"}, "seed = 1", []string{`DASHCAM_INTERVALL is no setting: did you mean DASHCAM_INTERVAL?`, `DASHCAM_FROBNICATE is no setting`}},
		"a URL for a name":                      {[]string{"--allow-host", "http://x,cam.example:7272,cam.example,[::1],"}, nil, "", []string{`--allow-host has "http://x": expected a name such as cam.example, without scheme and port`, `--allow-host has "cam.example:7272"`}},
		"an unknown collector":                  {[]string{"--collectors", "cpuu"}, nil, "", []string{`--collectors has "cpuu", which is no collector: did you mean "cpu"?`}},
		"a collector without its directory":     {[]string{"--collectors", "textfile"}, nil, "", []string{`--collectors leaves no collector: textfile needs --textfile-dir`}},
		"what was only chosen is taken away":    {[]string{"--collectors", "cpu", "--without-collectors", "cpu"}, nil, "", []string{`--collectors leaves no collector, as --without-collectors takes these away`}},
		"all taken away":                        {[]string{"--without-collectors", strings.Join(collectorNames(), ",")}, nil, "", []string{`--without-collectors leaves no collector`}},
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

// TestSettings_TimesMayBeGivenInDays: --history 2d was refused where --retention 30d was
// understood.
func TestSettings_TimesMayBeGivenInDays(t *testing.T) {
	s, err := loaded(t, []string{"--history", "2d", "--retention", "7d12h", "--collector-interval", "sensors=1d"}, []string{"DASHCAM_TEXTFILE_MAX_AGE=3d"}, "interval = \"0d2s\"")
	if err != nil {
		t.Fatal(err)
	}
	var cfg embedded.Config
	s.selecting.apply(&cfg)
	got := []time.Duration{s.history, s.retention, s.selecting.textfile.MaxAge, s.interval, cfg.Every["sensors"]}
	if diff := cmp.Diff([]time.Duration{2 * day, 7*day + 12*time.Hour, 3 * day, 2 * time.Second, day}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.visit(func(f *pflag.Flag) {
		if f.Value.Type() != durationType && strings.Contains(strings.ToLower(f.Value.Type()), "duration") {
			t.Errorf("--%s is a time of its own type", f.Name)
		}
	})
}

// TestSettings_OldNamesAreUnderstood: --disk, which reads like a device, became
// --store-size.
func TestSettings_OldNamesAreUnderstood(t *testing.T) {
	for name, c := range map[string]struct {
		args, environ []string
		file, by      string
	}{
		"flag":               {[]string{"--disk", "2GiB"}, nil, "", "the flag"},
		"flag of today":      {[]string{"--store-size=2GiB"}, nil, "", "the flag"},
		"variable":           {nil, []string{"DASHCAM_DISK=2GiB"}, "", "DASHCAM_DISK"},
		"variable of today":  {nil, []string{"DASHCAM_STORE_SIZE=2GiB"}, "disk = \"9GiB\"", "DASHCAM_STORE_SIZE"},
		"key":                {nil, nil, "disk = \"2GiB\"", "d.toml:1"},
		"key of today":       {nil, nil, "store-size = \"2GiB\"", "d.toml:1"},
		"flag over variable": {[]string{"--disk", "2GiB"}, []string{"DASHCAM_STORE_SIZE=3GiB"}, "", "the flag"},
	} {
		s, err := loaded(t, c.args, c.environ, c.file)
		if err != nil || s.storeSize != 2<<30 || filepath.Base(s.origins["store-size"].by) != c.by {
			t.Errorf("%s: %d by %q (%v)", name, s.storeSize, s.origins["store-size"].by, err)
		}
	}
	_, err := loaded(t, nil, []string{"DASHCAM_DISK=2GiB", "DASHCAM_STORE_SIZE=2GiB"}, "disk = 1073741824\nstore-size = 1073741824\n")
	for _, want := range []string{"DASHCAM_STORE_SIZE and DASHCAM_DISK are both given", "d.toml:2: disk and store-size are both given"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := loaded(t, []string{"--disk", "1KiB"}, nil, ""); err == nil || !strings.HasPrefix(err.Error(), "--store-size is 1KiB: expected at least") {
		t.Errorf("%v", err)
	}
}

func TestDuration_IsWrittenAsItIsRead(t *testing.T) {
	for text, want := range map[string]string{
		"90s": "1m30s", "36h": "1d12h", "24h0m0s": "1d", "30d": "30d", "1h": "1h", "1h0m5s": "1h0m5s", "60m": "1h", "100ms": "100ms", "0s": "0s", "7d12h": "7d12h", "1d1m": "1d1m", "2 weeks": "14d",
	} {
		var d, again duration
		if err := d.Set(text); err != nil || d.String() != want {
			t.Errorf("%q is %q (%v), want %q", text, d.String(), err, want)
		}
		if err := again.Set(d.String()); err != nil || again != d {
			t.Errorf("%q is written as %q, which is %q (%v)", text, d.String(), again.String(), err)
		}
	}
	for _, text := range []string{"", "d", "2x", "-1h", "-2d", "1d-2h", "99999999999d", "soon", "5"} {
		if err := new(duration).Set(text); err == nil {
			t.Errorf("%q is understood", text)
		}
	}
}

// TestSettings_VariablesOfKubernetesAreNobodysMistake: a service named dashcam, or
// dashcam-web, has these put into every container of its namespace.
func TestSettings_VariablesOfKubernetesAreNobodysMistake(t *testing.T) {
	environ := []string{
		"DASHCAM_INTERVAL=2s", "INTERVALL=1s", "DASHCAM_SERVICE_HOST=10.0.0.1", "DASHCAM_SERVICE_PORT=7272", "DASHCAM_SERVICE_PORT_HTTP=7272",
		"DASHCAM_PORT=tcp://10.0.0.1:7272", "DASHCAM_PORT_7272_TCP=tcp://10.0.0.1:7272", "DASHCAM_PORT_7272_TCP_PROTO=tcp", "DASHCAM_PORT_7272_TCP_PORT=7272", "DASHCAM_PORT_7272_TCP_ADDR=10.0.0.1",
		"DASHCAM_WEB_SERVICE_HOST=10.0.0.2", "DASHCAM_WEB_PORT=tcp://10.0.0.2:80",
		"DASHCAM_TEST_REQUIRE=1", // by make test
	}
	if s, err := loaded(t, nil, environ, ""); err != nil || s.interval != 2*time.Second {
		t.Errorf("interval %s, %v", s.interval, err)
	}
	if _, err := loaded(t, nil, []string{"DASHCAM_PORT=8080"}, ""); err == nil {
		t.Error("DASHCAM_PORT=8080 is taken for one of Kubernetes'")
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
