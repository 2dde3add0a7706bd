package fleet

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

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

// Silent reports whether a host has not been heard of for longer than it may be.
func (w *Wall) Silent(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	return h != nil && h.silent
}
