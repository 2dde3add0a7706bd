package embedded

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// alertsFile is where the state of alerts outlives a restart, in Config.StateDir.
const alertsFile = "alerts.json"

const (
	// saveAlerts is how often it is written while nothing changes: how long an alert has
	// been pending is in it.
	saveAlerts = time.Minute
	// tellAlerts is how old a change may be to be told as an event. A first start finds
	// older ones in what is remembered.
	tellAlerts = time.Minute
)

// newAlerts returns the engine that evaluates the rules.
func (d *Dashcam) newAlerts() *alert.Engine {
	return alert.New(alert.Config{Changed: func(c alert.Change) {
		if time.Duration(d.ring.Bounds().NewestT-c.T)*time.Millisecond < tellAlerts {
			d.ring.Post(alertEvent(c))
		}
		select {
		case d.alertsChanged <- struct{}{}:
		default: // it is to be written already
		}
	}})
}

// alertEvent is the event of a change.
func alertEvent(c alert.Change) collectors.Event {
	a := &c.Alert
	e := collectors.Event{Kind: collectors.EventAlert, Source: a.Rule, Text: a.Text}
	for label, name := range a.Labels {
		e.About = collectors.About{Kind: label, Name: name}
	}
	if a.Phase == alert.Resolved {
		e.ID, e.Resolves = a.ID+"-resolved", a.ID
		e.Text = "over after " + time.Duration((a.EndMs-a.SinceMs)*int64(time.Millisecond)).String() + ": " + a.Text
		return e
	}
	e.ID, e.Level = a.ID, collectors.LevelWarning
	if a.Level == alert.Critical {
		e.Level = collectors.LevelCritical
	}
	return e
}

// runAlerts evaluates the rules until ctx ends, and keeps their state on disk where
// something is kept there. What cannot be read or written is logged, and ends nothing.
func (d *Dashcam) runAlerts(ctx context.Context) {
	if d.store == nil {
		_ = alert.Run(ctx, d.alerts, d.ring) // a ring in memory has no error
		return
	}
	dir, err := os.OpenRoot(d.cfg.StateDir)
	if err != nil {
		d.log.Error("state of alerts not kept", "err", err)
		_ = alert.Run(ctx, d.alerts, d.ring)
		return
	}
	defer func() { _ = dir.Close() }()
	text, err := dir.ReadFile(alertsFile)
	if err == nil {
		err = d.alerts.Restore(text)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.log.Warn("state of alerts not read: they begin without one", "err", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.keepAlerts(ctx, dir)
	}()
	_ = alert.Run(ctx, d.alerts, d.ring)
	<-done
	d.writeAlerts(dir)
}

func (d *Dashcam) keepAlerts(ctx context.Context, dir *os.Root) {
	tick := time.NewTicker(saveAlerts)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-d.alertsChanged:
		}
		d.writeAlerts(dir)
	}
}

// writeAlerts puts a whole file in the place of the one before.
func (d *Dashcam) writeAlerts(dir *os.Root) {
	text, err := d.alerts.State()
	if err == nil {
		err = dir.WriteFile(alertsFile+".new", text, 0o600)
	}
	if err == nil {
		err = dir.Rename(alertsFile+".new", alertsFile)
	}
	if failed := err != nil; failed != d.alertsFailed {
		d.alertsFailed = failed
		if failed {
			d.log.Error("state of alerts not written", "err", err)
		}
	}
}
