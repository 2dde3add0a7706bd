package fleet

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// Record is what the registry keeps of a host.
type Record struct {
	ID        string            `json:"id"`
	PublicKey string            `json:"publicKey"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels,omitempty"` // given on the hub
	JoinedMs  int64             `json:"joinedMs"`
	// CloneOf is the host that had the id which this one asked for.
	CloneOf string `json:"cloneOf,omitempty"`
}

// clockTolerance is the difference of clocks that is not told.
const clockTolerance = 2000

// Wall is all hosts with what they said last. It is the hub's memory: broker and
// simulation feed it, the API and the table of hosts read it. All methods may be called by
// any goroutine.
type Wall struct {
	version string
	raised  func(alert.Change)
	stats   hubStats

	mu    sync.Mutex
	hosts map[string]*host
	// pace is the time between summaries, kept what it is where that was set, else 0.
	pace, kept time.Duration
	// watched is when Watch looked last.
	watched time.Time
	// over are the alerts of hosts that are back, oldest first, and silenced what silences
	// which.
	over     []alert.Alert
	silenced map[string]string
	// recalled are hosts of which an instance before knew, and the registry has yet to tell.
	recalled map[string]*keptHost
	events   []HostEvent
	// forgotten is how many events came before the oldest of events.
	forgotten int64
}

// host is one of the wall.
type host struct {
	record  Record
	about   About
	offset  int64 // of its clock
	summary Summary
	seen    time.Time // when a summary came last
	begun   time.Time // since when one is awaited
	silent  bool
	reach   reach
	copied  copied
	strips  strips
	eventAt map[string]uint64 // the last row of which events came, by instance
	// present is what is wrong on the host, as presentOf, an instance, said last.
	present   Present
	presentOf string
}

// HostEvent is an event of one host.
type HostEvent struct {
	Host string `json:"host"`
	collectors.Event
}

// maxHostEvents is how many events of all hosts are remembered.
const maxHostEvents = 10_000

// NewWall returns a wall without hosts. version is that of the hub; raised is told of the
// alerts of hosts that are silent, and may be nil.
func NewWall(version string, raised func(alert.Change)) *Wall {
	if raised == nil {
		raised = func(alert.Change) {}
	}
	return &Wall{version: version, raised: raised, hosts: make(map[string]*host), pace: Pace(0)}
}

// Pace is the time between summaries that so many hosts should keep.
func Pace(hosts int) time.Duration {
	switch {
	case hosts <= 200:
		return time.Second
	case hosts <= 1000:
		return 2 * time.Second
	}
	return 5 * time.Second
}

// Set adds a host or replaces what the registry says of it.
func (w *Wall) Set(r Record, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[r.ID]
	if h == nil {
		h = &host{begun: now, summary: Summary{States: unknownStates()}, eventAt: make(map[string]uint64)}
		w.hosts[r.ID] = h
		if k := w.recalled[r.ID]; k != nil {
			h.restore(k, now)
			delete(w.recalled, r.ID)
		}
	}
	h.record = r
	w.setPace()
}

func unknownStates() (s [len(Resources)]State) {
	for i := range s {
		s[i] = State{Level: Unknown, Use: math.NaN(), Saturation: math.NaN()}
	}
	return s
}

// Split makes a clone a host of its own, and reports whether there is such a host. What
// the registry says later counts again.
func (w *Wall) Split(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	if h != nil {
		h.record.CloneOf = ""
	}
	return h != nil
}

// Remove forgets a host, and reports whether it was there. Nobody waits for it any more.
func (w *Wall) Remove(id string) bool {
	w.mu.Lock()
	h, known := w.hosts[id]
	var change alert.Change
	over := known && h.reach.gone != nil
	if over {
		change = w.found(h, ", and was removed", w.watched)
	}
	delete(w.hosts, id)
	w.setPace()
	w.mu.Unlock()
	if over {
		w.raised(change)
	}
	return known
}

// KeepPace sets the time between summaries, whatever the number of hosts; 0 leaves it to
// [Pace].
func (w *Wall) KeepPace(pace time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = pace
	w.setPace()
}

func (w *Wall) setPace() { w.pace = cmp.Or(w.kept, Pace(len(w.hosts))) }

// Record returns what the registry says of a host.
func (w *Wall) Record(id string) (Record, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.hosts[id]; h != nil {
		return h.record, true
	}
	return Record{}, false
}

// IDs returns the ids of all hosts, ascending.
func (w *Wall) IDs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.hosts))
}

// Len returns how many hosts there are.
func (w *Wall) Len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.hosts)
}

// PaceNow returns the time between summaries that hosts should keep now.
func (w *Wall) PaceNow() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pace
}

// Introduced takes what a host says of itself.
func (w *Wall) Introduced(id string, a About, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch h := w.hosts[id]; {
	case h == nil:
	case h.summary.Instance == "" || h.summary.Instance == a.Instance:
		if h.about.Instance != a.Instance {
			h.copied.about, h.copied.offset = h.about, h.offset
		}
		h.about, h.offset = a, a.NowMs-now.UnixMilli()
	default: // it counts when a summary has come, too
		h.copied.about, h.copied.offset = a, a.NowMs-now.UnixMilli()
	}
}

// Summarized takes a summary of a host, and reports whether it is from the one that is the
// host: another machine may have its key.
func (w *Wall) Summarized(id string, s Summary, now time.Time) bool {
	w.mu.Lock()
	h := w.hosts[id]
	if h == nil {
		w.mu.Unlock()
		return true
	}
	if !h.admits(s.Instance, now, w.pace) {
		w.mu.Unlock()
		return false
	}
	if s.Instance == h.summary.Instance && s.Seq < h.summary.Seq { // an old one, late
		w.stats.duplicates.Add(1)
		w.mu.Unlock()
		return true
	}
	h.summary, h.seen, h.silent = s, now, false
	h.strips.add(&s, now.UnixMilli())
	var change alert.Change
	back := h.reach.heard(now)
	if back {
		change = w.found(h, "", now)
	}
	w.mu.Unlock()
	if back {
		w.raised(change)
	}
	return true
}

func (h *host) name() string {
	if h.about.Name != "" {
		return h.about.Name
	}
	return h.record.Name
}

// labels are those that the host gives itself, and those given on the hub, which count.
func (h *host) labels() map[string]string {
	labels := make(map[string]string, len(h.about.Labels)+len(h.record.Labels))
	maps.Copy(labels, h.about.Labels)
	maps.Copy(labels, h.record.Labels)
	return labels
}

// Happened takes events of a host and returns the last row of which it has them. What it
// has already is left out.
func (w *Wall) Happened(id string, m Events) (seq uint64, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	if h == nil || h.refuses(m.Instance, time.Now()) {
		return 0, false
	}
	last := h.eventAt[m.Instance]
	for _, e := range m.Events {
		if e.Seq <= last {
			w.stats.duplicates.Add(1)
			continue
		}
		w.events = append(w.events, HostEvent{id, e})
	}
	if n := len(m.Events); n > 0 {
		last = max(last, m.Events[n-1].Seq)
	}
	clear(h.eventAt) // an instance that ended says nothing more
	h.eventAt[m.Instance] = last
	if m.Now != nil && (m.Instance != h.presentOf || m.Now.Rev >= h.present.Rev) {
		h.present, h.presentOf = *m.Now, m.Instance
	}
	if n := len(w.events); n > maxHostEvents {
		w.events = slices.Delete(w.events, 0, n-maxHostEvents)
		w.forgotten += int64(n - maxHostEvents)
	}
	return last, true
}

// ackOf is what has come of an instance of a host: up to which row events, and what is
// wrong.
func (w *Wall) ackOf(id, instance string) Control {
	c := Control{Type: typeAck, Instance: instance}
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.hosts[id]; h != nil {
		c.Seq = h.eventAt[instance]
		if h.presentOf == instance {
			c.Rev = h.present.Rev
		}
	}
	return c
}

// EventQuery says which events are asked for. The zero value asks for none: Limit is how
// many at most.
type EventQuery struct {
	FromMs, ToMs int64 // ToMs is the first moment that is no more asked for, 0 for no end
	// After is how many events had come when it was asked before: what came since is
	// found, whenever it happened.
	After int64
	Hosts []string // nil for all
	Limit int
}

// Events returns the newest events that are asked for, oldest first, and how many have
// come in all.
func (w *Wall) Events(q EventQuery) (events []HostEvent, came int64) {
	w.mu.Lock()
	found := []HostEvent{}
	came = w.forgotten + int64(len(w.events))
	for _, e := range w.events[min(max(q.After-w.forgotten, 0), int64(len(w.events))):] {
		if e.T >= q.FromMs && (q.ToMs == 0 || e.T < q.ToMs) && (q.Hosts == nil || slices.Contains(q.Hosts, e.Host)) {
			found = append(found, e)
		}
	}
	w.mu.Unlock()
	slices.SortStableFunc(found, func(a, b HostEvent) int { return cmp.Compare(a.T, b.T) })
	return found[max(0, len(found)-q.Limit):], came
}

// Online reports whether summaries of a host come.
func (w *Wall) Online(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	return h != nil && !h.seen.IsZero() && !h.silent
}

// Silent reports whether a host has not been heard of for longer than it may be.
func (w *Wall) Silent(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	return h != nil && h.silent
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

// Strips are the last steps of all hosts.
type Strips struct {
	StepMs int64 `json:"stepMs"`
	// FromMs is when the first step begins.
	FromMs int64                       `json:"fromMs"`
	Steps  int                         `json:"steps"`
	Hosts  map[string]map[string]Strip `json:"hosts"`
}

// Strip is one resource of a host: a character for each step, 0, 1, 2 for ok, warn and
// critical, and "-" where nothing is known; and the largest use of each step in percent.
type Strip struct {
	Levels string `json:"levels"`
	Use    []*int `json:"use,omitempty"`
}

// Strips returns n steps that begin with the one of a time. Use is left out unless it is
// asked for; only names hosts, nil all.
func (w *Wall) Strips(fromMs int64, n int, use bool, only []string) Strips {
	from := uint32(max(0, fromMs) / stepMs)
	out := Strips{StepMs: stepMs, FromMs: int64(from) * stepMs, Steps: n, Hosts: make(map[string]map[string]Strip)}
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, h := range w.hosts {
		if only != nil && !slices.Contains(only, id) {
			continue
		}
		of := make(map[string]Strip, len(Resources))
		for r, name := range Resources {
			strip := Strip{Levels: h.strips.levels(r, from, n)}
			if use {
				strip.Use = h.strips.uses(r, from, n)
			}
			of[name] = strip
		}
		out.Hosts[id] = of
	}
	return out
}

// labelText is labels as one text, ordered by name.
func labelText(labels map[string]string) string {
	parts := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, name+"="+labels[name])
	}
	return strings.Join(parts, " ")
}
