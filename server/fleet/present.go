package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// Alert is an alert of a host as the hub knows it.
type Alert struct {
	alert.Alert
	// SilencedBy is the id of the silence that keeps it from being told, "" for none.
	SilencedBy string `json:"silencedBy,omitempty"`
}

// Present is what is wrong on a host now. The host sends all of it when something of it
// changes, so that the newest one is enough.
type Present struct {
	// Rev rises with every change, within an instance.
	Rev uint64 `json:"rev"`
	// Verdict is one sentence, "" while nothing is wrong.
	Verdict string `json:"verdict,omitempty"`
	// Alerts are those that are pending or firing, and the last resolved ones.
	Alerts []Alert `json:"alerts,omitempty"`
}

// The bounds of a Present.
const (
	maxAlerts       = 200
	maxAlertLabels  = 32
	maxAlertText    = collectors.MaxEventText
	sentResolved    = 20
	sentResolvedAge = 24 * time.Hour
)

// checkPresent cleans a Present and reports what is wrong with it.
func checkPresent(p *Present) error {
	if p.Rev == 0 || p.Rev > maxMs {
		return refuse("rev of now is %d: expected a number from 1 on", p.Rev)
	}
	if len(p.Alerts) > maxAlerts {
		return refuse("%d alerts: expected at most %d", len(p.Alerts), maxAlerts)
	}
	p.Verdict = cleaned(p.Verdict, maxAlertText)
	for i := range p.Alerts {
		if err := checkAlert(&p.Alerts[i]); err != nil {
			return err
		}
	}
	return nil
}

func checkAlert(a *Alert) error {
	if a.ID == "" || a.Rule == "" {
		return refuse("alert %.80q of rule %.80q: expected both", a.ID, a.Rule)
	}
	if a.Phase != alert.Pending && a.Phase != alert.Firing && a.Phase != alert.Resolved {
		return refuse("state of an alert %.80q: expected pending, firing or resolved", a.Phase)
	}
	if a.Level != "" && a.Level != alert.Warning && a.Level != alert.Critical {
		return refuse("level of an alert %.80q: expected warning or critical", a.Level)
	}
	for _, t := range []int64{a.SinceMs, a.FiredMs, a.EndMs} {
		if t < 0 || t > maxMs {
			return refuse("time of an alert %d: expected Unix milliseconds", t)
		}
	}
	if len(a.Labels) > maxAlertLabels {
		return refuse("%d labels of an alert: expected at most %d", len(a.Labels), maxAlertLabels)
	}
	labels := make(map[string]string, len(a.Labels))
	for name, value := range a.Labels {
		labels[cleaned(name, maxLabel)] = cleaned(value, maxAlertText)
	}
	a.Labels, a.Annotations = labels, nil
	a.ID, a.Rule, a.Unit, a.SilencedBy = cleaned(a.ID, maxName), cleaned(a.Rule, maxName), cleaned(a.Unit, maxLabel), cleaned(a.SilencedBy, maxName)
	a.Text = cleaned(a.Text, maxAlertText)
	return nil
}

// sentAlerts are those of a host that a hub is told of: the worst that is going on, and
// what was over last.
func sentAlerts(all []Alert, now time.Time) []Alert {
	all = slices.Clone(all)
	sortAlerts(all)
	out, over := make([]Alert, 0, min(len(all), maxAlerts)), 0
	for _, a := range all {
		if a.Phase == alert.Resolved {
			if over++; over > sentResolved || now.UnixMilli()-a.EndMs > sentResolvedAge.Milliseconds() {
				continue
			}
		}
		if len(out) < maxAlerts {
			a.Annotations = nil // the text says what is to be said
			a.Value, a.Peak = collectors.Finite(a.Value), collectors.Finite(a.Peak)
			out = append(out, a)
		}
	}
	return out
}

// sortAlerts orders alerts: firing ones before pending and those before resolved ones, what
// is critical first, then the newest.
func sortAlerts(all []Alert) { slices.SortStableFunc(all, compareAlerts) }

func compareAlerts(a, b Alert) int {
	order := map[alert.Phase]int{alert.Firing: 0, alert.Pending: 1, alert.Resolved: 2}
	level := map[alert.Level]int{alert.Critical: 0, alert.Warning: 1}
	return cmp.Or(
		cmp.Compare(order[a.Phase], order[b.Phase]),
		cmp.Compare(b.EndMs, a.EndMs),
		cmp.Compare(level[a.Level], level[b.Level]),
		cmp.Compare(b.SinceMs, a.SinceMs),
		strings.Compare(a.ID, b.ID),
	)
}

// stateOf tells by a text whether something of alerts has changed that has to be told at
// once.
func stateOf(alerts []Alert) string {
	var b strings.Builder
	for i := range alerts {
		a := &alerts[i]
		b.WriteString(a.ID + " " + string(a.Phase) + " " + string(a.Level) + " " + a.SilencedBy + "\n")
	}
	return b.String()
}

const (
	// refreshPresent is how often the values of alerts are sent while nothing else changes.
	refreshPresent = time.Minute
	// judgeEvery is how often a verdict is made while something is wrong and stays so, and
	// judgeShare for how many times as long as one took none is made.
	judgeEvery = time.Minute
	judgeShare = 500
	// resendLongest is the longest pause before what was not acknowledged is sent again.
	resendLongest = 5 * time.Minute
)

// presenter knows what is wrong on a host, and which of it a hub has.
type presenter struct {
	alerts  func() []Alert
	verdict func(ctx context.Context, at int64) (collectors.Verdict, error)

	// known says that a hub has said what it has, acked which rev.
	known bool
	acked uint64
	// sent is when rev was sent, pause how long its acknowledgement is waited for.
	sent  time.Time
	pause time.Duration

	now     Present
	state   string // of now
	changed time.Time

	// sentence is the last verdict, begun when, of which levels, and when the next may be.
	sentence string
	levels   [len(Resources)]Level
	judged   time.Time
	next     time.Time
	judging  chan judged // nil while none is made
	over     bool        // nothing is wrong any more since that was begun
}

// judged is a verdict, and how long it took.
type judged struct {
	sentence string
	took     time.Duration
}

// again forgets what a hub has.
func (p *presenter) again() { p.known, p.sent = false, time.Time{} }

// ack takes what a hub says that it has of an instance.
func (p *presenter) ack(rev uint64, same bool) {
	if !same {
		rev = 0
	}
	p.known = true
	if p.acked = rev; rev != p.now.Rev {
		p.pause = min(p.pause, resend)
	}
}

// look finds out what is wrong, given the states of the newest row.
func (p *presenter) look(ctx context.Context, levels [len(Resources)]Level, at int64, now time.Time) {
	p.judge(ctx, levels, at, now)
	var alerts []Alert
	if p.alerts != nil {
		alerts = sentAlerts(p.alerts(), now)
	}
	next := Present{Rev: p.now.Rev, Verdict: p.sentence, Alerts: alerts}
	state := stateOf(alerts) + next.Verdict
	if p.now.Rev > 0 && state == p.state && (now.Sub(p.changed) < refreshPresent || sameAlerts(alerts, p.now.Alerts)) {
		return
	}
	next.Rev++
	p.now, p.state, p.changed = next, state, now
	p.sent, p.pause = time.Time{}, resend
}

func sameAlerts(a, b []Alert) bool {
	return slices.EqualFunc(a, b, func(a, b Alert) bool {
		return a.ID == b.ID && a.Phase == b.Phase && a.Text == b.Text && a.Value == b.Value && maps.Equal(a.Labels, b.Labels)
	})
}

// judge has a verdict made where something is wrong, one at a time.
func (p *presenter) judge(ctx context.Context, levels [len(Resources)]Level, at int64, now time.Time) {
	if p.judging != nil {
		select {
		case made := <-p.judging:
			if !p.over {
				p.sentence = made.sentence
			}
			p.judging, p.over, p.next = nil, false, now.Add(judgeShare*made.took)
		default:
		}
	}
	if slices.Max(levels[:]) <= OK || p.verdict == nil {
		p.sentence, p.levels, p.judged, p.over = "", levels, time.Time{}, p.judging != nil
		return
	}
	if p.judging != nil || now.Before(p.next) || levels == p.levels && now.Sub(p.judged) < judgeEvery {
		return
	}
	p.levels, p.judged, p.judging = levels, now, make(chan judged, 1)
	to := p.judging
	go func() {
		begun, sentence := time.Now(), ""
		if v, err := p.verdict(ctx, at); err == nil && v.Level != collectors.VerdictOK {
			sentence = v.Text
		}
		to <- judged{cleaned(sentence, maxAlertText), time.Since(begun)}
	}()
}

// wait waits for a verdict that is being made.
func (p *presenter) wait() {
	if p.judging != nil {
		<-p.judging
	}
}

// due returns what a hub has to be told now, nil for nothing.
func (p *presenter) due(now time.Time) *Present {
	if !p.known || p.now.Rev == 0 || p.acked == p.now.Rev || !p.sent.IsZero() && now.Sub(p.sent) < p.pause {
		return nil
	}
	if !p.sent.IsZero() {
		p.pause = min(2*p.pause, resendLongest)
	}
	p.sent = now
	return &p.now
}

// message is a Present as an event message: as many of its alerts as there is room for.
func (p *Present) message(instance string) []byte {
	m := *p
	for {
		text, err := json.Marshal(Events{Instance: instance, Events: []collectors.Event{}, Now: &m})
		if err != nil { // it is texts and finite numbers
			panic(err)
		}
		if len(text) <= MaxPayload {
			return text
		}
		m.Alerts = m.Alerts[:len(m.Alerts)/2]
	}
}
