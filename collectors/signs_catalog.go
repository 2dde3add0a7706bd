package collectors

// The signs: what is derived from the readings of a row and says how the host is
// doing. Package signs computes them; its doc.go is their documentation.

func sign(name, help string, unit Unit, quantum float64) *Family {
	return &Family{Name: name, Help: help, Unit: unit, Kind: KindGauge, Quantum: quantum, Source: "dashcam"}
}

func state(name, help string, labels []string, states ...string) *Family {
	return &Family{Name: name, Help: help, Kind: KindState, Labels: labels, Quantum: 1, States: states, Source: "dashcam"}
}

// Use: how much of a resource is in use.
var (
	UseCPU     = sign("use.cpu", "Share of all processors' time spent working.", Percent, qPercent)
	UseMemory  = sign("use.memory", "Share of memory that is not available to new work.", Percent, qPercent)
	UseDisk    = sign("use.disk", "Share of time the busiest device had a request in flight.", Percent, qPercent)
	UseNetwork = sign("use.network", "Larger direction of the fullest physical link, as a share of its speed.", Percent, qPercent)
	// UseNetworkRate is given where no link states its speed.
	UseNetworkRate = sign("use.network.rate", "Larger direction of the busiest physical link, in bits per second.", BitsPerSecond, 1<<7)
	// UseDiskRate is given where devices do not state their time busy.
	UseDiskRate = sign("use.disk.rate", "Throughput of the busiest device, both directions.", BytesPerSecond, qByteRate)
	CPUBusiest  = sign("cpu.busiest", "Busiest processor.", Percent, qPercent)
)

// Saturation: how much work has to wait. Of those of one resource only the ones
// that this host can tell have values.
var (
	SatCPU            = sign("sat.cpu", "Share of time in which some task waited for a processor.", Percent, qPercent)
	SatCPUSteal       = sign("sat.cpu.steal", "Share of time taken by the hypervisor for others.", Percent, qPercent)
	SatCPUDelay       = sign("sat.cpu.delay", "Time that tasks waited for a processor, per processor.", Percent, qPercent)
	SatCPUQueue       = sign("sat.cpu.queue", "Runnable tasks beyond the number of processors, per processor.", Count, qLoad)
	SatCPULoad        = sign("sat.cpu.load", "Load average of one minute per processor.", Count, qLoad)
	SatMemory         = sign("sat.memory", "Share of time in which some task waited for memory.", Percent, qPercent)
	SatMemoryFull     = sign("sat.memory.full", "Share of time in which all tasks waited for memory.", Percent, qPercent)
	SatMemorySwap     = sign("sat.memory.swap", "Pages swapped and allocations stalled.", PerSecond, qEvents)
	SatDisk           = sign("sat.disk", "Share of time in which some task waited for a disk.", Percent, qPercent)
	SatDiskFull       = sign("sat.disk.full", "Share of time in which all tasks waited for disks.", Percent, qPercent)
	SatDiskQueue      = sign("sat.disk.queue", "Requests waiting at the worst device.", Count, qLoad)
	SatDiskWait       = sign("sat.disk.wait", "Mean time per operation at the worst device.", Seconds, qDuration)
	SatDiskBlocked    = sign("sat.disk.blocked", "Tasks waiting for disks.", Count, qLoad)
	SatNetwork        = sign("sat.network", "TCP segments sent again, share of those sent in five seconds.", Percent, qPercent)
	SatNetworkListen  = sign("sat.network.listen", "Connections lost at full listening queues.", PerSecond, qEvents)
	SatNetworkDropped = sign("sat.network.dropped", "Packets the host itself dropped.", PerSecond, qEvents)
)

// Errors, counted over the last five minutes.
var (
	ErrCPU     = sign("err.cpu", "Thermal throttling and machine checks in the last five minutes.", Count, 1)
	ErrMemory  = sign("err.memory", "Out-of-memory kills and memory errors in the last five minutes.", Count, 1)
	ErrDisk    = sign("err.disk", "Device and file system errors in the last five minutes.", Count, 1)
	ErrNetwork = sign("err.network", "Link errors and carrier changes in the last five minutes.", Count, 1)
	ErrLimits  = sign("err.limits", "File systems that became read-only or do not answer.", Count, 1)
)

var (
	levels = []string{"ok", "warn", "critical"}
	causes = []string{"none", "use", "saturation", "errors"}
)

// States: how bad it is, what decided it, and since when. Missing means that it
// cannot be known.
var (
	StateCPU     = state("state.cpu", "How the processors are doing.", nil, levels...)
	StateMemory  = state("state.memory", "How memory is doing.", nil, levels...)
	StateDisk    = state("state.disk", "How the disks are doing.", nil, levels...)
	StateNetwork = state("state.network", "How the network is doing.", nil, levels...)
	StateLimits  = state("state.limits", "How near the host is to its limits.", nil, levels...)
	CauseCPU     = state("cause.cpu", "What decided the state of the processors.", nil, causes...)
	CauseMemory  = state("cause.memory", "What decided the state of memory.", nil, causes...)
	CauseDisk    = state("cause.disk", "What decided the state of the disks.", nil, causes...)
	CauseNetwork = state("cause.network", "What decided the state of the network.", nil, causes...)
	CauseLimits  = state("cause.limits", "What decided the state of the limits.", nil, causes...)
	SinceCPU     = sign("since.cpu", "When the state of the processors was entered.", Timestamp, 1)
	SinceMemory  = sign("since.memory", "When the state of memory was entered.", Timestamp, 1)
	SinceDisk    = sign("since.disk", "When the state of the disks was entered.", Timestamp, 1)
	SinceNetwork = sign("since.network", "When the state of the network was entered.", Timestamp, 1)
	SinceLimits  = sign("since.limits", "When the state of the limits was entered.", Timestamp, 1)
)

// reason is a state of which the values are names of families, and for limits of kinds of
// limits: what decided.
func reason(name, help string, names ...string) *Family {
	return state(name, help, nil, append([]string{"none"}, names...)...)
}

// Reasons: which family decided a state. It says more than the cause: that of a network
// that is saturated may be retransmits, connections lost or packets dropped.
var (
	ReasonCPU = reason("reason.cpu", "Which family decided the state of the processors.",
		SatCPU.Name, SatCPUDelay.Name, SatCPUQueue.Name, SatCPULoad.Name, SatCPUSteal.Name, UseCPU.Name, CPUBusiest.Name, CPUThrottles.Name, CPUMachineChecks.Name)
	ReasonMemory = reason("reason.memory", "Which family decided the state of memory.",
		SatMemory.Name, SatMemoryFull.Name, SatMemorySwap.Name, UseMemory.Name, MemoryOOMKills.Name, MemoryECC.Name)
	ReasonDisk = reason("reason.disk", "Which family decided the state of the disks.",
		SatDisk.Name, SatDiskFull.Name, SatDiskQueue.Name, SatDiskBlocked.Name, UseDisk.Name, UseDiskRate.Name, DiskErrors.Name, FilesystemErrors.Name, FilesystemReadOnly.Name)
	ReasonNetwork = reason("reason.network", "Which family decided the state of the network.",
		SatNetwork.Name, SatNetworkListen.Name, SatNetworkDropped.Name, UseNetwork.Name, NetErrors.Name, NetCarrierChanges.Name)
	ReasonLimits = reason("reason.limits", "Which kind of limit decided the state of the limits, or what failed.",
		"filesystem", "inodes", "files", "conntrack", "pids", "temperature", "swap", "cgroup", "service", "throttled",
		FilesystemReadOnly.Name, FilesystemStalled.Name, ServiceOOMKills.Name)
)

// Now: how bad a resource is in this very sample, without the hysteresis that keeps a
// state and without the five minutes that an error is held.
var (
	NowCPU     = state("now.cpu", "How the processors are doing in this very sample.", nil, levels...)
	NowMemory  = state("now.memory", "How memory is doing in this very sample.", nil, levels...)
	NowDisk    = state("now.disk", "How the disks are doing in this very sample.", nil, levels...)
	NowNetwork = state("now.network", "How the network is doing in this very sample.", nil, levels...)
	NowLimits  = state("now.limits", "How near the host is to its limits in this very sample.", nil, levels...)
)

// Limits, keyed by kind (filesystem, inodes, files, conntrack, pids, swap,
// temperature, cgroup) and name: a mount, a sensor, or the kind once more where there is
// only one. info: text, what to show instead of the percent,
// is not given; a temperature has info unit and full.
var (
	limitLabels = []string{"kind", "name"}
	LimitUsed   = &Family{Name: "limit.used", Help: "How much of a limit is used up.", Unit: Percent, Kind: KindGauge, Labels: limitLabels, Quantum: qPercent, Source: "dashcam"}
	LimitState  = state("limit.state", "How near a limit is.", limitLabels, levels...)
	LimitFullIn = &Family{Name: "limit.full_in", Help: "Time until a file system is full, if it goes on like in the last half hour.", Unit: Seconds, Kind: KindGauge, Labels: limitLabels, Quantum: 64, Source: "dashcam",
		Formula: "least squares over 30 minutes, given only where R² ≥ 0.8"}
)
