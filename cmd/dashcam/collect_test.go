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

func TestLimitMemory_StaysBelowTheUnit(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	t.Setenv("GOMEMLIMIT", "1GiB")
	limitMemory(48 << 20)
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("GOMEMLIMIT was set and the limit is %d, want it left alone", got)
	}
	t.Setenv("GOMEMLIMIT", "")
	limitMemory(48 << 20) // the default of --history-memory
	if got := debug.SetMemoryLimit(-1); got < 200<<20 || got > 384<<20 {
		t.Errorf("the limit is %d MiB, want it well below the 512 MB of the unit", got>>20)
	}
}
