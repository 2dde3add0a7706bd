package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// oneAlert is a ruler that raises one alert when it begins to run.
type oneAlert struct {
	changed func(alert.Change)
	alerts  []alert.Alert
}

func (o *oneAlert) Watch(changed func(alert.Change)) { o.changed = changed }

func (o *oneAlert) Run(ctx context.Context, live collectors.Live) error {
	if len(o.alerts) == 0 && live.Wait(ctx, 0) == nil {
		a := alert.Alert{ID: "own", Rule: "Own", Phase: alert.Firing, Level: alert.Warning, Labels: map[string]string{"job": "x"}, SinceMs: 1, FiredMs: 1, Text: "it is so", Notify: true}
		o.alerts = append(o.alerts, a)
		o.changed(alert.Change{Alert: a, T: live.Bounds().NewestT})
	}
	<-ctx.Done()
	return nil
}

func (o *oneAlert) Alerts() []alert.Alert  { return append([]alert.Alert{}, o.alerts...) }
func (o *oneAlert) State() ([]byte, error) { return []byte("one"), nil }

func (o *oneAlert) Restore(text []byte) error {
	if string(text) != "one" {
		return errors.New("not one")
	}
	o.alerts = []alert.Alert{{ID: "own", Rule: "Own", Phase: alert.Firing, Level: alert.Warning, Labels: map[string]string{"job": "x"}, Notify: true}}
	return nil
}

func (o *oneAlert) Backtest(context.Context, collectors.Window) ([]alert.Alert, error) {
	return o.alerts, nil
}

// TestRuler_IsToldAndKept holds that alerts of the user's rules are told, shown and kept as
// those of the built-in ones.
func TestRuler_IsToldAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	var before uint64
	live := func() (*Dashcam, *oneAlert) {
		ruler := &oneAlert{}
		cfg := quick(nil)
		cfg.StateDir, cfg.Interval = dir, 100*time.Millisecond
		cfg.Rules = func(Questions) Ruler { return ruler }
		d := lived(t, cfg, before+3)
		before = d.ring.Bounds().Newest
		return d, ruler
	}
	for _, when := range []string{"at first", "after a restart"} {
		d, _ := live()
		now := d.everyAlert().Alerts()
		if len(now) != 1 || now[0].ID != "own" || now[0].Phase != alert.Firing {
			t.Errorf("%s: %+v, expected the one of the user's rule", when, now)
		}
		text, err := os.ReadFile(filepath.Join(dir, rulesFile))
		if err != nil || string(text) != "one" {
			t.Errorf("%s: %q %v, expected the state of the rules", when, text, err)
		}
		if state, err := os.ReadFile(filepath.Join(dir, alertsFile)); err != nil || !json.Valid(state) || !strings.Contains(string(state), `"id":"own"`) {
			t.Errorf("%s: %s %v, expected that the planner knows it", when, state, err)
		}
	}
}
