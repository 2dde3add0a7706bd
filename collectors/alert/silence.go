package alert

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"dashcam/collectors"
)

// Matchers select alerts. Texts are patterns in which a star stands for anything; an empty
// one matches all. Every label that is named has to be there.
type Matchers struct {
	Rule   string            `json:"rule,omitempty"`
	Level  Level             `json:"level,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

// Match reports whether an alert is selected.
func (m *Matchers) Match(a *Alert) bool {
	if m.Rule != "" && !collectors.Glob(m.Rule, a.Rule) || m.Level != "" && m.Level != a.Level {
		return false
	}
	for name, pattern := range m.Labels {
		if value, ok := a.Labels[name]; !ok || !collectors.Glob(pattern, value) {
			return false
		}
	}
	return true
}

// Silence keeps alerts from being told. They are raised and shown all the same.
type Silence struct {
	ID       string   `json:"id"`
	Matchers Matchers `json:"matchers"`
	// StartMs and EndMs are when it begins and ends, in Unix milliseconds. 0 for EndMs is
	// one from the configuration, which does not end, or one that lasts until well.
	StartMs int64  `json:"startMs,omitempty"`
	EndMs   int64  `json:"endMs,omitempty"`
	Reason  string `json:"reason"`
	// UntilWell ends it when no alert that it matches is firing any more. That they are
	// over is told.
	UntilWell bool `json:"untilWell,omitempty"`
	// Configured ones cannot be ended by the API.
	Configured bool `json:"configured,omitempty"`
}

// The limits of silences.
const (
	maxSilences   = 200
	maxReason     = 200
	longestSilent = 366 * 24 * time.Hour
	maxPattern    = 200
)

// What is wrong with a silence, or with ending one.
var (
	ErrSilence           = errors.New("not a silence")
	ErrNoSilence         = errors.New("there is no such silence")
	ErrSilenceConfigured = errors.New("the silence is from the configuration")
)

// check reports what is wrong with a silence that begins now.
func (s *Silence) check(now int64) error {
	m := &s.Matchers
	texts := []string{m.Rule, s.Reason}
	for name, pattern := range m.Labels {
		texts = append(texts, name, pattern)
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || len(text) > max(maxPattern, maxReason) {
			return fmt.Errorf("%w: a text of %d bytes: expected valid UTF-8 of at most %d", ErrSilence, len(text), maxPattern)
		}
	}
	switch {
	case m.Rule == "" && m.Level == "" && len(m.Labels) == 0:
		return fmt.Errorf("%w: it matches every alert: expected a rule, a level or labels", ErrSilence)
	case m.Level != "" && m.Level != Warning && m.Level != Critical:
		return fmt.Errorf("%w: level %q: expected warning or critical", ErrSilence, m.Level)
	case s.Reason == "":
		return fmt.Errorf("%w: it has no reason", ErrSilence)
	case s.UntilWell && s.EndMs != 0:
		return fmt.Errorf("%w: it ends at a time and when all is well: expected one of both", ErrSilence)
	case !s.UntilWell && !s.Configured && (s.EndMs <= now || s.EndMs > now+longestSilent.Milliseconds()):
		return fmt.Errorf("%w: it ends at %d: expected a time within a year from now, %d", ErrSilence, s.EndMs, now)
	}
	return nil
}

// Silence begins a silence, which gets an id and the moment of its begin.
func (p *Planner) Silence(s Silence, now int64) (Silence, error) {
	s.ID, s.StartMs, s.Configured = "silence-"+rand.Text(), now, false
	if err := s.check(now); err != nil {
		return Silence{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endSilences(now)
	if len(p.silences) >= maxSilences {
		return Silence{}, fmt.Errorf("%w: there are %d already: end others first", ErrSilence, len(p.silences))
	}
	p.silences = append(p.silences, s)
	return s, nil
}

// Unsilence ends a silence.
func (p *Planner) Unsilence(id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.silences {
		if p.silences[i].ID != id {
			continue
		}
		if p.silences[i].Configured {
			return ErrSilenceConfigured
		}
		p.silences = slices.Delete(p.silences, i, i+1)
		return nil
	}
	return ErrNoSilence
}

// Silences returns those that last, in the order in which they began.
func (p *Planner) Silences(now int64) []Silence {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endSilences(now)
	return slices.Clone(p.silences)
}

// SilencedBy returns the id of the silence that keeps an alert from being told, or "".
func (p *Planner) SilencedBy(a *Alert, now int64) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.silenceOf(a, now); s != nil {
		return s.ID
	}
	return ""
}

func (p *Planner) silenceOf(a *Alert, now int64) *Silence {
	for i := range p.silences {
		s := &p.silences[i]
		if (s.EndMs == 0 || now < s.EndMs) && s.Matchers.Match(a) {
			return s
		}
	}
	return nil
}

// endSilences drops those that are over.
func (p *Planner) endSilences(now int64) {
	p.silences = slices.DeleteFunc(p.silences, func(s Silence) bool {
		if s.EndMs != 0 {
			return now >= s.EndMs
		}
		return s.UntilWell && !p.anyFiring(&s.Matchers)
	})
}

// anyFiring reports whether an alert is firing that is selected.
func (p *Planner) anyFiring(m *Matchers) bool {
	for _, t := range p.tracks {
		if t.Alert.Phase == Firing && m.Match(&t.Alert) {
			return true
		}
	}
	return false
}

// ParseSilence reads one of the configuration: matchers and a reason, such as
// "rule=filesystem-*,mount=/backup: it is always full". The names rule and level mean those
// of an alert, others its labels.
func ParseSilence(text string) (Silence, error) {
	matchers, reason, _ := strings.Cut(text, ": ")
	s := Silence{Reason: strings.TrimSpace(reason), Configured: true, Matchers: Matchers{Labels: make(map[string]string)}}
	for part := range strings.SplitSeq(matchers, ",") {
		name, value, ok := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || value == "" {
			return Silence{}, fmt.Errorf(`%w: %q: expected matchers and a reason, such as "rule=filesystem-*,mount=/backup: it is always full"`, ErrSilence, text)
		}
		switch name {
		case "rule":
			s.Matchers.Rule = value
		case "level":
			s.Matchers.Level = Level(value)
		default:
			s.Matchers.Labels[name] = value
		}
	}
	if err := s.check(0); err != nil {
		return Silence{}, fmt.Errorf("silence %q: %w", text, err)
	}
	return s, nil
}
