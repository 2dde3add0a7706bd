package collectortest

import (
	"reflect"

	"github.com/google/go-cmp/cmp"
)

// Diff is cmp.Diff of what is large and nearly always the same: it looks for what differs
// only where something does, as sorting the keys of thousands of rows to print none of them
// takes longer than to compare them.
func Diff[T any](want, got T) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got)
}
