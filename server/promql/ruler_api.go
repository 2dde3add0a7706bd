package promql

import (
	"context"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"dashcam/collectors/alert"
)

// What Prometheus' API says of rules.
type (
	groupAnswer struct {
		Name           string    `json:"name"`
		File           string    `json:"file"`
		Rules          []any     `json:"rules"`
		Interval       float64   `json:"interval"`
		Limit          int       `json:"limit"`
		EvaluationTime float64   `json:"evaluationTime"`
		LastEvaluation time.Time `json:"lastEvaluation"`
	}
	alertingAnswer struct {
		State         string            `json:"state"`
		Name          string            `json:"name"`
		Query         string            `json:"query"`
		Duration      float64           `json:"duration"`
		KeepFiringFor float64           `json:"keepFiringFor"`
		Labels        map[string]string `json:"labels"`
		Annotations   map[string]string `json:"annotations"`
		Alerts        []alertAnswer     `json:"alerts"`
		healthAnswer
		Type string `json:"type"`
	}
	recordingAnswer struct {
		Name   string            `json:"name"`
		Query  string            `json:"query"`
		Labels map[string]string `json:"labels,omitempty"`
		healthAnswer
		Type string `json:"type"`
	}
	healthAnswer struct {
		Health         string    `json:"health"`
		LastError      string    `json:"lastError,omitempty"`
		EvaluationTime float64   `json:"evaluationTime"`
		LastEvaluation time.Time `json:"lastEvaluation"`
	}
	alertAnswer struct {
		Labels      map[string]string `json:"labels"`
		Annotations map[string]string `json:"annotations"`
		State       string            `json:"state"`
		ActiveAt    time.Time         `json:"activeAt"`
		Value       string            `json:"value"`
	}
)

func (h *Handler) rules(_ context.Context, form url.Values) ([]byte, error) {
	kind := form.Get("type")
	if kind != "" && kind != "alert" && kind != "record" {
		return nil, &apiError{http.StatusBadRequest, "bad_data", `invalid parameter "type": got ` + strconv.Quote(kind) + `, expected alert or record`}
	}
	groups := []groupAnswer{}
	if h.ruler != nil {
		groups = h.ruler.groups(kind)
	}
	return asJSON(struct {
		Groups []groupAnswer `json:"groups"`
	}{groups})
}

func (h *Handler) alerts(context.Context, url.Values) ([]byte, error) {
	all := []alertAnswer{}
	if h.ruler != nil {
		h.ruler.mu.Lock()
		all = h.ruler.told("")
		h.ruler.mu.Unlock()
	}
	return asJSON(struct {
		Alerts []alertAnswer `json:"alerts"`
	}{all})
}

// told are the alerts of a rule, all for "".
func (r *Ruler) told(place string) []alertAnswer {
	out := []alertAnswer{}
	for _, key := range slices.Sorted(maps.Keys(r.active)) {
		x := r.active[key]
		if place != "" && x.Place != place {
			continue
		}
		a := alertAnswer{
			Labels: maps.Clone(x.Alert.Labels), Annotations: x.Alert.Annotations, State: string(x.Alert.Phase),
			ActiveAt: time.UnixMilli(x.Alert.SinceMs).UTC(), Value: strconv.FormatFloat(x.Alert.Value, 'e', -1, 64),
		}
		a.Labels["alertname"] = x.Alert.Rule
		out = append(out, a)
	}
	return out
}

func (r *Ruler) groups(kind string) []groupAnswer {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []groupAnswer{}
	for _, g := range r.h.cfg.Rules.groups {
		answer := groupAnswer{Name: g.name, File: g.file, Rules: []any{}, Interval: g.interval.Seconds(), Limit: g.limit}
		for _, one := range g.rules {
			h, known := r.health[one]
			said := healthAnswer{Health: "unknown", EvaluationTime: h.took.Seconds()}
			if known {
				said.Health, said.LastEvaluation = "ok", time.UnixMilli(h.at).UTC()
				answer.EvaluationTime += h.took.Seconds()
				answer.LastEvaluation = said.LastEvaluation
			}
			if h.err != nil {
				said.Health, said.LastError = "err", h.err.Error()
			}
			switch {
			case one.record != "":
				if said.Health = "ok"; kind != "alert" { // it is evaluated when it is asked for
					answer.Rules = append(answer.Rules, recordingAnswer{one.record, one.expr.String(), one.labels, said, "recording"})
				}
			case kind != "record":
				alerts := r.told(one.place)
				state := alert.Inactive
				for _, a := range alerts {
					if a.State == string(alert.Firing) || state == alert.Inactive {
						state = alert.Phase(a.State)
					}
				}
				annotations := one.annotations
				if annotations == nil {
					annotations = map[string]string{}
				}
				answer.Rules = append(answer.Rules, alertingAnswer{
					string(state), one.alert, one.expr.String(), one.hold.Seconds(), one.keep.Seconds(), one.labels, annotations, alerts, said, "alerting",
				})
			}
		}
		answer.EvaluationTime = math.Round(answer.EvaluationTime*1e9) / 1e9
		out = append(out, answer)
	}
	return out
}
