package events

import (
	"dashcam/collectors"
)

// kernelCounts are the files in which the kernel counts its own mistakes
// (Documentation/ABI/testing/sysfs-kernel-*).
var kernelCounts = []struct {
	file, text string
	level      collectors.EventLevel
}{
	{"/sys/kernel/oops_count", "the kernel had an oops", collectors.LevelCritical},
	{"/sys/kernel/warn_count", "the kernel warned", collectors.LevelWarning},
	{"/sys/kernel/hardlockup_count", "a processor was stuck (hard lockup)", collectors.LevelCritical},
	{"/sys/kernel/softlockup_count", "a processor was stuck (soft lockup)", collectors.LevelCritical},
	{"/sys/kernel/rcu_stall_count", "a processor held up the kernel (RCU stall)", collectors.LevelWarning},
	{"/proc/sys/kernel/hung_task_detect_count", "a task hung in the kernel", collectors.LevelWarning},
}

// counter tells when a number in a file has risen.
type counter struct {
	file
	text  string
	level collectors.EventLevel
	value uint64
	begun bool
}

func (c *counter) poll(tell func(collectors.Event)) error {
	now, err := c.number()
	if err != nil {
		return err
	}
	if c.begun && now > c.value {
		tell(collectors.Event{
			Kind: KindKernel, Level: c.level, Text: c.text, Count: int(min(now-c.value, 1e6)), About: collectors.About{Kind: "host"}, Source: c.path,
		})
	}
	c.value, c.begun = now, true
	return nil
}

// taint tells when the kernel is marked as tainted for another reason
// (Documentation/admin-guide/tainted-kernels.rst).
type taint struct {
	file
	flags uint64
	begun bool
}

func (t *taint) poll(tell func(collectors.Event)) error {
	now, err := t.number()
	if err != nil {
		return err
	}
	if fresh := now &^ t.flags; t.begun && fresh != 0 {
		tell(collectors.Event{
			Kind: KindKernel, Level: collectors.LevelWarning, Text: "the kernel is tainted now: " + taintText(fresh), About: collectors.About{Kind: "host"}, Source: t.path,
		})
	}
	t.flags, t.begun = now, true
	return nil
}

func newKernel(cfg Config) []source {
	var all []source
	for _, c := range kernelCounts {
		all = append(all, &counter{file: file{path: path(cfg, c.file)}, text: c.text, level: c.level})
	}
	return append(all, &taint{file: file{path: path(cfg, "/proc/sys/kernel/tainted")}})
}
