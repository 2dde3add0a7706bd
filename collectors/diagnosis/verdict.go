package diagnosis

import (
	"context"
	"slices"
	"strings"

	"dashcam/collectors"
)

// Verdict and what it is made of belong to the contract: the wire carries them.
type (
	Verdict = collectors.Verdict
	// Clause is a part of it.
	Clause = collectors.Clause
	// Culprit is who is named in it.
	Culprit = collectors.Culprit
)

// The levels of a verdict, by the values of a state.
var levelNames = []collectors.VerdictLevel{collectors.VerdictOK, collectors.VerdictWarn, collectors.VerdictCritical}

// resources are asked in this order: what comes first explains what comes later. A host
// without memory has busy disks, and one with busy disks waits for them.
var resources = []string{"memory", "limits", "disk", "cpu", "network"}

// Judge returns the verdict at a moment, in Unix milliseconds: that of the newest row
// that is not after it. An error is one of reading.
func Judge(ctx context.Context, source collectors.Source, at int64) (Verdict, error) {
	return new(Judging).Judge(ctx, source, at)
}

// Judging judges one source row after row: what was usual before something began it reads
// once. It may be used by many goroutines.
type Judging struct {
	calm calm
}

// Judge returns what the function of this name does.
func (j *Judging) Judge(ctx context.Context, source collectors.Source, at int64) (Verdict, error) {
	f, err := gather(ctx, source, at)
	if err != nil {
		return Verdict{}, err
	}
	if f.at == 0 {
		return Verdict{Resource: "none", Level: "ok", Text: "nothing is known of this moment", Clauses: []Clause{}, Culprits: []Culprit{}}, nil
	}
	roomy, err := f.processorsAreFree(ctx, source)
	if err != nil {
		return Verdict{}, err
	}
	worst, reason, level := f.worst(roomy)
	v := Verdict{At: f.at, Resource: "none", Level: levelNames[min(level, 2)]}
	if level == 0 {
		if v.Clauses, v.SinceMs, err = f.linkWentDown(ctx, source); err != nil {
			return Verdict{}, err
		}
		if v.SinceMs > 0 {
			v.Resource, v.Level = "network", levelNames[1]
		} else {
			v.Clauses = f.calm()
			if roomy {
				v.Clauses = append(v.Clauses, Clause{
					Text:   "some task waits " + percent(f.value(collectors.SatCPU.Name)) + " of the time for a processor, though they are " + percent(f.value(collectors.UseCPU.Name)) + " in use",
					Series: []string{collectors.SatCPU.Name, collectors.UseCPU.Name},
				})
			}
		}
	} else {
		v.Resource = worst
		v.SinceMs = f.since(worst)
		if err := f.lookAtTrouble(ctx, source, worst, v.SinceMs); err != nil {
			return Verdict{}, err
		}
		if err := f.observe(ctx, source); err != nil {
			return Verdict{}, err
		}
		if err := f.lookBack(ctx, source); err != nil {
			return Verdict{}, err
		}
		if err := f.before(ctx, source, v.SinceMs, &j.calm); err != nil {
			return Verdict{}, err
		}
		if worst == "disk" || worst == "limits" {
			if err := f.lately(ctx, source, v.SinceMs); err != nil {
				return Verdict{}, err
			}
		}
		v.Clauses, v.Culprits = f.judge(worst, reason, v.SinceMs)
		if reason == "throttled" || reason == "service" || reason == collectors.ServiceOOMKills.Name {
			v.Resource = "service"
		}
	}
	if v.Culprits == nil {
		v.Culprits = []Culprit{}
	}
	for i := range v.Clauses {
		c := &v.Clauses[i]
		if c.At == 0 {
			c.At = f.seen
		}
		if c.Series == nil {
			c.Series = []string{}
		}
	}
	v.Text = sentence(v.Clauses)
	return v, nil
}

// processorsAreFree reports whether the processors are called short by waiting alone, while
// most of their time was free whenever somebody waited. Tasks that wake at the same moment
// wait for each other, the more of the time the fewer processors there are; and a machine
// that its own host leaves without time sees all of it as waiting.
func (f *facts) processorsAreFree(ctx context.Context, source collectors.Source) (bool, error) {
	if reason := f.reason("cpu"); !(f.value("state.cpu") > 0) || reason != collectors.SatCPU.Name && reason != collectors.SatCPUDelay.Name {
		return false, nil
	}
	const free, full = 70, 95
	asked := []string{collectors.NowCPU.Name, collectors.UseCPU.Name, collectors.CPUBusiest.Name}
	r, err := read(ctx, source, collectors.Window{From: f.at - stale.Milliseconds(), To: f.at + 1}, func(s *collectors.Series) bool {
		return slices.Contains(asked, s.Family.Name)
	})
	if err != nil {
		return false, err
	}
	now, use, busiest := r.values[asked[0]], r.values[asked[1]], r.values[asked[2]]
	if len(now) == 0 {
		return false, nil
	}
	seen := 0
	for i := range min(len(now), len(use)) {
		if !(now[i] > 0) || use[i] != use[i] {
			continue
		}
		seen++
		if use[i] >= free || i < len(busiest) && busiest[i] >= full {
			return false, nil
		}
	}
	return seen > 0 || f.value(collectors.UseCPU.Name) < free, nil
}

// worst is the resource that is in the worst state, what decided that, and the level; the
// processors left out where they are free.
func (f *facts) worst(processorsAreFree bool) (resource, reason string, level int) {
	for _, r := range resources {
		if r == "cpu" && processorsAreFree {
			continue
		}
		if now := int(f.value("state." + r)); now > level {
			resource, level = r, now
		}
	}
	if level == 0 {
		return "", "", 0
	}
	reason = f.reason(resource)
	if limits := int(f.value("state.limits")); limits > 0 && f.byLimit(resource, reason) {
		return "limits", f.reason("limits"), limits
	}
	return resource, reason, level
}

// byLimit reports whether a resource looks short only because a service is at a limit of
// its own. The kernel counts tasks that their quota holds back among those that wait for a
// processor, and what a control group reclaims or kills within its limit among that of
// the host (Documentation/accounting/psi.rst, cgroup-v2.rst).
func (f *facts) byLimit(resource, reason string) bool {
	const roomy = 75 // of a resource that is not short by itself
	switch limit := f.reason("limits"); {
	case resource == "cpu" && limit == "throttled":
		return (reason == collectors.SatCPU.Name || reason == collectors.SatCPUDelay.Name) && f.value(collectors.UseCPU.Name) < roomy
	case resource == "memory" && limit == "service":
		return (reason == collectors.SatMemory.Name || reason == collectors.SatMemoryFull.Name) && f.value(collectors.UseMemory.Name) < roomy
	case resource == "memory" && limit == collectors.ServiceOOMKills.Name:
		return f.value(collectors.UseMemory.Name) < roomy
	}
	return false
}

// since is when the state of a resource was entered, 0 where that is not known. The series
// is in seconds, like every moment.
func (f *facts) since(resource string) int64 {
	if s := f.value("since." + resource); s > 0 {
		return int64(s * 1000)
	}
	return 0
}

// sentence joins clauses: what it is, then the rest of it.
func sentence(clauses []Clause) string {
	var texts []string
	for _, c := range clauses {
		texts = append(texts, c.Text)
	}
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	return texts[0] + ": " + strings.Join(texts[1:], "; ")
}

// judge makes the clauses of a resource that is not well.
func (f *facts) judge(resource, reason string, since int64) ([]Clause, []Culprit) {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.resource == resource && (r.reason == reason || r.reason == "") })
	if i < 0 {
		return []Clause{{Text: resource + " is " + string(levelNames[min(2, int(f.value("state."+resource)))]), Series: []string{"state." + resource}}}, nil
	}
	a := &answer{facts: f, since: since}
	rules[i].say(a)
	if len(a.clauses) > 0 && since > 0 && !rules[i].moment {
		a.clauses[0].Text += " since " + f.clock(since)
		a.clauses[0].Series = append(a.clauses[0].Series, "state."+resource)
	}
	return a.clauses, a.culprits
}

// reason is the name of what decided a state, "" where that is not known.
func (f *facts) reason(resource string) string {
	s := f.series["reason."+resource]
	v := f.value("reason." + resource)
	if s == nil || !(v >= 0) || int(v) >= len(s.Family.States) {
		return ""
	}
	return s.Family.States[int(v)]
}
