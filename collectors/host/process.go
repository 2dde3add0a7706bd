package host

import (
	"time"
)

// process is a process of a listing.
type process struct {
	listedPID
	// known is what is remembered of it, nil when nothing was read yet.
	known *knownProcess
}

// evict drops what is known of a process that ended, or that became unreadable.
func (p *process) evict() {
	if p.known != nil {
		p.known.files.close()
		p.known = nil
	}
}

// listedPID is an entry of the list of processes.
type listedPID struct {
	pid int32
	// token changes when the pid is used again; 0 where the system gives none.
	token uint64
}

// knownProcess is what is remembered of a process between scans.
type knownProcess struct {
	key     string
	name    string
	hidden  bool // excluded by the selection
	facts   processFacts
	factAt  time.Time // when the facts are to be read again
	reading processReading
	percent float64 // of one processor since the reading before; NaN is unknown
	memory  float64 // bytes; NaN is unknown
	at      time.Time
	io      processIO
	// inherited is what children that ended had read and written when they were read last:
	// the kernel counts it as this process's from now on, though their rows told of it.
	inherited processIO
	ioAt      time.Time
	ioLast    ioAccess
	ioRate    ioRate
	idle      int // readings in a row that found it idle
	files     pidFiles
	// read and rested are the last scans that read it and that let it rest.
	read, rested uint64
}

// processReading is what is read of a process at once.
type processReading struct {
	pid, ppid int32
	// start is in the unit of the system: clock ticks since the boot, or ms.
	start uint64
	// startUnix is the same as a time, in Unix seconds; 0 is unknown.
	startUnix float64
	name      []byte // valid until the next reading
	state     byte   // as ps shows it
	cpu       time.Duration
	cpuKnown  bool
	threads   uint64
	// kernel says that this is a thread of the kernel, which has no memory of its own
	// and does no I/O for itself.
	kernel bool
}

// processFacts hardly ever change.
type processFacts struct {
	user, cgroup, command string
}

// scanResult is the outcome of reading one process.
type scanResult uint8

const (
	scanOK scanResult = iota
	scanGone
	scanForbidden
	// scanFailed is a process that is there and could not be read.
	scanFailed
)
