package promql

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"dashcam/collectors/alert"
)

// Rules are rules in Prometheus' format.
type Rules struct {
	groups []*ruleGroup
	// recorded are the recording rules by the name that they give.
	recorded map[string][]*rule
}

// ruleGroup is a group of a file.
type ruleGroup struct {
	name, file string
	// interval is how often it is evaluated: a multiple of [alert.Pace].
	interval time.Duration
	// offset is how far back from the moment it looks, limit how many alerts or series a
	// rule may have, 0 for any number.
	offset time.Duration
	limit  int
	rules  []*rule
}

// rule is one rule of a group.
type rule struct {
	group *ruleGroup
	// place tells it from all others: file, group, number.
	place string
	// alert or record is its name.
	alert, record string
	expr          parser.Expr
	hold, keep    time.Duration
	labels        map[string]string
	annotations   map[string]string
	// fixed says that no label has a template.
	fixed bool
}

func (r *rule) name() string {
	if r.record != "" {
		return r.record
	}
	return r.alert
}

// LoadRules reads the files that match patterns, such as "rules/*.yaml". A pattern that
// matches none is an error, and so is whatever promtool check rules would not take.
func LoadRules(patterns ...string) (*Rules, error) {
	all := &Rules{}
	var files []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		switch {
		case err != nil:
			return nil, fmt.Errorf("rules %q: %w", pattern, err)
		case len(found) == 0:
			return nil, fmt.Errorf("rules %q: no file is called so: expected files in Prometheus' format", pattern)
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	var errs []error
	for _, file := range slices.Compact(files) {
		text, err := os.ReadFile(file)
		if err == nil {
			err = all.add(file, text)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read rules: %w", err))
		}
	}
	return all, errors.Join(append(errs, all.link())...)
}

func (all *Rules) add(file string, text []byte) error {
	parsed, errs := rulefmt.Parse(text, false, model.UTF8Validation)
	if len(errs) > 0 {
		for i := range errs {
			errs[i] = fmt.Errorf("%s: %w", file, errs[i])
		}
		return errors.Join(errs...)
	}
	for i := range parsed.Groups {
		from := &parsed.Groups[i]
		g := &ruleGroup{name: from.Name, file: file, interval: alert.Pace, limit: from.Limit}
		if from.Interval > 0 {
			paces := (time.Duration(from.Interval) + alert.Pace - 1) / alert.Pace
			g.interval = max(paces, 1) * alert.Pace
		}
		if from.QueryOffset != nil {
			g.offset = time.Duration(*from.QueryOffset)
		}
		for n := range from.Rules {
			r, err := newRule(g, &from.Rules[n], from.Labels, n)
			if err != nil {
				return fmt.Errorf("%s: group %q, rule %d: %w", file, from.Name, n+1, err)
			}
			g.rules = append(g.rules, r)
		}
		all.groups = append(all.groups, g)
	}
	return nil
}

func newRule(g *ruleGroup, from *rulefmt.Rule, common map[string]string, n int) (*rule, error) {
	expr, err := parser.ParseExpr(from.Expr)
	if err != nil { // it was parsed already
		return nil, err
	}
	r := &rule{
		group: g, place: fmt.Sprintf("%s;%s;%d", g.file, g.name, n+1), alert: from.Alert, record: from.Record, expr: expr,
		hold: time.Duration(from.For), keep: time.Duration(from.KeepFiringFor), labels: make(map[string]string), annotations: from.Annotations, fixed: true,
	}
	for _, some := range []map[string]string{common, from.Labels} {
		for name, value := range some {
			r.labels[name] = value
			r.fixed = r.fixed && !isTemplate(value)
		}
	}
	if kind := expr.Type(); kind != parser.ValueTypeVector && kind != parser.ValueTypeScalar {
		return nil, fmt.Errorf("the expression gives a %s: expected a vector or a scalar", kind)
	}
	return r, nil
}

// link finds the recording rules by name, and refuses those that go round in circles:
// what is recorded is computed from rows when it is asked for, and has no value before.
func (all *Rules) link() error {
	all.recorded = make(map[string][]*rule)
	for r := range all.each {
		if r.record != "" {
			all.recorded[r.record] = append(all.recorded[r.record], r)
		}
	}
	var errs []error
	for r := range all.each {
		if r.record != "" && all.reaches(r, r.record, make(map[*rule]bool)) {
			errs = append(errs, fmt.Errorf("%s: group %q: %s is computed from itself, which works in Prometheus and not here: expected another rule", r.group.file, r.group.name, r.record))
		}
	}
	return errors.Join(errs...)
}

// each yields all rules.
func (all *Rules) each(yield func(*rule) bool) {
	for _, g := range all.groups {
		for _, r := range g.rules {
			if !yield(r) {
				return
			}
		}
	}
}

// reaches reports whether a rule reads, perhaps by others, what is recorded under a name.
func (all *Rules) reaches(r *rule, name string, seen map[*rule]bool) bool {
	if seen[r] {
		return false
	}
	seen[r] = true
	found := false
	parser.Inspect(r.expr, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			for other := range all.matching(v.LabelMatchers) {
				found = found || other.record == name || all.reaches(other, name, seen)
			}
		}
		return nil
	})
	return found
}

// matching yields the recording rules whose name is selected. What names no metric selects
// none of them.
func (all *Rules) matching(matchers []*labels.Matcher) func(yield func(*rule) bool) {
	return func(yield func(*rule) bool) {
		if all == nil {
			return
		}
		for name, some := range all.recorded {
			named, ok := false, true
			for _, m := range matchers {
				if m.Name == model.MetricNameLabel {
					named, ok = true, ok && m.Matches(name)
				}
			}
			for _, r := range some {
				if named && ok && !yield(r) {
					return
				}
			}
		}
	}
}

// Count is how many rules there are that raise alerts, and that record.
func (all *Rules) Count() (alerting, recording int) {
	for r := range all.each {
		if r.record != "" {
			recording++
		} else {
			alerting++
		}
	}
	return alerting, recording
}

// Reads are the series that one rule asks for.
type Reads struct {
	Group, Name string
	// Selectors are without range and offset, Recorded the names of recording rules.
	Selectors, Recorded []string
}

// Reads returns what every rule asks for.
func (all *Rules) Reads() []Reads {
	var out []Reads
	for r := range all.each {
		one := Reads{Group: r.group.name, Name: r.name()}
		parser.Inspect(r.expr, func(n parser.Node, _ []parser.Node) error {
			v, ok := n.(*parser.VectorSelector)
			if !ok {
				return nil
			}
			for other := range all.matching(v.LabelMatchers) {
				one.Recorded = append(one.Recorded, other.record)
			}
			if len(one.Recorded) == 0 || all.recorded[v.Name] == nil {
				plain := parser.VectorSelector{Name: v.Name, LabelMatchers: v.LabelMatchers}
				one.Selectors = append(one.Selectors, plain.String())
			}
			return nil
		})
		for _, list := range []*[]string{&one.Selectors, &one.Recorded} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
		out = append(out, one)
	}
	return out
}
