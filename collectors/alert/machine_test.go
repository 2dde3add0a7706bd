package alert

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestMachine_Table is the table of the state machine. A row is the limits, what each
// evaluation found and where the alert then stands. Found: "." well, "-" neither well nor
// at a level, "w" warning, "c" critical, "?" unknown. Stands: "." inactive, "p" pending, "W"
// and "C" firing.
func TestMachine_Table(t *testing.T) {
	const s = pace
	for _, c := range []struct {
		name          string
		limits        limits
		found, stands string
	}{
		{"stays well", limits{warn: 2 * s, crit: never, clear: s}, "...-.?.", "......."},
		{"fires after its time", limits{warn: 2 * s, crit: never, clear: s}, ".wwww", ".ppWW"},
		{"fires at once", limits{warn: 0, crit: never, clear: s}, ".w", ".W"},
		{"was not long enough", limits{warn: 2 * s, crit: never, clear: s}, "ww-ww.", "pp.pp."},
		{"begins anew after a break", limits{warn: 2 * s, crit: never, clear: s}, "ww.www", "pp.ppW"},
		{"unknown time does not count", limits{warn: 2 * s, crit: never, clear: s}, "w??w?ww", "pppppWW"},
		{"unknown fires nothing", limits{warn: 0, crit: never, clear: 0}, "????", "...."},
		{"unknown resolves nothing", limits{warn: 0, crit: never, clear: 0}, "w????.", "WWWWW."},
		{"is well for long enough", limits{warn: 0, crit: never, clear: 2 * s}, "w...", "WWW."},
		{"is well with a break", limits{warn: 0, crit: never, clear: 2 * s}, "w..w...", "WWWWWW."},
		{"neither well nor bad keeps it", limits{warn: 0, crit: never, clear: s}, "w-----..", "WWWWWWW."},
		{"neither breaks being well", limits{warn: 0, crit: never, clear: 2 * s}, "w..-...", "WWWWWW."},
		{"unknown time does not count for being well", limits{warn: 0, crit: never, clear: 2 * s}, "w.??..", "WWWWW."},
		{"critical at once", limits{warn: 2 * s, crit: 0, clear: s}, "c", "C"},
		{"critical sooner than warning", limits{warn: 3 * s, crit: s, clear: s}, "cc", "pC"},
		{"a warning rises", limits{warn: 0, crit: s, clear: s}, "wccc", "WWCC"},
		{"falls when it was lower for long enough", limits{warn: 0, crit: 0, clear: 2 * s}, "cwwww", "CCCWW"},
		{"does not fall while it may rise again", limits{warn: 0, crit: 0, clear: 2 * s}, "cwwcww", "CCCCCC"},
		{"critical counts as warning", limits{warn: 2 * s, crit: 5 * s, clear: s}, "cccc", "ppWW"},
		{"without a warning", limits{warn: never, crit: s, clear: s}, "wwwcc", "...pC"},
		{"latched stays", limits{warn: never, crit: 0, clear: 0, latched: true}, "c......", "CCCCCCC"},
		{"has gone after an hour", limits{warn: 0, crit: never, clear: s}, "w" + strings.Repeat("?", 241), strings.Repeat("W", 241) + "."},
		{"has gone while it was pending", limits{warn: 2 * s, crit: never, clear: s}, "w" + strings.Repeat("?", 241), strings.Repeat("p", 241) + "."},
		{"is there again before", limits{warn: 0, crit: never, clear: s}, "w" + strings.Repeat("?", 240) + "-?", strings.Repeat("W", 243)},
		{"latched stays though it has gone", limits{warn: never, crit: 0, clear: 0, latched: true}, "c" + strings.Repeat("?", 300), strings.Repeat("C", 301)},
		{"fires again", limits{warn: 0, crit: never, clear: 0}, "w.w.w", "W.W.W"},
	} {
		m := machine{Phase: Inactive}
		var stands strings.Builder
		for _, f := range c.found {
			// What is critical is a warning, too.
			m.step(reading{known: f != '?', warn: f == 'w' || f == 'c', crit: f == 'c', clear: f == '.'}, pace, c.limits)
			stands.WriteString(mark(m))
		}
		if stands.String() != c.stands {
			t.Errorf("%s: %s stands at %s, expected %s", c.name, c.found, stands.String(), c.stands)
		}
	}
}

func mark(m machine) string {
	switch {
	case m.Phase == Pending:
		return "p"
	case m.Phase == Firing && m.Level == Critical:
		return "C"
	case m.Phase == Firing:
		return "W"
	}
	return "."
}

// TestRules_AreWhole holds what every rule has.
func TestRules_AreWhole(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range Rules() {
		if seen[r.Name] || r.Name == "" || r.Title == "" || r.Why == "" || len(r.reads) == 0 && r.cell == nil && r.happens == nil || r.measure == nil || r.text == nil {
			t.Errorf("rule %q is not whole, or there twice", r.Name)
		}
		seen[r.Name] = true
		if r.Warn == (Raise{}) && r.Crit == (Raise{}) {
			t.Errorf("rule %s is never raised", r.Name)
		}
		for _, level := range []Raise{r.Warn, r.Crit} {
			if level == (Raise{}) {
				continue
			}
			if better := r.Clear.Under <= level.At; better == r.Below && r.Clear.Under != level.At {
				t.Errorf("rule %s is over at %v and raised at %v", r.Name, r.Clear.Under, level.At)
			}
			// A rule that is raised must not be well in the same breath.
			got := r.judge(level.At, level.And-1)
			if !r.Also.Below {
				got = r.judge(level.At, level.And)
			}
			if r.Below {
				got = r.judge(level.At-1, level.And)
			}
			if !got.known || !got.warn && !got.crit || got.clear && !r.Latched {
				t.Errorf("rule %s at %v: %+v", r.Name, level, got)
			}
		}
		if r.Warn.For%pace != 0 || r.Crit.For%pace != 0 || r.Clear.For%pace != 0 {
			t.Errorf("rule %s has a time that is no multiple of %v", r.Name, pace)
		}
	}
	if len(seen) < 19 {
		t.Errorf("%d rules", len(seen))
	}
}

func (a *Alert) String() string {
	return fmt.Sprintf("%s%v %s %s since %s fired %s end %s: %s", a.Rule, a.Labels, a.Phase, a.Level, clock(a.SinceMs), clock(a.FiredMs), clock(a.EndMs), a.Text)
}

func clock(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(ms).UTC().Format("15:04:05")
}
