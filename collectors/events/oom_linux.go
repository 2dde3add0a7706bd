package events

import (
	"errors"
	"fmt"

	"dashcam/collectors"
)

// oomWait is at how many further samples a victim is waited for: it is chosen before
// it ends.
const oomWait = 3

// oom tells of processes that were killed because memory was short. The counter of the
// kernel also rises without a victim (a process that was ending anyway): it is an event
// only together with a process that ended by SIGKILL.
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
	for _, k := range o.procs.killed(o.alone) {
		o.alone--
		name := k.Name
		if name == "" {
			name = "a process"
		}
		tell(collectors.Event{
			Kind: KindOOM, Level: collectors.LevelCritical, Text: fmt.Sprintf("%s (pid %d) was killed: out of memory", name, k.PID), About: k.About, Source: o.path,
		})
	}
	if o.waited++; o.alone > 0 && o.waited > oomWait {
		o.alone = 0
	}
	return nil
}
