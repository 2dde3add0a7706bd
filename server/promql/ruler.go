package promql

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// Ruler evaluates the alerting rules of [Config.Rules], as Prometheus does: for,
// keep_firing_for, labels and annotations mean the same. Time in which no row is made
// counts neither for an alert nor against it. Its methods may be called by several
// goroutines; [Ruler.Run] by one.
type Ruler struct {
	h *Handler
	// changed is told of every change.
	changed func(alert.Change)

	mu       sync.Mutex
	active   map[string]*active
	resolved []alert.Alert // oldest first
	health   map[*rule]health
	slots    alert.Slots
}

// active is an alert that is pending or firing.
type active struct {
	Place string      `json:"place"`
	Alert alert.Alert `json:"alert"`
	// HeldMs is for how long it has been true, KeptMs for how long it has been kept firing
	// since.
	HeldMs int64 `json:"heldMs"`
	KeptMs int64 `json:"keptMs,omitempty"`
}

// health is how the last evaluation of a rule went.
type health struct {
	at   int64
	took time.Duration
	err  error
}

// keptResolved is how many resolved alerts are known.
const keptResolved = 200

func newRuler(h *Handler) *Ruler {
	return &Ruler{h: h, active: make(map[string]*active), health: make(map[*rule]health)}
}

// Ruler returns what evaluates the rules, nil where there are none.
func (h *Handler) Ruler() *Ruler { return h.ruler }

// Watch names who is told of changes, before Run.
func (r *Ruler) Watch(changed func(alert.Change)) { r.changed = changed }

// Run evaluates the rules at every moment that a row follows, until the context ends.
func (r *Ruler) Run(ctx context.Context, live collectors.Live) error {
	seq := live.Bounds().Newest
	for ahead := uint64(0); ; {
		if err := live.Wait(ctx, seq+ahead); err != nil {
			if errors.Is(err, ctx.Err()) {
				return nil
			}
			return fmt.Errorf("wait for a row: %w", err)
		}
		span := live.ReadHead(seq, 512)
		if len(span.T) == 0 {
			seq, ahead = live.Bounds().Newest, 0
			continue
		}
		seq = span.First + uint64(len(span.T)) - 1
		for _, at := range r.slots.Take(&span) {
			r.Evaluate(ctx, at)
		}
		ahead = uint64(max(r.slots.Due()/r.h.cfg.Interval-1, 0))
	}
}

// Evaluate evaluates the rules whose turn is at a moment. What cannot be evaluated stays as
// it was.
func (r *Ruler) Evaluate(ctx context.Context, at int64) {
	for _, g := range r.h.cfg.Rules.groups {
		if at%g.interval.Milliseconds() != 0 {
			continue
		}
		for _, one := range g.rules {
			if one.record != "" {
				continue
			}
			begun := time.Now()
			found, err := r.h.vector(ctx, one.expr.String(), at-g.offset.Milliseconds())
			if ctx.Err() != nil {
				return
			}
			var changes []alert.Change
			r.mu.Lock()
			if err == nil {
				changes, err = r.apply(ctx, one, found, at)
			}
			r.health[one] = health{at, time.Since(begun), err}
			r.mu.Unlock()
			for _, c := range changes {
				if r.changed != nil {
					r.changed(c)
				}
			}
		}
	}
}

// vector evaluates an expression at one moment. A scalar is a vector without labels.
func (h *Handler) vector(ctx context.Context, expr string, at int64) (out promql.Vector, err error) {
	t := time.UnixMilli(at)
	data := &queryable{cfg: &h.cfg, engine: h.engine, recent: &h.recent, hubOnly: true}
	err = h.runOver(ctx, data, expr, t, t, 0, func(result *promql.Result) {
		switch v := result.Value.(type) {
		case promql.Vector:
			out = slices.Clone(v)
		case promql.Scalar:
			out = promql.Vector{{T: v.T, F: v.V, Metric: labels.EmptyLabels()}}
		}
	})
	return out, err
}

// apply is one evaluation of a rule that found a vector.
func (r *Ruler) apply(ctx context.Context, one *rule, found promql.Vector, at int64) (changes []alert.Change, err error) {
	interval := one.group.interval.Milliseconds()
	if one.group.limit > 0 && len(found) > one.group.limit {
		return nil, fmt.Errorf("it finds %d alerts: the limit of its group is %d", len(found), one.group.limit)
	}
	named := make(map[string]promql.Sample, len(found))
	sets := make(map[string]labels.Labels, len(found))
	for _, s := range found {
		set := r.labelsOf(ctx, one, s, at)
		key := one.place + "\x00" + set.String()
		if _, twice := named[key]; twice {
			return nil, fmt.Errorf("two alerts have the labels %s", set)
		}
		named[key], sets[key] = s, set
	}
	for _, key := range slices.Sorted(maps.Keys(named)) {
		s := named[key]
		x := r.active[key]
		if x == nil {
			x = &active{Place: one.place, Alert: one.newAlert(sets[key], at)}
			x.Alert.Peak = finite(s.F)
			r.active[key] = x
		} else {
			x.HeldMs += interval
		}
		x.KeptMs = 0
		a := &x.Alert
		a.Value, a.Peak = finite(s.F), max(a.Peak, finite(s.F))
		r.describe(ctx, one, a, s, at)
		if a.Phase == alert.Pending && x.HeldMs >= one.hold.Milliseconds() {
			a.Phase, a.FiredMs, a.Level = alert.Firing, at, levelOf(a.Labels["severity"])
			changes = append(changes, alert.Change{Alert: *a, T: at})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.active)) {
		x := r.active[key]
		if _, is := named[key]; is || x.Place != one.place {
			continue
		}
		if x.Alert.Phase == alert.Firing && x.KeptMs < one.keep.Milliseconds() {
			x.KeptMs += interval
			continue
		}
		delete(r.active, key)
		if x.Alert.Phase == alert.Firing {
			a := x.Alert
			a.Phase, a.EndMs = alert.Resolved, at
			if r.resolved = append(r.resolved, a); len(r.resolved) > keptResolved {
				r.resolved = slices.Delete(r.resolved, 0, len(r.resolved)-keptResolved)
			}
			changes = append(changes, alert.Change{Alert: a, T: at})
		}
	}
	return changes, nil
}

// labelsOf are the labels of an alert: those of the sample and of the rule.
func (r *Ruler) labelsOf(ctx context.Context, one *rule, s promql.Sample, at int64) labels.Labels {
	b := labels.NewBuilder(s.Metric)
	b.Del(model.MetricNameLabel)
	for name, text := range one.labels {
		if !one.fixed {
			text = r.expand(ctx, one, text, s, at)
		}
		b.Set(name, text)
	}
	b.Set(model.AlertNameLabel, one.alert)
	return b.Labels()
}

func (one *rule) newAlert(set labels.Labels, at int64) alert.Alert {
	a := alert.Alert{
		ID: alert.NewID(one.alert, set.String(), at), Rule: one.alert, Phase: alert.Pending, Labels: set.Map(), SinceMs: at,
		Notify: !slices.Contains(quiet, strings.ToLower(set.Get("severity"))),
	}
	delete(a.Labels, model.AlertNameLabel) // it is the rule
	return a
}

// quiet are the values of the label severity that tell nobody.
var quiet = []string{"info", "none", "debug"}

func levelOf(severity string) alert.Level {
	switch strings.ToLower(severity) {
	case "critical", "page", "emergency", "fatal":
		return alert.Critical
	}
	return alert.Warning
}

// finite is a value that JSON can hold: 0 for what is not a number, the largest for what
// has no end.
func finite(v float64) float64 {
	switch {
	case math.IsNaN(v):
		return 0
	case math.IsInf(v, 0):
		return math.Copysign(math.MaxFloat64, v)
	}
	return v
}

// Alerts returns the alerts that are firing or pending, newest first, and then the last
// resolved ones.
func (r *Ruler) Alerts() []alert.Alert {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []alert.Alert{}
	for _, key := range slices.Sorted(maps.Keys(r.active)) {
		out = append(out, r.active[key].Alert)
	}
	slices.SortStableFunc(out, func(a, b alert.Alert) int { return cmp.Compare(b.SinceMs, a.SinceMs) })
	for i := len(r.resolved) - 1; i >= 0; i-- {
		out = append(out, r.resolved[i])
	}
	return out
}

// rulerState is what outlives a restart.
type rulerState struct {
	Version  int                `json:"version"`
	Active   map[string]*active `json:"active"`
	Resolved []alert.Alert      `json:"resolved"`
}

const rulerVersion = 1

// State returns what a later ruler goes on from.
func (r *Ruler) State() ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return json.Marshal(rulerState{rulerVersion, r.active, r.resolved})
}

// Restore goes on from what State returned, before Run. Alerts of rules that are gone are
// left out. A text that is no state is an error, and changes nothing.
func (r *Ruler) Restore(text []byte) error {
	var s rulerState
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read the state of rules: %w", err)
	}
	if s.Version != rulerVersion {
		return fmt.Errorf("read the state of rules: version %d: expected %d", s.Version, rulerVersion)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	known := make(map[string]string)
	for one := range r.h.cfg.Rules.each {
		known[one.place] = one.alert
	}
	for key, x := range s.Active {
		if x != nil && x.Alert.Rule != "" && known[x.Place] == x.Alert.Rule {
			r.active[key] = x
		}
	}
	r.resolved = s.Resolved
	return nil
}
