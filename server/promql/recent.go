package promql

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"dashcam/collectors"
)

// recent are all metrics that are remembered, by their names: rules ask for some of them
// every few seconds, and there are new ones seldom.
type recent struct {
	mu     sync.Mutex
	known  bool
	rev    uint64
	read   time.Time
	all    []metric
	byName map[string][]metric
}

// recentFor is how long the metrics of one schema are taken for the same: what kind of
// reading is behind a series is known only after the first.
const recentFor = time.Minute

// metrics returns those that matchers may match.
func (r *recent) metrics(ctx context.Context, cfg *Config, matchers []*labels.Matcher) ([]metric, error) {
	schema, err := cfg.Source.Schema(ctx, collectors.Window{}) // before the lock: it may wait
	if err != nil || schema == nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known || r.rev != schema.Rev || time.Since(r.read) >= recentFor {
		r.known, r.rev, r.read = true, schema.Rev, time.Now()
		r.all, r.byName = cfg.metricsOf(schema), make(map[string][]metric)
		for i := range r.all {
			r.byName[r.all[i].Name] = append(r.byName[r.all[i].Name], r.all[i])
		}
	}
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return r.byName[m.Value], nil
		}
	}
	return r.all, nil
}
