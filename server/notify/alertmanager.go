package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"dashcam/collectors/alert"
)

const (
	// resend is how often Alertmanager is told what is firing. What it is not told of any
	// more is over for it after endsAfter, as with Prometheus.
	resend    = time.Minute
	endsAfter = 4 * resend
	// overFor is how long it is told that something is over.
	overFor = 15 * time.Minute
)

// alertsPath is where version 2 of its API takes alerts.
func alertsPath(u *url.URL) *url.URL { return u.JoinPath("api/v2/alerts") }

// postedAlert is an alert as Alertmanager takes it.
type postedAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    string            `json:"startsAt"`
	EndsAt      string            `json:"endsAt"`
	// GeneratorURL shows where it comes from.
	GeneratorURL string `json:"generatorURL,omitempty"`
}

// tellAlertmanager tells one what is firing and what is over, at once when something
// changes and then every minute: it has no queue, because all is said each time.
func (n *Notifier) tellAlertmanager(ctx context.Context, t *target) {
	every := time.NewTicker(resend)
	defer every.Stop()
	again := time.NewTimer(0)
	defer again.Stop()
	tries := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		case <-again.C:
		case <-n.wake[t.key]:
		}
		posted := n.posted(time.Now())
		if len(posted) == 0 && tries == 0 {
			continue
		}
		err := n.post(ctx, t, posted)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			tries = 0
			n.reached(t, time.Now())
			continue
		}
		failed := sendErrorOf(err)
		failed.Refused = false // the next one says something else
		tries++
		again.Reset(min(n.pause(tries, failed.After), resend))
		n.missed(t, time.Now(), failed)
	}
}

func (n *Notifier) post(ctx context.Context, t *target, alerts []postedAlert) error {
	body, err := json.Marshal(alerts)
	if err != nil { // it is texts
		return err
	}
	return n.client.do(ctx, http.MethodPost, t.to, http.Header{"Content-Type": {"application/json"}}, body)
}

// posted are the alerts that somebody is told of.
func (n *Notifier) posted(now time.Time) []postedAlert {
	out := []postedAlert{}
	if n.cfg.Alerts == nil {
		return out
	}
	for _, a := range n.cfg.Alerts() {
		if !a.Notify || a.FiredMs == 0 {
			continue
		}
		ends := now.Add(endsAfter)
		switch a.Phase {
		case alert.Firing:
		case alert.Resolved:
			ends = time.UnixMilli(a.EndMs)
			if now.Sub(ends) > overFor {
				continue
			}
		default:
			continue
		}
		out = append(out, n.postedAlert(&a, ends))
	}
	return out
}

// unfitLabel matches what the name of a label may not hold.
var unfitLabel = regexp.MustCompile(`[^a-zA-Z0-9_]`)

func (n *Notifier) postedAlert(a *alert.Alert, ends time.Time) postedAlert {
	host := clean(n.cfg.Source.Info().Hostname, 253)
	labels := map[string]string{"alertname": a.Rule, "instance": host, "job": "dashcam"}
	for name, value := range a.Labels {
		if value = clean(value, 200); value != "" {
			labels[strings.TrimLeft(unfitLabel.ReplaceAllString(name, "_"), "0123456789")] = value
		}
	}
	// Routes go by it. An alert that changes its level is another one to Alertmanager, and
	// the one before is over when it is not sent any more.
	labels["severity"] = string(a.Level)
	p := postedAlert{
		Labels: labels, Annotations: map[string]string{"summary": clean(a.Text, 300), "id": a.ID},
		StartsAt: stamp(time.UnixMilli(a.SinceMs)), EndsAt: stamp(ends),
	}
	if n.cfg.Link != "" {
		p.GeneratorURL = strings.TrimSuffix(n.cfg.Link, "/") + "/#at=" + time.UnixMilli(a.FiredMs).UTC().Format("2006-01-02T15:04:05Z")
	}
	return p
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
