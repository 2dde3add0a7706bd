//go:build !linux

package host

// OwnMemoryLimit returns nothing: control groups are Linux'.
func OwnMemoryLimit(Options) (limit uint64, ok bool) { return 0, false }
