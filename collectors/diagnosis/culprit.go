package diagnosis

import "slices"

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
	named    []string // the services of those who are named
	since    int64
}

func (a *answer) say(text string, series ...string) {
	a.sayAt(0, text, series...)
}

func (a *answer) sayAt(at int64, text string, series ...string) {
	known := slices.DeleteFunc(slices.Clone(series), func(name string) bool { return name == "" })
	a.clauses = append(a.clauses, Clause{Text: text, Series: known, At: at})
}

// who names the process that takes most of a column, of a whole that is used, or else the
// service that does: of a service with many processes, or with such as live for a moment,
// no single one takes much. It reports whether somebody was named.
func (a *answer) who(column string, whole float64, words func(name string, takes, whole float64) string, series ...string) bool {
	if !(whole > 0) {
		return false
	}
	if first, share, at := a.first(a.processes, column, whole); first != nil {
		takes := first.values[column]
		a.sayAt(at, words(first.called(), takes, max(whole, takes)), series...)
		a.name(first, share)
		return true
	}
	if first, share, at := a.first(a.services, serviceColumn(column), whole); first != nil {
		a.whoOf(first, share, at, column, whole, words, series...)
		return true
	}
	if n := a.countProcesses(); n > 1 {
		a.say("spread over "+plural(n, "process", "processes"), series...)
	}
	return false
}

// name makes a process a culprit, and the service that it is part of.
func (a *answer) name(x *actor, share float64) {
	a.culprits = append(a.culprits, Culprit{Kind: "process", Name: x.name, PID: x.pid, Share: round(share)})
	if x.service != "" {
		a.culprits = append(a.culprits, Culprit{Kind: "service", Name: x.service, Share: round(share)})
	}
	a.named = append(a.named, x.unit)
}

// whoOf names a service, and the process of it that takes most where one does.
func (a *answer) whoOf(s *actor, share float64, at int64, column string, whole float64, words func(name string, takes, whole float64) string, series ...string) {
	takes := s.values[serviceColumn(column)]
	called := s.name
	most := a.mostOf(s.name, column)
	if most != nil {
		called += ", most of it " + most.name + ","
	}
	a.sayAt(at, words(called, takes, max(whole, takes)), series...)
	a.culprits = append(a.culprits, Culprit{Kind: "service", Name: s.name, Share: round(share)})
	if most != nil {
		a.culprits = append(a.culprits, Culprit{Kind: "process", Name: most.name, PID: most.pid, Share: round(min(1, most.values[column]/whole))})
	}
	a.named = append(a.named, s.name)
}

// serviceColumn is what a column of processes is called in the table of services.
func serviceColumn(column string) string {
	if column == "threads" {
		return "pids"
	}
	return column
}

// first is who takes most of a column in the newest observations together, as he was in the
// one in which he took most, if that is enough to be named; the share and the time of that.
// Only those since it began count, and the newest.
func (a *answer) first(all []*observed, column string, whole float64) (first *actor, share float64, at int64) {
	sums := make(map[string]float64)
	n := 0
	for i, o := range all {
		if i > 0 && o.t < a.since {
			break
		}
		n++
		for k := range o.actors {
			if x := &o.actors[k]; !x.ofKernel() {
				sums[x.key()] += x.values[column]
			}
		}
	}
	most := ""
	for key, sum := range sums {
		if most == "" || sum > sums[most] || sum == sums[most] && key < most {
			most = key
		}
	}
	var seen *observed
	for _, o := range all[:n] {
		for k := range o.actors {
			if x := &o.actors[k]; x.key() == most && (first == nil || x.values[column] > first.values[column]) {
				first, seen = x, o
			}
		}
	}
	if first == nil {
		return nil, 0, 0
	}
	share = min(1, first.values[column]/whole)
	if share >= mostOf || share >= muchOf && seen.unusual(first, column) {
		return first, share, seen.t
	}
	return nil, 0, 0
}

// unaccounted is the row of the table of services that is nobody.
const unaccounted = "kernel and unaccounted"

// mostOf is the process that takes at least half of what the processes of a service take
// that are remembered one by one, nil for none.
func (a *answer) mostOf(service, column string) *actor {
	var most *actor
	sum := 0.0
	if len(a.processes) == 0 {
		return nil
	}
	for i := range a.processes[0].actors {
		x := &a.processes[0].actors[i]
		if x.unit != service {
			continue
		}
		sum += x.values[column]
		if most == nil || x.values[column] > most.values[column] {
			most = x
		}
	}
	if most == nil || !(most.values[column] >= mostOf*sum) || sum == 0 {
		return nil
	}
	return most
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
	for _, s := range a.serviceRows() {
		if !slices.Contains(a.named, s.name) && s.values[column] >= least && (worst == nil || s.values[column] > worst.values[column]) {
			worst = s
		}
	}
	if worst != nil {
		a.say(worst.name + " waits for " + what + " " + percent(min(100, worst.values[column])) + " of the time")
	}
}
