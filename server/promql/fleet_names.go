package promql

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// maxNames is how many names or series of other hosts one question takes.
const maxNames = 200_000

// span is the window of a question about series, as a host is asked for it.
func (q *querier) span(matchers []*labels.Matcher) url.Values {
	form := url.Values{"match[]": {selectorOf(matchers)}}
	if q.mint > 0 {
		form.Set("start", secondsOf(q.mint))
	}
	if q.maxt < 1<<52 {
		form.Set("end", secondsOf(q.maxt))
	}
	return form
}

// heldNow is what the hub holds of hosts in the window of the question: of a long one its
// newest part.
func (q *querier) heldNow(members []Member, matchers []*labels.Matcher) []series {
	to := min(q.maxt, time.Now().UnixMilli())
	return q.held(members, max(q.mint, to-lookback.Milliseconds()), to, matchers)
}

// seriesOfFleet returns the series of the hosts beside that of the source.
func (q *querier) seriesOfFleet(ctx context.Context, matchers []*labels.Matcher) (out []labels.Labels, err error) {
	members := q.cfg.members(matchers)
	for _, s := range q.heldNow(members, matchers) {
		out = append(out, s.labels)
	}
	if q.cfg.heldOnly(matchers) {
		return out, nil
	}
	var mu sync.Mutex
	err = q.cfg.each(ctx, members, "series", q.span(matchers), func(m Member, data json.RawMessage) error {
		var all []map[string]string
		if err := json.Unmarshal(data, &all); err != nil {
			return fmt.Errorf("answer is not understood: %w", err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, metric := range all {
			if set := q.cfg.named(metric, m); len(out) < maxNames && matchesAll(set, matchers) {
				out = append(out, set)
			}
		}
		return nil
	})
	return out, err
}

// namesOfFleet returns the names of labels, or the values of one, of the hosts beside that
// of the source. Without matchers everybody has an instance, and nobody is asked for it.
func (q *querier) namesOfFleet(ctx context.Context, path, label string, matchers []*labels.Matcher) (out []string, err error) {
	members := q.cfg.members(matchers)
	if label == model.InstanceLabel && len(matchers) == 0 {
		for _, m := range members {
			out = append(out, m.Instance)
		}
		return out, nil
	}
	for _, s := range q.heldNow(members, matchers) {
		s.labels.Range(func(l labels.Label) {
			switch {
			case label == "":
				out = append(out, l.Name)
			case l.Name == label:
				out = append(out, l.Value)
			}
		})
	}
	if q.cfg.heldOnly(matchers) {
		return out, nil
	}
	var mu sync.Mutex
	err = q.cfg.each(ctx, members, path, q.span(matchers), func(m Member, data json.RawMessage) error {
		var all []string
		if err := json.Unmarshal(data, &all); err != nil {
			return fmt.Errorf("answer is not understood: %w", err)
		}
		if label == model.InstanceLabel && len(all) > 0 {
			all = []string{m.Instance}
		}
		mu.Lock()
		defer mu.Unlock()
		out = append(out, all[:min(len(all), maxNames-min(maxNames, len(out)))]...)
		slices.Sort(out)
		out = slices.Compact(out)
		return nil
	})
	return out, err
}
