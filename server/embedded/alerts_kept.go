package embedded

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"dashcam/collectors/alert"
)

// alertsFile is where the state of alerts outlives a restart, in Config.StateDir.
const alertsFile = "alerts.json"

// rulesFile is where that of the user's rules does.
const rulesFile = "rules.json"

// readAlerts goes on from the state of the instance before.
func (d *Dashcam) readAlerts(dir *os.Root) {
	read := func(name string, restore ...func([]byte) error) {
		text, err := dir.ReadFile(name)
		for _, each := range restore {
			if err == nil {
				err = each(text)
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.log.Warn("state of alerts not read: they begin without one", "file", name, "err", err)
		}
	}
	if d.ruler != nil {
		read(rulesFile, d.ruler.Restore)
	}
	read(alertsFile, d.alerts.Restore, d.planner.Restore)
	d.planner.Sync(d.everyAlert().Alerts())
}

// keepAlerts sends what is due, and writes the state when something has changed.
func (d *Dashcam) keepAlerts(ctx context.Context, dir *os.Root) {
	due := time.NewTicker(planNotices)
	defer due.Stop()
	save := time.NewTicker(saveAlerts)
	defer save.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
			if !d.notify() {
				continue
			}
		case <-save.C:
		case <-d.alertsChanged:
		}
		if dir != nil {
			d.writeAlerts(dir)
		}
	}
}

// writeAlerts writes the state, unless there are notices that the notifier has yet to take:
// for an instance after this one they are not sent. The rules of the user come first, so
// that no change of theirs is told by the state of the planner alone.
func (d *Dashcam) writeAlerts(dir *os.Root) {
	if len(d.notices) > 0 {
		return
	}
	var err error
	if d.ruler != nil {
		var text []byte
		if text, err = d.ruler.State(); err == nil {
			err = replaceFile(dir, rulesFile, text)
		}
	}
	text, stateErr := alert.State(d.alerts, d.planner)
	if stateErr == nil {
		stateErr = replaceFile(dir, alertsFile, text)
	}
	err = errors.Join(err, stateErr)
	if failed := err != nil; failed != d.alertsFailed {
		d.alertsFailed = failed
		if failed {
			d.log.Error("state of alerts not written", "err", err)
		}
	}
}

// replaceFile puts a whole file in the place of the one before.
func replaceFile(dir *os.Root, name string, text []byte) error {
	if err := dir.WriteFile(name+".new", text, 0o600); err != nil {
		return err
	}
	return dir.Rename(name+".new", name)
}
