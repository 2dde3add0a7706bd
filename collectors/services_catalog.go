package collectors

// Services is the table of containers, units, pods, sessions and virtual machines. What counts
// as bad for a row stands with its columns, and the signs take it from there. Its rows do
// not overlap: what none accounts for is the row "kernel and unaccounted".
var Services = &Table{
	Name: "services", Title: "Services", Help: "Who uses the machine: containers, pods, systemd units, sessions and virtual machines.",
	Columns: []Column{
		{Name: "name", Title: "name", Kind: ColumnText},
		{Name: "kind", Title: "kind", Kind: ColumnText, Help: "docker, podman, kubernetes, containerd, lxc, systemd, session, vm or cgroup."},
		{Name: "parent", Title: "in", Kind: ColumnText, Help: "The control group that holds it."},
		{Name: "cpu", Title: "CPU", Kind: ColumnNumber, Unit: Percent, Quantum: qProcess, Sum: true, Help: "100 % is one core."},
		{Name: "throttled", Title: "throttled", Kind: ColumnNumber, Unit: Percent, Quantum: qPercent, Warn: 25, Help: "Share of periods in which its CPU quota was used up."},
		{Name: "cpuLimit", Title: "CPU limit", Kind: ColumnNumber, Unit: Percent, Quantum: qProcess, Help: "100 % is one core."},
		{Name: "memory", Title: "memory", Kind: ColumnNumber, Unit: Bytes, Quantum: qPage, Sum: true, Warn: 95, Of: "memoryLimit", Help: "Working set: without files that nobody used lately."},
		{Name: "memoryLimit", Title: "memory limit", Kind: ColumnNumber, Unit: Bytes, Quantum: qPage},
		{Name: "swap", Title: "swap", Kind: ColumnNumber, Unit: Bytes, Quantum: qPage, Sum: true},
		{Name: "oom", Title: "OOM kills", Kind: ColumnNumber, Unit: Count, Quantum: 1, Crit: 1, Help: "Processes killed in the last five minutes because its memory ran out."},
		{Name: "io", Title: "I/O", Kind: ColumnNumber, Unit: BytesPerSecond, Quantum: qByteRate, Sum: true, Help: "Read from and written to devices."},
		{Name: "read", Title: "read", Kind: ColumnNumber, Unit: BytesPerSecond, Quantum: qByteRate, Sum: true},
		{Name: "write", Title: "write", Kind: ColumnNumber, Unit: BytesPerSecond, Quantum: qByteRate, Sum: true},
		{Name: "pids", Title: "tasks", Kind: ColumnNumber, Unit: Count, Quantum: 1, Sum: true},
		{Name: "pidsLimit", Title: "task limit", Kind: ColumnNumber, Unit: Count, Quantum: 1},
		{Name: "pressureCpu", Title: "CPU pressure", Kind: ColumnNumber, Unit: Percent, Quantum: qPercent, Help: "Share of time in which some of its tasks waited for a processor."},
		{Name: "pressureMemory", Title: "memory pressure", Kind: ColumnNumber, Unit: Percent, Quantum: qPercent, Warn: 5, Help: "Share of time in which some of its tasks waited for memory. Below this much, a memory limit that is reached hurts nobody."},
		{Name: "pressureIo", Title: "I/O pressure", Kind: ColumnNumber, Unit: Percent, Quantum: qPercent},
		{Name: "netIn", Title: "received", Kind: ColumnNumber, Unit: BytesPerSecond, Quantum: qByteRate, Sum: true, Help: "Of its own network namespace; missing where it shares the host's."},
		{Name: "netOut", Title: "sent", Kind: ColumnNumber, Unit: BytesPerSecond, Quantum: qByteRate, Sum: true},
		{Name: "image", Title: "image", Kind: ColumnText},
		{Name: "state", Title: "state", Kind: ColumnText, Help: "As the container engine says it, where it is asked."},
		{Name: "started", Title: "started", Kind: ColumnNumber, Unit: Timestamp, Quantum: 1},
		{Name: "restarts", Title: "restarts", Kind: ColumnNumber, Unit: Count, Quantum: 1, Help: "Times it ended and another of its name began in the last five minutes."},
		{Name: "cgroup", Title: "cgroup", Kind: ColumnText, Help: "Its control group; of a long path the end."},
	},
	// Who hurts itself is remembered, however little it uses.
	Rank: []string{"cpu", "memory", "io", "throttled", "oom", "restarts"}, Top: 10,
}

// ServiceCount counts the rows of [Services].
var ServiceCount = &Family{Name: "services.count", Help: "Containers, units, pods, sessions and virtual machines by kind.", Unit: Count, Kind: KindGauge,
	Labels: []string{"kind"}, Quantum: 1, Source: "the tree of control groups"}

// What stands in the table of every service is kept as series for those that have a limit,
// so that the signs can tell when one hurts itself.
var (
	// ServiceMemory has the kinds used and max.
	ServiceMemory = &Family{Name: "service.memory", Help: "Working set of a service that has a memory limit, and the limit.", Unit: Bytes, Kind: KindGauge,
		Labels: []string{"service", "kind"}, Quantum: qPage, Source: "memory.current, memory.stat, memory.max"}
	ServiceStalled = &Family{Name: "service.memory_pressure", Help: "Share of time in which some of its tasks waited for memory.", Unit: Percent, Kind: KindGauge,
		Labels: []string{"service"}, Quantum: qPercent, Source: "memory.pressure"}
	ServiceThrottled = &Family{Name: "service.throttled", Help: "Share of periods in which a service had used up its CPU quota.", Unit: Percent, Kind: KindGauge,
		Labels: []string{"service"}, Quantum: qPercent, Max: 100, Source: "cpu.stat", Formula: "100 × Δnr_throttled ÷ Δnr_periods"}
	ServiceOOMKills = &Family{Name: "service.oom_kills", Help: "Processes of a service killed because its memory ran out.", Unit: PerSecond, Kind: KindCounter,
		Labels: []string{"service"}, Quantum: qEvents, Source: "memory.events (oom_kill)"}
)
