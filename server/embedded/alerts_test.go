package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/collectors/alert"
)

// TestAlerts_OutliveARestart runs an instance twice on one directory; in between the file
// says that an alert was firing.
func TestAlerts_OutliveARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	file := filepath.Join(dir, alertsFile)
	var before uint64
	live := func() *Dashcam {
		cfg := quick(nil)
		cfg.StateDir, cfg.Interval = dir, 100*time.Millisecond
		d := lived(t, cfg, before+3)
		before = d.ring.Bounds().Newest
		return d
	}
	live()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v: expected a file that only its owner reads", info, err)
	}
	firing := strings.Replace(string(text), `"instances":null`, `"instances":[{"rule":"disk-errors","label":"device","name":"sdz","machine":{"phase":"firing","level":"critical"},`+
		`"alert":{"id":"a1","rule":"disk-errors","state":"firing","level":"critical","labels":{"device":"sdz"},"sinceMs":1,"text":"sdz failed 3 requests in 10 minutes","value":3,"peak":3,"notify":true}}]`, 1)
	if firing == string(text) {
		t.Fatalf("%s: expected no instances", text)
	}
	if err := os.WriteFile(file, []byte(firing), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d := live()
		now := d.alerts.Alerts()
		if len(now) != 1 || now[0].ID != "a1" || now[0].Phase != alert.Firing {
			t.Errorf("after a restart: %+v, expected the alert of before", now)
		}
	}
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if now := live().alerts.Alerts(); len(now) != 0 {
		t.Errorf("after a file that is no state: %+v", now)
	}
}

func TestLasted_IsSaidInSecondsOrWholeMinutes(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"42s":   42*time.Second + 300*time.Millisecond,
		"10m":   10 * time.Minute,
		"11m":   10*time.Minute + 40*time.Second,
		"2h10m": 2*time.Hour + 10*time.Minute,
	} {
		if got := lasted(d); got != want {
			t.Errorf("lasted(%v) = %q, want %q", d, got, want)
		}
	}
}
