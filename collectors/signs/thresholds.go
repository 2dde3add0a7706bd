package signs

import (
	"math"
	"reflect"
	"time"

	"dashcam/collectors"
)

// Level is where a value counts as bad. Zero means that there is no such level;
// [Any] is reached by whatever is not zero; +Inf switches a level off.
type Level struct {
	Warn, Crit float64
}

// Any is a threshold that every value above zero reaches.
const Any = math.SmallestNonzeroFloat64

// Sizes that the thresholds of file systems are stated in.
const gib = 1 << 30

// Thresholds is the one table of what counts as bad. A field that is zero has the
// value of [DefaultThresholds]. ◇ marks a default chosen by judgement; the others
// follow the kernel's documents and Brendan Gregg's USE checklist.
type Thresholds struct {
	// CPUUse is ◇ use.cpu, in percent. Use alone never turns critical.
	CPUUse Level
	// CPUBusiest is ◇ cpu.busiest in percent: one core is full.
	CPUBusiest Level
	// CPUPressure is ◇ sat.cpu, in percent of time.
	CPUPressure Level
	// CPUSteal is ◇ sat.cpu.steal, in percent of time.
	CPUSteal Level
	// CPUDelay is ◇ sat.cpu.delay, in percent of each processor's time.
	CPUDelay Level
	// CPUQueue is sat.cpu.queue, in tasks per processor.
	CPUQueue Level
	// CPULoad is ◇ sat.cpu.load, in tasks per processor.
	CPULoad Level

	// MemoryUse is ◇ use.memory in percent; Crit counts only while memory is
	// saturated.
	MemoryUse Level
	// MemoryPressure is ◇ sat.memory, in percent of time.
	MemoryPressure Level
	// MemoryFull is ◇ sat.memory.full, in percent of time.
	MemoryFull Level
	// MemorySwap is sat.memory.swap per second. Warn counts pages and stalls, ◇ Crit
	// only pages.
	MemorySwap Level

	// DiskUse is ◇ the time busy of rotational devices, in percent.
	DiskUse Level
	// DiskPressure is ◇ sat.disk, in percent of time.
	DiskPressure Level
	// DiskFull is ◇ sat.disk.full, in percent of time.
	DiskFull Level
	// DiskQueue is ◇ requests waiting at a device. It counts only together with
	// the wait of the same device in the same sample.
	DiskQueue Level
	// DiskWait and DiskWaitRotational are ◇ seconds per operation.
	DiskWait, DiskWaitRotational Level
	// DiskWaitOperations is how many operations a sample needs for a mean wait.
	DiskWaitOperations float64
	// DiskBlocked is ◇ sat.disk.blocked: Warn in tasks, Crit in tasks per processor.
	DiskBlocked Level

	// NetworkUse is ◇ use.network in percent; Crit counts only while the network is
	// saturated.
	NetworkUse Level
	// NetworkRetransmits is ◇ sat.network, in percent of segments sent.
	NetworkRetransmits Level
	// NetworkSegments is how many segments the window needs for that share.
	NetworkSegments float64
	// NetworkLost is ◇ how many of them must be lost before a share is one: a single
	// connection to a peer that went away sends fewer again.
	NetworkLost float64
	// NetworkWindow is the span of that share.
	NetworkWindow time.Duration
	// NetworkListen is sat.network.listen per second, ◇ its Crit.
	NetworkListen Level
	// NetworkDropped is sat.network.dropped, per second.
	NetworkDropped Level
	// NetworkErrors are errors on physical links per second: one is a warning, ◇ so
	// many are critical.
	NetworkErrors Level

	// FilesystemUsed is ◇ used ÷ (used + available) in percent. It counts only
	// together with less than FilesystemFree bytes available.
	FilesystemUsed Level
	// FilesystemFree are ◇ bytes available; below them FilesystemUsed counts.
	FilesystemFree Level
	// FilesystemLast is ◇ critical on its own on a file system of more than
	// FilesystemLarge: bytes available.
	FilesystemLast, FilesystemLarge float64
	// FullIn is ◇ limit.full_in, in seconds; less is worse.
	FullIn Level
	// FullInWindow is the span that a forecast is fitted to, FullInFit ◇ the R² it
	// needs, FullInMost ◇ the furthest time it speaks of.
	FullInWindow time.Duration
	FullInFit    float64
	FullInMost   time.Duration
	// LimitUsed is inodes, open files, tracked connections and tasks, in percent.
	LimitUsed Level
	// SwapUsed is in percent; it counts only while memory is saturated.
	SwapUsed Level
	// CgroupUsed is ◇ dashcam's own memory limit, in percent. It holds cached files
	// too, so it counts only while memory is saturated.
	CgroupUsed Level
	// ServiceMemory is ◇ a service's working set in percent of its limit. It counts only
	// while its tasks wait for memory in ServiceStalled percent of time, where that is
	// known.
	ServiceMemory  Level
	ServiceStalled float64
	// ServiceThrottled is ◇ the share of periods in which a service had used up its CPU
	// quota, in percent.
	ServiceThrottled Level
	// Temperature is in percent of the sensor's own critical mark.
	Temperature Level
	// Stalled is how long a mount may not answer before that is an error.
	Stalled time.Duration

	// Leave is the share of a level below which samples count towards leaving it.
	Leave float64
	// LeaveLimit is ◇ the same for shares of a limit. They move slowly and do not
	// flicker: a file system that warned at 90 % is well at 85 %, not only at 71 %.
	LeaveLimit float64
}

// DefaultThresholds returns the table as documented.
func DefaultThresholds() Thresholds {
	return Thresholds{
		CPUUse:      Level{Warn: 90},
		CPUBusiest:  Level{Warn: 95},
		CPUPressure: Level{20, 60},
		CPUSteal:    Level{5, 20},
		CPUDelay:    Level{25, 100},
		CPUQueue:    Level{Any, 1},
		CPULoad:     Level{1, 2},

		MemoryUse:      Level{90, 97},
		MemoryPressure: Level{10, 40},
		MemoryFull:     Level{Crit: 10},
		MemorySwap:     Level{Any, 1000},

		DiskUse:            Level{Warn: 80},
		DiskPressure:       Level{Warn: 20},
		DiskFull:           Level{Crit: 20},
		DiskQueue:          Level{1, 4},
		DiskWait:           Level{0.020, 0.100},
		DiskWaitRotational: Level{0.050, 0.200},
		DiskWaitOperations: 10,
		DiskBlocked:        Level{1, 1},

		NetworkUse:         Level{80, 95},
		NetworkRetransmits: Level{1, 5},
		NetworkSegments:    100,
		NetworkLost:        10,
		NetworkWindow:      5 * time.Second,
		NetworkListen:      Level{Any, 10},
		NetworkDropped:     Level{Warn: Any},
		NetworkErrors:      Level{Any, 10},

		FilesystemUsed:  Level{90, 97},
		FilesystemFree:  Level{50 * gib, 10 * gib},
		FilesystemLast:  1 * gib,
		FilesystemLarge: 20 * gib,
		FullIn:          Level{24 * 3600, 4 * 3600},
		FullInWindow:    30 * time.Minute,
		FullInFit:       0.8,
		FullInMost:      30 * 24 * time.Hour,
		LimitUsed:       Level{80, 95},
		SwapUsed:        Level{80, 95},
		CgroupUsed:      Level{80, 95},
		Temperature:     Level{85, 95},

		ServiceMemory:    Level{Warn: ofService("memory")},
		ServiceStalled:   ofService("pressureMemory"),
		ServiceThrottled: Level{Warn: ofService("throttled")},

		Stalled: 10 * time.Second,

		Leave:      0.8,
		LeaveLimit: 0.95,
	}
}

// withDefaults returns t with its zero fields filled.
func (t Thresholds) withDefaults() Thresholds {
	defaults := reflect.ValueOf(DefaultThresholds())
	v := reflect.ValueOf(&t).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			v.Field(i).Set(defaults.Field(i))
		}
	}
	return t
}

// For returns the thresholds that stand in the schema of a series, 0 where there
// is none: those that colour the value on their own. A threshold that needs a
// second condition (a queue with its wait, memory in use with its saturation) is
// not among them, because a value at it is not yet bad; the state says when it is.
// A file system's 90 and 97 % are given although its free space decides too, since
// limit.state stands beside it.
func (t Thresholds) For(s *collectors.Series) (warn, crit float64) {
	t = t.withDefaults()
	for i := range table {
		g := &table[i]
		if g.family != s.Family || g.level == nil || g.role == failure || g.kind != "" && g.kind != s.Labels.At(0) || g.with.warn {
			continue
		}
		l := g.level(&t)
		switch {
		case s.Family == collectors.UseDisk && s.Info["rotational"] != "yes":
			return 0, 0
		case g.with.crit, s.Family == collectors.SatDiskBlocked: // the latter's is per processor
			l.Crit = 0
		}
		return drawn(l.Warn, s.Family), drawn(l.Crit, s.Family)
	}
	return 0, 0
}

// drawn returns a threshold as the schema states it. Since no value other than zero
// is stored as zero, one quantum is where Any begins.
func drawn(threshold float64, f *collectors.Family) float64 {
	switch {
	case threshold == Any:
		return f.Quantum
	case math.IsInf(threshold, 0):
		return 0
	}
	return threshold
}

// ofService is the level that stands with a column of the table of services.
func ofService(column string) float64 {
	return collectors.Services.Columns[collectors.Services.Column(column)].Warn
}
