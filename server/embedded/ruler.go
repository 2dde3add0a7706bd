package embedded

import (
	"cmp"
	"context"
	"slices"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server"
)

// Ruler evaluates rules of the user's in Prometheus' format; package promql has one.
type Ruler interface {
	// Watch names who is told of changes, before Run.
	Watch(changed func(alert.Change))
	// Run evaluates the rules until ctx ends.
	Run(ctx context.Context, live collectors.Live) error
	Alerts() []alert.Alert
	// State and Restore outlive a restart.
	State() ([]byte, error)
	Restore(text []byte) error
	// Backtest returns the alerts that the rules raise over what is remembered.
	Backtest(ctx context.Context, w collectors.Window) ([]alert.Alert, error)
}

// newRuler builds what evaluates the user's rules, where there are any.
func (d *Dashcam) newRuler(questions Questions) {
	if d.cfg.Rules == nil {
		return
	}
	if d.ruler = d.cfg.Rules(questions); d.ruler != nil {
		d.ruler.Watch(d.alertChanged)
	}
}

// backtest is that of the user's rules, nil where there are none.
func (d *Dashcam) backtest() func(context.Context, collectors.Window) ([]alert.Alert, error) {
	if d.ruler == nil {
		return nil
	}
	return d.ruler.Backtest
}

// everyAlert are the alerts of the built-in rules, of the user's, and of the program.
func (d *Dashcam) everyAlert() server.Alerts { return everyAlert{d.alerts, d.ruler, d.cfg.Raised} }

type everyAlert struct {
	*alert.Engine
	ruler  Ruler
	raised func() []alert.Alert
}

func (e everyAlert) Alerts() []alert.Alert {
	all := e.Engine.Alerts()
	if e.ruler == nil && e.raised == nil {
		return all
	}
	if e.ruler != nil {
		all = append(all, e.ruler.Alerts()...)
	}
	if e.raised != nil {
		all = append(all, e.raised()...)
	}
	slices.SortStableFunc(all, func(a, b alert.Alert) int {
		switch over := a.Phase == alert.Resolved; {
		case over != (b.Phase == alert.Resolved):
			if over {
				return 1
			}
			return -1
		case over:
			return cmp.Compare(b.EndMs, a.EndMs)
		}
		return cmp.Compare(b.SinceMs, a.SinceMs)
	})
	return all
}
