package diagnosis

import (
	"cmp"
	"slices"
)

const (
	// mostOf is the share at which somebody is named whatever was before.
	mostOf = 0.5
	// muchOf is the share at which somebody is named who took less in the calm before.
	muchOf = 0.2
	// moreThanUsual is how much more than that it has to be.
	moreThanUsual = 1.2
)

// answer collects what a rule says.
type answer struct {
	*facts
	clauses  []Clause
	culprits []Culprit
}

func (a *answer) say(text string, series ...string) {
	a.clauses = append(a.clauses, Clause{Text: text, Series: series})
}

func (a *answer) sayAt(at int64, text string, series ...string) {
	a.clauses = append(a.clauses, Clause{Text: text, Series: series, At: at})
}

// who names the one that takes most of a column, of a whole that is used. It reports
// whether somebody was named.
func (a *answer) who(column string, whole float64, words func(name string, takes float64) string, series ...string) bool {
	o := a.processes
	if !(whole > 0) || len(o.actors) == 0 {
		return false
	}
	ranked := slices.Clone(o.actors)
	slices.SortStableFunc(ranked, func(x, y actor) int { return cmp.Compare(y.values[column], x.values[column]) })
	first := &ranked[0]
	takes := first.values[column]
	share := min(1, takes/whole)
	if share >= mostOf || share >= muchOf && o.unusual(first, column) {
		a.say(words(first.called(), takes), series...)
		kind := Culprit{Kind: "process", Name: first.name, PID: first.pid, Share: round(share)}
		a.culprits = append(a.culprits, kind)
		if first.service != "" {
			a.culprits = append(a.culprits, Culprit{Kind: "service", Name: first.service, Share: round(share)})
		}
		return true
	}
	if o.rows > 1 {
		a.say("spread over "+plural(o.rows, "process", "processes"), series...)
	}
	return false
}

// unusual reports whether an actor takes more than in the calm before. Where nothing is
// known of that, it does not.
func (o *observed) unusual(x *actor, column string) bool {
	if o.usual == nil {
		return false
	}
	return x.values[column] > moreThanUsual*o.usual[x.key()][column]
}

func round(share float64) float64 { return float64(int(share*100+0.5)) / 100 }

// suffers names the service that waits longest for a resource, beside those who are named.
func (a *answer) suffers(column, what string) {
	const least = 20
	var worst *actor
	for i := range a.services.actors {
		s := &a.services.actors[i]
		named := slices.ContainsFunc(a.culprits, func(c Culprit) bool { return c.Name == s.name })
		if !named && s.values[column] >= least && (worst == nil || s.values[column] > worst.values[column]) {
			worst = s
		}
	}
	if worst != nil {
		a.say(worst.name + " waits for " + what + " " + percent(worst.values[column]) + " of the time")
	}
}
