package main

import (
	"log/slog"
	"os"
	"runtime/debug"

	"dashcam/collectors/host"
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

// leastBeside is what it needs beside what it remembers to be well: less, and garbage
// would be collected all the time.
const leastBeside = 40 << 20

// limitMemory sets the runtime's soft limit, unless the environment has set it
// (GOMEMLIMIT), and warns where the control group leaves too little.
func limitMemory(history byteSize, log *slog.Logger) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	group, limited := host.OwnMemoryLimit(host.Options{})
	limit := softLimit(int64(history), group, limited)
	debug.SetMemoryLimit(limit)
	if limit < int64(history)+leastBeside {
		log.Warn("memory limit of the control group is small for what is remembered", "limit", new(byteSize(group)), "setting", "history-memory", "is", &history)
	}
}

// softLimit is what the runtime tries to stay below: what is remembered and what is needed
// beside, and three quarters of what the control group has at the most, because the kernel
// counts what the runtime does not and kills whoever reaches the whole.
func softLimit(history int64, group uint64, limited bool) int64 {
	limit := history + besidesHistory
	if limited && group/4*3 < uint64(limit) {
		limit = int64(group / 4 * 3) // it is smaller than an int64
	}
	return limit
}
