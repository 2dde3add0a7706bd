package events

import (
	"errors"
	"fmt"
	"strings"

	"dashcam/collectors"
)

// oomWait is at how many further samples a victim is waited for: it is chosen before
// it ends.
const oomWait = 3

// oom tells of processes that were killed because memory was short. The counter of the
// kernel also rises without a victim (a process that was ending anyway): it is an event
// only together with a process that ended by SIGKILL. Where more ended so than the kernel
// counted, all of them are named, and none as the victim.
type oom struct {
	file
	procs  *processes
	count  uint64
	begun  bool
	alone  int // kills without a victim
	waited int
}

func (o *oom) poll(tell func(collectors.Event)) error {
	text, err := o.read()
	if err != nil {
		return err
	}
	now, found := parseCounter(text, "oom_kill")
	if !found {
		return errors.New("no oom_kill: expected Linux 4.13")
	}
	if o.begun && now > o.count {
		o.alone += int(min(now-o.count, 1000))
		o.waited = 0
	}
	o.count, o.begun = now, true
	e := collectors.Event{Kind: KindOOM, Level: collectors.LevelCritical, Source: o.path}
	killed := o.procs.killed(o.alone > 0)
	if len(killed) > o.alone && o.alone > 0 { // somebody else sent a signal
		e.Text = fmt.Sprintf("out of memory: %d of %s killed", o.alone, oneOf(killed))
		tell(e)
		o.alone = 0
		return nil
	}
	for _, k := range killed {
		o.alone--
		e.Text, e.About = fmt.Sprintf("%s (pid %d) was killed: out of memory", nameOf(k), k.PID), k.About
		tell(e)
	}
	if o.waited++; o.alone > 0 && o.waited > oomWait {
		o.alone = 0
	}
	return nil
}

func nameOf(k kill) string {
	if k.Name == "" {
		return "a process"
	}
	return k.Name
}

// mostNamed is how many are named among whom a victim is.
const mostNamed = 4

// oneOf names those among whom a victim is: nobody is accused in doubt.
func oneOf(killed []kill) string {
	var names []string
	for _, k := range killed[:min(len(killed), mostNamed)] {
		names = append(names, fmt.Sprint(nameOf(k), " ", k.PID))
	}
	if more := len(killed) - len(names); more > 0 {
		names = append(names, fmt.Sprint(more, " more"))
	}
	return strings.Join(names, ", ")
}
