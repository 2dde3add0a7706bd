package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Alert is one time that a rule was raised for an instance.
type Alert struct {
	// ID is made of rule, instance and time, so that the same rows give the same one.
	ID    string `json:"id"`
	Rule  string `json:"rule"`
	Phase Phase  `json:"state"`
	Level Level  `json:"level,omitempty"`
	// Labels name the instance: {"mount": "/var"}.
	Labels map[string]string `json:"labels"`
	// SinceMs is when the condition began to hold, FiredMs when it had for long enough,
	// EndMs when it was over; 0 for not yet.
	SinceMs int64 `json:"sinceMs"`
	FiredMs int64 `json:"firedMs,omitempty"`
	EndMs   int64 `json:"endMs,omitempty"`
	// Text says what is wrong, with the value of the last evaluation while it was.
	Text  string  `json:"text"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
	// Peak is the worst value since it began.
	Peak   float64 `json:"peak"`
	Notify bool    `json:"notify"`
	// Annotations are those of a rule in Prometheus' format.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Change is an alert that fired, changed its level or was resolved.
type Change struct {
	Alert Alert
	// T is when, in Unix milliseconds, Seq the row.
	T   int64
	Seq uint64
}

func newAlert(x *instance, at int64, value float64) *Alert {
	a := &Alert{Rule: x.rule.Name, SinceMs: at, Labels: map[string]string{}, Unit: string(x.rule.Unit), Notify: x.rule.Notify, Peak: value}
	if x.label != "" {
		a.Labels[x.label] = x.name
	}
	a.ID = NewID(a.Rule, x.name, at)
	return a
}

// NewID is the id of an alert of a rule and an instance that began at a moment.
func NewID(rule, instance string, at int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", rule, instance, at))
	return hex.EncodeToString(sum[:8])
}

func (a *Alert) clone() Alert {
	c := *a
	c.Labels = make(map[string]string, len(a.Labels))
	for k, v := range a.Labels {
		c.Labels[k] = v
	}
	return c // annotations are not changed by anybody
}
