package alert

import (
	"slices"

	"dashcam/collectors"
)

type instanceKey struct{ rule, name string }

// Match selects what the rules read.
func (e *Engine) Match() *collectors.Matcher {
	return collectors.MatcherOf(func(s *collectors.Series) bool {
		for i := range e.rules {
			for _, r := range e.rules[i].reads {
				if r.family.Name != s.Family.Name {
					continue
				}
				if _, _, _, ok := r.pick(s); ok {
					return true
				}
			}
		}
		return false
	})
}

// bind finds the instances of a schema. Those whose series are gone are kept while they
// have something to say.
func (e *Engine) bind(schema *collectors.Schema) {
	e.rev, e.bound = schema.Rev, true
	before := e.windows
	e.windows = make(map[collectors.SeriesID][]*window, len(before))
	live := make(map[*instance]bool)
	for i := range e.rules {
		rule := &e.rules[i]
		for k := range schema.Series {
			s := &schema.Series[k]
			for _, r := range rule.reads {
				if r.family.Name != s.Family.Name {
					continue
				}
				label, name, role, ok := r.pick(s)
				if !ok {
					continue
				}
				x := e.instance(rule, label, name)
				live[x] = true
				w := x.roles[role]
				if w == nil {
					w = &window{}
					x.roles[role] = w
				}
				w.series = s
				e.windows[s.ID] = append(e.windows[s.ID], w)
			}
		}
	}
	for key, x := range e.instances {
		if !live[x] && x.machine.Phase == Inactive && x.roles[role] == nil {
			delete(e.instances, key)
		}
	}
	e.order = e.sorted()
}

func (e *Engine) instance(rule *Rule, label, name string) *instance {
	key := instanceKey{rule.Name, name}
	x := e.instances[key]
	if x == nil {
		x = &instance{rule: rule, label: label, name: name, machine: machine{Phase: Inactive}}
		e.instances[key] = x
	}
	x.rule, x.label = rule, label
	if x.roles == nil {
		x.roles = make(map[string]*window)
	}
	return x
}

// sorted are the instances in an order that does not change.
func (e *Engine) sorted() []*instance {
	keys := make([]instanceKey, 0, len(e.instances))
	for k := range e.instances {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b instanceKey) int {
		switch {
		case a.rule != b.rule && a.rule < b.rule, a.rule == b.rule && a.name < b.name:
			return -1
		}
		return 1
	})
	out := make([]*instance, len(keys))
	for i, k := range keys {
		out[i] = e.instances[k]
	}
	return out
}

// instance is one mount, device, interface or service that a rule looks at.
type instance struct {
	rule        *Rule
	label, name string
	roles       map[string]*window
	machine     machine
	note        string // the last event that was observed
	alert       *Alert // of a machine that is not inactive
}

func (x *instance) of(role string) *window { return x.roles[role] }
