package promql

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// atOnce is how many moments a backtest asks for in one question.
const atOnce = 720

// Backtest returns the alerts that the alerting rules raise over what is remembered of a
// window: those that are over in the order in which they ended, then those that are firing.
func (r *Ruler) Backtest(ctx context.Context, window collectors.Window) ([]alert.Alert, error) {
	h := r.h
	r = newRuler(h) // whose alerts are those of the past
	var out []alert.Alert
	var slots alert.Slots
	var moments []int64
	none := collectors.MatcherOf(func(*collectors.Series) bool { return false })
	for span, err := range h.cfg.Source.Columns(ctx, collectors.Query{Window: window, Match: none}) {
		if err != nil {
			return nil, fmt.Errorf("read the times of rows: %w", err)
		}
		if moments = append(moments, slots.Take(span)...); len(moments) >= atOnce {
			if out, err = r.replay(ctx, moments, out); err != nil {
				return nil, err
			}
			moments = moments[:0]
		}
	}
	out, err := r.replay(ctx, moments, out)
	if err != nil {
		return nil, err
	}
	for _, a := range r.Alerts() {
		if a.Phase == alert.Firing {
			out = append(out, a)
		}
	}
	return out, nil
}

// replay evaluates all rules at moments, and adds the alerts that end. Each rule is asked
// once for all of them.
func (r *Ruler) replay(ctx context.Context, moments []int64, out []alert.Alert) ([]alert.Alert, error) {
	if len(moments) == 0 {
		return out, nil
	}
	type key struct {
		rule *rule
		at   int64
	}
	found := make(map[key]promql.Vector)
	for one := range r.h.cfg.Rules.each {
		if one.record != "" {
			continue
		}
		step := one.group.interval
		back := one.group.offset
		first := (moments[0] + step.Milliseconds() - 1) / step.Milliseconds() * step.Milliseconds()
		end := time.UnixMilli(moments[len(moments)-1]).Add(-back)
		err := r.h.run(ctx, one.expr.String(), time.UnixMilli(first).Add(-back), end, step, func(result *promql.Result) {
			matrix, ok := result.Value.(promql.Matrix)
			if !ok {
				return
			}
			for i := range matrix {
				metric := matrix[i].Metric
				for _, p := range matrix[i].Floats {
					at := p.T + back.Milliseconds()
					found[key{one, at}] = append(found[key{one, at}], promql.Sample{T: p.T, F: p.F, Metric: metric})
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", one.alert, err)
		}
	}
	for _, at := range moments {
		for one := range r.h.cfg.Rules.each {
			if one.record != "" || at%one.group.interval.Milliseconds() != 0 {
				continue
			}
			changes, err := r.apply(ctx, one, found[key{one, at}], at)
			if err != nil {
				return nil, fmt.Errorf("rule %s: %w", one.alert, err)
			}
			for _, c := range changes {
				if c.Alert.Phase == alert.Resolved {
					out = append(out, c.Alert)
				}
			}
		}
	}
	return out, nil
}
