package diagnosis

import "dashcam/collectors"

// rule is the sentence for what can decide the state of a resource. Which one it is, is
// what package signs found (reason.*): the rule only says it, and who does it.
type rule struct {
	resource, reason string
	// moment says that the first clause has its own time.
	moment bool
	say    func(a *answer)
}

// rules are asked in order; one without a reason is for all others of its resource.
//
// Methods: USE, "The USE Method" of Brendan Gregg; PSI, Documentation/accounting/psi.rst;
// TSA, his "Thread State Analysis"; proc, man-pages proc(5); ip, Documentation/networking.
var rules = []rule{
	{resource: "cpu", reason: collectors.SatCPU.Name, say: (*answer).cpuSaturated},      // PSI: some
	{resource: "cpu", reason: collectors.SatCPUDelay.Name, say: (*answer).cpuSaturated}, // TSA: runnable
	{resource: "cpu", reason: collectors.SatCPUQueue.Name, say: (*answer).cpuSaturated}, // USE: run queue
	{resource: "cpu", reason: collectors.SatCPULoad.Name, say: (*answer).cpuSaturated},  // USE: load, where nothing else is told
	{resource: "cpu", reason: collectors.UseCPU.Name, say: (*answer).cpuFull},           // USE: utilization
	{resource: "cpu", reason: collectors.CPUBusiest.Name, say: (*answer).oneCore},       // USE: per processor
	{resource: "cpu", reason: collectors.SatCPUSteal.Name, say: (*answer).steal},        // proc: steal
	{resource: "cpu", reason: collectors.CPUThrottles.Name, say: (*answer).hot},         // USE: errors
	{resource: "cpu", reason: collectors.CPUMachineChecks.Name, say: (*answer).machineCheck},

	{resource: "memory", reason: collectors.MemoryOOMKills.Name, moment: true, say: (*answer).killed}, // USE: errors
	{resource: "memory", reason: collectors.SatMemory.Name, say: (*answer).memorySaturated},           // PSI: some
	{resource: "memory", reason: collectors.SatMemoryFull.Name, say: (*answer).memorySaturated},       // PSI: full
	{resource: "memory", reason: collectors.SatMemorySwap.Name, say: (*answer).swapping},              // USE: paging
	{resource: "memory", reason: collectors.UseMemory.Name, say: (*answer).memoryFull},                // USE: utilization
	{resource: "memory", reason: collectors.MemoryECC.Name, say: (*answer).memoryErrors},              // EDAC

	{resource: "disk", reason: collectors.FilesystemReadOnly.Name, say: (*answer).readOnly},
	{resource: "disk", reason: collectors.DiskErrors.Name, say: (*answer).diskErrors},       // USE: errors
	{resource: "disk", reason: collectors.FilesystemErrors.Name, say: (*answer).diskErrors}, // USE: errors
	{resource: "disk", say: (*answer).diskSaturated},                                        // PSI: io; USE: wait queue

	{resource: "network", reason: collectors.SatNetwork.Name, say: (*answer).retransmits},       // USE: saturation of TCP
	{resource: "network", reason: collectors.SatNetworkListen.Name, say: (*answer).listenFull},  // ip: ListenOverflows
	{resource: "network", reason: collectors.SatNetworkDropped.Name, say: (*answer).dropped},    // ip: softnet_stat
	{resource: "network", reason: collectors.UseNetwork.Name, say: (*answer).linkFull},          // USE: utilization
	{resource: "network", reason: collectors.NetErrors.Name, say: (*answer).linkErrors},         // USE: errors
	{resource: "network", reason: collectors.NetCarrierChanges.Name, say: (*answer).linkErrors}, // USE: errors

	{resource: "limits", reason: "throttled", say: (*answer).throttled}, // cgroup-v2: cpu.stat
	{resource: "limits", reason: "service", say: (*answer).serviceFull}, // cgroup-v2: memory.max
	{resource: "limits", reason: collectors.ServiceOOMKills.Name, moment: true, say: (*answer).killed},
	{resource: "limits", reason: collectors.FilesystemReadOnly.Name, say: (*answer).readOnly},
	{resource: "limits", reason: collectors.FilesystemStalled.Name, say: (*answer).stalled},
	{resource: "limits", reason: "filesystem", say: (*answer).filesystemFull},
	{resource: "limits", reason: "inodes", say: limitFull("inodes")},
	{resource: "limits", reason: "files", say: limitFull("files")},
	{resource: "limits", reason: "conntrack", say: limitFull("conntrack")},
	{resource: "limits", reason: "pids", say: limitFull("pids")},
	{resource: "limits", reason: "swap", say: limitFull("swap")},
	{resource: "limits", reason: "temperature", say: limitFull("temperature")},
	{resource: "limits", reason: "cgroup", say: limitFull("cgroup")},
}
