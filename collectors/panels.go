package collectors

func only(values ...string) []string { return values }

func physical() map[string][]string { return map[string][]string{"class": only("physical")} }

func with(m map[string][]string, name string, values ...string) map[string][]string {
	out := map[string][]string{name: values}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// Panels returns the panels of the catalog, first screen first, in the order of the
// page.
func Panels() []Panel {
	return []Panel{
		{ID: "cpu", Title: "CPU", Subtitle: "all modes", Section: "cpu", First: 1, Families: only(CPUUsage.Name), Stack: true, Scale: ScalePercent,
			Strip: CPUCoreBusy.Name, StripMax: 100, Layers: []Layer{
				{Title: "system", Family: CPUUsage.Name, Match: with(nil, "mode", "system"), Color: "c2"},
				{Title: "user", Family: CPUUsage.Name, Match: with(nil, "mode", "user", "nice"), Color: "c1"},
				{Title: "irq", Family: CPUUsage.Name, Match: with(nil, "mode", "irq", "softirq"), Color: "c6"},
				{Title: "steal", Family: CPUUsage.Name, Match: with(nil, "mode", "steal"), Color: "c7", Style: StyleHatch},
				{Title: "iowait", Family: CPUUsage.Name, Match: with(nil, "mode", "iowait"), Color: "c3", Style: StyleLine},
			}},
		{ID: "memory", Title: "Memory", Section: "memory", First: 2, Families: only(MemoryBytes.Name), Stack: true, Scale: ScaleMax, Layers: []Layer{
			{Title: "used", Family: MemoryBytes.Name, Match: with(nil, "kind", "used"), Color: "c5"},
			{Title: "cache", Family: MemoryBytes.Name, Match: with(nil, "kind", "cache"), Color: "c6"},
			{Title: "slab", Family: MemoryBytes.Name, Match: with(nil, "kind", "slab"), Color: "c7"},
			{Title: "available", Family: MemoryBytes.Name, Match: with(nil, "kind", "available"), Color: "c4", Style: StyleValue},
		}},
		{ID: "pressure", Title: "Pressure", Subtitle: "share of time something waited", Section: "pressure", First: 3, Families: only(PressureTime.Name), Scale: ScalePercent, Layers: []Layer{
			{Title: "io", Family: PressureTime.Name, Match: with(with(nil, "kind", "some"), "resource", "io"), Color: "c3"},
			{Title: "cpu", Family: PressureTime.Name, Match: with(with(nil, "kind", "some"), "resource", "cpu"), Color: "c1"},
			{Title: "memory", Family: PressureTime.Name, Match: with(with(nil, "kind", "some"), "resource", "memory"), Color: "c5"},
		}},
		{ID: "disk.throughput", Title: "Disk throughput", Section: "disk", First: 4, Families: only(DiskBytes.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "write", Family: DiskBytes.Name, Match: with(physical(), "dir", "write"), Reduce: ReduceSum, Color: "c2"},
			{Title: "read", Family: DiskBytes.Name, Match: with(physical(), "dir", "read"), Reduce: ReduceSum, Color: "c1"},
		}},
		{ID: "disk.latency", Title: "Disk latency", Subtitle: "mean per operation, worst device", Section: "disk", First: 5, Families: only(DiskWait.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "write", Family: DiskWait.Name, Match: with(physical(), "dir", "write"), Reduce: ReduceMax, Color: "c2"},
			{Title: "read", Family: DiskWait.Name, Match: with(physical(), "dir", "read"), Reduce: ReduceMax, Color: "c1"},
		}},
		{ID: "net", Title: "Network", Section: "network", First: 6, Families: only(NetBytes.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "in", Family: NetBytes.Name, Match: with(physical(), "dir", "in"), Reduce: ReduceSum, Color: "c4"},
			{Title: "out", Family: NetBytes.Name, Match: with(physical(), "dir", "out"), Reduce: ReduceSum, Color: "c6"},
		}},

		{ID: "cpu.cores", Title: "Processors", Subtitle: "busy, each", Section: "cpu", Families: only(CPUCoreBusy.Name), Scale: ScalePercent},
		{ID: "load", Title: "Load average", Section: "cpu", Families: only(LoadAverage.Name), Scale: ScaleFree},
		{ID: "tasks", Title: "Runnable and blocked", Section: "cpu", Families: only(TasksRunnable.Name, TasksBlocked.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "runnable", Family: TasksRunnable.Name, Color: "c1"},
			{Title: "blocked", Family: TasksBlocked.Name, Color: "c3"},
		}},
		{ID: "cpu.switches", Title: "Context switches and interrupts", Section: "cpu", Families: only(CPUContextSwitches.Name, CPUInterrupts.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "context switches", Family: CPUContextSwitches.Name, Color: "c1"},
			{Title: "interrupts", Family: CPUInterrupts.Name, Color: "c6"},
		}},
		{ID: "cpu.forks", Title: "Forks", Section: "cpu", Families: only(CPUForks.Name), Scale: ScaleFree},
		{ID: "cpu.frequency", Title: "Frequency", Section: "cpu", Families: only(CPUFrequency.Name), Scale: ScaleFree},
		{ID: "cpu.busiest", Title: "Busiest processor", Section: "cpu", Families: only(CPUBusiest.Name), Scale: ScalePercent},
		{ID: "cpu.delay", Title: "Run delay", Subtitle: "time tasks waited, per processor", Section: "cpu", Families: only(CPURunDelay.Name), Scale: ScaleFree},
		{ID: "cpu.modes", Title: "Modes of each processor", Section: "cpu", Families: only(CPUCoreUsage.Name), Where: with(nil, "mode", "user", "nice", "system", "irq", "softirq", "iowait", "steal"), Scale: ScalePercent},
		{ID: "tasks.total", Title: "Tasks", Subtitle: "processes and threads that exist", Section: "cpu", Families: only(TasksTotal.Name), Scale: ScaleFree},
		{ID: "cpu.online", Title: "Processors online", Section: "cpu", Families: only(CPUOnline.Name), Scale: ScaleFree},
		{ID: "cpu.faults", Title: "Throttling and machine checks", Section: "cpu", Families: only(CPUThrottles.Name, CPUMachineChecks.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "throttled", Family: CPUThrottles.Name, Color: "c2"},
			{Title: "machine checks", Family: CPUMachineChecks.Name, Color: "c3"},
		}},

		{ID: "memory.dirty", Title: "Dirty and writeback", Section: "memory", Families: only(MemoryBytes.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "dirty", Family: MemoryBytes.Name, Match: with(nil, "kind", "dirty"), Color: "c2"},
			{Title: "writeback", Family: MemoryBytes.Name, Match: with(nil, "kind", "writeback"), Color: "c3"},
		}},
		{ID: "memory.kernel", Title: "Kernel memory", Section: "memory", Families: only(MemoryBytes.Name), Scale: ScaleFree, Stack: true, Layers: []Layer{
			{Title: "slab", Family: MemoryBytes.Name, Match: with(nil, "kind", "slab_unreclaimable"), Color: "c7"},
			{Title: "page tables", Family: MemoryBytes.Name, Match: with(nil, "kind", "page_tables"), Color: "c1"},
			{Title: "stacks", Family: MemoryBytes.Name, Match: with(nil, "kind", "kernel_stack"), Color: "c2"},
		}},
		{ID: "swap", Title: "Swap", Section: "memory", Families: only(SwapBytes.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "used", Family: SwapBytes.Name, Match: with(nil, "kind", "used"), Color: "c5"},
			{Title: "total", Family: SwapBytes.Name, Match: with(nil, "kind", "total"), Color: "c8"},
		}},
		{ID: "swap.pages", Title: "Swapping", Section: "memory", Families: only(SwapPages.Name), Scale: ScaleFree, Layers: inOut(SwapPages)},
		{ID: "memory.faults", Title: "Page faults", Section: "memory", Families: only(MemoryFaults.Name), Scale: ScaleFree},
		{ID: "memory.paging", Title: "Paging", Section: "memory", Families: only(MemoryPaging.Name), Scale: ScaleFree, Layers: inOut(MemoryPaging)},
		{ID: "memory.stalls", Title: "Stalls and kills", Section: "memory", Families: only(MemoryAllocStalls.Name, MemoryOOMKills.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "allocation stalls", Family: MemoryAllocStalls.Name, Color: "c2"},
			{Title: "out-of-memory kills", Family: MemoryOOMKills.Name, Color: "c3"},
		}},
		{ID: "memory.ecc", Title: "Memory errors", Subtitle: "found by the hardware", Section: "memory", Families: only(MemoryECC.Name), Scale: ScaleFree},

		{ID: "pressure.full", Title: "Everything waited", Subtitle: "full pressure", Section: "pressure", Families: only(PressureTime.Name), Scale: ScalePercent, Layers: []Layer{
			{Title: "io", Family: PressureTime.Name, Match: with(with(nil, "kind", "full"), "resource", "io"), Color: "c3"},
			{Title: "memory", Family: PressureTime.Name, Match: with(with(nil, "kind", "full"), "resource", "memory"), Color: "c5"},
		}},

		{ID: "disk.read", Title: "Read", Section: "disk", Families: only(DiskBytes.Name), Where: with(nil, "dir", "read"), Sum: true, Scale: ScaleFree},
		{ID: "disk.write", Title: "Written", Section: "disk", Families: only(DiskBytes.Name), Where: with(nil, "dir", "write"), Sum: true, Scale: ScaleFree},
		{ID: "disk.operations", Title: "Operations", Section: "disk", Families: only(DiskOperations.Name), Sum: true, Scale: ScaleFree},
		{ID: "disk.busy", Title: "Time busy", Section: "disk", Families: only(DiskBusy.Name), Scale: ScalePercent},
		{ID: "disk.queue", Title: "Queue", Section: "disk", Families: only(DiskQueue.Name), Scale: ScaleFree},
		{ID: "disk.wait.read", Title: "Read latency", Section: "disk", Families: only(DiskWait.Name), Where: with(nil, "dir", "read"), Scale: ScaleFree},
		{ID: "disk.wait.write", Title: "Write latency", Section: "disk", Families: only(DiskWait.Name), Where: with(nil, "dir", "write"), Scale: ScaleFree},
		{ID: "disk.errors", Title: "Disk errors", Section: "disk", Families: only(DiskErrors.Name), Sum: true, Scale: ScaleFree},

		{ID: "filesystem.used", Title: "Space used", Section: "filesystem", Families: only(LimitUsed.Name), Where: with(nil, "kind", "filesystem"), Scale: ScalePercent},
		{ID: "filesystem.available", Title: "Space available", Section: "filesystem", Families: only(FilesystemBytes.Name), Where: with(nil, "kind", "available"), Scale: ScaleFree},
		{ID: "filesystem.inodes", Title: "Inodes used", Section: "filesystem", Families: only(LimitUsed.Name), Where: with(nil, "kind", "inodes"), Scale: ScalePercent},
		{ID: "filesystem.inodes.count", Title: "Inodes in use", Section: "filesystem", Families: only(FilesystemInodes.Name), Where: with(nil, "kind", "used"), Scale: ScaleFree},
		{ID: "filesystem.errors", Title: "File system errors", Subtitle: "as the file system recorded them", Section: "filesystem", Families: only(FilesystemErrors.Name), Sum: true, Scale: ScaleFree},
		{ID: "filesystem.stalled", Title: "Not answering", Subtitle: "for how long", Section: "filesystem", Families: only(FilesystemStalled.Name), Scale: ScaleFree},

		{ID: "net.in", Title: "Received", Section: "network", Families: only(NetBytes.Name), Where: with(nil, "dir", "in"), Scale: ScaleFree},
		{ID: "net.out", Title: "Sent", Section: "network", Families: only(NetBytes.Name), Where: with(nil, "dir", "out"), Scale: ScaleFree},
		{ID: "net.packets", Title: "Packets", Section: "network", Families: only(NetPackets.Name), Scale: ScaleFree},
		{ID: "net.errors", Title: "Link errors", Section: "network", Families: only(NetErrors.Name), Sum: true, Scale: ScaleFree},
		{ID: "net.drops", Title: "Drops", Section: "network", Families: only(NetDrops.Name), Sum: true, Scale: ScaleFree},
		{ID: "net.softnet", Title: "Receive queue", Section: "network", Families: only(NetSoftnet.Name), Scale: ScaleFree},
		{ID: "net.missed", Title: "Missed", Subtitle: "not taken from the card in time", Section: "network", Families: only(NetMissed.Name), Sum: true, Scale: ScaleFree},
		{ID: "net.carrier", Title: "Links going up or down", Section: "network", Families: only(NetCarrierChanges.Name), Sum: true, Scale: ScaleFree},
		{ID: "net.speed", Title: "Link speed", Subtitle: "as negotiated", Section: "network", Families: only(NetSpeed.Name), Scale: ScaleFree},

		{ID: "tcp.sockets", Title: "TCP sockets", Section: "tcp", Families: only(TCPSockets.Name), Scale: ScaleFree},
		{ID: "tcp.segments", Title: "TCP segments", Section: "tcp", Families: only(TCPSegments.Name), Scale: ScaleFree, Layers: inOut(TCPSegments)},
		{ID: "tcp.retransmits", Title: "Retransmits and resets", Section: "tcp", Families: only(TCPRetransmits.Name, TCPOpeningAgain.Name, TCPDuplicates.Name, TCPResets.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "retransmitted", Family: TCPRetransmits.Name, Color: "c3"},
			{Title: "to open", Family: TCPOpeningAgain.Name, Color: "c4"},
			{Title: "needlessly", Family: TCPDuplicates.Name, Color: "c8"},
			{Title: "cut off", Family: TCPResets.Name, Match: with(nil, "dir", "in"), Color: "c2"},
			{Title: "resets sent", Family: TCPResets.Name, Match: with(nil, "dir", "out"), Color: "c6"},
		}},
		{ID: "tcp.opens", Title: "TCP connections opened", Section: "tcp", Families: only(TCPOpens.Name), Scale: ScaleFree},
		{ID: "tcp.listen", Title: "Lost at full queues", Section: "tcp", Families: only(TCPListen.Name), Scale: ScaleFree},
		{ID: "tcp.memory", Title: "TCP memory", Subtitle: "held by the kernel for buffers", Section: "tcp", Families: only(TCPMemory.Name), Scale: ScaleFree},
		{ID: "tcp.errors", Title: "Damaged TCP segments", Section: "tcp", Families: only(TCPErrors.Name), Scale: ScaleFree},
		{ID: "udp.datagrams", Title: "UDP datagrams", Section: "tcp", Families: only(UDPDatagrams.Name), Scale: ScaleFree, Layers: inOut(UDPDatagrams)},
		{ID: "udp.errors", Title: "UDP errors", Section: "tcp", Families: only(UDPErrors.Name), Sum: true, Scale: ScaleFree},
		{ID: "udp.sockets", Title: "UDP sockets", Section: "tcp", Families: only(UDPSockets.Name), Scale: ScaleFree},

		{ID: "sensor.temperature", Title: "Temperature", Section: "sensors", Families: only(SensorTemperature.Name), Scale: ScaleFree},

		{ID: "process.count", Title: "Processes by state", Section: "limits", Families: only(ProcessCount.Name), Scale: ScaleFree, Sum: true},
		{ID: "process.threads", Title: "Threads of all processes", Section: "limits", Families: only(ProcessThreads.Name), Scale: ScaleFree},
		{ID: "kernel.files", Title: "Open files", Section: "limits", Families: only(KernelFiles.Name), Where: with(nil, "kind", "used"), Scale: ScaleFree},
		{ID: "kernel.pids", Title: "Process ids in use", Section: "limits", Families: only(KernelPIDs.Name), Where: with(nil, "kind", "used"), Scale: ScaleFree},
		{ID: "kernel.conntrack", Title: "Tracked connections", Subtitle: "by the firewall", Section: "limits", Families: only(KernelConntrack.Name), Where: with(nil, "kind", "used"), Scale: ScaleFree},
		{ID: "cgroup.memory", Title: "Memory of dashcam's own control group", Section: "limits", Families: only(CgroupMemory.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "used", Family: CgroupMemory.Name, Match: with(nil, "kind", "used"), Color: "c5"},
			{Title: "limit", Family: CgroupMemory.Name, Match: with(nil, "kind", "max"), Color: "c8"},
		}},
		{ID: "host.users", Title: "Signed in", Subtitle: "sessions of people", Section: "limits", Families: only(HostUsers.Name), Scale: ScaleFree},
		{ID: "host.uptime", Title: "Uptime", Section: "limits", Families: only(HostUptime.Name), Scale: ScaleFree},

		{ID: "services.memory", Title: "Memory of services with a limit", Section: "services", Families: only(ServiceMemory.Name), Where: with(nil, "kind", "used"), Scale: ScaleFree},
		{ID: "services.throttled", Title: "Throttled", Subtitle: "share of periods with the quota used up", Section: "services", Families: only(ServiceThrottled.Name), Scale: ScalePercent},
		{ID: "services.stalled", Title: "Waiting for memory", Subtitle: "by service with a limit", Section: "services", Families: only(ServiceStalled.Name), Scale: ScalePercent},
		{ID: "services.killed", Title: "OOM kills", Subtitle: "by service with a limit", Section: "services", Families: only(ServiceOOMKills.Name), Scale: ScaleFree},
		{ID: "services.count", Title: "Services", Subtitle: "by kind", Section: "services", Families: only(ServiceCount.Name), Sum: true, Scale: ScaleFree},
		{ID: "self.cpu", Title: "Own processor time", Subtitle: "100 % is one core", Section: "self", Families: only(SelfCPU.Name), Scale: ScaleFree},
		{ID: "self.memory", Title: "Own memory", Section: "self", Families: only(SelfMemory.Name), Scale: ScaleFree},
		{ID: "self.reach", Title: "Remembered", Subtitle: "how far back rows go", Section: "self", Families: only(SelfReach.Name), Scale: ScaleFree},
		{ID: "self.disk", Title: "History on disk", Section: "self", Families: only(SelfDisk.Name), Scale: ScaleFree, Layers: []Layer{
			{Title: "used", Family: SelfDisk.Name, Match: with(nil, "kind", "used"), Color: "c5"},
			{Title: "limit", Family: SelfDisk.Name, Match: with(nil, "kind", "limit"), Color: "c8"},
		}},
		{ID: "self.disk.reach", Title: "Kept on disk", Subtitle: "how far back rows go", Section: "self", Families: only(SelfDiskReach.Name), Scale: ScaleFree},
		{ID: "self.disk.written", Title: "Written to the history on disk", Section: "self", Families: only(SelfDiskWritten.Name), Scale: ScaleFree},
		{ID: "self.disk.lost", Title: "Rows missing on disk", Subtitle: "not taken in time", Section: "self", Families: only(SelfDiskLost.Name), Scale: ScaleFree},
		{ID: "self.goroutines", Title: "Goroutines", Section: "self", Families: only(SelfGoroutines.Name), Scale: ScaleFree},
		{ID: "self.viewers", Title: "Viewers", Section: "self", Families: only(SelfViewers.Name), Scale: ScaleFree},
		{ID: "self.sent", Title: "Sent to pages", Section: "self", Families: only(SelfSent.Name), Scale: ScaleFree},
		{ID: "collector.cpu", Title: "Processor time by collector", Section: "self", Families: only(CollectorCPU.Name), Sum: true, Scale: ScaleFree},
		{ID: "collector.duration", Title: "Duration by collector", Section: "self", Families: only(CollectorDuration.Name), Scale: ScaleFree},
		{ID: "collector.errors", Title: "Failed observations", Subtitle: "by collector", Section: "self", Families: only(CollectorErrors.Name), Sum: true, Scale: ScaleFree},
		{ID: "collector.late", Title: "Late observations", Subtitle: "by collector", Section: "self", Families: only(CollectorLate.Name), Sum: true, Scale: ScaleFree},
		{ID: "sampler.delay", Title: "Tick delay", Section: "self", Families: only(SamplerDelay.Name), Scale: ScaleFree},
		{ID: "sampler.ahead", Title: "Times ahead of the clock", Section: "self", Families: only(SamplerAhead.Name), Scale: ScaleFree},
	}
}

func inOut(f *Family) []Layer {
	return []Layer{
		{Title: "in", Family: f.Name, Match: with(nil, "dir", "in"), Color: "c4"},
		{Title: "out", Family: f.Name, Match: with(nil, "dir", "out"), Color: "c6"},
	}
}

// Resources returns the cells of the matrix, in the order of the page.
func Resources() []Resource {
	return []Resource{
		{ID: "cpu", Title: "CPU", Section: "cpu", Rank: "cpu",
			Use: []Sign{{UseCPU.Name, ""}},
			Sat: []Sign{{SatCPU.Name, ""}, {SatCPUSteal.Name, "steal"}, {SatCPUDelay.Name, "run delay"}, {SatCPUQueue.Name, "queued per core"}, {SatCPULoad.Name, "load per core"}},
			Err: []Sign{{ErrCPU.Name, "in 5 m"}}, State: StateCPU.Name, Cause: CauseCPU.Name, Since: SinceCPU.Name, Reason: ReasonCPU.Name, Now: NowCPU.Name,
			Words:   []Sign{{CPUBusiest.Name, "one core full"}, {SatCPUSteal.Name, "steal"}, {CPUThrottles.Name, "throttled"}, {CPUMachineChecks.Name, "machine check"}},
			Caption: []CaptionPart{{Text: "busiest core "}, {Family: CPUBusiest.Name}}},
		{ID: "memory", Title: "Memory", Section: "memory", Rank: "memory",
			Use: []Sign{{UseMemory.Name, ""}},
			Sat: []Sign{{SatMemory.Name, ""}, {SatMemoryFull.Name, "all waited"}, {SatMemorySwap.Name, "swapped"}},
			Err: []Sign{{ErrMemory.Name, "in 5 m"}}, State: StateMemory.Name, Cause: CauseMemory.Name, Since: SinceMemory.Name, Reason: ReasonMemory.Name, Now: NowMemory.Name,
			Words:   []Sign{{SatMemorySwap.Name, "swapping"}, {MemoryOOMKills.Name, "OOM kill"}, {MemoryECC.Name, "ECC error"}},
			Caption: []CaptionPart{{Family: MemoryBytes.Name, Match: with(nil, "kind", "used")}, {Text: " of "}, {Family: MemoryBytes.Name, Match: with(nil, "kind", "total")}}},
		{ID: "disk", Title: "Disk", Section: "disk", Rank: "io",
			Use: []Sign{{UseDisk.Name, "time busy"}, {UseDiskRate.Name, ""}},
			Sat: []Sign{{SatDisk.Name, "host"}, {SatDiskFull.Name, "all waited"}, {SatDiskQueue.Name, "queued"}, {SatDiskWait.Name, "per operation"}, {SatDiskBlocked.Name, "blocked"}},
			Err: []Sign{{ErrDisk.Name, "in 5 m"}}, State: StateDisk.Name, Cause: CauseDisk.Name, Since: SinceDisk.Name, Reason: ReasonDisk.Name, Now: NowDisk.Name,
			Words: []Sign{{FilesystemReadOnly.Name, "read-only"}, {FilesystemErrors.Name, "fs errors"}},
			Whole: &Whole{Family: DiskBytes.Name, Where: physical()},
			Worst: &Worst{Family: DiskBusy.Name, Label: "device", Where: physical()}},
		{ID: "network", Title: "Network", Section: "network",
			Use: []Sign{{UseNetwork.Name, "of the link"}, {UseNetworkRate.Name, ""}},
			Sat: []Sign{{SatNetwork.Name, "sent again"}, {SatNetworkListen.Name, "listen drops"}, {SatNetworkDropped.Name, "dropped"}},
			Err: []Sign{{ErrNetwork.Name, "in 5 m"}}, State: StateNetwork.Name, Cause: CauseNetwork.Name, Since: SinceNetwork.Name, Reason: ReasonNetwork.Name, Now: NowNetwork.Name,
			Words: []Sign{{SatNetwork.Name, "retransmits"}, {SatNetworkListen.Name, "queue full"}, {SatNetworkDropped.Name, "drops"},
				{NetErrors.Name, "link errors"}, {NetCarrierChanges.Name, "link flaps"}},
			Worst: &Worst{Family: NetBytes.Name, Label: "interface", Where: physical()}},
		{ID: "limits", Title: "Limits", Section: "filesystem", Err: []Sign{{ErrLimits.Name, ""}},
			State: StateLimits.Name, Cause: CauseLimits.Name, Since: SinceLimits.Name, Reason: ReasonLimits.Name, Now: NowLimits.Name,
			Words:  []Sign{{"throttled", "service throttled"}, {"service", "service at its limit"}, {ServiceOOMKills.Name, "service killed"}},
			Limits: &Limits{Used: LimitUsed.Name, State: LimitState.Name, FullIn: LimitFullIn.Name}},
	}
}
