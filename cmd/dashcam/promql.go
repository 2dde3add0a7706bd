package main

import (
	"dashcam/server/embedded"
	"dashcam/server/promql"
)

// promQL answers Prometheus' HTTP API by Prometheus' engine, which evaluates rules, too.
// It asks a fleet, too, where there is one.
func promQL(rules *promql.Rules, fleet promql.Fleet) func(embedded.PromQL) (embedded.Questions, error) {
	return func(p embedded.PromQL) (embedded.Questions, error) {
		return promql.New(promql.Config{
			Source: p.Ring, Metrics: p.Metrics.Remembered, Counted: p.Metrics.Counted,
			Newest:   func() int64 { return p.Ring.Bounds().NewestT },
			Instance: p.Instance, Interval: p.Interval, Rules: rules, Fleet: fleet,
		})
	}
}

// ruler is what evaluates the rules of a handler that promQL made.
func ruler(q embedded.Questions) embedded.Ruler {
	if h, ok := q.(*promql.Handler); ok && h.Ruler() != nil {
		return h.Ruler()
	}
	return nil
}
