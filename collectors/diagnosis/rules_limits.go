package diagnosis

import (
	"cmp"
	"slices"
	"strings"

	"dashcam/collectors"
)

// fullest is the limit of a kind that is used up most.
func (f *facts) fullest(kind string) (name string, v float64) {
	return f.greatest(collectors.LimitUsed.Name, func(s *collectors.Series) bool { return kind == "" || s.Label("kind") == kind })
}

// limitWords are what a limit of a kind is called, with %: the name of the one.
var limitWords = map[string]string{
	"inodes": "inodes of %", "files": "open files of the host", "conntrack": "connections tracked by the firewall", "pids": "process numbers",
	"swap": "swap", "temperature": "critical temperature of %", "cgroup": "memory of dashcam's own control group", "filesystem": "%",
}

func limitText(kind, name string) string {
	words, known := limitWords[kind]
	if !known {
		words = kind + " %"
	}
	return strings.ReplaceAll(words, "%", name)
}

func limitFull(kind string) func(a *answer) {
	return func(a *answer) {
		name, v := a.fullest(kind)
		if name == "" {
			a.say("a limit is nearly used up ("+kind+")", collectors.StateLimits.Name)
			return
		}
		a.say(limitText(kind, a.label(name, "name"))+" "+percent(v)+" used", name)
		switch kind {
		case "pids":
			a.who("threads", a.total("threads"), func(name string, takes, whole float64) string { return name + " has " + count(takes) + " threads" }, name)
		case "inodes":
			a.diskWho("write", "writes", "")
		case "swap":
			a.memoryWho()
		}
	}
}

func (a *answer) filesystemFull() {
	name, v := a.fullest("filesystem")
	mount := a.label(name, "name")
	free := collectors.FilesystemBytes.Name + `{kind="available",mount="` + mount + `"}`
	text := mount + " " + percent(v) + " full"
	if left := a.value(free); left >= 0 {
		text += " (" + bytes(left) + " left)"
	}
	a.say(text, name, free)
	a.fullIn(mount)
	a.diskWho("write", "writes", "")
}

// fullIn tells when a file system is full, where it fills steadily.
func (a *answer) fullIn(mount string) {
	name := collectors.LimitFullIn.Name + `{kind="filesystem",name="` + mount + `"}`
	if v := a.value(name); v > 0 {
		a.say("full in about "+seconds(v)+" at this rate", name)
	}
}

func (a *answer) throttled() {
	s := a.worstService("throttled")
	if s == nil {
		a.say("a service is throttled at its limit", a.of(collectors.ServiceThrottled.Name)...)
		return
	}
	text := s.name + " is throttled " + percent(s.values["throttled"]) + " of the time"
	if limit := s.values["cpuLimit"]; limit > 0 {
		text += " at its limit of " + short(limit/100) + " cores"
	}
	a.say(text, serviceSeries(collectors.ServiceThrottled, s.name)...)
	a.culprits = append(a.culprits, Culprit{Kind: "service", Name: s.name, Share: 1})
	a.restIsCalm()
}

func (a *answer) serviceFull() {
	name, v := a.fullest("service")
	who := a.label(name, "name")
	a.say(who+" uses "+percent(v)+" of its memory limit", name)
	a.culprits = append(a.culprits, Culprit{Kind: "service", Name: who, Share: round(v / 100)})
	a.restIsCalm()
}

func (a *answer) serviceLimit(s *actor) {
	if limit := s.values["memoryLimit"]; limit > 0 {
		a.say(s.name+" has "+partOf(s.values["memory"], limit, ""), collectors.ServiceMemory.Name)
	}
	a.culprits = append(a.culprits, Culprit{Kind: "service", Name: s.name, Share: 1})
}

func (a *answer) restIsCalm() {
	for _, r := range resources {
		if r != "limits" && a.value("state."+r) > 0 && !a.byLimit(r, a.reason(r)) {
			return
		}
	}
	a.say("the host is calm", collectors.StateCPU.Name, collectors.StateMemory.Name, collectors.StateDisk.Name, collectors.StateNetwork.Name)
}

func (f *facts) worstService(column string) *actor {
	all := f.serviceRows()
	if len(all) == 0 {
		return nil
	}
	s := slices.MaxFunc(all, func(a, b *actor) int { return cmp.Compare(a.values[column], b.values[column]) })
	if !(s.values[column] > 0) {
		return nil
	}
	return s
}

func serviceSeries(f *collectors.Family, service string) []string {
	return []string{f.Name + `{service="` + service + `"}`}
}

// calm says that nothing is wrong, and what is nearest to it.
func (f *facts) calm() []Clause {
	all := []Clause{{Text: "nothing is saturated", Series: []string{"state.cpu", "state.memory", "state.disk", "state.network", "state.limits"}}}
	for _, name := range f.of(collectors.LimitFullIn.Name) {
		const soon = 7 * 24 * 3600
		if v := f.value(name); v > 0 && v < soon {
			return append(all, Clause{Text: "nearest: " + f.label(name, "name") + " full in " + seconds(v), Series: []string{name}})
		}
	}
	type near struct {
		text, series string
		v            float64
	}
	var most near
	for _, use := range []near{{"cpu", collectors.UseCPU.Name, 0}, {"memory", collectors.UseMemory.Name, 0}, {"network", collectors.UseNetwork.Name, 0}} {
		if v := f.value(use.series); v > most.v {
			most = near{use.text + " " + percent(v) + " in use", use.series, v}
		}
	}
	if name, v := f.fullest(""); name != "" && v > most.v {
		most = near{limitText(f.label(name, "kind"), f.label(name, "name")) + " " + percent(v) + " used", name, v}
	}
	if most.text != "" {
		all = append(all, Clause{Text: "nearest: " + most.text, Series: []string{most.series}})
	}
	return all
}
