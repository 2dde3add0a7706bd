package notify

import (
	"fmt"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// toldAfter is how long a receiver has to fail before the others are told.
const toldAfter = 2 * time.Minute

// health is how a receiver is doing.
type health struct {
	reached int64 // when it last took something
	since   int64 // since when it fails, 0 for not
	err     string
	told    string // the id of the notice that told the others
}

// Receivers returns how every receiver is doing, in the order of the configuration.
func (n *Notifier) Receivers() []alert.Receiver {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := make([]alert.Receiver, 0, len(n.targets))
	for _, t := range n.targets {
		h := n.health[t.key]
		r := alert.Receiver{Name: t.name, State: "unknown", SinceMs: h.since, ReachedMs: h.reached, Error: h.err, Waiting: n.queue.count(t.key)}
		switch {
		case h.since > 0:
			r.State = "failing"
		case h.reached > 0:
			r.State = "ok"
		}
		out = append(out, r)
	}
	return out
}

// Deliveries tells, by the id of an alert, how far the notices of it have come, the oldest
// first.
func (n *Notifier) Deliveries() map[string][]alert.Delivery {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := make(map[string][]alert.Delivery)
	for _, e := range n.queue.entries {
		for _, key := range e.to {
			d, ok := n.delivery(e, key)
			if !ok {
				continue
			}
			for i := range e.notice.Alerts {
				id := e.notice.Alerts[i].ID
				out[id] = append(out[id], d)
			}
		}
	}
	return out
}

// delivery is for who holds mu.
func (n *Notifier) delivery(e *entry, key string) (alert.Delivery, bool) {
	i := slices.IndexFunc(n.targets, func(t *target) bool { return t.key == key })
	if e == nil || i < 0 || e.states[key] == nil {
		return alert.Delivery{}, false
	}
	p := e.states[key]
	return alert.Delivery{
		Notice: e.notice.ID, Kind: e.notice.Kind, Receiver: n.targets[i].name, State: p.state,
		AtMs: p.at, NextMs: p.next, Tries: p.tries, MaybeTwice: p.lost > 0, Error: p.err,
	}, true
}

// failing reports whether the others were told of a receiver.
func (n *Notifier) failing() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.targets {
		if t.kind != calledWhenWell && n.health[t.key].told != "" {
			return true
		}
	}
	return false
}

// reached notes that a receiver took something.
func (n *Notifier) reached(t *target, now time.Time) {
	n.mu.Lock()
	h := n.health[t.key]
	before := *h
	*h = health{reached: now.UnixMilli()}
	n.mu.Unlock()
	if before.since == 0 {
		return
	}
	lasted := now.Sub(time.UnixMilli(before.since))
	n.log.Info("receiver gets notifications again", "receiver", t.name, "after", lasted.Round(time.Second))
	if before.told == "" {
		return
	}
	a := ofReceiver(t, before.since, before.told, before.err)
	a.Phase, a.EndMs = alert.Resolved, now.UnixMilli()
	a.Text = "notifications to " + t.name + " arrive again"
	n.tellOthers(t, alert.Notice{ID: before.told + "-over", AtMs: now.UnixMilli(), Kind: alert.NoticeResolved, Level: a.Level, Alerts: []alert.Alert{a}, After: []string{before.told}})
}

// missed notes that a receiver did not take something, and tells the others when that has
// lasted, or when something is given up.
func (n *Notifier) missed(t *target, now time.Time, failed *SendError) {
	n.mu.Lock()
	h := n.health[t.key]
	first := h.since == 0
	if first {
		h.since = now.UnixMilli()
	}
	h.err = failed.Text
	tell := h.told == "" && (failed.Refused || now.Sub(time.UnixMilli(h.since)) >= toldAfter)
	if tell {
		h.told = fmt.Sprintf("receiver-%s-%d", t.key, h.since)
	}
	after := *h
	n.mu.Unlock()
	if first {
		n.log.Warn("receiver does not get notifications", "receiver", t.name, "err", failed.Text)
	}
	if tell {
		a := ofReceiver(t, after.since, after.told, failed.Text)
		n.tellOthers(t, alert.Notice{ID: after.told, AtMs: now.UnixMilli(), Kind: alert.NoticeFiring, Level: a.Level, Alerts: []alert.Alert{a}})
	}
}

// ofReceiver is the alert that a receiver gets nothing.
func ofReceiver(t *target, since int64, id, why string) alert.Alert {
	return alert.Alert{
		ID: id, Rule: "receiver", Phase: alert.Firing, Level: alert.Warning, Labels: map[string]string{"receiver": t.name},
		SinceMs: since, FiredMs: since, Text: "notifications to " + t.name + " do not arrive: " + why, Notify: true,
	}
}

// tellOthers tells every receiver but one, and the page.
func (n *Notifier) tellOthers(but *target, notice alert.Notice) {
	_ = n.take(notice, func(t *target) bool { return t != but }) // it was logged
	if n.cfg.Post == nil {
		return
	}
	a := &notice.Alerts[0]
	e := collectors.Event{Kind: collectors.EventAlert, Source: a.Rule, Text: a.Text, ID: notice.ID, Level: collectors.LevelWarning, About: collectors.About{Kind: "receiver", Name: but.name}}
	if notice.Kind == alert.NoticeResolved {
		e.Level, e.Resolves = "", a.ID
	}
	n.cfg.Post(e)
}
