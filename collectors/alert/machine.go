package alert

import "time"

// Phase is where an alert stands.
type Phase string

// The phases, by the words of Prometheus.
const (
	Inactive Phase = "inactive"
	Pending  Phase = "pending"
	Firing   Phase = "firing"
	Resolved Phase = "resolved"
)

// Level is how bad an alert is.
type Level string

// The levels.
const (
	Warning  Level = "warning"
	Critical Level = "critical"
)

// reading is what one evaluation found.
type reading struct {
	// known is false where a value is missing; then the others mean nothing.
	known bool
	// warn, crit and clear say whether the value is at the levels, or well again.
	warn, crit, clear bool
}

// machine is the state of one instance of a rule. For how long its conditions have held is
// counted in evaluations, so that time in which nothing was known does not count.
type machine struct {
	Phase Phase `json:"phase"`
	Level Level `json:"level,omitempty"`
	// Warn, Crit and Clear are how long the conditions have held without a break, Lower how
	// long the critical one has not.
	Warn  time.Duration `json:"warn,omitempty"`
	Crit  time.Duration `json:"crit,omitempty"`
	Clear time.Duration `json:"clear,omitempty"`
	Lower time.Duration `json:"lower,omitempty"`
	// Unknown is for how long nothing has been known.
	Unknown time.Duration `json:"unknown,omitempty"`
}

// goneAfter is from when on what is not known has gone: a container that was removed, a
// disk that was taken out.
const goneAfter = time.Hour

// limits are how long the conditions of a rule have to hold. A level below 0 does not
// exist. A latched alert ends only when somebody has seen it.
type limits struct {
	warn, crit, clear time.Duration
	latched           bool
}

// never is the time of a level that a rule does not have.
const never = time.Duration(-1)

// transition is what one evaluation changed.
type transition uint8

const (
	unchanged transition = iota
	began                // pending
	dropped              // pending, and over before it was long enough
	fired
	rose // from warning to critical
	fell // from critical to warning
	resolved
)

// step evaluates once; it stands for a span of time.
func (m *machine) step(r reading, span time.Duration, l limits) transition {
	held(&m.Unknown, !r.known, span)
	if !r.known {
		return m.stepUnknown(l)
	}
	held(&m.Warn, r.warn, span)
	held(&m.Crit, r.crit, span)
	held(&m.Clear, r.clear, span)
	held(&m.Lower, !r.crit, span)
	level := m.reached(l)
	if m.Phase == Firing {
		return m.stepFiring(r, level, l)
	}
	switch {
	case level != "":
		m.Phase, m.Level = Firing, level
		return fired
	case r.warn && l.warn != never || r.crit && l.crit != never:
		if m.Phase == Pending {
			return unchanged
		}
		m.Phase = Pending
		return began
	case m.Phase == Pending:
		*m = machine{Phase: Inactive}
		return dropped
	}
	m.Phase = Inactive
	return unchanged
}

// stepUnknown leaves everything as it was, until it has gone.
func (m *machine) stepUnknown(l limits) transition {
	if m.Unknown <= goneAfter || l.latched || m.Phase == Inactive {
		return unchanged
	}
	phase := m.Phase
	*m = machine{Phase: Inactive}
	if phase == Firing {
		return resolved
	}
	return dropped
}

func (m *machine) stepFiring(r reading, level Level, l limits) transition {
	switch {
	case level == Critical && m.Level == Warning:
		m.Level = Critical
		return rose
	case r.clear && m.Clear > l.clear && !l.latched:
		*m = machine{Phase: Inactive}
		return resolved
	case m.Level == Critical && level == Warning && m.Lower > l.clear:
		m.Level = Warning
		return fell
	}
	return unchanged
}

// reached is the level whose condition has held for long enough.
func (m *machine) reached(l limits) Level {
	switch {
	case l.crit != never && m.Crit > l.crit:
		return Critical
	case l.warn != never && m.Warn > l.warn:
		return Warning
	}
	return ""
}

// held adds a span to how long a condition has held. What held for none is not above 0,
// and a condition that has to hold for no time is met with the first evaluation.
func held(since *time.Duration, holds bool, span time.Duration) {
	if !holds {
		*since = 0
		return
	}
	*since += span
}
