package diagnosis

import (
	"math"
	"slices"
	"strings"

	"dashcam/collectors"
)

// cpuUsed is what is used of all processors, 100 % being one.
func (a *answer) cpuUsed() float64 {
	return a.value(collectors.UseCPU.Name) * float64(max(1, a.host.CPUs))
}

func (a *answer) cpuSaturated() {
	text := "cpu saturated"
	series := []string{collectors.SatCPU.Name}
	if v := a.value(collectors.SatCPU.Name); v > 0 {
		text += ", some task waits " + percent(v) + " of the time,"
	} else {
		series = []string{a.reason("cpu")}
	}
	a.say(text, series...)
	a.cpuWho()
}

func (a *answer) cpuFull() {
	a.say("cpu "+percent(a.value(collectors.UseCPU.Name))+" in use", collectors.UseCPU.Name)
	a.cpuWho()
}

func (a *answer) cpuWho() {
	used := a.cpuUsed()
	a.who("cpu", used, func(name string, takes, whole float64) string {
		return name + " takes " + count(takes/100) + " of " + count(whole/100) + " cores in use"
	}, collectors.UseCPU.Name)
	a.shortLived()
	a.inKernel()
	a.suffers("pressureCpu", "a processor")
}

// manyForks is how many starts a second are worth a word.
const manyForks = 100

// shortLived tells of programs that end before the table of processes sees them.
func (a *answer) shortLived() {
	forks := a.value(collectors.CPUForks.Name)
	if !(forks >= manyForks) {
		return
	}
	text := count(forks) + " processes start each second"
	most := 0
	who := ""
	for _, e := range a.events {
		if e.Kind == "exec" && e.Count > most && e.About.Name != "" {
			most, who = e.Count, e.About.Name
		}
	}
	if who != "" {
		text += ", most told of is " + who
	}
	a.say(text, collectors.CPUForks.Name)
}

// inKernel tells where the time goes, when that is not into programs.
func (a *answer) inKernel() {
	mode := func(names ...string) (sum float64, series []string) {
		for _, n := range a.of(collectors.CPUUsage.Name) {
			if slices.Contains(names, a.label(n, "mode")) {
				sum += a.value(n)
				series = append(series, n)
			}
		}
		return sum, series
	}
	const muchOfAll = 20
	if v, series := mode("irq", "softirq"); v >= muchOfAll {
		a.say("interrupts take "+percent(v)+" of all processors", series...)
	} else if v, series := mode("system"); v >= 2*muchOfAll {
		a.say("the kernel takes "+percent(v)+" of all processors", series...)
	}
}

func (a *answer) oneCore() {
	name, v := a.greatest(collectors.CPUCoreBusy.Name, nil)
	series := []string{collectors.CPUBusiest.Name}
	if name != "" {
		series = append(series, name)
	}
	a.say("one core full ("+percent(max(v, a.value(collectors.CPUBusiest.Name)))+")", series...)
	// A process that fills a core takes about 100 %, whatever the others do.
	named := a.who("cpu", 100, func(name string, takes, whole float64) string { return name + " takes " + count(takes/100) + " cores" }, collectors.UseCPU.Name)
	if idle := float64(a.host.CPUs) - a.cpuUsed()/100; named && a.host.CPUs > 1 && !math.IsNaN(idle) {
		a.say("of "+count(float64(a.host.CPUs))+" cores "+short(max(0, idle))+" are idle", collectors.UseCPU.Name)
	}
}

func (a *answer) steal() {
	a.say("the hypervisor takes "+percent(a.value(collectors.SatCPUSteal.Name))+" of the processors for others", collectors.SatCPUSteal.Name)
	a.say("nobody on this host does it", collectors.UseCPU.Name)
}

func (a *answer) hot() {
	a.say("the processor is throttled because it is too hot", a.of(collectors.CPUThrottles.Name)...)
	if name, v := a.greatest(collectors.LimitUsed.Name, func(s *collectors.Series) bool { return s.Label("kind") == "temperature" }); name != "" {
		a.say(a.label(name, "name")+" is at "+percent(v)+" of its critical temperature", name)
	}
	a.cpuWho()
}

func (a *answer) machineCheck() {
	a.say("the processor reported machine checks in the last 5 min", collectors.ErrCPU.Name)
	for _, e := range a.events {
		if e.Kind == "kernel" && strings.Contains(e.Text, "machine check") {
			a.sayAt(e.T, e.Text)
		}
	}
}
