package alert

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones are there, whatever the machine has
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestQuietHours_At(t *testing.T) {
	zone := berlin(t)
	for _, c := range []struct {
		hours string
		at    string // UTC
		want  bool
	}{
		{"22:00-07:00", "2026-11-30T20:59:59Z", false},
		{"22:00-07:00", "2026-11-30T21:00:00Z", true},
		{"22:00-07:00", "2026-12-01T05:59:59Z", true},
		{"22:00-07:00", "2026-12-01T06:00:00Z", false},
		// Those of a Friday end on a Saturday, of which none begin.
		{"Mon-Fri 22:00-07:00", "2026-12-05T05:00:00Z", true},
		{"Mon-Fri 22:00-07:00", "2026-12-05T22:00:00Z", false},
		{"Mon-Fri 22:00-07:00", "2026-12-06T23:30:00Z", false}, // Monday 00:30, of a Sunday
		{"Mon-Fri 22:00-07:00", "2026-12-07T21:30:00Z", true},
		{"Sat,Sun 00:00-24:00", "2026-12-04T22:59:00Z", false},
		{"Sat,Sun 00:00-24:00", "2026-12-04T23:00:00Z", true},
		{"Sat,Sun 00:00-24:00", "2026-12-06T22:59:59Z", true},
		{"Sat,Sun 00:00-24:00", "2026-12-06T23:00:00Z", false},
		{"Sat-Mon 12:00-13:00", "2026-12-06T11:30:00Z", true},
		{"sat-mon 12:00-13:00", "2026-12-08T11:30:00Z", false},
		// In summer it is an hour earlier.
		{"22:00-07:00", "2026-07-01T20:00:00Z", true},
		{"22:00-07:00", "2026-07-01T05:00:00Z", false},
		// The night in which 02:00 to 03:00 is skipped: quiet until 07:00 summer time.
		{"22:00-07:00", "2026-03-29T04:59:59Z", true},
		{"22:00-07:00", "2026-03-29T05:00:00Z", false},
		{"02:00-03:00", "2026-03-29T00:59:59Z", false},
		{"02:00-03:00", "2026-03-29T01:00:00Z", false},
		{"01:30-02:30", "2026-03-29T00:45:00Z", true},
		{"01:30-02:30", "2026-03-29T01:00:00Z", false},
		// The night in which it is repeated: quiet both times, until 07:00 winter time.
		{"22:00-07:00", "2026-10-25T05:59:59Z", true},
		{"22:00-07:00", "2026-10-25T06:00:00Z", false},
		{"02:00-03:00", "2026-10-25T00:30:00Z", true},
		{"02:00-03:00", "2026-10-25T01:30:00Z", true},
		{"02:00-03:00", "2026-10-25T02:00:00Z", false},
	} {
		q, err := ParseQuietHours([]string{c.hours}, zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.At(at.UnixMilli()); got != c.want {
			t.Errorf("%s at %s: %v, expected %v", c.hours, at.In(zone).Format("Mon 15:04:05 MST"), got, c.want)
		}
	}
	if new(QuietHours).At(0) {
		t.Error("no quiet hours are quiet")
	}
}

func TestParseQuietHours_SaysWhatIsWrong(t *testing.T) {
	for _, bad := range []string{"", "22-7", "22:00", "22:00-25:00", "Mo 22:00-07:00", "Mon- 22:00-07:00", "07:00-07:00", "24:00-07:00", "Mon-Fri", "Mon-Fri 22:00-07:00 x"} {
		if _, err := ParseQuietHours([]string{"22:00-07:00", bad}, time.UTC); err == nil || !strings.Contains(err.Error(), quietExpected) {
			t.Errorf("%q: %v, expected what is right", bad, err)
		}
	}
}

func TestParseSilence(t *testing.T) {
	s, err := ParseSilence("rule=filesystem-*, mount=/backup,level=warning: it is always full: by design")
	if err != nil {
		t.Fatal(err)
	}
	if s.Matchers.Rule != "filesystem-*" || s.Matchers.Labels["mount"] != "/backup" || s.Matchers.Level != Warning || s.Reason != "it is always full: by design" {
		t.Errorf("%+v", s)
	}
	for text, match := range map[string]bool{"/backup": true, "/backup2": false, "": false} {
		a := Alert{Rule: "filesystem-space", Level: Warning, Labels: map[string]string{"mount": text}}
		if s.Matchers.Match(&a) != match {
			t.Errorf("%q: expected %v", text, match)
		}
	}
	for _, bad := range []string{"", ": x", "rule=x", "rule: x", "rule=: x", "level=bad: x", "rule=x:"} {
		if _, err := ParseSilence(bad); err == nil {
			t.Errorf("%q is taken for a silence", bad)
		}
	}
}
