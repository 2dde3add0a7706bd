package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
