package alert

import (
	"encoding/json"
	"fmt"
	"slices"
)

// state is what outlives a restart.
type state struct {
	Version   int             `json:"version"`
	Last      int64           `json:"last"`
	Instances []instanceState `json:"instances"`
	Resolved  []Alert         `json:"resolved"`
	Notices   *plannerState   `json:"notices,omitempty"`
}

// plannerState is what of a planner outlives a restart.
type plannerState struct {
	Since    int64             `json:"since"`
	Armed    bool              `json:"armed"`
	Sent     []int64           `json:"sent,omitempty"`
	Tracks   map[string]*track `json:"tracks,omitempty"`
	Silences []Silence         `json:"silences,omitempty"`
	Missed   []Alert           `json:"missed,omitempty"`
	Would    []Notice          `json:"would,omitempty"`
}

type instanceState struct {
	Rule    string  `json:"rule"`
	Label   string  `json:"label,omitempty"`
	Name    string  `json:"name,omitempty"`
	Machine machine `json:"machine"`
	Alert   *Alert  `json:"alert,omitempty"`
}

const stateVersion = 1

// State returns what a later engine and planner go on from: alerts that are pending, with
// the time that they have been so, and firing, those that were resolved, and what was told.
// The planner may be nil.
func State(e *Engine, p *Planner) ([]byte, error) {
	// The engine is first: a change in between is then taken twice by the planner, which
	// changes nothing, instead of never.
	s := e.state()
	if p == nil {
		return json.Marshal(s)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Notices = &plannerState{Since: p.since, Armed: p.armed, Sent: p.sent, Tracks: p.tracks, Missed: p.missed, Would: p.would}
	for _, silence := range p.silences {
		if !silence.Configured {
			s.Notices.Silences = append(s.Notices.Silences, silence)
		}
	}
	return json.Marshal(s)
}

func (e *Engine) state() state {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := state{Version: stateVersion, Last: e.last, Resolved: slices.Clone(e.resolved)}
	for _, x := range e.order {
		if x.machine.Phase != Inactive || x.machine.Warn+x.machine.Crit > 0 {
			s.Instances = append(s.Instances, instanceState{x.rule.Name, x.label, x.name, x.machine, clonePointer(x.alert)})
		}
	}
	return s
}

func clonePointer(a *Alert) *Alert {
	if a == nil {
		return nil
	}
	c := a.clone()
	return &c
}

func parseState(text []byte) (s state, err error) {
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read the state of alerts: %w", err)
	}
	if s.Version != stateVersion {
		return s, fmt.Errorf("read the state of alerts: version %d: expected %d", s.Version, stateVersion)
	}
	return s, nil
}

// Restore goes on from what [State] returned, before the first Tick. A text of a version
// without notices changes nothing, and learning begins. One that is no state is an error.
func (p *Planner) Restore(text []byte) error {
	s, err := parseState(text)
	if err != nil || s.Notices == nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := s.Notices
	p.since, p.armed, p.sent, p.missed, p.would = n.Since, n.Armed, n.Sent, n.Missed, n.Would
	p.silences = append(p.silences, n.Silences...)
	for key, t := range n.Tracks {
		if t != nil {
			p.tracks[key] = t
		}
	}
	if p.cfg.Armed {
		p.arm()
	}
	return nil
}

// Restore goes on from what [State] returned, before the first Feed. Rules that are gone are
// left out. A text that is no state is an error, and changes nothing.
func (e *Engine) Restore(text []byte) error {
	s, err := parseState(text)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, is := range s.Instances {
		for i := range e.rules {
			if e.rules[i].Name != is.Rule {
				continue
			}
			x := e.instance(&e.rules[i], is.Label, is.Name)
			x.machine, x.alert = is.Machine, is.Alert
			if x.rule.lasts && x.alert != nil {
				x = e.watched(x.rule, is.Label, is.Name)
				x.roles[role].held, x.note = x.alert.Value, x.alert.Text
			}
			if x.machine.Phase != Inactive && x.alert == nil {
				x.machine = machine{Phase: Inactive} // it would be told without a text
			}
		}
	}
	e.order = e.sorted()
	e.resolved = append(e.resolved, s.Resolved...)
	// Rows before it were seen. What follows is the first row of a new instance.
	e.last = s.Last
	e.fresh = true
	return nil
}
