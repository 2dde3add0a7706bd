package alert

import (
	"maps"
	"slices"
)

// HostUnreachable is the rule of a hub's alert that another host is silent. Nothing that a
// host remembers of itself can raise it.
const HostUnreachable = "host-unreachable"

// About returns the label that names what an alert is about, "" where it has none.
func About(labels map[string]string) string {
	if _, ok := labels["host"]; ok {
		return "host"
	}
	names := slices.Sorted(maps.Keys(labels))
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
