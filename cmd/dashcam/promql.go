package main

import (
	"dashcam/server/embedded"
	"dashcam/server/promql"
)

// promQL answers Prometheus' HTTP API by Prometheus' engine.
func promQL(p embedded.PromQL) (embedded.Questions, error) {
	return promql.New(promql.Config{
		Source: p.Ring, Metrics: p.Metrics.Remembered, Counted: p.Metrics.Counted,
		Newest:   func() int64 { return p.Ring.Bounds().NewestT },
		Instance: p.Instance, Interval: p.Interval,
	})
}
