package main

import (
	"runtime/debug"
	"testing"
)

func TestCollectOften_HeedsTheEnvironment(t *testing.T) {
	const before = 333
	defer debug.SetGCPercent(debug.SetGCPercent(before))
	t.Setenv("GOGC", "50")
	collectOften()
	if got := debug.SetGCPercent(before); got != before {
		t.Errorf("GOGC was set and the collector is at %d, want it left alone", got)
	}
	t.Setenv("GOGC", "")
	collectOften()
	if got := debug.SetGCPercent(before); got != collectAt {
		t.Errorf("the collector is at %d, want %d", got, collectAt)
	}
}
