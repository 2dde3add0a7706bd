package fleet

import (
	"encoding/json"
	"math"

	"dashcam/server/wire"
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

// maxPercent bounds the numbers of a state.
const maxPercent = 1e6

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
