package events

import (
	"bytes"
	"regexp"
	"strconv"

	"dashcam/collectors"
)

// Severities of the kernel, as syslog(2) numbers them.
const (
	severityCritical = 2
	severityError    = 3
	severityWarning  = 4
)

// telling are the warnings of the kernel that say what hurts a host: most of its warnings
// are about how a driver was written.
var telling = regexp.MustCompile(`(?i)i/o error|i/o timeout|blocked for more than|out of memory|page allocation failure|soft lockup|hard lockup|rcu.*stall|table full|table overflow|syn flooding|hardware error|machine check|temperature above threshold|clock throttled|netdev watchdog|over-current|offlined|rejecting i/o|remount|corrupt|timed out|link is not ready|time jumped|marking clocksource`)

// parseKernelLine reads a record of /dev/kmsg (Documentation/ABI/testing/dev-kmsg) and
// reports whether it is one of the kernel itself, of at least a warning, that matters.
func parseKernelLine(b []byte) (text string, level collectors.EventLevel, matters bool) {
	head, rest, found := bytes.Cut(b, []byte{';'})
	if !found {
		return "", "", false
	}
	prefix, _, _ := bytes.Cut(head, []byte{','})
	n, err := strconv.ParseUint(string(prefix), 10, 32)
	if err != nil || n>>3 != 0 { // written to it by a program
		return "", "", false
	}
	line, _, _ := bytes.Cut(rest, []byte{'\n'})
	line = bytes.TrimSpace(line)
	switch severity := n & 7; {
	case len(line) == 0, severity > severityWarning, severity == severityWarning && !telling.Match(line):
		return "", "", false
	case severity <= severityCritical:
		level = collectors.LevelCritical
	default:
		level = collectors.LevelWarning
	}
	return "kernel: " + string(line), level, true
}
