package collectors

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Event is something that happened, at a row. Its texts may come from outside: a
// [Source] hands out what [Event.Clean] made of them.
type Event struct {
	Seq  uint64 `json:"seq"`
	T    int64  `json:"t"` // Unix milliseconds
	Kind string `json:"kind"`
	Text string `json:"text"`
	// ID tells the event from all others of the host. The ring gives one where it is "".
	ID    string     `json:"id,omitempty"`
	Level EventLevel `json:"level,omitempty"`
	// About names what it happened to.
	About About `json:"about,omitzero"`
	// Count is how many of the same were folded into this one; 0 is one.
	Count int `json:"count,omitempty"`
	// Source is the file or interface that told of it, "" for dashcam itself.
	Source string `json:"source,omitempty"`
	// Resolves is the ID of the event that is over with this one.
	Resolves string `json:"resolves,omitempty"`
}

// About names what an event happened to.
type About struct {
	// Kind is "process", "service", "device", "interface", "mount", "package",
	// "resource", "collector", "host" or another word.
	Kind string `json:"kind,omitempty"`
	// Name is what people call it.
	Name string `json:"name,omitempty"`
	// PID is that of a process, 0 where there is none or it is not known.
	PID int `json:"pid,omitempty"`
	// Service is the unit of accounting that it is part of, where that is known.
	Service string `json:"service,omitempty"`
}

// UnmarshalJSON also reads a text, which stands for the name: what versions before wrote.
func (a *About) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &a.Name)
	}
	type fields About
	return json.Unmarshal(b, (*fields)(a))
}

// EventLevel is how bad an event is; "" is as good as [LevelInfo].
type EventLevel string

// The levels of events.
const (
	LevelInfo     EventLevel = "info"
	LevelWarning  EventLevel = "warning"
	LevelCritical EventLevel = "critical"
)

// The kinds of events that dashcam itself reports.
const (
	EventClock    = "clock"    // the wall clock was stepped
	EventSuspend  = "suspend"  // the machine slept
	EventLate     = "late"     // the sampler was starved and skipped ticks
	EventGovernor = "governor" // the budget governor changed a cadence
	EventStart    = "start"    // the instance began
	EventMark     = "mark"     // somebody left a mark
	EventState    = "state"    // the state of a resource changed
	EventStuck    = "stuck"    // a collector got stuck, or goes on
	EventService  = "service"  // a service began or ended, or is held at a limit
	EventAlert    = "alert"    // an alert fired, changed its level or was resolved
)

// The most bytes of an event's texts.
const (
	MaxEventText = 300
	maxEventWord = 128
)

// Clean cuts the event's texts and takes out of them what is not text: control and
// formatting characters, line breaks, what is no UTF-8.
func (e *Event) Clean() {
	e.Kind, e.Text = cleanText(e.Kind, maxEventWord), cleanText(e.Text, MaxEventText)
	e.ID, e.Resolves, e.Source = cleanText(e.ID, maxEventWord), cleanText(e.Resolves, maxEventWord), cleanText(e.Source, maxEventWord)
	a := &e.About
	a.Kind, a.Name, a.Service = cleanText(a.Kind, maxEventWord), cleanText(a.Name, maxEventWord), cleanText(a.Service, maxEventWord)
}

// cleanText returns s as one line of at most so many bytes.
func cleanText(s string, most int) string {
	if len(s) <= most && plainText(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			r = ' '
		case !unicode.IsGraphic(r): // formatting characters are not graphic either
			r = utf8.RuneError
		}
		const ellipsis = "…"
		if b.Len()+utf8.RuneLen(r) > most-len(ellipsis) {
			b.WriteString(ellipsis)
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

func plainText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s == strings.TrimSpace(s)
}
