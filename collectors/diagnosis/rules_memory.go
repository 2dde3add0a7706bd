package diagnosis

import (
	"slices"

	"dashcam/collectors"
)

func memoryKind(kind string) string { return collectors.MemoryBytes.Name + `{kind="` + kind + `"}` }

// memoryUsed is what is not available to new work.
func (a *answer) memoryUsed() float64 {
	return a.value(memoryKind("total")) - a.value(memoryKind("available"))
}

func (a *answer) memorySaturated() {
	text := "memory saturated"
	if v := a.value(collectors.SatMemory.Name); v > 0 {
		text += ", some task waits " + percent(v) + " of the time,"
	}
	a.say(text, collectors.SatMemory.Name, collectors.SatMemoryFull.Name)
	a.memoryWho()
	a.paging()
	a.suffers("pressureMemory", "memory")
}

func (a *answer) memoryFull() {
	a.say("memory "+percent(a.value(collectors.UseMemory.Name))+" full", collectors.UseMemory.Name)
	a.memoryWho()
}

func (a *answer) swapping() {
	a.say("memory is swapped", collectors.SatMemorySwap.Name)
	a.paging()
	a.memoryWho()
	a.suffers("pressureMemory", "memory")
}

func (a *answer) paging() {
	const least = 100
	in, out := collectors.SwapPages.Name+`{dir="in"}`, collectors.SwapPages.Name+`{dir="out"}`
	if v := a.value(in) + a.value(out); v >= least {
		a.say(count(v)+" pages a second go to and from swap", in, out)
	}
}

func (a *answer) memoryWho() {
	used := a.memoryUsed()
	a.who("memory", used, func(name string, takes, whole float64) string {
		return name + " has " + partOf(takes, whole, "")
	}, memoryKind("total"), memoryKind("available"))
	a.growing()
}

// growing tells how fast memory fills, where it does.
func (a *answer) growing() {
	available := memoryKind("available")
	by, in := a.rise(available)
	const least = 64 << 20
	if !(by <= -least) || in.Minutes() < 1 {
		return
	}
	text := bytes(-by) + " went in " + span(in)
	left := a.value(available) / (-by / in.Seconds())
	if left < 3600 {
		text += ", full in about " + seconds(left) + " at this rate"
	}
	if total := a.value(collectors.SwapBytes.Name + `{kind="total"}`); total == 0 {
		text += ", and there is no swap"
	}
	a.say(text, available)
}

func (a *answer) memoryErrors() {
	a.say("memory reports errors (ECC)", a.of(collectors.MemoryECC.Name)...)
}

// killed tells who was killed because memory was short.
func (a *answer) killed() {
	for _, e := range slices.Backward(a.events) {
		if e.Kind != "oom" {
			continue
		}
		who := e.About.Name
		if e.About.Service != "" {
			who += " (" + e.About.Service + ")"
		}
		if who == "" {
			who = "a process"
		}
		a.sayAt(e.T, who+" was killed at "+a.clock(e.T)+": out of memory", collectors.ErrMemory.Name)
		a.memoryWho()
		return
	}
	for _, s := range a.serviceRows() {
		if s.values["oom"] > 0 {
			a.say("a process of "+s.name+" was killed in the last 5 min because its memory ran out", collectors.ErrMemory.Name)
			a.serviceLimit(s)
			return
		}
	}
	a.say("a process was killed in the last 5 min because memory ran out", collectors.ErrMemory.Name)
	a.memoryWho()
}
