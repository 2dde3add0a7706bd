package promql

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
)

func (h *Handler) series(ctx context.Context, form url.Values) ([]byte, error) {
	q, sets, limit, err := h.window(form, true)
	if err != nil {
		return nil, err
	}
	var out []labels.Labels
	for _, matchers := range sets {
		found, err := q.matching(ctx, matchers)
		if err != nil {
			return nil, failed(err)
		}
		for i := range found {
			out = append(out, found[i].labels)
		}
		if h.cfg.Fleet != nil {
			others, err := q.seriesOfFleet(ctx, matchers)
			if err != nil {
				return nil, failed(err)
			}
			out = append(out, others...)
		}
	}
	slices.SortFunc(out, labels.Compare)
	out = slices.CompactFunc(out, labels.Equal)
	return asJSON(firstOf(out, limit))
}

func (h *Handler) labels(ctx context.Context, form url.Values) ([]byte, error) {
	return h.names(form, func(q *querier, matchers []*labels.Matcher) ([]string, error) {
		names, _, err := q.LabelNames(ctx, nil, matchers...)
		if err != nil || h.cfg.Fleet == nil {
			return names, err
		}
		others, err := q.namesOfFleet(ctx, "labels", "", matchers)
		return append(names, others...), err
	})
}

func (h *Handler) labelValues(ctx context.Context, name string, form url.Values) ([]byte, error) {
	if name == "" || strings.Contains(name, "/") {
		return nil, badParameter("label", name, "the name of a label")
	}
	return h.names(form, func(q *querier, matchers []*labels.Matcher) ([]string, error) {
		values, _, err := q.LabelValues(ctx, name, nil, matchers...)
		if err != nil || h.cfg.Fleet == nil {
			return values, err
		}
		others, err := q.namesOfFleet(ctx, "label/"+name+"/values", name, matchers)
		return append(values, others...), err
	})
}

func (h *Handler) names(form url.Values, of func(*querier, []*labels.Matcher) ([]string, error)) ([]byte, error) {
	q, sets, limit, err := h.window(form, false)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, matchers := range sets {
		names, err := of(q, matchers)
		if err != nil {
			return nil, failed(err)
		}
		out = append(out, names...)
	}
	slices.Sort(out)
	return asJSON(firstOf(slices.Compact(out), limit))
}

// about is what the API says of a metric.
type about struct {
	Type string `json:"type"`
	Help string `json:"help"`
	Unit string `json:"unit"`
}

func (h *Handler) metadata(ctx context.Context, form url.Values) ([]byte, error) {
	p := params{form: form}
	limit := p.limit()
	if p.err != nil {
		return nil, p.err
	}
	q := &querier{queryable: &queryable{cfg: &h.cfg}, maxt: timestamp.FromTime(maxTime)}
	all, err := q.metrics(ctx)
	if err != nil {
		return nil, failed(err)
	}
	out := make(map[string][]about)
	for i := range all {
		m := &all[i]
		if want := form.Get("metric"); want != "" && want != m.Name {
			continue
		}
		if one := (about{m.Type, m.Help, ""}); !slices.Contains(out[m.Name], one) {
			out[m.Name] = append(out[m.Name], one)
		}
	}
	if limit > 0 && len(out) > limit {
		for _, name := range slices.Sorted(maps.Keys(out))[limit:] {
			delete(out, name)
		}
	}
	return asJSON(out)
}
