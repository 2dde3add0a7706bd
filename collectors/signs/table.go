package signs

import (
	"slices"

	"dashcam/collectors"
)

// The kinds of limits: values of the label kind. A limit that exists once has its
// kind for a name.
const (
	kindFilesystem  = "filesystem"
	kindInodes      = "inodes"
	kindFiles       = "files"
	kindConntrack   = "conntrack"
	kindPIDs        = "pids"
	kindSwap        = "swap"
	kindTemperature = "temperature"
	kindCgroup      = "cgroup"
	kindService     = "service"
	kindThrottled   = "throttled"
)

// table is all that is derived: what is read, how bad it is from which level on, and
// under which second condition. Saturation stands before what counts only together with
// it, and of the same state the first line is its reason.
var table = []sign{
	{resource: cpu, role: saturation, family: collectors.SatCPU, reads: pressure("cpu", "some"), measure: value,
		level: func(t *Thresholds) Level { return t.CPUPressure }},
	{resource: cpu, role: saturation, family: collectors.SatCPUDelay, unless: only(collectors.SatCPU), reads: of(collectors.CPURunDelay), measure: value,
		level: func(t *Thresholds) Level { return t.CPUDelay }},
	{resource: cpu, role: saturation, family: collectors.SatCPUQueue, unless: only(collectors.SatCPU, collectors.SatCPUDelay), reads: of(collectors.TasksRunnable), measure: queuedTasks,
		level: func(t *Thresholds) Level { return t.CPUQueue }},
	{resource: cpu, role: saturation, family: collectors.SatCPULoad, unless: only(collectors.SatCPU, collectors.SatCPUDelay, collectors.SatCPUQueue), reads: of(collectors.LoadAverage, "1m"), measure: perProcessor,
		level: func(t *Thresholds) Level { return t.CPULoad }},
	{resource: cpu, role: saturation, family: collectors.SatCPUSteal, reads: of(collectors.CPUUsage, "steal"), measure: value,
		level: func(t *Thresholds) Level { return t.CPUSteal }},
	{resource: cpu, role: use, family: collectors.UseCPU, reads: of(collectors.CPUUsage, "user", "nice", "system", "irq", "softirq"), measure: sum,
		level: func(t *Thresholds) Level { return Level{Warn: t.CPUUse.Warn} }},
	{resource: cpu, role: use, family: collectors.CPUBusiest, reads: of(collectors.CPUCoreBusy), measure: largest,
		level: func(t *Thresholds) Level { return Level{Warn: t.CPUBusiest.Warn} }},
	{resource: cpu, role: failure, family: collectors.CPUThrottles, reads: of(collectors.CPUThrottles), severity: warn},
	{resource: cpu, role: failure, family: collectors.CPUMachineChecks, reads: of(collectors.CPUMachineChecks), severity: critical},

	{resource: memory, role: saturation, family: collectors.SatMemory, reads: pressure("memory", "some"), measure: value,
		level: func(t *Thresholds) Level { return t.MemoryPressure }},
	{resource: memory, role: saturation, family: collectors.SatMemoryFull, reads: pressure("memory", "full"), measure: value,
		level: func(t *Thresholds) Level { return t.MemoryFull }},
	{resource: memory, role: saturation, family: collectors.SatMemorySwap, unless: only(collectors.SatMemory), reads: append(of(collectors.SwapPages), of(collectors.MemoryAllocStalls)...), measure: swapping,
		level: func(t *Thresholds) Level { return t.MemorySwap }},
	{resource: memory, role: use, family: collectors.UseMemory, reads: kinds(collectors.MemoryBytes, "total", "available", "free", "shmem", "buffers", "cached", "slab_reclaimable"), measure: memoryUse, show: showMemoryUse,
		level: func(t *Thresholds) Level { return t.MemoryUse }, with: condition{saturated: memory, crit: true}},
	{resource: memory, role: failure, family: collectors.MemoryOOMKills, reads: of(collectors.MemoryOOMKills), severity: critical},
	{resource: memory, role: failure, family: collectors.MemoryECC, reads: of(collectors.MemoryECC, "corrected"), severity: warn},
	{resource: memory, role: failure, family: collectors.MemoryECC, reads: except(collectors.MemoryECC, "corrected"), severity: critical},

	{resource: disk, role: saturation, family: collectors.SatDisk, reads: pressure("io", "some"), measure: value,
		level: func(t *Thresholds) Level { return t.DiskPressure }},
	{resource: disk, role: saturation, family: collectors.SatDiskFull, reads: pressure("io", "full"), measure: value,
		level: func(t *Thresholds) Level { return t.DiskFull }},
	{resource: disk, role: saturation, family: collectors.SatDiskQueue, also: collectors.SatDiskWait, each: true,
		reads:   slices.Concat(physical(of(collectors.DiskQueue)), physical(directions(collectors.DiskWait)), physical(directions(collectors.DiskOperations))),
		measure: diskQueue, compare: compareQueue, show: hide, after: showWorstQueue},
	{resource: disk, role: saturation, family: collectors.SatDiskBlocked, unless: only(collectors.SatDisk, collectors.SatDiskQueue), reads: of(collectors.TasksBlocked), measure: blockedTasks,
		level: func(t *Thresholds) Level { return t.DiskBlocked }},
	{resource: disk, role: use, family: collectors.UseDisk, each: true, merged: true, reads: physical(of(collectors.DiskBusy)), measure: diskBusy, show: showDiskBusy,
		level: func(t *Thresholds) Level { return Level{Warn: t.DiskUse.Warn} }},
	{resource: disk, role: use, family: collectors.UseDiskRate, unless: only(collectors.UseDisk), each: true, merged: true, reads: physical(of(collectors.DiskBytes)), measure: diskRate},
	{resource: disk, role: failure, family: collectors.DiskErrors, reads: of(collectors.DiskErrors), severity: warn},
	{resource: disk, role: failure, family: collectors.FilesystemErrors, reads: of(collectors.FilesystemErrors), severity: critical},

	{resource: network, role: saturation, family: collectors.SatNetwork, reads: slices.Concat(of(collectors.TCPRetransmits), of(collectors.TCPSegments, "out"), of(collectors.TCPOpeningAgain), of(collectors.TCPDuplicates)), measure: retransmits,
		level: func(t *Thresholds) Level { return t.NetworkRetransmits }},
	{resource: network, role: saturation, family: collectors.SatNetworkListen, reads: of(collectors.TCPListen), measure: sum,
		level: func(t *Thresholds) Level { return t.NetworkListen }},
	{resource: network, role: saturation, family: collectors.SatNetworkDropped, reads: dropped(), measure: sumOfAll,
		level: func(t *Thresholds) Level { return t.NetworkDropped }},
	{resource: network, role: use, family: collectors.UseNetwork, also: collectors.UseNetworkRate, each: true, merged: true,
		reads: slices.Concat(physical(of(collectors.NetBytes)), physical(of(collectors.NetSpeed)), physical(of(collectors.NetLink))), measure: linkUse, show: showLinkUse,
		level: func(t *Thresholds) Level { return t.NetworkUse }, with: condition{saturated: network, crit: true}},
	{resource: network, role: failure, family: collectors.NetErrors, reads: physical(of(collectors.NetErrors)), severity: warn,
		level: func(t *Thresholds) Level { return t.NetworkErrors }},
	{resource: network, role: failure, family: collectors.NetCarrierChanges, reads: physical(of(collectors.NetCarrierChanges)), severity: critical},

	{resource: limits, role: failure, family: collectors.FilesystemReadOnly, each: true, reads: counted(of(collectors.FilesystemReadOnly)), measure: watchReadOnly},
	{resource: limits, role: failure, family: collectors.FilesystemStalled, each: true, reads: counted(of(collectors.FilesystemStalled)), measure: watchStalled},
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindFilesystem, each: true, reads: counted(parts(collectors.FilesystemBytes, "used", "available", "total")), measure: space, compare: compareSpace, show: showSpace,
		level: func(t *Thresholds) Level { return t.FilesystemUsed }},
	{resource: limits, role: use, family: collectors.LimitFullIn, kind: kindFilesystem, each: true, reads: counted(parts(collectors.FilesystemBytes, "used", "available")), measure: fullIn, compare: compareFullIn, show: showFullIn},
	{resource: limits, role: use, family: collectors.LimitUsed, also: collectors.LimitState, kind: kindInodes, each: true, reads: counted(parts(collectors.FilesystemInodes, "used", "total")), measure: usedShare, show: showLimit,
		level: func(t *Thresholds) Level { return t.LimitUsed }},
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindFiles, reads: kinds(collectors.KernelFiles, "used", "max"), measure: usedShare, show: showLimit,
		level: func(t *Thresholds) Level { return t.LimitUsed }},
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindConntrack, reads: kinds(collectors.KernelConntrack, "used", "max"), measure: usedShare, show: showLimit,
		level: func(t *Thresholds) Level { return t.LimitUsed }},
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindPIDs, reads: kinds(collectors.KernelPIDs, "used", "max"), measure: usedShare, show: showLimit,
		level: func(t *Thresholds) Level { return t.LimitUsed }},
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindTemperature, each: true, reads: of(collectors.SensorTemperature), measure: temperature, show: showTemperature,
		level: func(t *Thresholds) Level { return t.Temperature }},
	// Swap is used, and the memory of a control group full of cached files, on many
	// hosts that are well.
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindSwap, reads: kinds(collectors.SwapBytes, "used", "total"), measure: usedShare, show: showLimit,
		level: func(t *Thresholds) Level { return t.SwapUsed }, with: condition{saturated: memory, warn: true, crit: true}},
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindCgroup, reads: kinds(collectors.CgroupMemory, "used", "max"), measure: usedShare, show: showLimit,
		level: func(t *Thresholds) Level { return t.CgroupUsed }, with: condition{saturated: memory, warn: true, crit: true}},
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindService, each: true, reads: append(parts(collectors.ServiceMemory, "used", "max"), of(collectors.ServiceStalled)...), measure: serviceMemory, show: showLimit,
		level: func(t *Thresholds) Level { return Level{Warn: t.ServiceMemory.Warn} }},
	{resource: limits, role: use, family: collectors.LimitUsed, kind: kindThrottled, each: true, reads: of(collectors.ServiceThrottled), measure: value, show: showLimit,
		level: func(t *Thresholds) Level { return Level{Warn: t.ServiceThrottled.Warn} }},
	{resource: limits, role: failure, family: collectors.ServiceOOMKills, reads: of(collectors.ServiceOOMKills), severity: critical},
}

func only(f ...*collectors.Family) []*collectors.Family { return f }

// of reads the series of a family whose first label is one of those given, or all.
func of(f *collectors.Family, labels ...string) []source {
	if len(labels) == 0 {
		return []source{{family: f}}
	}
	return []source{{f, func(v *Value) bool { return slices.Contains(labels, v.Labels.At(0)) }}}
}

// except reads all series but those with a first label.
func except(f *collectors.Family, label string) []source {
	return []source{{f, func(v *Value) bool { return v.Labels.At(0) != label }}}
}

// kinds is a source for each value of the first label.
func kinds(f *collectors.Family, labels ...string) (all []source) {
	for _, l := range labels {
		all = append(all, of(f, l)...)
	}
	return all
}

// parts is a source for each value of the second label.
func parts(f *collectors.Family, labels ...string) (all []source) {
	for _, l := range labels {
		all = append(all, source{f, func(v *Value) bool { return v.Labels.At(1) == l }})
	}
	return all
}

func directions(f *collectors.Family) []source { return parts(f, "read", "write") }

func pressure(resource, kind string) []source {
	return []source{{collectors.PressureTime, func(v *Value) bool { return v.Labels.At(0) == resource && v.Labels.At(1) == kind }}}
}

// physical leaves out what would count the same request or packet twice: mapped and
// looped devices, bridges. Where a system does not tell, a device counts.
func physical(sources []source) []source {
	return where(sources, func(v *Value) bool {
		class, told := v.Info["class"]
		return !told || class == "physical"
	})
}

// counted leaves out images that are full by nature, and layers over other file systems.
func counted(sources []source) []source {
	return where(sources, func(v *Value) bool {
		switch v.Info["fstype"] {
		case "squashfs", "iso9660", "overlay":
			return false
		}
		return true
	})
}

func where(sources []source, also func(*Value) bool) []source {
	for i, s := range sources {
		sources[i].match = func(v *Value) bool { return (s.match == nil || s.match(v)) && also(v) }
	}
	return sources
}

// dropped are the packets that the host itself drops. Not those received for unknown
// protocols, which net.drops in has too.
func dropped() []source {
	return slices.Concat(of(collectors.NetSoftnet, "dropped"), physical(of(collectors.NetMissed)), physical(parts(collectors.NetDrops, "out")))
}
