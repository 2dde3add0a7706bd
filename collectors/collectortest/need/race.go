//go:build race

package need

// raced says that the race detector is on.
const raced = true
