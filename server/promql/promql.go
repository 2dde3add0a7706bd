package promql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"dashcam/collectors"
	"dashcam/server/prom"
)

// Config is what a Handler needs. Source and Metrics are required.
type Config struct {
	Source collectors.Source
	// Metrics returns the metrics of a schema: [prom.Exporter.Remembered].
	Metrics func(*collectors.Schema) []prom.Metric
	// Counted returns the newest raw readings of metrics that are remembered as rates, by
	// their place in the list, NaN for none: [prom.Exporter.Counted]. Nil knows none.
	Counted func([]*prom.Metric) []float64
	// Newest returns the time of the newest row in Unix milliseconds.
	Newest func() int64
	// Instance is the value of the label instance.
	Instance string
	// Interval is the time between rows, 1 s by default.
	Interval time.Duration
	// Rules are the user's; nil for none. What they record is found as if it were
	// remembered; a [Ruler] evaluates those that raise alerts.
	Rules *Rules
	// Fleet are the hosts of a hub, which are asked beside Source; nil for none.
	Fleet Fleet
	// MaxSamples bounds what one question holds in memory, 3,000,000 by default; a sample
	// takes 16 bytes.
	MaxSamples int
	// Timeout bounds one question, 30 s by default.
	Timeout time.Duration
}

// The defaults of Config, and what is as in Prometheus.
const (
	defaultSamples = 3_000_000
	defaultTimeout = 30 * time.Second
	lookback       = 5 * time.Minute
	// maxPoints is the most steps of a range query.
	maxPoints = 11_000
)

// job is the value of the label job.
const job = "dashcam"

// Handler answers Prometheus' HTTP API.
type Handler struct {
	cfg    Config
	engine *promql.Engine
	ruler  *Ruler // nil without Config.Rules
	recent recent
}

// New returns a handler. It starts nothing.
func New(cfg Config) (*Handler, error) {
	switch {
	case cfg.Source == nil:
		return nil, errors.New("promql: no source")
	case cfg.Metrics == nil:
		return nil, errors.New("promql: no metrics")
	case cfg.MaxSamples < 0 || cfg.Timeout < 0 || cfg.Interval < 0:
		return nil, fmt.Errorf("promql: %d samples in %v at an interval of %v: expected nothing below 0", cfg.MaxSamples, cfg.Timeout, cfg.Interval)
	}
	if cfg.MaxSamples == 0 {
		cfg.MaxSamples = defaultSamples
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	h := &Handler{cfg: cfg, engine: promql.NewEngine(promql.EngineOpts{
		MaxSamples: cfg.MaxSamples, Timeout: cfg.Timeout, LookbackDelta: lookback,
		EnableAtModifier: true, EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
	})}
	if cfg.Rules != nil {
		h.ruler = newRuler(h)
	}
	return h, nil
}

// run evaluates an expression at one time, or at steps from start to end where step is not
// 0, and hands the result over, which is valid until use returns.
func (h *Handler) run(ctx context.Context, expr string, start, end time.Time, step time.Duration, use func(*promql.Result)) error {
	return h.runOver(ctx, &queryable{cfg: &h.cfg, engine: h.engine}, expr, start, end, step, use)
}

// runOver is run over some data.
func (h *Handler) runOver(ctx context.Context, data *queryable, expr string, start, end time.Time, step time.Duration, use func(*promql.Result)) error {
	parsed, err := parser.ParseExpr(expr)
	if err != nil {
		return badData("query", err)
	}
	data.whole = hasSubquery(parsed)
	opts := promql.NewPrometheusQueryOpts(false, 0)
	var q promql.Query
	if step == 0 {
		q, err = h.engine.NewInstantQuery(ctx, data, opts, expr, start)
	} else {
		q, err = h.engine.NewRangeQuery(ctx, data, opts, expr, start, end, step)
	}
	if err != nil {
		return badData("query", err)
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return failed(result.Err)
	}
	use(result)
	return nil
}

// hasSubquery reports whether an expression is evaluated at other times than the steps of
// its question.
func hasSubquery(e parser.Expr) bool {
	found := false
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if _, ok := n.(*parser.SubqueryExpr); ok {
			found = true
		}
		return nil
	})
	return found
}
