package fleet

import (
	"slices"
	"strings"

	"dashcam/collectors/alert"
)

// HostAlert is an alert of one host in the API.
type HostAlert struct {
	Host string `json:"host"`
	// Name is that of the host. Online is false for one that is silent: its alerts are
	// those of when it was last heard of.
	Name   string `json:"name"`
	Online bool   `json:"online"`
	alert.Alert
	// Silenced is the id of a silence, or false.
	Silenced any `json:"silenced"`
}

// Alerts returns the alerts of all hosts that only wants: those that are firing, what is
// critical first, then those that are pending, then what was over last.
func (w *Wall) Alerts(only func(host string, phase alert.Phase) bool, limit int) []HostAlert {
	type of struct {
		id, name string
		online   bool
		Alert
	}
	var found []of
	w.mu.Lock()
	for id, h := range w.hosts {
		online := !h.seen.IsZero() && !h.silent
		for _, a := range h.present.Alerts {
			if only(id, a.Phase) {
				found = append(found, of{id, h.name(), online, a})
			}
		}
		if a := h.reach.gone; a != nil && only(id, a.Phase) {
			found = append(found, of{id, h.name(), online, Alert{*a, w.silenced[a.ID]}})
		}
	}
	for _, a := range w.over {
		if id := a.Labels["id"]; only(id, a.Phase) {
			h := w.hosts[id]
			found = append(found, of{id, a.Labels["host"], h != nil && !h.silent, Alert{a, w.silenced[a.ID]}})
		}
	}
	w.mu.Unlock()
	slices.SortFunc(found, func(a, b of) int {
		if c := compareAlerts(a.Alert, b.Alert); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	found = found[:min(len(found), limit)]
	out := make([]HostAlert, len(found))
	for i, a := range found {
		out[i] = HostAlert{Host: a.id, Name: a.name, Online: a.online, Alert: a.Alert.Alert, Silenced: false}
		if a.SilencedBy != "" {
			out[i].Silenced = a.SilencedBy
		}
	}
	return out
}
