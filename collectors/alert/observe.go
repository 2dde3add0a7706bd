package alert

import (
	"slices"
	"strings"

	"dashcam/collectors"
)

// happens picks events: the instance that one belongs to, and how bad it is.
type happens func(e *collectors.Event) (label, name string, value float64, ok bool)

// cell reads a table: what one row says of an instance. Who is not in an observation, or
// says 0, is well.
type cell struct {
	table *collectors.Table
	value func(d *collectors.TableData, row *collectors.TableRow) (name string, value float64)
}

// observed is an event or an observation of a table that has yet to enter its slot.
type observed struct {
	t     int64
	event *collectors.Event
	table *collectors.TableData
}

// role is the one role of what is no series.
const role = "observed"

// bootKind is the kind of the event that the host was started anew.
const bootKind = "boot"

// Observe takes what happened and what tables said. It is called before Feed with the rows
// of that time. What is not newer than the rows before is left out. Of what a table said the
// last until the row that ends a slot counts.
func (e *Engine) Observe(events []collectors.Event, tables ...*collectors.TableData) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range events {
		if events[i].T > e.last {
			e.observed = append(e.observed, observed{events[i].T, &events[i], nil})
		}
	}
	for _, d := range tables {
		if d != nil && d.T > e.last {
			e.observed = append(e.observed, observed{d.T, nil, d})
		}
	}
	slices.SortStableFunc(e.observed, func(a, b observed) int { return int(a.t - b.t) })
}

// take lets what was observed until a moment enter the slot at hand.
func (e *Engine) take(until int64) {
	n := 0
	for ; n < len(e.observed) && e.observed[n].t <= until; n++ {
		o := &e.observed[n]
		for i := range e.rules {
			switch rule := &e.rules[i]; {
			case o.event != nil && rule.happens != nil:
				e.takeEvent(rule, o.event)
			case o.table != nil && rule.cell != nil && rule.cell.table.Name == o.table.Table.Name:
				e.takeTable(rule, o.table)
			}
		}
	}
	e.observed = slices.Delete(e.observed, 0, n)
}

func (e *Engine) takeEvent(rule *Rule, event *collectors.Event) {
	if rule.lasts && event.Kind == bootKind {
		for key, x := range e.instances {
			if key.rule == rule.Name { // what lasted did so until the host was started anew
				e.watched(rule, x.label, x.name).roles[role].add(0)
			}
		}
		return
	}
	label, name, value, ok := rule.happens(event)
	if !ok || value == 0 && e.instances[instanceKey{rule.Name, name}] == nil {
		return // nothing is wrong, and was not
	}
	x := e.watched(rule, label, name)
	x.roles[role].add(value)
	if value > 0 {
		x.note = event.Text
	}
}

func (e *Engine) takeTable(rule *Rule, d *collectors.TableData) {
	seen := make(map[string]bool)
	for i := range d.Rows {
		name, value := rule.cell.value(d, &d.Rows[i])
		if value > 0 {
			seen[name] = true
			e.watched(rule, "service", name).roles[role].add(value)
		}
	}
	for key, x := range e.instances {
		if key.rule == rule.Name && !seen[key.name] {
			e.watched(rule, x.label, x.name).roles[role].add(0)
		}
	}
}

// watched is an instance of a rule that reads no series.
func (e *Engine) watched(rule *Rule, label, name string) *instance {
	before := len(e.instances)
	x := e.instance(rule, label, name)
	if x.roles[role] == nil {
		x.roles[role] = &window{counts: rule.happens != nil, lasts: rule.lasts}
	}
	if len(e.instances) != before {
		e.order = e.sorted()
	}
	return x
}

// drop forgets instances that have had nothing to say for as long as a rule looks back.
func (e *Engine) drop() {
	gone := false
	for key, x := range e.instances {
		w := x.roles[role]
		if w == nil || x.machine.Phase != Inactive || w.now.n > 0 {
			continue
		}
		if !slices.ContainsFunc(w.past[:], func(s slot) bool { return s.sum > 0 }) {
			delete(e.instances, key)
			gone = true
		}
	}
	if gone {
		e.order = e.sorted()
	}
}

// worst is the largest value of a span; 0 where nothing was observed.
func worst(x *instance, spans int) float64 {
	w := x.of(role)
	out := 0.0
	for i := 1; i <= spans; i++ {
		if s := &w.past[(w.next-i+slots)%slots]; s.n > 0 && s.max > out {
			out = s.max
		}
	}
	return out
}

// ofKind picks events of one kind and of at least a level; the critical ones count as 2.
func ofKind(kind string, least collectors.EventLevel) happens {
	return func(e *collectors.Event) (string, string, float64, bool) {
		value := map[collectors.EventLevel]float64{collectors.LevelWarning: 1, collectors.LevelCritical: 2}[e.Level]
		return "", "", max(value, 1), e.Kind == kind && (least != collectors.LevelWarning || value > 0)
	}
}

// ofUnits picks what systemd says of a service: that it failed, or that it is well again or
// was stopped. That it is started again after it ended says neither.
func ofUnits(e *collectors.Event) (label, name string, value float64, ok bool) {
	if e.Kind != "unit" {
		return "", "", 0, false
	}
	failed := e.Level == collectors.LevelCritical
	if failed {
		value = 1
	}
	return "service", e.About.Name, value, failed || e.Level == ""
}

// ofDefaultRoutes picks default routes that went and came.
func ofDefaultRoutes(e *collectors.Event) (label, name string, value float64, ok bool) {
	if e.Level == collectors.LevelWarning {
		value = 1
	}
	return "", "", value, e.Kind == "address" && strings.HasPrefix(e.Text, "the default route")
}

// column reads a number of [collectors.Services].
func column(name string) *cell {
	at, title := collectors.Services.Column(name), collectors.Services.Column("name")
	return &cell{collectors.Services, func(d *collectors.TableData, row *collectors.TableRow) (string, float64) {
		if len(row.Cells) <= max(at, title) || row.Cells[at].Q == collectors.Missing {
			return "", 0
		}
		return row.Cells[title].Text, d.Table.Columns[at].Value(row.Cells[at].Q)
	}}
}

// saying is 1 for services whose state says so.
func saying(what string) *cell {
	at, title := collectors.Services.Column("state"), collectors.Services.Column("name")
	return &cell{collectors.Services, func(_ *collectors.TableData, row *collectors.TableRow) (string, float64) {
		if len(row.Cells) > max(at, title) && strings.Contains(row.Cells[at].Text, what) {
			return row.Cells[title].Text, 1
		}
		return "", 0
	}}
}
