package alert

import (
	"encoding/json"
	"fmt"
)

// state is what outlives a restart.
type state struct {
	Version   int             `json:"version"`
	Last      int64           `json:"last"`
	Instances []instanceState `json:"instances"`
	Resolved  []Alert         `json:"resolved"`
}

type instanceState struct {
	Rule    string  `json:"rule"`
	Label   string  `json:"label,omitempty"`
	Name    string  `json:"name,omitempty"`
	Machine machine `json:"machine"`
	Alert   *Alert  `json:"alert,omitempty"`
}

const stateVersion = 1

// State returns what a later engine goes on from: alerts that are pending, with the time
// that they have been so, and firing, and those that were resolved.
func (e *Engine) State() ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := state{Version: stateVersion, Last: e.last, Resolved: e.resolved}
	for _, x := range e.order {
		if x.machine.Phase != Inactive || x.machine.Warn+x.machine.Crit > 0 {
			s.Instances = append(s.Instances, instanceState{x.rule.Name, x.label, x.name, x.machine, x.alert})
		}
	}
	return json.Marshal(s)
}

// Restore goes on from what State returned, before the first Feed. Rules that are gone are
// left out. A text that is no state is an error, and changes nothing.
func (e *Engine) Restore(text []byte) error {
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read the state of alerts: %w", err)
	}
	if s.Version != stateVersion {
		return fmt.Errorf("read the state of alerts: version %d: expected %d", s.Version, stateVersion)
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
