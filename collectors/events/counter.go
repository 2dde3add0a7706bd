package events

import (
	"bytes"
	"strconv"
)

// parseCounter returns a line "name value" of a file such as /proc/vmstat.
func parseCounter(text []byte, name string) (uint64, bool) {
	for line := range bytes.Lines(text) {
		rest, found := bytes.CutPrefix(line, []byte(name))
		if !found || len(rest) == 0 || rest[0] != ' ' {
			continue
		}
		n, err := strconv.ParseUint(string(bytes.TrimSpace(rest)), 10, 64)
		return n, err == nil
	}
	return 0, false
}
