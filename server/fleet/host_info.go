package fleet

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// clockTolerance is the difference of clocks that is not told.
const clockTolerance = 2000

// HostInfo is one host in the API.
type HostInfo struct {
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	Online bool              `json:"online"`
	// LastSeenMs is when the last summary came, 0 while none has.
	LastSeenMs int64                `json:"lastSeenMs"`
	States     map[string]HostState `json:"states"`
	Top        HostTop              `json:"top"`
	Alerts     int                  `json:"alerts"`
	Version    string               `json:"version"`
	// ClockOffsetMs is how far the host's clock is ahead, 0 within 2 s.
	ClockOffsetMs int64  `json:"clockOffsetMs"`
	Instance      string `json:"instance,omitempty"`
	Seq           uint64 `json:"seq,omitempty"`
	BootMs        int64  `json:"bootMs,omitempty"`
	OS            string `json:"os,omitempty"`
	JoinedMs      int64  `json:"joinedMs,omitempty"`
	CloneOf       string `json:"cloneOf,omitempty"`
	Share         Share  `json:"share,omitempty"`
	// Old says that the host runs another version than the hub.
	Old bool `json:"old,omitempty"`
	// Verdict is what the host says is wrong with it, in one sentence; "" for nothing.
	Verdict string `json:"verdict,omitempty"`
}

// HostState is one resource in the API: Use and Saturation are percent, nil where they are
// not known.
type HostState struct {
	Level      string   `json:"level"`
	SinceMs    int64    `json:"sinceMs,omitempty"`
	Use        *float64 `json:"use"`
	Saturation *float64 `json:"saturation"`
}

// HostTop names who takes the most of a host.
type HostTop struct {
	Process string `json:"process,omitempty"`
	Service string `json:"service,omitempty"`
}

// Hosts returns all hosts: the worst first, then by name.
func (w *Wall) Hosts() []HostInfo {
	w.mu.Lock()
	out := make([]HostInfo, 0, len(w.hosts))
	for _, h := range w.hosts {
		out = append(out, w.info(h))
	}
	w.mu.Unlock()
	slices.SortFunc(out, func(a, b HostInfo) int {
		return cmp.Or(cmp.Compare(b.badness(), a.badness()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Host returns one host.
func (w *Wall) Host(id string) (HostInfo, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.hosts[id]; h != nil {
		return w.info(h), true
	}
	return HostInfo{}, false
}

func (w *Wall) info(h *host) HostInfo {
	s := &h.summary
	i := HostInfo{
		ID: h.record.ID, Name: h.name(), Labels: h.labels(), Online: !h.seen.IsZero() && !h.silent,
		States: make(map[string]HostState, len(Resources)), Top: HostTop{s.Process, s.Service}, Alerts: s.Alerts, Version: s.Version,
		Instance: s.Instance, Seq: s.Seq, BootMs: h.about.BootMs, OS: h.about.OS, JoinedMs: h.record.JoinedMs, CloneOf: h.record.CloneOf, Share: h.about.Share,
	}
	if !h.seen.IsZero() {
		i.LastSeenMs = h.seen.UnixMilli()
	}
	if h.offset > clockTolerance || h.offset < -clockTolerance {
		i.ClockOffsetMs = h.offset
	}
	i.Old = s.Version != "" && s.Version != w.version
	for r, name := range Resources {
		st := &s.States[r]
		out := HostState{Level: st.Level.String(), SinceMs: st.SinceMs}
		if v := math.Round(st.Use*10) / 10; !math.IsNaN(v) {
			out.Use = &v
		}
		if v := math.Round(st.Saturation*10) / 10; !math.IsNaN(v) {
			out.Saturation = &v
		}
		i.States[name] = out
		if st.Level > OK { // the sentence may come later than the state
			i.Verdict = h.present.Verdict
		}
	}
	i.Verdict = cmp.Or(h.second(time.Now()), i.Verdict)
	return i
}

// badness orders hosts: one that is silent comes behind those that are critical, because
// nobody knows.
func (i *HostInfo) badness() int {
	const ok, warn, silent, critical = 0, 1, 2, 3
	if !i.Online {
		return silent
	}
	worst := ok
	for _, st := range i.States {
		switch st.Level {
		case Critical.String():
			worst = critical
		case Warn.String():
			worst = max(worst, warn)
		}
	}
	return worst
}
