package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettings_OfAlerts(t *testing.T) {
	const silence = "rule=filesystem-*,mount=/backup: it is always full"
	for name, c := range map[string]struct {
		args, environ []string
		file          string
	}{
		"flags":       {[]string{"--quiet-hours", "Sat,Sun 00:00-24:00", "--quiet-hours", "22:00-07:00", "--silence", silence}, nil, ""},
		"environment": {[]string{"--quiet-hours", "Sat,Sun 00:00-24:00", "--quiet-hours", "22:00-07:00"}, []string{"DASHCAM_SILENCE=" + silence}, ""},
		"file":        {nil, nil, "quiet-hours = [\"Sat,Sun 00:00-24:00\", \"22:00-07:00\"]\nsilence = [\"" + silence + "\"]\n"},
	} {
		s, err := loaded(t, c.args, c.environ, c.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		cfg := s.config(nil)
		if diff := cmp.Diff([][]string{{"Sat,Sun 00:00-24:00", "22:00-07:00"}, {silence}}, [][]string{cfg.QuietHours, cfg.Silences}); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	_, err := loaded(t, []string{"--quiet-hours", "22-7"}, nil, "silence = \"everything\"\n")
	for _, want := range []string{`--quiet-hours is wrong: quiet hours "22-7": expected days and hours`, `d.toml:1: silence is wrong: not a silence: "everything": expected matchers and a reason`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: expected %q", err, want)
		}
	}
}
