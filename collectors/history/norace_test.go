//go:build !race

package history_test

// raced says that the race detector is on, which makes a day of rows take a minute.
const raced = false
