package events

import (
	"dashcam/collectors"
	"slices"
	"strconv"
	"strings"
)

// mount is a line of /proc/PID/mountinfo, as proc_pid_mountinfo(5) says.
type mount struct {
	id       int
	at       string
	kind     string // of file system
	device   string
	readOnly bool
}

// parseMounts reads the file. Lines that are not understood are left out.
func parseMounts(text string) []mount {
	var all []mount
	for line := range strings.Lines(text) {
		before, after, found := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		own, super := strings.Fields(before), strings.Fields(after)
		if !found || len(own) < 6 || len(super) < 2 {
			continue
		}
		id, err := strconv.Atoi(own[0])
		if err != nil {
			continue
		}
		m := mount{id: id, at: collectors.UnescapePath(own[4]), kind: super[0], device: collectors.UnescapePath(super[1])}
		m.readOnly = hasOption(own[5], "ro") || len(super) > 2 && hasOption(super[2], "ro")
		all = append(all, m)
	}
	return all
}

func hasOption(list, option string) bool { return slices.Contains(strings.Split(list, ","), option) }
