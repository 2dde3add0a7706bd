package promql

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// Fleet are the hosts of a hub, which are asked beside the source.
type Fleet interface {
	// Members are all hosts.
	Members() []Member
	// Names are those of what the hub itself holds of every host, and Held that of one of
	// them from one time to another, of the names that are wanted.
	Names() []string
	Held(id string, from, to int64, want func(name string) bool) []Held
	// Ask asks a host what Handler.Answer answers.
	Ask(ctx context.Context, id, path string, form url.Values) (status int, body []byte, err error)
}

// Member is one host of a fleet.
type Member struct {
	ID string
	// Instance is the value of its label instance, and Name what it calls itself, which is
	// another one where several have the same.
	Instance, Name string
	// Own is the host of the source.
	Own bool
	// Silent says why it cannot be asked, "" where it can.
	Silent string
}

// Held is a series that a hub holds. NaN is not known.
type Held struct {
	Name   string
	Labels [][2]string
	T      []int64
	V      []float64
}

// The bounds of a question to a fleet.
const (
	// maxAsked is how many hosts one selector asks, hostsAtOnce how many at a time, and askWait
	// how long each has.
	maxAsked    = 200
	hostsAtOnce = 16
	askWait     = 10 * time.Second
	// maxWarnings is how many are told.
	maxWarnings = 20
)

// warnings collects what an answer lacks.
type warnings struct {
	mu   sync.Mutex
	all  []string
	more int
}

func (w *warnings) add(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case slices.Contains(w.all, text):
	case len(w.all) >= maxWarnings:
		w.more++
	default:
		w.all = append(w.all, text)
	}
}

// texts are the warnings, sorted.
func (w *warnings) texts() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := slices.Sorted(slices.Values(w.all))
	if w.more > 0 {
		out = append(out, fmt.Sprintf("and %d more", w.more))
	}
	return out
}

// warningsKey is the key of the warnings in the context of a question.
type warningsKey struct{}

func warn(ctx context.Context, format string, a ...any) {
	if w, ok := ctx.Value(warningsKey{}).(*warnings); ok {
		w.add(fmt.Sprintf(format, a...))
	}
}

// members returns those hosts whose label instance the matchers match.
func (c *Config) members(matchers []*labels.Matcher) []Member {
	return slices.DeleteFunc(c.Fleet.Members(), func(m Member) bool {
		return slices.ContainsFunc(matchers, func(x *labels.Matcher) bool {
			return x.Name == model.InstanceLabel && !x.Matches(m.Instance) || x.Name == model.JobLabel && !x.Matches(job)
		})
	})
}

// heldOnly reports whether matchers name something that no host is asked for: what the hub
// holds, or what a rule here records.
func (c *Config) heldOnly(matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			if slices.Contains(c.Fleet.Names(), m.Value) {
				return true
			}
			if c.Rules != nil {
				for r := range c.Rules.each {
					if r.record == m.Value {
						return true
					}
				}
			}
		}
	}
	return false
}

// matchesAll reports whether labels match.
func matchesAll(set labels.Labels, matchers []*labels.Matcher) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(set.Get(m.Name)) })
}

// held returns what the hub holds of hosts.
func (q *querier) held(members []Member, from, to int64, matchers []*labels.Matcher) (out []series) {
	wanted := func(name string) bool {
		return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && !m.Matches(name) })
	}
	if !slices.ContainsFunc(q.cfg.Fleet.Names(), wanted) {
		return nil
	}
	b := labels.NewBuilder(labels.EmptyLabels())
	for _, member := range members {
		for _, h := range q.cfg.Fleet.Held(member.ID, from, to, wanted) {
			b.Reset(labels.EmptyLabels())
			for _, l := range h.Labels {
				b.Set(l[0], l[1])
			}
			b.Set(model.MetricNameLabel, h.Name)
			b.Set(model.InstanceLabel, member.Instance)
			b.Set(model.JobLabel, job)
			s := series{labels: b.Labels()}
			if !matchesAll(s.labels, matchers) {
				continue
			}
			for i, v := range h.V {
				if v != v { //nolint:gocritic // it is NaN
					if n := len(s.v); n == 0 || s.v[n-1] != s.v[n-1] { //nolint:gocritic // as above
						continue
					}
					v = stale
				}
				s.t, s.v = append(s.t, h.T[i]), append(s.v, v)
			}
			if len(s.t) > 0 {
				out = append(out, s)
			}
		}
	}
	return out
}

// ofFleet returns the series of the hosts beside that of the source.
func (q *querier) ofFleet(ctx context.Context, hints *storage.SelectHints, matchers []*labels.Matcher) ([]series, error) {
	members := q.cfg.members(matchers)
	from := hints.Start
	if hints.Range == 0 && hints.Step == 0 && hints.Func != "series" && !q.whole {
		from = max(from, hints.End-2*heldStep) // the newest is enough
	}
	out := q.held(members, from, hints.End, matchers)
	samples := 0
	for i := range out {
		samples += len(out[i].t)
	}
	if q.hubOnly || q.cfg.heldOnly(matchers) {
		return out, tooMany(samples, q.cfg)
	}
	a := asking{cfg: q.cfg, samples: samples}
	path, form := a.question(hints, matchers, q.whole)
	some, err := a.series(ctx, members, path, form, hints, matchers)
	return append(out, some...), err
}

// heldStep is the time between two values of what a hub holds, in milliseconds.
const heldStep = 10_000

// pinned returns the one host that all selectors of an expression name, where the hub holds
// nothing of what is asked.
func (h *Handler) pinned(expr string) (Member, bool) {
	parsed, err := parser.ParseExpr(expr)
	if err != nil || h.cfg.Fleet == nil {
		return Member{}, false
	}
	instance, other := "", false
	parser.Inspect(parsed, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		named := ""
		for _, m := range v.LabelMatchers {
			if m.Name == model.InstanceLabel && m.Type == labels.MatchEqual {
				named = m.Value
			}
		}
		if named == "" || instance != "" && named != instance || h.cfg.heldOnly(v.LabelMatchers) || v.Name == "" {
			other = true
		}
		instance = named
		return nil
	})
	if other || instance == "" {
		return Member{}, false
	}
	for _, m := range h.cfg.Fleet.Members() {
		if m.Instance == instance && m.Name == instance && !m.Own && m.Silent == "" {
			return m, true
		}
	}
	return Member{}, false
}

// forward passes a question on to the host that all of it is about; ok is false where the
// hub has to answer.
func (h *Handler) forward(ctx context.Context, path string, form url.Values) (status int, body []byte, ok bool) {
	if path != "query" && path != "query_range" {
		return 0, nil, false
	}
	m, pinned := h.pinned(form.Get("query"))
	if !pinned {
		return 0, nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Timeout)
	defer cancel()
	status, body, err := h.cfg.Fleet.Ask(ctx, m.ID, path, form)
	return status, body, err == nil && status != http.StatusNotFound && status < http.StatusInternalServerError
}
