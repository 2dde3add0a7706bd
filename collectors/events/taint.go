package events

import (
	"strconv"
	"strings"
)

// taints are what the bits of /proc/sys/kernel/tainted mean.
var taints = []string{
	"proprietary module", "module loaded by force", "processor out of specification", "module unloaded by force", "machine check",
	"bad page", "asked for by a program", "oops", "ACPI table replaced", "warning", "staging driver", "work-around for firmware",
	"module from outside the kernel", "unsigned module", "soft lockup", "live patch", "marked by the distribution", "structure layout randomised", "test module",
}

func taintText(flags uint64) string {
	var words []string
	for bit := range 64 {
		switch {
		case flags&(1<<bit) == 0:
		case bit < len(taints):
			words = append(words, taints[bit])
		default:
			words = append(words, "bit "+strconv.Itoa(bit))
		}
	}
	return strings.Join(words, ", ")
}
