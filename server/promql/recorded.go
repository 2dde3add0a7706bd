package promql

import (
	"context"
	"errors"
	"fmt"

	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
)

// deepest is how many recording rules may read each other.
const deepest = 8

// recorded returns the series that recording rules give, as if they had been evaluated at
// every interval of the past: they are computed when they are asked for, so that there are
// none to store, and a new rule has its past at once.
func (q *querier) recorded(ctx context.Context, hints *storage.SelectHints, matchers []*labels.Matcher) ([]series, error) {
	if hints.Func == "series" && hints.Step == 0 && hints.Range == 0 {
		return nil, nil // whoever asks what there is shall not wait for all of the past
	}
	var out []series
	for r := range q.cfg.Rules.matching(matchers) {
		if q.depth >= deepest {
			return nil, fmt.Errorf("%s: more than %d recording rules read each other", r.record, deepest)
		}
		some, err := q.evaluated(ctx, r, hints)
		if err != nil {
			return nil, fmt.Errorf("recording rule %s: %w", r.record, err)
		}
		for _, s := range some {
			if !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(s.labels.Get(m.Name)) }) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// evaluated evaluates a recording rule at the moments of its group that are asked for.
func (q *querier) evaluated(ctx context.Context, r *rule, hints *storage.SelectHints) ([]series, error) {
	step := r.group.interval.Milliseconds()
	first := (hints.Start + step - 1) / step * step
	last := hints.End / step * step
	if hints.Range == 0 && hints.Step == 0 {
		first = max(first, last) // an instant takes the newest
	}
	if last < first {
		return nil, nil
	}
	if (last-first)/step > maxPoints*4 {
		return nil, errors.New("the time is too long: ask for a shorter one")
	}
	inner := &queryable{cfg: q.cfg, engine: q.engine, whole: hasSubquery(r.expr), depth: q.depth + 1, recent: q.recent, hubOnly: true}
	at := func(ms int64) time.Time { return time.UnixMilli(ms - r.group.offset.Milliseconds()) }
	question, err := q.engine.NewRangeQuery(ctx, inner, promql.NewPrometheusQueryOpts(false, 0), r.expr.String(), at(first), at(last), r.group.interval)
	if err != nil {
		return nil, err
	}
	defer question.Close()
	result := question.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	matrix, err := result.Matrix()
	if err != nil {
		return nil, err
	}
	out := make([]series, 0, len(matrix))
	b := labels.NewBuilder(labels.EmptyLabels())
	for i := range matrix {
		b.Reset(matrix[i].Metric)
		for name, value := range r.labels {
			b.Set(name, value)
		}
		b.Set(model.MetricNameLabel, r.record)
		s := series{labels: b.Labels()}
		for j, p := range matrix[i].Floats {
			t := p.T + r.group.offset.Milliseconds()
			s.t, s.v = append(s.t, t), append(s.v, p.F)
			// Where the next evaluation has no value, Prometheus ends the series.
			if next := t + step; next <= last && (j+1 == len(matrix[i].Floats) || matrix[i].Floats[j+1].T+r.group.offset.Milliseconds() > next) {
				s.t, s.v = append(s.t, next), append(s.v, stale)
			}
		}
		out = append(out, s)
	}
	return out, nil
}
