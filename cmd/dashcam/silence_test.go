package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestSilence_BeginsShowsAndEnds asks a dashcam that runs, as whoever has its token.
func TestSilence_BeginsShowsAndEnds(t *testing.T) {
	t.Parallel()
	bin := binary(t)
	token := filepath.Join(t.TempDir(), "token")
	s := running(t, bin, "--listen", "127.0.0.1:0", "--demo", "--history", "10m", "--auth", "token", "--auth-token-file", token, "--silence", "rule=never: it never does")
	_, addr, _ := strings.Cut(s.url, "://")
	run := func(args ...string) string {
		t.Helper()
		return ran(t, nil, append(append([]string{"silence"}, args...), "--listen", addr, "--auth-token-file", token)...)
	}
	if got := run(); got != "configured-1  does not end  rule=never  it never does\n" {
		t.Errorf("at first %q", got)
	}
	id := strings.TrimSpace(run("rule=filesystem-*,mount=/backup: being \x1b[2Jreplaced", "--for", "8h"))
	well := strings.TrimSpace(run("level=warning: known", "--until-well"))
	got := run()
	if !strings.Contains(got, id) || !strings.Contains(got, "  rule=filesystem-*,mount=/backup  being ") || strings.Contains(got, "\x1b") || !strings.Contains(got, "  until 20") {
		t.Errorf("it shows %q: expected %s without its escape sequence", got, id)
	}
	if well == "" || id == "" || well == id {
		t.Errorf("ids %q and %q", id, well)
	}
	if run("--end", id); strings.Contains(run(), id) {
		t.Error("it was ended, and lasts")
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"no reason":       {[]string{"rule=x", "--for", "1h"}, exitUsage, "reason"},
		"no matchers":     {[]string{"it is late: x", "--for", "1h"}, exitUsage, "rule=filesystem-*"},
		"no end":          {[]string{"rule=x: y"}, exitUsage, "--for"},
		"two ends":        {[]string{"rule=x: y", "--for", "1h", "--until-well"}, exitUsage, "--until-well"},
		"nothing":         {[]string{"--for", "1h"}, exitUsage, "nothing to silence"},
		"ends and begins": {[]string{"rule=x: y", "--end", "a"}, exitUsage, "--end"},
		"too long":        {[]string{"rule=x: y", "--for", "10000h"}, exitError, "within a year"},
		"an unknown one":  {[]string{"--end", "a"}, exitError, "no silence"},
		"a configured":    {[]string{"--end", "configured-1"}, exitError, "from the configuration"},
	} {
		status, _, errs := refused(t, bin, nil, append(append([]string{"silence"}, c.args...), "--listen", addr, "--auth-token-file", token)...)
		if status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("%s: status %d, %q: expected %d and %q", name, status, errs, c.status, c.says)
		}
	}
}
