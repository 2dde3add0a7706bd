package main

import (
	"os"
	"runtime/debug"
)

// collectAt is how much the heap may grow before garbage is collected, in percent of what was
// left at the last time. Most of the heap is what is remembered, which has no pointers and
// costs the collector nothing, so that collecting often is cheap and the default of 100
// would double the memory for nothing. Measured on 2 cores with 300 changing series and their
// process table, by
//
//	cd .ci/bench && go run ./remember -gogc 100,50,25,10
//
//	GOGC   6 h         24 h        collections in 24 h
//	100    44 MiB      94 MiB       35
//	 50    32 MiB      80 MiB       66
//	 25    28 MiB      65 MiB      121, one in 12 minutes
//	 10    26 MiB      59 MiB      237
//
// What the program takes of a processor does not change by more than other work on the
// machine changes it (go run ./cost, with GOGC set).
//
// A limit alone would not do: one of 64 MiB with GOGC=100 gave the same 64 MiB for a day,
// but leaves 44 MiB for 6 h, and whoever reaches it has the collector run all the time.
const collectAt = 25

// collectOften applies collectAt unless the environment says otherwise.
func collectOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}

// besidesHistory is what the program may take beside what it remembers. What it really
// takes is a tenth of it; long answers are refused before it is used up, and the two
// together stay well below the 512 MB of the systemd unit.
const besidesHistory = 208 << 20

// limitMemory sets the runtime's limit, unless the environment has set it (GOMEMLIMIT).
func limitMemory(history byteSize) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(history) + besidesHistory)
	}
}
