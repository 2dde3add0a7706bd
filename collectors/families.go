package collectors

// Families returns every family of the catalog, in its order.
func Families() []*Family {
	return []*Family{
		CPUUsage, CPUCoreUsage, CPUCoreBusy, CPUFrequency, CPUThrottles, CPUMachineChecks, CPUContextSwitches,
		CPUInterrupts, CPUForks, CPURunDelay, CPUOnline, LoadAverage, TasksRunnable, TasksBlocked, TasksTotal,
		MemoryBytes, SwapBytes, SwapPages, MemoryFaults, MemoryPaging, MemoryOOMKills, MemoryAllocStalls, MemoryECC,
		PressureTime, DiskBytes, DiskOperations, DiskBusy, DiskQueue, DiskWait, DiskErrors, FilesystemBytes,
		FilesystemInodes, FilesystemReadOnly, FilesystemStalled, FilesystemErrors, NetBytes, NetPackets, NetErrors,
		NetDrops, NetMissed, NetSpeed, NetLink, NetCarrierChanges, NetSoftnet, TCPSockets, TCPMemory, TCPSegments,
		TCPRetransmits, TCPOpeningAgain, TCPDuplicates, TCPOpens, TCPResets, TCPErrors, TCPListen, UDPDatagrams, UDPErrors, UDPSockets,
		SensorTemperature, KernelFiles, KernelConntrack, KernelPIDs, CgroupMemory, HostUptime, HostClock, HostUsers,
		ProcessCount, ProcessThreads, ServiceCount, ServiceMemory, ServiceStalled, ServiceThrottled, ServiceOOMKills, SelfCPU, SelfMemory, SelfReach, SelfDisk, SelfDiskReach, SelfDiskWritten, SelfDiskLost, SelfGoroutines, SelfViewers, SelfSent, CollectorDuration,
		CollectorCPU, CollectorErrors, CollectorLate, SamplerDelay, SamplerAhead, UseCPU, UseMemory, UseDisk, UseNetwork,
		UseNetworkRate, UseDiskRate, CPUBusiest, SatCPU, SatCPUSteal, SatCPUDelay, SatCPUQueue, SatCPULoad,
		SatMemory, SatMemoryFull, SatMemorySwap, SatDisk, SatDiskFull, SatDiskQueue, SatDiskWait, SatDiskBlocked,
		SatNetwork, SatNetworkListen, SatNetworkDropped, ErrCPU, ErrMemory, ErrDisk, ErrNetwork, ErrLimits, StateCPU,
		StateMemory, StateDisk, StateNetwork, StateLimits, CauseCPU, CauseMemory, CauseDisk, CauseNetwork,
		CauseLimits, ReasonCPU, ReasonMemory, ReasonDisk, ReasonNetwork, ReasonLimits, SinceCPU, SinceMemory, SinceDisk,
		SinceNetwork, SinceLimits, NowCPU, NowMemory, NowDisk, NowNetwork, NowLimits, LimitUsed, LimitState, LimitFullIn,
	}
}
