package diagnosis

import (
	"context"
	"slices"
	"strings"

	"dashcam/collectors"
)

// Verdict says what is wrong with a host at a moment.
type Verdict struct {
	// At is the time of the row that it is of, in Unix milliseconds; 0 where there is none.
	At int64 `json:"at"`
	// Resource is cpu, memory, disk, network, limits, service or none.
	Resource string `json:"resource"`
	// Level is ok, warn or critical.
	Level string `json:"level"`
	// SinceMs is when it began, 0 where nothing is wrong.
	SinceMs int64 `json:"sinceMs,omitempty"`
	// Text is the whole sentence, Clauses are its parts.
	Text    string   `json:"text"`
	Clauses []Clause `json:"clauses"`
	// Culprits are those who are named, the largest first.
	Culprits []Culprit `json:"culprits"`
}

// Clause is a part of the sentence with its evidence.
type Clause struct {
	Text string `json:"text"`
	// Series are the names of the series that it was made from.
	Series []string `json:"series"`
	// At is the moment that it is about, in Unix milliseconds.
	At int64 `json:"at"`
}

// Culprit is a process or a service that takes most of what is used.
type Culprit struct {
	Kind string `json:"kind"` // process or service
	Name string `json:"name"`
	PID  int    `json:"pid,omitempty"`
	// Share is what it takes of the resource's use, from 0 to 1.
	Share float64 `json:"share"`
}

// The levels of a verdict, by the values of a state.
var levelNames = []string{"ok", "warn", "critical"}

// resources are asked in this order: what comes first explains what comes later. A host
// without memory has busy disks, and one with busy disks waits for them.
var resources = []string{"memory", "limits", "disk", "cpu", "network"}

// Judge returns the verdict at a moment, in Unix milliseconds: that of the newest row
// that is not after it. An error is one of reading.
func Judge(ctx context.Context, source collectors.Source, at int64) (Verdict, error) {
	f, err := gather(ctx, source, at)
	if err != nil {
		return Verdict{}, err
	}
	if f.at == 0 {
		return Verdict{Resource: "none", Level: "ok", Text: "nothing is known of this moment", Clauses: []Clause{}, Culprits: []Culprit{}}, nil
	}
	worst, level := "", 0
	for _, r := range resources {
		if now := int(f.value("state." + r)); now > level {
			worst, level = r, now
		}
	}
	v := Verdict{At: f.at, Resource: "none", Level: levelNames[min(level, 2)]}
	if level == 0 {
		v.Clauses = f.calm()
	} else {
		v.Resource = worst
		v.SinceMs = f.since(worst)
		if err := f.before(ctx, source, v.SinceMs); err != nil {
			return Verdict{}, err
		}
		v.Clauses, v.Culprits = f.judge(worst, v.SinceMs)
		if reason := f.reason(worst); reason == "throttled" || reason == "service" || reason == collectors.ServiceOOMKills.Name {
			v.Resource = "service"
		}
	}
	if v.Culprits == nil {
		v.Culprits = []Culprit{}
	}
	for i := range v.Clauses {
		c := &v.Clauses[i]
		if c.At == 0 {
			c.At = f.at
		}
		if c.Series == nil {
			c.Series = []string{}
		}
	}
	v.Text = sentence(v.Clauses)
	return v, nil
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
func (f *facts) judge(resource string, since int64) ([]Clause, []Culprit) {
	reason := f.reason(resource)
	i := slices.IndexFunc(rules, func(r rule) bool { return r.resource == resource && (r.reason == reason || r.reason == "") })
	if i < 0 {
		return []Clause{{Text: resource + " is " + levelNames[min(2, int(f.value("state."+resource)))], Series: []string{"state." + resource}}}, nil
	}
	a := &answer{facts: f}
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
