package promql

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/template"

	"dashcam/collectors/alert"
)

// describe gives an alert its annotations and its text.
func (r *Ruler) describe(ctx context.Context, one *rule, a *alert.Alert, s promql.Sample, at int64) {
	if a.Annotations = nil; len(one.annotations) > 0 {
		a.Annotations = make(map[string]string, len(one.annotations))
	}
	for name, text := range one.annotations {
		a.Annotations[name] = r.expand(ctx, one, text, s, at)
	}
	a.Text = cmp.Or(a.Annotations["summary"], a.Annotations["description"], a.Annotations["message"])
	if a.Text == "" {
		a.Text = fmt.Sprintf("%s: %g", one.alert, s.F)
	}
	const longest = 300
	if runes := []rune(a.Text); len(runes) > longest {
		a.Text = string(runes[:longest]) + "…"
	}
}

func isTemplate(text string) bool { return strings.Contains(text, "{{") }

// shorthands are the variables that templates of rules have in Prometheus.
const shorthands = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

// expand fills in a template. One that cannot be says so in its place, as in Prometheus.
func (r *Ruler) expand(ctx context.Context, one *rule, text string, s promql.Sample, at int64) string {
	if !isTemplate(text) {
		return text
	}
	ask := func(ctx context.Context, expr string, t time.Time) (promql.Vector, error) {
		return r.h.vector(ctx, expr, t.UnixMilli())
	}
	data := template.AlertTemplateData(s.Metric.Map(), map[string]string{}, "", s)
	out, err := template.NewTemplateExpander(ctx, shorthands+text, "__alert_"+one.alert, data, model.Time(at), ask, nil, nil).Expand()
	if err != nil {
		return fmt.Sprintf("<error expanding template: %s>", err)
	}
	return out
}
