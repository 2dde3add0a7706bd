package events

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"dashcam/collectors"
)

// processSource is what health calls the source of process events.
const processSource = "NETLINK_CONNECTOR (processes)"

const (
	// maxNames bounds the processes whose names are remembered until they end.
	maxNames = 1 << 16
	// killsKept is how long before somebody last asked a process was killed that is still
	// remembered, to find out who was killed because memory was short.
	killsKept = 3 * time.Second
)

// processes tells of programs that start and processes that end.
type processes struct {
	cfg  Config
	fold *folder
	proc procFiles
	// names are those of processes that started while we looked; those without one ended
	// before it was known. parents are of the latter.
	names   map[int]string
	nameOf  map[int]parent
	pending []int // programs that started in a storm, whose names were not read yet

	mu    sync.Mutex
	kills []kill
	asked time.Time // when it was last asked who was killed
}

// parent is a process that starts others. Who it is is looked up once in a while, since
// numbers are used again.
type parent struct {
	name  string
	until time.Time
}

// kill is a process that ended by SIGKILL.
type kill struct {
	at time.Time
	collectors.About
}

func newProcesses(cfg Config, fold *folder) *processes {
	return &processes{cfg: cfg, fold: fold, names: make(map[int]string), nameOf: make(map[int]parent), proc: newProcFiles(cfg.Root)}
}

// saw takes one message. In a storm names are read later, by readNames.
func (p *processes) saw(e processEvent, storm bool) {
	switch {
	case e.what == procExec && storm:
		p.remember(e.pid, "")
		p.pending = append(p.pending, e.pid)
	case e.what == procExec:
		p.started(e.pid)
	case e.what == procExit && e.pid != 0:
		p.ended(e)
	}
}

// readNames reads the names of at most n programs that started in a storm: of the newest,
// which may still run.
func (p *processes) readNames(n int) {
	for i := len(p.pending) - 1; i >= 0 && n > 0; i-- {
		if name, running := p.names[p.pending[i]]; running && name == "" {
			p.started(p.pending[i])
			n--
		}
	}
	p.pending = p.pending[:0]
}

func (p *processes) remember(pid int, name string) {
	if len(p.names) < maxNames {
		p.names[pid] = name
	}
}

func (p *processes) started(pid int) {
	name := p.proc.name(pid)
	p.remember(pid, name)
	if name == "" || p.fold.repeats(KindExec, name, "") {
		return
	}
	p.fold.addAs(collectors.Event{
		Kind: KindExec, Text: fmt.Sprintf("%s started (pid %d)", name, pid), About: about(name, pid, p.proc.service(pid)), Source: processSource,
	}, "")
}

// vanished tells of a program that ended before its name was known, by who started it.
func (p *processes) vanished(by int) {
	const same = "vanished"
	name := p.parentName(by)
	if p.fold.repeats(KindExec, name, same) {
		return
	}
	who := name
	if who == "" {
		who = "somebody"
	}
	p.fold.addAs(collectors.Event{
		Kind: KindExec, Text: fmt.Sprintf("a program that %s (pid %d) started ended before its name was known", who, by),
		About: about(name, by, p.proc.service(by)), Source: processSource,
	}, same)
}

func (p *processes) parentName(pid int) string {
	const most, fresh = 256, time.Second
	now := p.cfg.Now()
	at, known := p.nameOf[pid]
	if !known || now.After(at.until) {
		if len(p.nameOf) >= most {
			clear(p.nameOf)
		}
		at = parent{p.proc.name(pid), now.Add(fresh)}
		p.nameOf[pid] = at
	}
	return at.name
}

func (p *processes) ended(e processEvent) {
	pid, status := e.pid, e.status
	name, known := p.names[pid]
	delete(p.names, pid)
	if known && name == "" && e.parent != 0 {
		p.vanished(e.parent)
	}
	if status == 0 {
		return
	}
	if !known {
		name = p.proc.name(pid) // as long as nobody has asked how it ended
	}
	how, level := ending(status)
	signal := status & 0x7f
	if signal != sigKill && p.fold.repeats(KindExit, name, how) {
		return
	}
	a := about(name, pid, p.proc.service(pid))
	if signal == sigKill {
		p.note(a)
	}
	called := name
	if called == "" {
		called = "a process"
	}
	p.fold.addAs(collectors.Event{
		Kind: KindExit, Level: level, Text: fmt.Sprintf("%s %s (pid %d)", called, how, pid), About: a, Source: processSource,
	}, how)
}

func about(name string, pid int, service string) collectors.About {
	return collectors.About{Kind: "process", Name: name, PID: pid, Service: service}
}

const sigKill = 9

// signalNames are those that end a process, by their numbers on Linux.
var signalNames = map[uint32]string{
	1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1", 11: "SEGV", 12: "USR2",
	13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT", 24: "XCPU", 25: "XFSZ", 26: "VTALRM", 27: "PROF", 29: "IO", 30: "PWR", 31: "SYS",
}

// ending says how a process ended, by its status as wait(2) gives it.
func ending(status uint32) (how string, level collectors.EventLevel) {
	signal, dumped := status&0x7f, status&0x80 != 0
	if signal == 0 {
		return "ended with " + strconv.Itoa(int(status>>8&0xff)), collectors.LevelInfo
	}
	name := signalNames[signal]
	if name == "" {
		name = strconv.Itoa(int(signal))
	}
	switch signal {
	case 3, 4, 5, 6, 7, 8, 11, 24, 25, 31:
		how = "crashed by signal " + name
		if dumped {
			how += ", core dumped"
		}
		return how, collectors.LevelWarning
	case sigKill:
		return "was killed by signal KILL", collectors.LevelWarning
	}
	return "was ended by signal " + name, collectors.LevelInfo
}

// note remembers a process that was killed.
func (p *processes) note(a collectors.About) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget()
	const most = 64
	if len(p.kills) < most {
		p.kills = append(p.kills, kill{p.cfg.Now(), a})
	}
}

// killed hands over the processes that were killed since it was last called, or a moment
// before, where anybody wants them; else it keeps those of the moment.
func (p *processes) killed(wanted bool) []kill {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget()
	p.asked = p.cfg.Now()
	if !wanted {
		return nil
	}
	out := p.kills
	p.kills = nil
	return out
}

func (p *processes) forget() {
	old := 0
	for old < len(p.kills) && p.asked.Sub(p.kills[old].at) > killsKept {
		old++
	}
	p.kills = p.kills[:copy(p.kills, p.kills[old:])]
}
