package collectors

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// Names of processes, packages and marks are chosen by anybody.
func TestEvent_CleanTakesOutWhatIsNotText(t *testing.T) {
	for in, want := range map[string]string{
		"deploy 4711":                 "deploy 4711",
		"two\nlines\tand a tab\r":     "two lines and a tab",
		"\x1b[31mred\x1b[0m":          "\ufffd[31mred\ufffd[0m",
		"right\u202eto left":          "right\ufffdto left",
		"no \xff UTF-8":               "no \ufffd UTF-8",
		"Grüße, 日本":                   "Grüße, 日本",
		"<b>markup stays letters</b>": "<b>markup stays letters</b>",
		"zero\u200bwidth":             "zero\ufffdwidth",
	} {
		e := Event{Text: in}
		if e.Clean(); e.Text != want {
			t.Errorf("%q became %q, want %q", in, e.Text, want)
		}
	}
	long := Event{Text: strings.Repeat("ü", MaxEventText), Kind: strings.Repeat("k", 1000), About: About{Name: strings.Repeat("n", 1000)}}
	long.Clean()
	if n := len(long.Text); n > MaxEventText || n < MaxEventText-4 || !utf8.ValidString(long.Text) || !strings.HasSuffix(long.Text, "…") {
		t.Errorf("a long text became %d bytes: %q", n, long.Text)
	}
	if len(long.Kind) > maxEventWord || len(long.About.Name) > maxEventWord {
		t.Errorf("a kind of %d bytes and a name of %d remain", len(long.Kind), len(long.About.Name))
	}
}

func TestAbout_ReadsWhatVersionsBeforeWrote(t *testing.T) {
	for in, want := range map[string]About{
		`{"about":"mysqld"}`: {Name: "mysqld"},
		`{"about":{"kind":"process","name":"java","pid":4711,"service":"tomcat"}}`: {Kind: "process", Name: "java", PID: 4711, Service: "tomcat"},
		`{}`: {},
	} {
		var e Event
		if err := json.Unmarshal([]byte(in), &e); err != nil || e.About != want {
			t.Errorf("%s: %+v, %v, want %+v", in, e.About, err, want)
		}
	}
}
