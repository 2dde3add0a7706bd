package embedded

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

const (
	// saveAlerts is how often it is written while nothing changes: how long an alert has
	// been pending is in it.
	saveAlerts = time.Minute
	// planNotices is how often it is asked which notices are due.
	planNotices = 5 * time.Second
	// tellAlerts is how old a change may be to be told as an event. A first start finds
	// older ones in what is remembered.
	tellAlerts = time.Minute
	// rowsLate is how old the newest row may be where all is well.
	rowsLate = 15 * time.Second
)

// Notice is a message to be sent.
type Notice = alert.Notice

// Delivery is how far one has come with one receiver.
type Delivery = alert.Delivery

// Notifier sends notices.
type Notifier interface {
	// Notify takes a notice, and keeps it before it returns. One whose id it knows changes
	// nothing.
	Notify(n Notice) error
	// Run sends until ctx ends.
	Run(ctx context.Context) error
	// Deliveries tells, by the id of an alert, how far the notices of it have come.
	Deliveries() map[string][]Delivery
}

// NotifierConfig is what a notifier needs to know of a dashboard.
type NotifierConfig struct {
	// StateDir is where it may keep its queue, "" for nowhere.
	StateDir string
	// Planner takes silences.
	Planner *alert.Planner
	Ring    collectors.Live
	Host    func() collectors.Host
	// PublicURL is the address that links lead to, "" where none is known.
	PublicURL string
	// Alerts are those of which somebody is told: without silenced ones. Well reports
	// whether there are rows, and Post takes an event.
	Alerts func() []alert.Alert
	Well   func() bool
	Post   func(collectors.Event)
	Log    *slog.Logger
}

// newPlanner builds what decides on notices, and what sends them.
func (d *Dashcam) newPlanner() error {
	zone := time.Local
	if name := d.source.host().TZ; name != "" && len(d.cfg.QuietHours) > 0 {
		if found, err := time.LoadLocation(name); err == nil {
			zone = found
		} else {
			d.log.Warn("quiet hours go by the clock of this program", "host", name, "err", err)
		}
	}
	quiet, err := alert.ParseQuietHours(d.cfg.QuietHours, zone)
	if err != nil {
		return err
	}
	cfg := alert.PlannerConfig{Quiet: quiet, Armed: d.cfg.Notifier != nil}
	for _, text := range d.cfg.Silences {
		silence, err := alert.ParseSilence(text)
		if err != nil {
			return err
		}
		cfg.Silences = append(cfg.Silences, silence)
	}
	if d.planner, err = alert.NewPlanner(cfg); err != nil || d.cfg.Notifier == nil {
		return err
	}
	d.notifier, err = d.cfg.Notifier(NotifierConfig{
		StateDir: d.cfg.StateDir, Planner: d.planner, Ring: d.ring, Host: d.source.host, PublicURL: d.cfg.PublicURL, Log: d.log,
		Alerts: d.toldAlerts, Well: d.well, Post: d.ring.Post,
	})
	return err
}

// CheckQuietHours reports what is wrong with texts for QuietHours.
func CheckQuietHours(texts []string) error {
	_, err := alert.ParseQuietHours(texts, time.UTC)
	return err
}

// CheckSilence reports what is wrong with a text for Silences.
func CheckSilence(text string) error {
	_, err := alert.ParseSilence(text)
	return err
}

// toldAlerts are the alerts that are not silenced.
func (d *Dashcam) toldAlerts() []alert.Alert {
	now := time.Now().UnixMilli()
	return slices.DeleteFunc(d.everyAlert().Alerts(), func(a alert.Alert) bool { return d.planner.SilencedBy(&a, now) != "" })
}

// well reports whether there was a row lately.
func (d *Dashcam) well() bool {
	age := time.Since(time.UnixMilli(d.ring.Bounds().NewestT))
	return age < max(rowsLate, 5*d.cfg.Interval)
}

// newAlerts returns the engine that evaluates the rules.
func (d *Dashcam) newAlerts() *alert.Engine {
	return alert.New(alert.Config{Changed: d.alertChanged})
}

// alertChanged takes a change of an alert, whoever evaluates its rule.
func (d *Dashcam) alertChanged(c alert.Change) {
	if time.Duration(d.ring.Bounds().NewestT-c.T)*time.Millisecond < tellAlerts {
		d.ring.Post(alertEvent(c))
	}
	d.planner.Change(c)
	select {
	case d.alertsChanged <- struct{}{}:
	default: // it is to be written already
	}
}

// lasted is how long an alert was there, in seconds or in whole minutes.
func lasted(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// alertEvent is the event of a change.
func alertEvent(c alert.Change) collectors.Event {
	a := &c.Alert
	e := collectors.Event{Kind: collectors.EventAlert, Source: a.Rule, Text: a.Text}
	if label := alert.About(a.Labels); label != "" {
		e.About = collectors.About{Kind: label, Name: a.Labels[label]}
	}
	if a.Phase == alert.Resolved {
		e.ID, e.Resolves = a.ID+"-resolved", a.ID
		e.Text = "over after " + lasted(time.Duration(a.EndMs-a.SinceMs)*time.Millisecond) + ": " + a.Text
		return e
	}
	e.ID, e.Level = a.ID, collectors.LevelWarning
	if a.Level == alert.Critical {
		e.Level = collectors.LevelCritical
	}
	return e
}

// runAlerts evaluates the rules and sends notices until ctx ends, and keeps their state on
// disk where something is kept there. What cannot be read or written is logged, and ends
// nothing.
func (d *Dashcam) runAlerts(ctx context.Context) {
	var dir *os.Root
	if d.store != nil {
		var err error
		if dir, err = os.OpenRoot(d.cfg.StateDir); err != nil {
			d.log.Error("state of alerts not kept", "err", err)
		} else {
			defer func() { _ = dir.Close() }()
			d.readAlerts(dir)
		}
	}
	var beside sync.WaitGroup
	if d.notifier != nil {
		beside.Go(func() {
			if err := d.notifier.Run(ctx); err != nil {
				d.log.Error("notices are not sent any more", "err", err)
			}
		})
	}
	d.notify() // what was due already, before there are changes
	beside.Go(func() { d.keepAlerts(ctx, dir) })
	if d.ruler != nil {
		beside.Go(func() { _ = d.ruler.Run(ctx, d.ring) }) // as below
	}
	_ = alert.Run(ctx, d.alerts, d.ring) // a ring in memory has no error
	beside.Wait()
	if dir != nil {
		d.writeAlerts(dir)
	}
}

// notify hands over what is due, and reports whether there was anything. What a notifier
// does not take is given to it again.
func (d *Dashcam) notify() bool {
	due := d.planner.Tick(time.Now().UnixMilli())
	if d.notifier == nil {
		return len(due) > 0
	}
	d.notices = append(d.notices, due...)
	for len(d.notices) > 0 {
		err := d.notifier.Notify(d.notices[0])
		if failed := err != nil; failed != d.noticesFailed {
			d.noticesFailed = failed
			if failed {
				d.log.Error("notice not taken", "err", err)
			}
		}
		if err != nil {
			break
		}
		d.notices = d.notices[1:]
	}
	return len(due) > 0
}
