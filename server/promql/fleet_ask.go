package promql

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
)

// asking asks hosts for the series of one selector.
type asking struct {
	cfg *Config

	mu      sync.Mutex
	samples int
	out     []series
	err     error
}

func tooMany(samples int, cfg *Config) error {
	if samples > cfg.MaxSamples {
		return promql.ErrTooManySamples("query processing")
	}
	return nil
}

// selectorOf writes matchers as a host is asked: by what it calls itself it knows itself.
func selectorOf(matchers []*labels.Matcher) string {
	parts := make([]string, 0, len(matchers))
	for _, m := range matchers {
		if m.Name != model.InstanceLabel {
			parts = append(parts, m.String())
		}
	}
	if len(parts) == 0 {
		parts = append(parts, model.MetricNameLabel+`!=""`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func secondsOf(ms int64) string { return strconv.FormatFloat(float64(ms)/1000, 'f', 3, 64) }

// question is what a host is asked for a selector: its values at the steps where those are
// all that counts, else every value of the time.
func (a *asking) question(hints *storage.SelectHints, matchers []*labels.Matcher, whole bool) (string, url.Values) {
	selector := selectorOf(matchers)
	atSteps := hints.Range == 0 && !whole && hints.Func != "timestamp" && hints.Func != "series"
	switch {
	case atSteps && hints.Step > 0:
		return "query_range", url.Values{
			"query": {selector}, "start": {secondsOf(hints.Start + lookback.Milliseconds() - 1)}, "end": {secondsOf(hints.End)}, "step": {secondsOf(hints.Step)},
		}
	case atSteps:
		return "query", url.Values{"query": {selector}, "time": {secondsOf(hints.End)}}
	}
	return "query", url.Values{"query": {fmt.Sprintf("%s[%dms]", selector, max(hints.End-hints.Start+1, 1))}, "time": {secondsOf(hints.End)}}
}

// each asks hosts, some at a time, and hands their data over. What a host does not answer
// is a warning.
func (c *Config) each(ctx context.Context, members []Member, path string, form url.Values, use func(m Member, data json.RawMessage) error) error {
	members = slices.DeleteFunc(members, func(m Member) bool {
		if !m.Own && m.Silent != "" {
			warn(ctx, "%s: %s", m.Instance, m.Silent)
		}
		return m.Own || m.Silent != ""
	})
	if len(members) > maxAsked {
		return fmt.Errorf("%d hosts would be asked: expected at most %d: name them by instance, or ask for what the hub holds: %s", len(members), maxAsked, strings.Join(c.Fleet.Names(), ", "))
	}
	var asked sync.WaitGroup
	turn := make(chan struct{}, hostsAtOnce)
	for _, m := range members {
		select {
		case turn <- struct{}{}:
		case <-ctx.Done():
			asked.Wait()
			return ctx.Err()
		}
		asked.Go(func() {
			defer func() { <-turn }()
			ctx, cancel := context.WithTimeout(ctx, askWait)
			defer cancel()
			data, err := c.ask(ctx, m, path, form)
			if err == nil {
				err = use(m, data)
			}
			if err != nil {
				warn(ctx, "%s: %.200s", m.Instance, err)
			}
		})
	}
	asked.Wait()
	return ctx.Err()
}

func (c *Config) ask(ctx context.Context, m Member, path string, form url.Values) (json.RawMessage, error) {
	status, body, err := c.Fleet.Ask(ctx, m.ID, path, form)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status string          `json:"status"`
		Error  string          `json:"error"`
		Data   json.RawMessage `json:"data"`
	}
	switch err := json.Unmarshal(body, &answer); {
	case status == http.StatusNotFound && answer.Status == "":
		return nil, errors.New("it does not answer PromQL")
	case err != nil:
		return nil, fmt.Errorf("answer with status %d is not understood: %w", status, err)
	case answer.Status != "success":
		return nil, fmt.Errorf("status %d: %s", status, answer.Error)
	}
	return answer.Data, nil
}

// result is an answer to query or query_range.
type result struct {
	Result []struct {
		Metric map[string]string `json:"metric"`
		Value  *point            `json:"value"`
		Values []point           `json:"values"`
	} `json:"result"`
}

// point is a time and a value as Prometheus writes them.
type point struct {
	t int64
	v float64
}

func (p *point) UnmarshalJSON(text []byte) error {
	t, v, ok := strings.Cut(strings.Trim(string(text), "[]"), ",")
	seconds, err := strconv.ParseFloat(strings.TrimSpace(t), 64)
	if !ok || err != nil || seconds < 0 || seconds > 1<<42 {
		return fmt.Errorf("point %.40q: expected a time and a value", text)
	}
	if p.v, err = strconv.ParseFloat(strings.Trim(strings.TrimSpace(v), `"`), 64); err != nil {
		return fmt.Errorf("value %.40q: expected a number", v)
	}
	p.t = int64(seconds*1000 + 0.5)
	return nil
}

// series asks hosts, and returns what they answer under the names by which they are known
// here.
func (a *asking) series(ctx context.Context, members []Member, path string, form url.Values, hints *storage.SelectHints, matchers []*labels.Matcher) ([]series, error) {
	step := int64(0)
	if path == "query_range" {
		step = hints.Step
	}
	err := a.cfg.each(ctx, members, path, form, func(m Member, data json.RawMessage) error {
		var r result
		if err := json.Unmarshal(data, &r); err != nil {
			return fmt.Errorf("answer is not understood: %w", err)
		}
		some := make([]series, 0, len(r.Result))
		samples := 0
		for i := range r.Result {
			one := &r.Result[i]
			s := series{labels: a.cfg.named(one.Metric, m)}
			if one.Value != nil {
				one.Values = append(one.Values, *one.Value)
			}
			if !matchesAll(s.labels, matchers) || slices.ContainsFunc(a.cfg.Fleet.Names(), func(n string) bool { return n == one.Metric[model.MetricNameLabel] }) {
				continue // it is not what was asked for
			}
			s.fill(one.Values, step, hints.End)
			samples += len(s.t)
			if len(s.t) > 0 {
				some = append(some, s)
			}
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.samples += samples; tooMany(a.samples, a.cfg) != nil {
			a.err = tooMany(a.samples, a.cfg)
			return nil
		}
		a.out = append(a.out, some...)
		return nil
	})
	if err == nil {
		err = a.err
	}
	return unique(a.out), err
}

// named are the labels of a host's series here.
func (c *Config) named(metric map[string]string, m Member) labels.Labels {
	b := labels.NewBuilder(labels.EmptyLabels())
	for name, v := range metric {
		b.Set(name, v)
	}
	b.Set(model.InstanceLabel, m.Instance)
	return b.Labels()
}

// fill takes ascending points. Where one is missing, the series is stale: between the steps
// that were asked for, or where the usual distance is exceeded.
func (s *series) fill(points []point, step, end int64) {
	usual := step
	if usual == 0 {
		for i := 1; i < len(points); i++ {
			if d := points[i].t - points[i-1].t; d > 0 && (usual == 0 || d < usual) {
				usual = d
			}
		}
	}
	for i, p := range points {
		if n := len(s.t); n > 0 && p.t <= s.t[n-1] {
			continue // they do not go back
		}
		s.t, s.v = append(s.t, p.t), append(s.v, p.v)
		next := end
		if i+1 < len(points) {
			next = points[i+1].t - 1
		} else if step == 0 {
			continue // nothing is known of what follows
		}
		if at := p.t + usual; usual > 0 && at <= next && (step > 0 || next-p.t > usual*5/2) {
			s.t, s.v = append(s.t, at), append(s.v, stale)
		}
	}
}

// unique sorts series, and keeps the first of several that have the same labels.
func unique(all []series) []series {
	slices.SortStableFunc(all, func(a, b series) int { return labels.Compare(a.labels, b.labels) })
	return slices.CompactFunc(all, func(a, b series) bool { return labels.Equal(a.labels, b.labels) })
}
