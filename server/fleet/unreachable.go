package fleet

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"dashcam/collectors/alert"
)

const (
	// silentPaces is how many summaries may be missing before a host counts as silent, and
	// unreachable how long after that an alert is raised.
	silentPaces = 3
	unreachable = 30 * time.Second
	// A host is back after so many summaries in so long.
	backSummaries = 3
	backWithin    = 30 * time.Second
	// startGrace is how long hosts have to come back to a hub that has just begun, and
	// awayAfter from when on the hub was away itself: suspended, or starved.
	startGrace = 2 * time.Minute
	awayAfter  = 10 * time.Second
	// keptOver is how many alerts are known that are over.
	keptOver = 200
)

// reach is whether a host is heard of.
type reach struct {
	// gone is the alert that it is not, nil for none.
	gone *alert.Alert
	// back is how many summaries have come since, the first of them at first.
	back  int
	first time.Time
	// grace is until when nothing is raised.
	grace time.Time
}

// lost raises the alert, at a moment.
func (w *Wall) lost(h *host, now time.Time) alert.Change {
	labels := make(map[string]string)
	maps.Copy(labels, h.labels())
	labels["host"], labels["id"] = h.name(), h.record.ID
	a := alert.Alert{
		ID: alert.NewID(alert.HostUnreachable, h.record.ID, h.seen.UnixMilli()), Rule: alert.HostUnreachable, Phase: alert.Firing, Level: alert.Critical,
		Labels: labels, SinceMs: h.seen.UnixMilli(), FiredMs: now.UnixMilli(), Text: fmt.Sprintf("host %s is unreachable", h.name()), Notify: true,
	}
	h.reach.gone, h.reach.back = &a, 0
	return changeOf(a, now)
}

// found ends it, and says why where that is not that the host is back.
func (w *Wall) found(h *host, why string, now time.Time) alert.Change {
	a := *h.reach.gone
	a.Phase, a.EndMs = alert.Resolved, now.UnixMilli()
	a.Text += why
	h.reach.gone = nil
	if w.over = append(w.over, a); len(w.over) > keptOver {
		w.over = slices.Delete(w.over, 0, len(w.over)-keptOver)
	}
	return changeOf(a, now)
}

func changeOf(a alert.Alert, now time.Time) alert.Change {
	a.Labels = maps.Clone(a.Labels)
	return alert.Change{Alert: a, T: now.UnixMilli()}
}

// heard takes note that a summary came, and reports whether the host is back by that.
func (r *reach) heard(now time.Time) (back bool) {
	if r.gone == nil {
		return false
	}
	if r.back == 0 || now.Sub(r.first) > backWithin {
		r.back, r.first = 0, now
	}
	r.back++
	return r.back >= backSummaries
}

// Watch marks the hosts that are silent, and raises alerts for those that have been for
// long. A time in which the hub was away itself says nothing of them.
func (w *Wall) Watch(now time.Time) {
	var changes []alert.Change
	w.mu.Lock()
	away := !w.watched.IsZero() && now.Sub(w.watched) > awayAfter
	w.watched = now
	for _, h := range w.hosts {
		if away {
			h.reach.grace = now.Add(silentPaces*w.pace + unreachable)
		}
		last := h.seen
		if last.IsZero() {
			last = h.begun
		}
		gone := now.Sub(last)
		was := h.silent
		if h.silent = gone > silentPaces*w.pace; h.silent && !was && !h.seen.IsZero() {
			w.stats.silences.Add(1)
		}
		if gone > silentPaces*w.pace+unreachable && h.reach.gone == nil && !h.seen.IsZero() && !now.Before(h.reach.grace) {
			changes = append(changes, w.lost(h, now))
		}
	}
	w.mu.Unlock()
	slices.SortFunc(changes, func(a, b alert.Change) int { return compareAlerts(Alert{Alert: a.Alert}, Alert{Alert: b.Alert}) })
	for _, c := range changes {
		w.raised(c)
	}
}

// Unreachable returns the alerts of hosts that are silent, newest first, and then those that
// were over last.
func (w *Wall) Unreachable() []alert.Alert {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []alert.Alert{}
	for _, h := range w.hosts {
		if h.reach.gone != nil {
			out = append(out, *h.reach.gone)
		}
	}
	for _, k := range w.recalled {
		if k.Gone != nil {
			out = append(out, *k.Gone)
		}
	}
	slices.SortFunc(out, func(a, b alert.Alert) int { return compareAlerts(Alert{Alert: a}, Alert{Alert: b}) })
	for _, a := range slices.Backward(w.over) {
		out = append(out, a)
	}
	for i := range out {
		out[i].Labels = maps.Clone(out[i].Labels)
	}
	return out
}

// withoutUnreachable are the alerts of the hub's own host: those about others are told of
// them. What silences those is noted.
func (w *Wall) withoutUnreachable(all []Alert) []Alert {
	silenced := make(map[string]string)
	all = slices.DeleteFunc(all, func(a Alert) bool {
		if a.Rule == alert.HostUnreachable && a.SilencedBy != "" {
			silenced[a.ID] = a.SilencedBy
		}
		return a.Rule == alert.HostUnreachable
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.silenced = silenced
	return all
}
