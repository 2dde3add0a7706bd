package alert

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"dashcam/collectors"
)

// Config says what an [Engine] does. The zero value has the built-in rules.
type Config struct {
	Rules []Rule
	// Changed is called with every change, by whoever calls Feed or Seen. It must not ask
	// the engine.
	Changed func(Change)
}

// What an engine bounds: resolved alerts that it knows, and the time in which nothing is
// evaluated.
const (
	keptResolved = 200
	grace        = 2 * time.Minute
	longGap      = 5 * time.Second
)

// Engine evaluates rules over rows.
type Engine struct {
	rules   []Rule
	changed func(Change)

	// Of the schema at hand: which window each series goes to.
	rev     uint64
	bound   bool
	windows map[collectors.SeriesID][]*window

	mu        sync.Mutex
	instances map[instanceKey]*instance
	order     []*instance // of instances, by rule and name
	resolved  []Alert     // oldest first
	// last is the time of the newest row, slot the evaluation that follows it, from the
	// time from which on something is evaluated.
	last, slot, from int64
	// every is the time between the last two rows.
	every   int64
	cadence cadence
	// observed is what has yet to enter a slot, oldest first.
	observed []observed
	// fresh is set until the first row after Restore.
	fresh bool
}

// New returns an engine. It starts nothing.
func New(cfg Config) *Engine {
	if cfg.Rules == nil {
		cfg.Rules = Rules()
	}
	return &Engine{rules: cfg.Rules, changed: cfg.Changed, instances: make(map[instanceKey]*instance)}
}

// Feed takes rows, oldest first, with the schema that describes them. Rows that are not
// newer than those before are left out.
func (e *Engine) Feed(schema *collectors.Schema, span *collectors.Span) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.bound || e.rev != schema.Rev {
		e.bind(schema)
	}
	lanes := e.lanes(span)
	taken := 0 // rows before it are in the windows
	for j, t := range span.T {
		if t <= e.last {
			taken = j + 1
			continue
		}
		if gap := e.cadence.gap(t - e.last); e.last == 0 || gap || e.fresh || restarted(span, j) {
			e.begin(t)
			e.fresh, taken = false, j
		}
		if t >= e.slot {
			fill(lanes, taken, j)
			taken = j
		}
		for t >= e.slot {
			e.take(t)
			e.evaluate(e.slot, span.First+uint64(j))
		}
		e.last, e.every = t, t-e.last
	}
	fill(lanes, taken, len(span.T))
}

// lane is a column of a span, and where its values go.
type lane struct {
	windows []*window
	q       []int64
	quantum float64
}

func (e *Engine) lanes(span *collectors.Span) []lane {
	lanes := make([]lane, 0, len(e.windows))
	for i := range span.Columns {
		c := &span.Columns[i]
		if w := e.windows[c.ID]; w != nil {
			lanes = append(lanes, lane{w, c.Q, w[0].series.Family.Quantum})
		}
	}
	return lanes
}

// fill adds the rows from one to before another to the slot at hand.
func fill(lanes []lane, from, to int) {
	for i := range lanes {
		l := &lanes[i]
		for _, q := range l.q[from:to] {
			if q != collectors.Missing {
				for _, w := range l.windows {
					w.add(float64(q) * l.quantum)
				}
			}
		}
	}
}

// due is how many rows it takes until something is evaluated.
func (e *Engine) due() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.every <= 0 || e.slot <= e.last {
		return 1
	}
	return uint64((e.slot - e.last + e.every - 1) / e.every)
}

// restarted reports whether a row is the first of an instance of dashcam: its missing rows
// have another reason than that the sampler was late.
func restarted(s *collectors.Span, j int) bool {
	return s.Missed != nil && s.Missed[j] > 0 && !strings.HasPrefix(s.Why[j], "sampler late")
}

// begin is called before the first row and after a gap: nothing is known of what was before it.
func (e *Engine) begin(t int64) {
	for _, x := range e.instances {
		for _, w := range x.roles {
			w.empty()
		}
	}
	e.slot = (t/pace.Milliseconds() + 1) * pace.Milliseconds()
	e.from = t + grace.Milliseconds()
}

// evaluate ends a slot, which is followed by a row.
func (e *Engine) evaluate(at int64, seq uint64) {
	e.slot = at + pace.Milliseconds()
	for _, x := range e.order {
		for _, w := range x.roles {
			w.close()
		}
		if at < e.from {
			continue
		}
		value, also := math.NaN(), math.NaN()
		if len(x.roles) > 0 { // else it was restored, and has not been seen since
			value, also = x.rule.measure(x)
		}
		e.step(x, value, also, at, seq)
	}
	e.drop()
}

func (e *Engine) step(x *instance, value, also float64, at int64, seq uint64) {
	r := x.rule.judge(value, also)
	change := x.machine.step(r, pace, x.rule.limits())
	switch change {
	case began, fired:
		if x.alert == nil {
			x.alert = newAlert(x, at, value)
		}
		if change == fired {
			x.alert.FiredMs = at
		}
	case dropped:
		x.alert = nil
		return
	}
	a := x.alert
	if a == nil {
		return
	}
	a.Phase, a.Level = x.machine.Phase, x.machine.Level
	a.Notify = a.Notify || x.rule.NotifyCritical && a.Level == Critical
	if r.known && (r.warn || r.crit) {
		a.Value, a.Text = value, x.rule.text(x, value, also)
		if worse := value > a.Peak; worse != x.rule.Below {
			a.Peak = value
		}
	}
	switch change {
	case fired, rose, fell:
		e.tell(Change{Alert: a.clone(), T: at, Seq: seq})
	case resolved:
		e.resolve(x, at, seq)
	}
}

// resolve ends the alert of an instance.
func (e *Engine) resolve(x *instance, at int64, seq uint64) {
	a := x.alert
	x.alert = nil
	a.Phase, a.EndMs = Resolved, at
	if e.resolved = append(e.resolved, *a); len(e.resolved) > keptResolved {
		e.resolved = slices.Delete(e.resolved, 0, len(e.resolved)-keptResolved)
	}
	e.tell(Change{Alert: a.clone(), T: at, Seq: seq})
}

func (e *Engine) tell(c Change) {
	if e.changed != nil {
		e.changed(c)
	}
}

// Alerts returns the alerts that are firing or pending, newest first, and then the last
// resolved ones.
func (e *Engine) Alerts() []Alert {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := []Alert{}
	for _, x := range e.order {
		if x.alert != nil {
			out = append(out, x.alert.clone())
		}
	}
	slices.SortStableFunc(out, func(a, b Alert) int { return int(b.SinceMs - a.SinceMs) })
	for i := len(e.resolved) - 1; i >= 0; i-- {
		out = append(out, e.resolved[i].clone())
	}
	return out
}

// Seen ends a latched alert, and reports whether there was one.
func (e *Engine) Seen(id string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.instances {
		if x.alert != nil && x.alert.ID == id && x.rule.Latched && x.machine.Phase == Firing {
			x.machine = machine{Phase: Inactive}
			e.resolve(x, e.last, 0)
			return true
		}
	}
	return false
}
