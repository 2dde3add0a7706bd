package diagnosis

import "dashcam/collectors"

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

// traffic names the busiest link, and the service that sends or receives most of it.
// Processes' traffic is not known without rights.
func (a *answer) traffic() {
	name, v := a.greatest(collectors.NetBytes.Name, func(s *collectors.Series) bool { return s.Info["class"] == "" || s.Info["class"] == "physical" })
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
