package alert

import (
	"math"
	"slices"
	"time"

	"dashcam/collectors"
)

// Rule is one built-in rule.
type Rule struct {
	// Name is stable: "filesystem-space".
	Name string
	// Title says in a few words what is wrong, Why where the numbers come from.
	Title, Why string
	// Notify says that somebody is told; otherwise the alert is on the page alone.
	// NotifyCritical says that somebody is told only when it is critical.
	Notify, NotifyCritical bool
	// Warn and Crit are from when on it is raised, Clear until when it lasts.
	Warn, Crit Raise
	Clear      Clear
	// Below says that less is worse.
	Below bool
	// Unit is that of the value.
	Unit collectors.Unit
	// Latched alerts last until somebody has seen them.
	Latched bool

	// reads are the series of an instance, by the roles that measure knows.
	reads []read
	// happens and cell are what a rule looks at instead that reads no series. What happened
	// lasts, where the rule says so, until something else happens to the same instance.
	happens happens
	lasts   bool
	cell    *cell
	// measure gives the value, and the second one that has to hold too; NaN for unknown.
	measure func(x *instance) (value, also float64)
	// Also is what the second value is, where the rule has one.
	Also Also
	// text says what is wrong with an instance.
	text func(x *instance, value, also float64) string
}

// Raise is a level of a rule. The zero Raise does not exist.
type Raise struct {
	// At is the value, And the second one, where the rule has one.
	At, And float64
	// For is how long both have to hold.
	For time.Duration
}

// Also is the second value of a rule, which has to hold too.
type Also struct {
	// Title says what it is: "space left".
	Title string
	Unit  collectors.Unit
	// Below says that it has to be below its mark, otherwise it has to reach it.
	Below bool
}

// Clear is when an alert is over: a value that is better than Under for For.
type Clear struct {
	Under float64
	For   time.Duration
}

// read picks series of a family.
type read struct {
	family *collectors.Family
	// pick returns the instance that a series belongs to, as a label of the rule and its
	// value, and the role that it has there; ok is false for one that is not read.
	pick func(s *collectors.Series) (label, name, role string, ok bool)
}

// Families returns the names of the families that the rule reads, the one first that it is
// about.
func (r *Rule) Families() []string {
	names := make([]string, 0, len(r.reads)) // none of what is no series
	for _, read := range r.reads {
		if !slices.Contains(names, read.family.Name) {
			names = append(names, read.family.Name)
		}
	}
	return names
}

// Other says what a rule reads that reads no series: "events" or "services", "" for none.
func (r *Rule) Other() string {
	switch {
	case r.happens != nil:
		return "events"
	case r.cell != nil:
		return r.cell.table.Name
	}
	return ""
}

// limits are those of the rule's machine.
func (r *Rule) limits() limits {
	l := limits{warn: never, crit: never, clear: r.Clear.For, latched: r.Latched}
	if r.Warn != (Raise{}) {
		l.warn = r.Warn.For
	}
	if r.Crit != (Raise{}) {
		l.crit = r.Crit.For
	}
	return l
}

// judge turns values into what the machine takes.
func (r *Rule) judge(value, also float64) reading {
	if math.IsNaN(value) || math.IsNaN(also) {
		return reading{}
	}
	at := func(l Raise) bool {
		if l == (Raise{}) {
			return false
		}
		second := also >= l.And
		if r.Also.Below {
			second = also < l.And
		}
		if r.Below {
			return value < l.At && second
		}
		return value >= l.At && second
	}
	clear := value < r.Clear.Under
	if r.Below {
		clear = value > r.Clear.Under
	}
	return reading{known: true, warn: at(r.Warn), crit: at(r.Crit), clear: clear}
}
