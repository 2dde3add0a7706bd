package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// The bounds of messages, in bytes and in numbers of things.
const (
	// MaxSummary is the longest summary.
	MaxSummary = 400
	// MaxAbout is the longest introduction of a host.
	MaxAbout = 4 << 10
	// MaxControl is the longest message from a hub.
	MaxControl = 4 << 10
	// MaxPayload is the longest message of all: what brokers take by default.
	MaxPayload = 1 << 20
	// MaxLabels is how many labels a host may have.
	MaxLabels  = 16
	maxLabel   = 64
	maxVersion = 32
	// eventsAtOnce is how many events one message has, unless a row has more, and maxEvents
	// how many it may have.
	eventsAtOnce = 100
	maxEvents    = 1000
	maxName      = 128
)

// Resources are those of which a summary tells the state, in its order.
var Resources = [...]string{"cpu", "memory", "disk", "network", "limits"}

// Level is how bad a resource is; [Unknown] where that is not known.
type Level int

// The levels.
const (
	Unknown Level = iota - 1
	OK
	Warn
	Critical
)

// String returns the word of a level.
func (l Level) String() string {
	return [...]string{"unknown", "ok", "warn", "critical"}[l+1]
}

// State is what a summary says of one resource. Use and Saturation are percent, NaN
// where they are not known.
type State struct {
	Level           Level
	SinceMs         int64
	Use, Saturation float64
}

// Summary is the small message that every agent sends all the time.
type Summary struct {
	Instance string
	Seq      uint64
	T        int64
	States   [len(Resources)]State
	// Process and Service are on top: those that take the most.
	Process, Service string
	// Alerts is how many are firing.
	Alerts  int
	Version string
}

// summaryJSON is a summary on the wire. A state is [level, seconds since then, use,
// saturation], with null for what is not known.
type summaryJSON struct {
	Instance string        `json:"i"`
	Seq      uint64        `json:"q"`
	T        int64         `json:"t"`
	States   [][4]*float64 `json:"s"`
	Process  string        `json:"p,omitempty"`
	Service  string        `json:"u,omitempty"`
	Alerts   int           `json:"a,omitempty"`
	Version  string        `json:"v,omitempty"`
}

// encode encodes a summary in at most [MaxSummary] bytes: names are cut until it
// fits.
func (s *Summary) encode() []byte {
	m := summaryJSON{
		Instance: cut(s.Instance, wire.MaxInstanceLen), Seq: s.Seq, T: s.T, Alerts: s.Alerts,
		Version: cut(s.Version, maxVersion), States: make([][4]*float64, len(Resources)),
	}
	number := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		v = math.Round(min(max(v, -maxPercent), maxPercent)*10) / 10
		return &v
	}
	for i, st := range s.States {
		if st.Level == Unknown {
			continue
		}
		age := float64(max(0, s.T-st.SinceMs) / 1000)
		level := float64(st.Level)
		m.States[i] = [4]*float64{&level, &age, number(st.Use), number(st.Saturation)}
	}
	for most := 48; ; most /= 2 {
		m.Process, m.Service = cut(s.Process, most), cut(s.Service, most)
		text, err := json.Marshal(m)
		if err != nil { // it is texts and finite numbers
			panic(err)
		}
		if len(text) <= MaxSummary {
			return text
		}
		if most == 0 {
			m.Version = "" // it is full of what JSON escapes
		}
	}
}

// maxPercent bounds the numbers of a state.
const maxPercent = 1e6

// maxMs is the last moment that is believed.
const maxMs = 1 << 52

// cut returns at most so many bytes of a text, whole characters of valid UTF-8.
func cut(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// ErrMessage is what every message is refused with that is not as PROTOCOL.md says.
var ErrMessage = errors.New("message refused")

func refuse(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrMessage, fmt.Sprintf(format, a...))
}

// decode reads one JSON object of at most so many bytes. Unknown fields are ignored, so
// that newer versions can be understood.
func decode(text []byte, most int, into any) error {
	if len(text) > most {
		return refuse("%d bytes: expected at most %d", len(text), most)
	}
	if !utf8.Valid(text) {
		return refuse("no UTF-8")
	}
	if t := bytes.TrimLeft(text, " \t\r\n"); len(t) == 0 || t[0] != '{' {
		return refuse("no JSON object")
	}
	if err := json.Unmarshal(text, into); err != nil {
		return refuse("%v", err)
	}
	return nil
}

// ParseSummary reads a summary. The names in it are cleaned: they come from another host.
func ParseSummary(text []byte) (Summary, error) {
	var m summaryJSON
	if err := decode(text, MaxSummary, &m); err != nil {
		return Summary{}, err
	}
	switch {
	case !validInstance(m.Instance):
		return Summary{}, refuse("instance %.80q: expected 1 to %d letters and digits", m.Instance, wire.MaxInstanceLen)
	case m.T <= 0 || m.T > maxMs:
		return Summary{}, refuse("t is %d: expected Unix milliseconds", m.T)
	case m.Seq > maxMs:
		return Summary{}, refuse("q is %d: expected the number of a row", m.Seq)
	case m.Alerts < 0 || m.Alerts > 1e6:
		return Summary{}, refuse("a is %d: expected a number of alerts", m.Alerts)
	case len(m.States) != len(Resources):
		return Summary{}, refuse("%d states: expected %d", len(m.States), len(Resources))
	}
	s := Summary{
		Instance: m.Instance, Seq: m.Seq, T: m.T, Alerts: m.Alerts,
		Process: cleaned(m.Process, maxLabel), Service: cleaned(m.Service, maxLabel), Version: cleaned(m.Version, maxVersion),
	}
	for i, st := range m.States {
		s.States[i] = State{Level: Unknown, Use: math.NaN(), Saturation: math.NaN()}
		if st[0] == nil {
			continue
		}
		level, age := *st[0], 0.0
		if st[1] != nil {
			age = *st[1]
		}
		if level != math.Trunc(level) || level < float64(OK) || level > float64(Critical) {
			return Summary{}, refuse("level of %s is %g: expected 0, 1 or 2", Resources[i], level)
		}
		if age < 0 || age > maxMs/1000 {
			return Summary{}, refuse("age of the state of %s is %g: expected seconds", Resources[i], age)
		}
		s.States[i].Level, s.States[i].SinceMs = Level(level), max(0, m.T-int64(age)*1000)
		for _, percent := range []struct{ v, to *float64 }{{st[2], &s.States[i].Use}, {st[3], &s.States[i].Saturation}} {
			if percent.v == nil {
				continue
			}
			if math.Abs(*percent.v) > maxPercent {
				return Summary{}, refuse("%g percent of %s", *percent.v, Resources[i])
			}
			*percent.to = *percent.v
		}
	}
	return s, nil
}

// cleaned is a text from another host as one line that is safe to show.
func cleaned(s string, most int) string {
	e := collectors.Event{Text: s}
	e.Clean()
	return cut(e.Text, most)
}

func validInstance(s string) bool { return ValidID(s) && len(s) <= wire.MaxInstanceLen }

// About introduces a host: what changes seldom. It is sent when a connection begins and
// when something of it changes.
type About struct {
	Instance   string            `json:"instance"`
	Name       string            `json:"name"`
	OS         string            `json:"os,omitempty"`
	Version    string            `json:"version"`
	Labels     map[string]string `json:"labels,omitempty"`
	IntervalMs int64             `json:"intervalMs"`
	BootMs     int64             `json:"bootMs,omitempty"`
	// NowMs is the host's clock when it was sent.
	NowMs int64 `json:"nowMs"`
	// Share is what the host shows.
	Share Share `json:"share,omitempty"`
}

// Share is how much of itself a host shows to a hub.
type Share string

// The choices: what its page shows, or summaries alone.
const (
	ShareAll    Share = "all"
	ShareMatrix Share = "matrix"
)

// ParseAbout reads and cleans an introduction.
func ParseAbout(text []byte) (About, error) {
	var a About
	if err := decode(text, MaxAbout, &a); err != nil {
		return About{}, err
	}
	switch {
	case !validInstance(a.Instance):
		return About{}, refuse("instance %.80q: expected 1 to %d letters and digits", a.Instance, wire.MaxInstanceLen)
	case a.NowMs <= 0 || a.NowMs > maxMs || a.BootMs < 0 || a.BootMs > maxMs:
		return About{}, refuse("times %d and %d: expected Unix milliseconds", a.NowMs, a.BootMs)
	case a.IntervalMs <= 0 || a.IntervalMs > 3600_000:
		return About{}, refuse("intervalMs is %d: expected milliseconds", a.IntervalMs)
	}
	a.Name, a.OS, a.Version = cleaned(a.Name, maxName), cleaned(a.OS, maxName), cleaned(a.Version, maxVersion)
	if a.Share != ShareMatrix {
		a.Share = ShareAll
	}
	return a, CheckLabels(a.Labels)
}

// CheckLabels reports what is wrong with the labels of a host.
func CheckLabels(labels map[string]string) error {
	if len(labels) > MaxLabels {
		return refuse("%d labels: expected at most %d", len(labels), MaxLabels)
	}
	for name, value := range labels {
		if !ValidID(strings.ReplaceAll(name, ".", "_")) || len(name) > maxLabel {
			return refuse("label %.80q: expected a name of letters, digits, . _ -", name)
		}
		if value == "" || len(value) > maxLabel || cleaned(value, maxLabel) != value {
			return refuse("label %s is %.80q: expected 1 to %d bytes of text", name, value, maxLabel)
		}
	}
	return nil
}

// Events are what happened on a host, oldest first: rows after the one that the hub has
// acknowledged; and, where that has changed, what is wrong now.
type Events struct {
	Instance string             `json:"instance"`
	Events   []collectors.Event `json:"events"`
	Now      *Present           `json:"now,omitempty"`
}

// ParseEvents reads and cleans events.
func ParseEvents(text []byte) (Events, error) {
	var m Events
	if err := decode(text, MaxPayload, &m); err != nil {
		return Events{}, err
	}
	if !validInstance(m.Instance) {
		return Events{}, refuse("instance %.80q", m.Instance)
	}
	if len(m.Events) > maxEvents {
		return Events{}, refuse("%d events: expected at most %d", len(m.Events), maxEvents)
	}
	for i := range m.Events {
		e := &m.Events[i]
		if e.T <= 0 || e.T > maxMs || e.Seq == 0 || i > 0 && e.Seq < m.Events[i-1].Seq {
			return Events{}, refuse("event %d at row %d", i, e.Seq)
		}
		e.Clean()
	}
	if m.Now != nil {
		if err := checkPresent(m.Now); err != nil {
			return Events{}, err
		}
	}
	return m, nil
}

// The types of what a hub sends on a host's lease subject.
const (
	typePace    = "pace"
	typeLease   = "lease"
	typeAck     = "ack"
	typeRefused = "refused"
)

// Control is all that a hub can tell a host on its lease subject. None of it makes the host
// do anything but send, or stop sending, what its page shows.
type Control struct {
	Type string `json:"type"`
	// PaceMs is the time between summaries, of a pace.
	PaceMs int64 `json:"paceMs,omitempty"`
	// Lease names a lease, so that several hubs can look at a host. Since is the last row
	// that the hub has, else Window is how many it would like. They count when the lease
	// is new to the host.
	Lease  string      `json:"lease,omitempty"`
	Since  *wire.Since `json:"since,omitempty"`
	Window int         `json:"window,omitempty"`
	// Received is how many messages of the lease have come.
	Received uint64 `json:"received,omitempty"`
	// End gives the lease back.
	End bool `json:"end,omitempty"`
	// Instance is the one that is meant: another one that has the host's key is not. Seq is
	// the row up to which events have come, of an ack, and Rev which [Present].
	Instance string `json:"instance,omitempty"`
	Seq      uint64 `json:"seq,omitempty"`
	Rev      uint64 `json:"rev,omitempty"`
}

// The bounds of what a hub may ask for.
const (
	MinPaceMs = 500
	MaxPaceMs = 60_000
)

// ParseControl reads what a hub says. A type that is not known is (zero, nil).
func ParseControl(text []byte) (Control, error) {
	var c Control
	if err := decode(text, MaxControl, &c); err != nil {
		return Control{}, err
	}
	switch c.Type {
	case typePace:
		if c.PaceMs < MinPaceMs || c.PaceMs > MaxPaceMs {
			return Control{}, refuse("paceMs is %d: expected %d to %d", c.PaceMs, MinPaceMs, MaxPaceMs)
		}
		return Control{Type: c.Type, PaceMs: c.PaceMs}, nil
	case typeLease:
		if !ValidID(c.Lease) {
			return Control{}, refuse("lease %.80q", c.Lease)
		}
		if c.Window < 0 || c.Window > wire.MaxReach {
			return Control{}, refuse("window is %d: expected 0 to %d", c.Window, wire.MaxReach)
		}
		if c.Since != nil && !validInstance(c.Since.Instance) {
			return Control{}, refuse("since.instance %.80q", c.Since.Instance)
		}
		since := c.Since
		if since != nil {
			since = &wire.Since{Instance: since.Instance, Seq: since.Seq}
		}
		if c.Instance != "" && !validInstance(c.Instance) {
			return Control{}, refuse("instance %.80q", c.Instance)
		}
		return Control{Type: c.Type, Lease: c.Lease, Instance: c.Instance, Since: since, Window: c.Window, Received: c.Received, End: c.End}, nil
	case typeAck, typeRefused:
		if !validInstance(c.Instance) {
			return Control{}, refuse("instance %.80q", c.Instance)
		}
		return Control{Type: c.Type, Instance: c.Instance, Seq: c.Seq, Rev: c.Rev}, nil
	}
	return Control{}, nil
}
