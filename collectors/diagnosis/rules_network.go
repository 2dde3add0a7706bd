package diagnosis

import (
	"context"
	"slices"

	"dashcam/collectors"
)

func (a *answer) retransmits() {
	a.say("network: "+percent(a.value(collectors.SatNetwork.Name))+" of the TCP segments are sent again", collectors.SatNetwork.Name)
	a.traffic()
}

func (a *answer) listenFull() {
	a.say(count(a.value(collectors.SatNetworkListen.Name))+" connections a second are lost at a full listening queue", collectors.SatNetworkListen.Name)
	a.say("some program accepts too slowly", a.of(collectors.TCPListen.Name)...)
}

func (a *answer) dropped() {
	a.say("this host drops "+count(a.value(collectors.SatNetworkDropped.Name))+" packets a second", collectors.SatNetworkDropped.Name)
	a.inKernel()
	a.traffic()
}

func (a *answer) linkFull() {
	a.say("network link "+percent(a.value(collectors.UseNetwork.Name))+" full", collectors.UseNetwork.Name)
	a.traffic()
}

func (a *answer) linkErrors() {
	a.say(count(a.value(collectors.ErrNetwork.Name))+" link errors or carrier changes in the last 5 min", collectors.ErrNetwork.Name)
	for _, e := range a.events {
		if e.Kind == "link" && e.Level != "" && e.Level != collectors.LevelInfo {
			a.sayAt(e.T, e.Text+" at "+a.clock(e.T))
		}
	}
}

// linkWentDown tells of a physical link that went down in the time that is looked at, and
// when it did first; 0 for none. A link that is switched off has no error, and what is sent
// over it stands still: no state shows it.
func (f *facts) linkWentDown(ctx context.Context, source collectors.Source) (clauses []Clause, since int64, err error) {
	links, err := read(ctx, source, collectors.Window{From: f.at - lookBackFor.Milliseconds(), To: f.at + 1}, func(s *collectors.Series) bool {
		return s.Family == collectors.NetLink && physical(s)
	})
	if err != nil {
		return nil, 0, err
	}
	var names []string
	for name := range links.values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		times, first, last := 0, int64(0), int64(0)
		before := 1.0 // down: that it was up has to be seen
		for i, v := range links.values[name] {
			if v != v {
				continue
			}
			if v == 1 && before == 0 {
				times, last = times+1, links.t[i]
				if first == 0 {
					first = last
				}
			}
			before = v
		}
		if times == 0 {
			continue
		}
		if since == 0 || first < since {
			since = first
		}
		text := links.series[name].Label("interface")
		switch {
		case before == 1 && times == 1:
			text += " is down since " + f.clock(last)
		case before == 1:
			text += " went down " + plural(times, "time", "times") + " in 5 min, and is down since " + f.clock(last)
		default:
			text += " went down " + plural(times, "time", "times") + " in 5 min, the last time at " + f.clock(last) + ", and is up now"
		}
		clauses = append(clauses, Clause{Text: text, Series: []string{name}, At: last})
	}
	return clauses, since, nil
}

// physical reports whether a link or a disk is a device and nothing made of others.
func physical(s *collectors.Series) bool {
	return s.Info["class"] == "" || s.Info["class"] == "physical"
}

// traffic names the busiest link, and the service that sends or receives most of it.
// Processes' traffic is not known without rights.
func (a *answer) traffic() {
	name, v := a.greatest(collectors.NetBytes.Name, physical)
	if !(v > 0) {
		return
	}
	direction, column := "receives", "netIn"
	if a.label(name, "dir") == "out" {
		direction, column = "sends", "netOut"
	}
	a.say(a.label(name, "interface")+" "+direction+" "+bytes(v)+"/s", name)
	for _, s := range a.serviceRows() {
		if s.values[column] >= mostOf*v {
			a.say(s.name+" "+direction+" "+partOf(s.values[column], v, "/s"), name)
			a.culprits = append(a.culprits, Culprit{Kind: "service", Name: s.name, Share: round(min(1, s.values[column]/v))})
		}
	}
}
