package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
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
	limitMemory(48<<20, slog.New(slog.DiscardHandler))
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("GOMEMLIMIT was set and the limit is %d, want it left alone", got)
	}
	t.Setenv("GOMEMLIMIT", "")
	limitMemory(48<<20, slog.New(slog.DiscardHandler)) // the default of --history-memory
	if got := debug.SetMemoryLimit(-1); got > 384<<20 || got < 40<<20 {
		t.Errorf("the limit is %d MiB, want it well below the 512 MB of the unit", got>>20)
	}
}

func TestSoftLimit_LeavesTheControlGroupAQuarter(t *testing.T) {
	const mib = 1 << 20
	unit, err := os.ReadFile("deploy/dashcam.service")
	if err != nil {
		t.Fatal(err)
	}
	var unitMax uint64
	_, rest, _ := strings.Cut(string(unit), "\nMemoryMax=")
	if _, err := fmt.Sscanf(rest, "%dM\n", &unitMax); err != nil {
		t.Fatalf("the unit's MemoryMax: %v", err)
	}
	for name, c := range map[string]struct {
		history, group uint64
		limited        bool
		want           uint64
	}{
		"no group":                {48, 0, false, 48 + 208},
		"the unit's":              {48, unitMax, true, min(48+208, unitMax*3/4)},
		"a larger history":        {300, unitMax, true, unitMax * 3 / 4},
		"a small container":       {48, 128, true, 96},
		"a large one":             {48, 1 << 40, true, 48 + 208},
		"as much as there can be": {1 << 42, 1 << 43, true, 1<<42 + 208},
	} {
		if got := softLimit(int64(c.history)*mib, c.group*mib, c.limited); uint64(got) != c.want*mib {
			t.Errorf("%s: %d MiB, want %d", name, got/mib, c.want)
		}
	}
}
