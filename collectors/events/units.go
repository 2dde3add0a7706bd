package events

import (
	"strconv"
	"strings"
	"sync"

	"dashcam/collectors"
)

const (
	// unitSource is what health calls the source of units.
	unitSource = "D-Bus (systemd1)"
	// maxUnits bounds the units whose state is remembered; one that rests is not.
	maxUnits = 10_000
	// maxHeld bounds the changes that wait for the first list of units.
	maxHeld = 1024
)

// units tells of services of systemd that start, stop, fail and are started again, by the
// properties that systemd sends when they change (org.freedesktop.systemd1(5)). Other units
// are left out: a host has thousands of devices, scopes and timers that come and go.
type units struct {
	fold *folder
	// id returns one for an event that another one will resolve.
	id func() string

	mu    sync.Mutex
	known map[string]*unitState // by name; nil before the first list
	held  []unitChange
}

// unitState is what is known of a service that does not rest.
type unitState struct {
	active, sub string
	ended       unitEnd
	// failed is the event of its failure, "" where it did not fail.
	failed string
}

// unitEnd is how the main process of a service ended, as systemd says it.
type unitEnd struct {
	result string // "exit-code", "signal" …
	code   int32  // as siginfo_t has it: whether status is an exit code or a signal
	status int32
}

// unitChange is one message about a unit. Its texts are "" where they did not change.
type unitChange struct {
	name, active, sub string
	ended             *unitEnd
}

// listed takes the services there are. What is different from what was known, because
// nobody listened in between, is told.
func (u *units) listed(now []unitChange) {
	u.mu.Lock()
	defer u.mu.Unlock()
	first := u.known == nil
	if first {
		u.known = make(map[string]*unitState)
	}
	there := make(map[string]bool, len(now))
	for _, c := range now {
		there[c.name] = true
		if first && c.active != "inactive" && len(u.known) < maxUnits {
			u.known[c.name] = &unitState{active: c.active, sub: c.sub}
		} else if !first {
			u.saw(c)
		}
	}
	for name := range u.known {
		if !there[name] {
			u.saw(unitChange{name: name, active: "inactive", sub: "dead"})
		}
	}
	for _, c := range u.held {
		u.saw(c)
	}
	u.held = nil
}

// changed takes a message. Before the first list there is nothing to compare it with: it
// waits.
func (u *units) changed(c unitChange) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known != nil {
		u.saw(c)
	} else if len(u.held) < maxHeld {
		u.held = append(u.held, c)
	}
}

// saw compares a unit with what it was.
func (u *units) saw(c unitChange) {
	at := u.known[c.name]
	if at == nil {
		if at = (&unitState{active: "inactive", sub: "dead"}); len(u.known) >= maxUnits {
			return
		}
		u.known[c.name] = at
	}
	if c.ended != nil {
		at.ended = *c.ended
	}
	// Between two states that last, systemd passes one that only says so.
	if c.active != "" && !strings.HasSuffix(c.sub, "-before-auto-restart") {
		before := at.active
		again := restarting(at.sub)
		at.active, at.sub = c.active, c.sub
		u.step(c.name, at, before, again)
	}
	if at.active == "inactive" && c.active != "" {
		delete(u.known, c.name)
	}
}

// restarting reports whether a unit ended and systemd waits to start it again.
func restarting(sub string) bool { return strings.HasPrefix(sub, "auto-restart") }

// step tells what a change of state means.
func (u *units) step(name string, at *unitState, before string, again bool) {
	e := collectors.Event{Kind: KindUnit, About: collectors.About{Kind: "service", Name: name, Service: name}, Source: unitSource}
	switch {
	case at.active == "failed" && before != "failed":
		e.Level, e.Text, e.ID = collectors.LevelCritical, name+" failed", u.id()
		if why := at.ended.text(); why != "" {
			e.Text += ": it " + why
		}
		at.failed = e.ID
	case restarting(at.sub):
		if again {
			return
		}
		why := at.ended.text()
		if why == "" {
			why = "ended"
		}
		e.Level, e.Text = collectors.LevelWarning, name+" "+why+" and is started again"
	case at.active == "active" && !running(before):
		e.Text, e.Resolves, at.failed = name+" started", at.failed, ""
	case at.active == "inactive" && (running(before) || before == "deactivating"):
		e.Text = name + " stopped"
	case at.active == "inactive" && before == "activating" && !again:
		e.Text = name + " ran and ended"
	default:
		return
	}
	if e.Level == "" && quietUnit(name) {
		return
	}
	u.fold.addFor(e, foldKey{e.Kind, unitTemplate(name, e.Level), strings.TrimPrefix(e.Text, name)})
}

// running reports whether a unit is there for others.
func running(active string) bool {
	return active == "active" || active == "reloading" || active == "refreshing" || active == "maintenance"
}

// quietUnit reports whether what a unit does is told by the sessions.
func quietUnit(name string) bool {
	return strings.HasPrefix(name, "user@") || strings.HasPrefix(name, "user-runtime-dir@")
}

// unitTemplate is what many units have in common that are made for a moment: the instances
// of a template, and those of systemd-run. A failure is always of one.
func unitTemplate(name string, level collectors.EventLevel) string {
	if level != "" {
		return name
	}
	if before, _, instance := strings.Cut(name, "@"); instance {
		return before + "@"
	}
	for _, prefix := range []string{"run-u", "run-r", "run-p"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && strings.Trim(rest, "0123456789abcdef-i") == ".service" {
			return prefix
		}
	}
	return name
}

// text says how a service ended, "" where it is well or not known.
func (e unitEnd) text() string {
	const exited = 1 // CLD_EXITED of waitid(2)
	switch e.result {
	case "", "success":
		return ""
	case "exit-code", "signal", "core-dump":
		if e.status == 0 { // it was not the main process that ended so
			return "ended with an error"
		}
		status := uint32(e.status) << 8
		if e.code != exited {
			status = uint32(e.status)
		}
		if e.result == "core-dump" {
			status |= 0x80
		}
		how, _ := ending(status)
		return how
	case "oom-kill":
		return "was killed: out of memory"
	case "watchdog":
		return "gave no sign of life (watchdog)"
	case "timeout":
		return "took too long (timeout)"
	case "start-limit-hit":
		return "was started too often"
	case "protocol":
		return "did not say that it is ready"
	case "resources":
		return "could not be started"
	}
	return "ended with the result " + e.result
}

// unitName is the name of a unit by the path of its object, "" where it is no service.
// What is no letter or digit stands there as _ and two hexadecimal digits.
func unitName(path string) string {
	label, ok := strings.CutPrefix(path, "/org/freedesktop/systemd1/unit/")
	if !ok || !strings.HasSuffix(label, "_2eservice") {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(label); i++ {
		if label[i] == '_' && i+2 < len(label) {
			if v, err := strconv.ParseUint(label[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
		}
		b.WriteByte(label[i])
	}
	return b.String()
}
