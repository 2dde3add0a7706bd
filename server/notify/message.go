package notify

import (
	"strings"

	"dashcam/collectors/alert"
)

// Message is a notice as people read it. It is made once, and what is sent later is the
// same.
type Message struct {
	ID    string           `json:"id"`
	Kind  alert.NoticeKind `json:"kind"`
	Level alert.Level      `json:"level"`
	AtMs  int64            `json:"atMs"`
	Host  string           `json:"host"`
	// Subject has at most 80 characters, Lines follow it.
	Subject string   `json:"subject"`
	Lines   []string `json:"lines"`
	// Verdict is the sentence about the host at that second, Link shows it.
	Verdict string        `json:"verdict,omitempty"`
	Link    string        `json:"link,omitempty"`
	Alerts  []alert.Alert `json:"alerts"`
	// MaybeTwice is set when it is sent again because an answer was lost.
	MaybeTwice bool `json:"-"`
}

// maybeTwice is the line that marks a message which was perhaps received before.
const maybeTwice = "(You may have this message already: the answer to an earlier attempt was lost.)"

// Text is the whole message.
func (m *Message) Text() string { return m.Subject + "\n" + m.Body() }

// Body is what stands below the subject.
func (m *Message) Body() string {
	lines := m.Lines
	if m.MaybeTwice {
		lines = append([]string{maybeTwice}, lines...)
	}
	return strings.Join(lines, "\n")
}

// Fit is the message in at most so many bytes: what does not fit is left out from its end,
// in whole lines.
func (m *Message) Fit(most int, subject bool) string {
	lines := strings.Split(m.Body(), "\n")
	if subject {
		lines = append([]string{m.Subject}, lines...)
	}
	for len(lines) > 1 && len(strings.Join(lines, "\n")) > most {
		lines = lines[:len(lines)-1]
	}
	text := strings.Join(lines, "\n")
	if text == "" {
		return m.Subject // some services take no empty message
	}
	return cut(text, most)
}

// Status is firing, resolved or test.
func (m *Message) Status() string {
	switch m.Kind {
	case alert.NoticeResolved, kindTest:
		return string(m.Kind)
	case alert.NoticeDigest:
		for i := range m.Alerts {
			if m.Alerts[i].Phase == alert.Firing {
				return string(alert.NoticeFiring)
			}
		}
		return string(alert.NoticeResolved)
	}
	return string(alert.NoticeFiring)
}
