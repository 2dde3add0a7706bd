package collectors

import "time"

// Quanta: powers of two, chosen so that what changes packs small and what matters
// is kept. See Family.Quantum.
const (
	qPercent  = 1.0 / 16
	qProcess  = 1.0 / 64
	qOwn      = 1.0 / 4096
	qEvents   = 1.0 / 16
	qByteRate = 16
	qMeminfo  = 1024
	qPage     = 4096
	qDuration = 1.0 / 65536
	qLoad     = 1.0 / 128
	qHertz    = 1 << 20
)

// jiffies is the span over which counters of 10 ms ticks tell a share to the percent.
const jiffies = time.Second

// CPU. The kernel counts in ticks of 10 ms; every share is the rise of one counter
// over the rise of all of them, in no less than a second.
var (
	CPUUsage = &Family{Name: "cpu.usage", Help: "Share of all processors' time by what they did.", Unit: Percent, Kind: KindCounter,
		Labels: []string{"mode"}, Quantum: qPercent, Window: jiffies, Scale: 100, Max: 100, Source: "/proc/stat",
		Formula: "100 × Δmode ÷ Δ(user + nice + system + irq + softirq + idle + iowait + steal); guest time is already in user; below a second over the last second",
		Differs: "top shows the same modes over its own interval; load average counts waiting tasks, not time."}
	CPUCoreUsage = &Family{Name: "cpu.core.usage", Help: "Share of one processor's time by what it did.", Unit: Percent, Kind: KindCounter,
		Labels: []string{"cpu", "mode"}, Quantum: qPercent, Window: jiffies, Scale: 100, Max: 100, Source: "/proc/stat",
		Formula: "100 × Δmode ÷ Δ(all modes) of that processor; below a second over the last second"}
	CPUCoreBusy = &Family{Name: "cpu.core.busy", Help: "Share of one processor's time spent working.", Unit: Percent, Kind: KindCounter,
		Labels: []string{"cpu"}, Quantum: qPercent, Window: jiffies, Scale: 100, Max: 100, Source: "/proc/stat",
		Formula: "100 × Δ(user + nice + system + irq + softirq) ÷ Δ(all modes) of that processor; below a second over the last second"}
	CPUFrequency = &Family{Name: "cpu.frequency", Help: "Clock of one processor as the kernel reports it.", Unit: Hertz, Kind: KindGauge,
		Labels: []string{"cpu"}, Quantum: qHertz, Source: "/sys/devices/system/cpu/cpu*/cpufreq/scaling_cur_freq"}
	CPUThrottles = &Family{Name: "cpu.throttles", Help: "Times a processor was slowed because it was too hot.", Unit: PerSecond, Kind: KindCounter,
		Quantum: qEvents, Source: "/sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count"}
	CPUMachineChecks = &Family{Name: "cpu.machine_checks", Help: "Hardware errors that processors reported.", Unit: PerSecond, Kind: KindCounter,
		Quantum: qEvents, Source: "/proc/interrupts (MCE)"}
	CPUContextSwitches = &Family{Name: "cpu.context_switches", Help: "Changes from one task to another.", Unit: PerSecond, Kind: KindCounter,
		Quantum: qEvents, Source: "/proc/stat (ctxt)"}
	CPUInterrupts = &Family{Name: "cpu.interrupts", Help: "Interrupts served.", Unit: PerSecond, Kind: KindCounter,
		Quantum: qEvents, Source: "/proc/stat (intr)"}
	CPUForks = &Family{Name: "cpu.forks", Help: "Processes and threads created.", Unit: PerSecond, Kind: KindCounter,
		Quantum: qEvents, Source: "/proc/stat (processes)"}
	// CPURunDelay takes nanoseconds, already divided by the number of processors.
	CPURunDelay = &Family{Name: "cpu.run_delay", Help: "Time that tasks waited for a processor, per processor.", Unit: Percent, Kind: KindCounter,
		Quantum: qPercent, Scale: 1e-7, Source: "/proc/schedstat", Formula: "100 × Δrun_delay ÷ Δt ÷ processors"}
	CPUOnline = &Family{Name: "cpu.online", Help: "Logical processors that are online.", Unit: Count, Kind: KindGauge, Quantum: 1, Source: "/proc/stat"}
)

// Load and the scheduler.
var (
	LoadAverage = &Family{Name: "load.average", Help: "Tasks running or waiting, averaged by the kernel.", Unit: Count, Kind: KindGauge,
		Labels: []string{"window"}, Quantum: qLoad, Source: "/proc/loadavg",
		Differs: "Linux counts tasks waiting for disks too; other systems do not."}
	TasksRunnable = &Family{Name: "tasks.runnable", Help: "Tasks running or ready to run at the moment of the sample, dashcam's own included.", Unit: Count, Kind: KindGauge,
		Quantum: 1, Source: "/proc/stat (procs_running)"}
	TasksBlocked = &Family{Name: "tasks.blocked", Help: "Tasks waiting for a disk at the moment of the sample.", Unit: Count, Kind: KindGauge,
		Quantum: 1, Source: "/proc/stat (procs_blocked)"}
	TasksTotal = &Family{Name: "tasks.total", Help: "Tasks (processes and threads) that exist.", Unit: Count, Kind: KindGauge,
		Quantum: 1, Source: "/proc/loadavg"}
)

// Memory.
var (
	// MemoryBytes has the kinds total, free, available, buffers, cached, shmem,
	// slab_reclaimable, slab_unreclaimable, anon, mapped, page_tables,
	// kernel_stack, dirty, writeback, zfs_arc, and the derived used, cache, slab.
	MemoryBytes = &Family{Name: "memory.bytes", Help: "Physical memory by what it is used for.", Unit: Bytes, Kind: KindGauge,
		Labels: []string{"kind"}, Quantum: qMeminfo, Source: "/proc/meminfo",
		Formula: "used = MemTotal − MemFree − Buffers − Cached − SReclaimable + Shmem; cache = Buffers + Cached − Shmem; slab = SReclaimable",
		Differs: "used leaves out what the kernel can take back; use in the matrix is (MemTotal − MemAvailable) ÷ MemTotal, the kernel's own estimate, so that the two differ."}
	// SwapBytes has the kinds total, free, used, cached.
	SwapBytes = &Family{Name: "swap.bytes", Help: "Swap space.", Unit: Bytes, Kind: KindGauge, Labels: []string{"kind"}, Quantum: qMeminfo, Source: "/proc/meminfo"}
	SwapPages = &Family{Name: "swap.pages", Help: "Pages read from (in) and written to (out) swap.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"dir"}, Quantum: qEvents, Source: "/proc/vmstat (pswpin, pswpout)"}
	// MemoryFaults has the kinds all and major.
	MemoryFaults = &Family{Name: "memory.faults", Help: "Page faults; major ones waited for a disk.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"kind"}, Quantum: qEvents, Source: "/proc/vmstat (pgfault, pgmajfault)"}
	MemoryPaging = &Family{Name: "memory.paging", Help: "Data read from (in) and written to (out) disks by the memory system.", Unit: BytesPerSecond, Kind: KindCounter,
		Labels: []string{"dir"}, Quantum: qByteRate, Scale: 1024, Source: "/proc/vmstat (pgpgin, pgpgout)"}
	MemoryOOMKills = &Family{Name: "memory.oom_kills", Help: "Processes killed because memory ran out.", Unit: PerSecond, Kind: KindCounter,
		Quantum: qEvents, Source: "/proc/vmstat (oom_kill)"}
	MemoryAllocStalls = &Family{Name: "memory.alloc_stalls", Help: "Allocations that had to wait for memory to be freed.", Unit: PerSecond, Kind: KindCounter,
		Quantum: qEvents, Source: "/proc/vmstat (allocstall_*)"}
	// MemoryECC has the kinds corrected and uncorrected.
	MemoryECC = &Family{Name: "memory.ecc", Help: "Memory errors found by the hardware.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"kind"}, Quantum: qEvents, Source: "/sys/devices/system/edac/mc/mc*/{ce,ue}_count"}
)

// Pressure stall information.
var (
	// PressureTime has the resources cpu, memory, io and the kinds some, full.
	PressureTime = &Family{Name: "pressure.time", Help: "Share of time in which some (or all) tasks waited for a resource.", Unit: Percent, Kind: KindCounter,
		Labels: []string{"resource", "kind"}, Quantum: qPercent, Scale: 1e-4, Max: 100, Source: "/proc/pressure/{cpu,memory,io}",
		Formula: "100 × Δtotal (µs) ÷ Δt", Differs: "avg10 of the same file is a decaying average; this is the share of just this interval."}
)

// Disks. info: class physical, virtual (dm, md, zram) or loop; rotational yes or no.
var (
	DiskBytes = &Family{Name: "disk.bytes", Help: "Data read and written.", Unit: BytesPerSecond, Kind: KindCounter,
		Labels: []string{"device", "dir"}, Quantum: qByteRate, Source: "/proc/diskstats (fields 3, 7 × 512)"}
	DiskOperations = &Family{Name: "disk.operations", Help: "Reads and writes completed.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"device", "dir"}, Quantum: qEvents, Source: "/proc/diskstats (fields 1, 5)"}
	DiskBusy = &Family{Name: "disk.busy", Help: "Share of time in which some request was in flight.", Unit: Percent, Kind: KindCounter,
		Labels: []string{"device"}, Quantum: qPercent, Scale: 0.1, Max: 100, Source: "/proc/diskstats (field 10)",
		Formula: "100 × Δ(time busy, ms) ÷ Δt",
		Differs: "A device that serves requests in parallel can be 100 % busy and far from its limit; iostat calls the same number %util."}
	DiskQueue = &Family{Name: "disk.queue", Help: "Requests in flight or waiting, on average.", Unit: Count, Kind: KindCounter,
		Labels: []string{"device"}, Quantum: qLoad, Scale: 0.001, Source: "/proc/diskstats (field 11)", Formula: "Δ(weighted time, ms) ÷ Δt"}
	DiskWait = &Family{Name: "disk.wait", Help: "Time from request to answer, mean per operation; missing while there was none.", Unit: Seconds, Kind: KindCounter,
		Labels: []string{"device", "dir"}, Quantum: qDuration, Scale: 0.001, Source: "/proc/diskstats (fields 4, 8 over 1, 5)", Formula: "Δ(time of reads or writes) ÷ Δ(reads or writes)"}
	DiskErrors = &Family{Name: "disk.errors", Help: "Requests that the device failed.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"device"}, Quantum: qEvents, Source: "/sys/block/*/device/ioerr_cnt"}
)

// File systems. info: device, fstype.
var (
	// FilesystemBytes has the kinds total, used, available (to ordinary users), free.
	FilesystemBytes = &Family{Name: "filesystem.bytes", Help: "Space of a file system.", Unit: Bytes, Kind: KindGauge,
		Labels: []string{"mount", "kind"}, Quantum: qPage, Source: "statfs(2)", Differs: "df computes the same percent: used ÷ (used + available); reserved blocks are in neither."}
	// FilesystemInodes has the kinds total, used.
	FilesystemInodes = &Family{Name: "filesystem.inodes", Help: "Inodes of a file system.", Unit: Count, Kind: KindGauge,
		Labels: []string{"mount", "kind"}, Quantum: 1, Source: "statfs(2)"}
	FilesystemReadOnly = &Family{Name: "filesystem.read_only", Help: "Whether a file system is mounted read-only.", Unit: NoUnit, Kind: KindState,
		Labels: []string{"mount"}, Quantum: 1, States: []string{"read-write", "read-only"}, Source: "/proc/self/mountinfo"}
	FilesystemStalled = &Family{Name: "filesystem.stalled", Help: "How long a file system has not answered; 0 while it does.", Unit: Seconds, Kind: KindGauge,
		Labels: []string{"mount"}, Quantum: qLoad, Source: "statfs(2)"}
	// FilesystemErrors counts what ext4 and btrfs recorded, and degraded arrays.
	FilesystemErrors = &Family{Name: "filesystem.errors", Help: "Errors that the file system recorded.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"device"}, Quantum: qEvents, Source: "/sys/fs/ext4/*/errors_count, /sys/fs/btrfs/*/devinfo/*/error_stats, /sys/block/*/md/degraded"}
)

// Network. info: class physical, bond, virtual, bridge, tunnel or loopback. Panels and signs
// sum physical interfaces only, so that a packet through a bridge counts once.
var (
	NetBytes = &Family{Name: "net.bytes", Help: "Data received (in) and sent (out).", Unit: BytesPerSecond, Kind: KindCounter,
		Labels: []string{"interface", "dir"}, Quantum: qByteRate, Source: "/proc/net/dev"}
	NetPackets = &Family{Name: "net.packets", Help: "Packets received (in) and sent (out).", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"interface", "dir"}, Quantum: qEvents, Source: "/proc/net/dev"}
	NetErrors = &Family{Name: "net.errors", Help: "Packets that failed on the link.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"interface", "dir"}, Quantum: qEvents, Source: "/proc/net/dev (errs)"}
	NetDrops = &Family{Name: "net.drops", Help: "Packets dropped; received ones may simply be of an unknown protocol.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"interface", "dir"}, Quantum: qEvents, Source: "/proc/net/dev (drop)"}
	NetMissed = &Family{Name: "net.missed", Help: "Packets lost because the host did not take them in time.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"interface"}, Quantum: qEvents, Source: "/sys/class/net/*/statistics/{rx_missed_errors,rx_fifo_errors}"}
	NetSpeed = &Family{Name: "net.speed", Help: "Speed the link has negotiated.", Unit: BitsPerSecond, Kind: KindGauge,
		Labels: []string{"interface"}, Quantum: 1 << 16, Source: "/sys/class/net/*/speed"}
	NetLink = &Family{Name: "net.link", Help: "Whether the link is up.", Unit: NoUnit, Kind: KindState,
		Labels: []string{"interface"}, Quantum: 1, States: []string{"up", "down"}, Source: "/sys/class/net/*/operstate"}
	NetCarrierChanges = &Family{Name: "net.carrier_changes", Help: "Times the link went down or up.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"interface"}, Quantum: qEvents, Source: "/sys/class/net/*/carrier_changes"}
	// NetSoftnet has the kinds processed, dropped, squeezed.
	NetSoftnet = &Family{Name: "net.softnet", Help: "Packets handled by the kernel's receive queue.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"kind"}, Quantum: qEvents, Source: "/proc/net/softnet_stat"}
)

// TCP and UDP of dashcam's own network namespace.
var (
	// TCPSockets has the states established, time_wait, orphan, in_use, allocated.
	TCPSockets = &Family{Name: "tcp.sockets", Help: "TCP sockets by state.", Unit: Count, Kind: KindGauge,
		Labels: []string{"state"}, Quantum: 1, Source: "/proc/net/sockstat, /proc/net/snmp (CurrEstab)"}
	TCPMemory   = &Family{Name: "tcp.memory", Help: "Kernel memory held by TCP buffers.", Unit: Bytes, Kind: KindGauge, Quantum: qPage, Source: "/proc/net/sockstat"}
	TCPSegments = &Family{Name: "tcp.segments", Help: "TCP segments received (in) and sent (out).", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"dir"}, Quantum: qEvents, Source: "/proc/net/snmp (InSegs, OutSegs)"}
	TCPRetransmits  = &Family{Name: "tcp.retransmits", Help: "TCP segments sent again.", Unit: PerSecond, Kind: KindCounter, Quantum: qEvents, Source: "/proc/net/snmp (RetransSegs)"}
	TCPOpeningAgain = &Family{Name: "tcp.retransmits.opening", Help: "TCP segments sent again to open a connection; part of tcp.retransmits.", Unit: PerSecond, Kind: KindCounter, Quantum: qEvents, Source: "/proc/net/netstat (TCPSynRetrans)"}
	TCPDuplicates   = &Family{Name: "tcp.retransmits.needless", Help: "TCP segments that were sent again and had arrived already, as the peers tell (DSACK).", Unit: PerSecond, Kind: KindCounter, Quantum: qEvents, Source: "/proc/net/netstat (TCPDSACKRecvSegs, before Linux 5.9 TCPDSACKRecv)"}
	// TCPOpens has the kinds active, passive, failed.
	TCPOpens = &Family{Name: "tcp.opens", Help: "TCP connections opened.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"kind"}, Quantum: qEvents, Source: "/proc/net/snmp (ActiveOpens, PassiveOpens, AttemptFails)"}
	TCPResets = &Family{Name: "tcp.resets", Help: "TCP connections cut off (in) and resets sent (out).", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"dir"}, Quantum: qEvents, Source: "/proc/net/snmp (EstabResets, OutRsts)"}
	TCPErrors = &Family{Name: "tcp.errors", Help: "TCP segments received damaged.", Unit: PerSecond, Kind: KindCounter, Quantum: qEvents, Source: "/proc/net/snmp (InErrs)"}
	// TCPListen has the kinds overflows, drops.
	TCPListen = &Family{Name: "tcp.listen", Help: "Connections lost because a listening socket's queue was full.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"kind"}, Quantum: qEvents, Source: "/proc/net/netstat (ListenOverflows, ListenDrops)"}
	UDPDatagrams = &Family{Name: "udp.datagrams", Help: "UDP datagrams received (in) and sent (out).", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"dir"}, Quantum: qEvents, Source: "/proc/net/snmp"}
	// UDPErrors has the kinds no_port, in, receive_buffer, send_buffer, checksum.
	UDPErrors = &Family{Name: "udp.errors", Help: "UDP datagrams lost, by reason.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"kind"}, Quantum: qEvents, Source: "/proc/net/snmp"}
	UDPSockets = &Family{Name: "udp.sockets", Help: "UDP sockets in use.", Unit: Count, Kind: KindGauge, Quantum: 1, Source: "/proc/net/sockstat"}
)

// Sensors. info: chip, critical. A series' Max is its own critical mark.
var (
	SensorTemperature = &Family{Name: "sensor.temperature", Help: "Temperature of a sensor.", Unit: Celsius, Kind: KindGauge,
		Labels: []string{"sensor"}, Quantum: qPercent, Source: "/sys/class/hwmon"}
)

// Kernel limits.
var (
	// KernelFiles, KernelConntrack and KernelPIDs have the kinds used, max.
	KernelFiles = &Family{Name: "kernel.files", Help: "Open files of the whole system against the limit.", Unit: Count, Kind: KindGauge,
		Labels: []string{"kind"}, Quantum: 1, Source: "/proc/sys/fs/file-nr"}
	KernelConntrack = &Family{Name: "kernel.conntrack", Help: "Connections tracked by the firewall against the limit.", Unit: Count, Kind: KindGauge,
		Labels: []string{"kind"}, Quantum: 1, Source: "/proc/sys/net/netfilter/nf_conntrack_{count,max}"}
	KernelPIDs = &Family{Name: "kernel.pids", Help: "Tasks that exist against the largest process id.", Unit: Count, Kind: KindGauge,
		Labels: []string{"kind"}, Quantum: 1, Source: "/proc/loadavg, /proc/sys/kernel/pid_max"}
	// CgroupMemory has the kinds used, max: the limit that dashcam's own control
	// group puts on memory, where there is one.
	CgroupMemory = &Family{Name: "cgroup.memory", Help: "Memory of dashcam's own control group against its limit.", Unit: Bytes, Kind: KindGauge,
		Labels: []string{"kind"}, Quantum: qPage, Source: "memory.current, memory.max, memory.stat",
		Formula: "used = memory.current − inactive_file", Differs: "memory.current counts cached files, which the kernel takes back before it kills anything; docker stats leaves them out as well."}
)

// The host and its processes.
var (
	HostUptime = &Family{Name: "host.uptime", Help: "Time since the boot.", Unit: Seconds, Kind: KindGauge, Quantum: 1, Source: "/proc/uptime"}
	// HostClock is kept while a time service sets it.
	HostClock = &Family{Name: "host.clock", Help: "Whether a time service keeps the clock.", Unit: NoUnit, Kind: KindState, Quantum: 1,
		States: []string{"kept", "not kept"}, Source: "adjtimex(2)"}
	HostUsers = &Family{Name: "host.users", Help: "Sessions of people who are signed in.", Unit: Count, Kind: KindGauge, Quantum: 1, Source: "/var/run/utmp"}
	// ProcessCount has the states running, sleeping, blocked, stopped, zombie, idle.
	ProcessCount = &Family{Name: "process.count", Help: "Processes by state.", Unit: Count, Kind: KindGauge,
		Labels: []string{"state"}, Quantum: 1, Source: "/proc/[pid]/stat"}
	ProcessThreads = &Family{Name: "process.threads", Help: "Threads of all processes.", Unit: Count, Kind: KindGauge, Quantum: 1, Source: "/proc/[pid]/stat"}
)

// What dashcam itself costs.
var (
	// SelfCPU takes microseconds.
	SelfCPU = &Family{Name: "self.cpu", Help: "Processor time of dashcam, 100 % is one core.", Unit: Percent, Kind: KindCounter, Quantum: qOwn, Scale: 1e-4,
		Source: "getrusage(2)", Formula: "100 × Δ(user + system) ÷ Δt"}
	// SelfMemory has the kinds resident, heap, stacks, remembered.
	SelfMemory = &Family{Name: "self.memory", Help: "Memory of dashcam.", Unit: Bytes, Kind: KindGauge, Labels: []string{"kind"}, Quantum: qPage, Source: "/proc/self/statm, runtime/metrics"}
	SelfReach  = &Family{Name: "self.reach", Help: "How far back rows are remembered.", Unit: Seconds, Kind: KindGauge, Quantum: 1, Source: "dashcam"}
	// SelfDisk has the kinds used, limit. It and the next three are there only where a
	// history is kept on disk.
	SelfDisk        = &Family{Name: "self.disk", Help: "What the history on disk takes, against its limit.", Unit: Bytes, Kind: KindGauge, Labels: []string{"kind"}, Quantum: qPage, Source: "dashcam"}
	SelfDiskReach   = &Family{Name: "self.disk.reach", Help: "How far back rows are kept on disk.", Unit: Seconds, Kind: KindGauge, Quantum: 1, Source: "dashcam"}
	SelfDiskWritten = &Family{Name: "self.disk.written", Help: "Data written to the history on disk.", Unit: BytesPerSecond, Kind: KindCounter, Quantum: qByteRate, Source: "dashcam"}
	SelfDiskLost    = &Family{Name: "self.disk.lost", Help: "Rows that are missing on disk because it did not take them in time.", Unit: Count, Kind: KindGauge, Quantum: 1, Source: "dashcam"}
	SelfGoroutines  = &Family{Name: "self.goroutines", Help: "Goroutines of dashcam.", Unit: Count, Kind: KindGauge, Quantum: 1, Source: "runtime/metrics"}
	SelfViewers     = &Family{Name: "self.viewers", Help: "Open pages that are sent rows.", Unit: Count, Kind: KindGauge, Quantum: 1, Source: "dashcam"}
	SelfSent        = &Family{Name: "self.sent", Help: "Data sent to all pages.", Unit: BytesPerSecond, Kind: KindCounter, Quantum: qByteRate, Source: "dashcam"}
	// Those below are filled by the sampler, the first four for every collector.
	CollectorDuration = &Family{Name: "collector.duration", Help: "How long the last observation took.", Unit: Seconds, Kind: KindGauge, Labels: []string{"collector"}, Quantum: qDuration, Source: "dashcam"}
	CollectorCPU      = &Family{Name: "collector.cpu", Help: "Processor time of one collector, 100 % is one core.", Unit: Percent, Kind: KindGauge, Labels: []string{"collector"}, Quantum: qOwn, Source: "clock_gettime(CLOCK_THREAD_CPUTIME_ID)"}
	CollectorErrors   = &Family{Name: "collector.errors", Help: "Observations that failed.", Unit: PerSecond, Kind: KindCounter, Labels: []string{"collector"}, Quantum: qEvents, Source: "dashcam"}
	CollectorLate     = &Family{Name: "collector.late", Help: "Observations that missed their row.", Unit: PerSecond, Kind: KindCounter, Labels: []string{"collector"}, Quantum: qEvents, Source: "dashcam"}
	SamplerDelay      = &Family{Name: "sampler.delay", Help: "How late the last tick was.", Unit: Seconds, Kind: KindGauge, Quantum: qDuration, Source: "dashcam"}
	// SamplerAhead is 0 but after the wall clock was set back.
	SamplerAhead = &Family{Name: "sampler.ahead", Help: "How far the times shown run ahead of the wall clock, after it was set back.", Unit: Seconds, Kind: KindGauge, Quantum: qDuration, Source: "dashcam",
		Formula: "time of the row − wall clock"}
)

// Processes is the table of all processes.
var Processes = &Table{
	Name: "processes", Title: "Processes", Help: "Every process of the host.",
	Columns: []Column{
		{Name: "pid", Title: "pid", Kind: ColumnNumber, Quantum: 1},
		{Name: "ppid", Title: "parent", Kind: ColumnNumber, Quantum: 1},
		{Name: "start", Title: "started", Kind: ColumnNumber, Unit: Timestamp, Quantum: 1},
		{Name: "name", Title: "name", Kind: ColumnText},
		{Name: "user", Title: "user", Kind: ColumnText},
		{Name: "state", Title: "state", Kind: ColumnText, Help: "R running, S sleeping, D waiting for disk, Z zombie, T stopped, I idle kernel thread."},
		{Name: "cpu", Title: "CPU", Kind: ColumnNumber, Unit: Percent, Quantum: qProcess, Sum: true, Help: "100 % is one core."},
		{Name: "memory", Title: "memory", Kind: ColumnNumber, Unit: Bytes, Quantum: qPage, Help: "Resident memory; shared pages count in every process."},
		{Name: "io", Title: "I/O", Kind: ColumnNumber, Unit: BytesPerSecond, Quantum: qByteRate, Sum: true, Help: "Read from and written to storage."},
		{Name: "read", Title: "read", Kind: ColumnNumber, Unit: BytesPerSecond, Quantum: qByteRate, Sum: true},
		{Name: "write", Title: "write", Kind: ColumnNumber, Unit: BytesPerSecond, Quantum: qByteRate, Sum: true},
		{Name: "threads", Title: "threads", Kind: ColumnNumber, Unit: Count, Quantum: 1, Sum: true},
		{Name: "cgroup", Title: "cgroup", Kind: ColumnText},
	},
	Rank: []string{"cpu", "memory", "io"}, Top: 10,
}
