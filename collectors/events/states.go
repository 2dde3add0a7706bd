package events

import (
	"strings"

	"dashcam/collectors"
)

// States is a [collectors.Deriver] that tells when a resource's state changes. It stands
// behind the one that derives the states.
type States struct {
	// Post gets the events; those of a row enter with it.
	Post func(collectors.Event)

	layout int
	at     []int // of the states among the values
	were   map[string]int
}

// Families returns none: what is derived are events.
func (s *States) Families() []*collectors.Family { return nil }

// Derive compares the states of a row with those before.
func (s *States) Derive(v collectors.View, _ *collectors.Batch) {
	if s.were == nil || s.layout != v.Layout {
		s.layout, s.at = v.Layout, s.at[:0]
		for i := range v.Values {
			if x := &v.Values[i]; x.Family.Kind == collectors.KindState && strings.HasPrefix(x.Family.Name, statePrefix) {
				s.at = append(s.at, i)
			}
		}
	}
	if s.were == nil {
		s.were = make(map[string]int)
	}
	for _, i := range s.at {
		x := &v.Values[i]
		now := int(x.V)
		if x.V != x.V || now < 0 || now >= len(x.Family.States) {
			continue // missing: it is as it was, as far as anybody knows
		}
		name := x.Family.Name
		was, known := s.were[name]
		s.were[name] = now
		if known && was != now {
			s.Post(stateEvent(strings.TrimPrefix(name, statePrefix), x.Family.States[was], x.Family.States[now], now > was))
		}
	}
}

const statePrefix = "state."

func stateEvent(resource, was, now string, worse bool) collectors.Event {
	e := collectors.Event{
		Kind: collectors.EventState, Text: resource + ": " + now + ", was " + was, About: collectors.About{Kind: "resource", Name: resource}, Level: collectors.LevelInfo,
	}
	if worse {
		e.Level = collectors.LevelWarning
		if now == "critical" {
			e.Level = collectors.LevelCritical
		}
	}
	return e
}
