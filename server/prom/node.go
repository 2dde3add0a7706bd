package prom

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"dashcam/collectors"
)

// nodeNames says which of our families node_exporter gives too, by their names.
type nodeNames map[string]nodeFamily

// nodeFamily is how one of our families is called by node_exporter.
type nodeFamily struct {
	// names are those of its series, by the values of the labels that are not in
	// carry, joined by a blank. A series that is not among them keeps our name.
	names map[string]string
	// carry are the labels that stay labels: our name of a label or fact, and theirs.
	carry [][2]string
	// form is that of the readings, factor what one count is in their unit.
	form   collectors.Form
	factor float64
}

// nodeName is what one series is called.
type nodeName struct {
	name, help     string
	labels, values []string
	form           collectors.Form
	factor         float64
}

// kind is that which node_exporter gives: what it copies from files whose fields it does
// not know is untyped.
func (n *nodeName) kind() prometheus.ValueType {
	switch {
	case strings.HasPrefix(n.name, "node_netstat_"), strings.HasPrefix(n.name, "node_vmstat_"):
		return prometheus.UntypedValue
	case strings.HasSuffix(n.name, "_total"):
		return prometheus.CounterValue
	}
	return prometheus.GaugeValue
}

// device returns the disk or link that a series is of, "" for none.
func (n *nodeName) device() string {
	if len(n.labels) == 1 && n.labels[0] == "device" {
		return n.values[0]
	}
	return ""
}

// find returns what a series is called by node_exporter, or nil where it has no such fact.
func (n nodeNames) find(s *collectors.Series) *nodeName {
	f, ok := n[s.Family.Name]
	if !ok || isClassTotal(s) {
		return nil
	}
	out := &nodeName{form: f.form, factor: f.factor}
	carried := make(map[string]bool)
	for _, c := range f.carry {
		value := s.Label(c[0])
		if value == "" {
			value = s.Info[c[0]]
		}
		carried[c[0]] = true
		out.labels, out.values = append(out.labels, c[1]), append(out.values, clean(value))
	}
	var key, fixed []string
	for i, name := range s.Family.Labels {
		if !carried[name] {
			key = append(key, s.Labels.At(i))
			fixed = append(fixed, name+" "+s.Labels.At(i))
		}
	}
	out.name = f.names[strings.Join(key, " ")]
	if out.name == "" {
		return nil
	}
	out.help = s.Family.Help
	if len(fixed) > 0 {
		out.help = strings.TrimSuffix(out.help, ".") + " (" + strings.Join(fixed, ", ") + ")."
	}
	return out
}

// isClassTotal reports whether a series sums up the devices of a class, which carries the
// class's name. node_exporter has no such device, and whoever adds up all devices must
// not count it too.
func isClassTotal(s *collectors.Series) bool {
	switch s.Labels.At(0) {
	case "loop", "virtual", "bridge", "tunnel":
		return s.Info["class"] == s.Labels.At(0)
	}
	return false
}

// newNodeNames returns the table. The names are those of node_exporter's collectors for
// Linux, on every system.
func newNodeNames(tick float64) nodeNames {
	const gauge, counter, ratio = collectors.FormGauge, collectors.FormCounter, collectors.FormRatio
	one := func(name string) map[string]string { return map[string]string{"": name} }
	device := [][2]string{{"device", "device"}}
	link := [][2]string{{"interface", "device"}}
	mount := [][2]string{{"device", "device"}, {"fstype", "fstype"}, {"mount", "mountpoint"}}
	cpu := [][2]string{{"cpu", "cpu"}}
	inOut := func(in, out string) map[string]string { return map[string]string{"in": in, "out": out} }
	readWrite := func(read, write string) map[string]string {
		return map[string]string{"read": read, "write": write}
	}
	usedMax := func(used, most string) map[string]string { return map[string]string{"used": used, "max": most} }
	return nodeNames{
		collectors.CPUCoreUsage.Name:       {one("node_cpu_seconds_total"), [][2]string{{"cpu", "cpu"}, {"mode", "mode"}}, ratio, tick},
		collectors.CPUFrequency.Name:       {one("node_cpu_scaling_frequency_hertz"), cpu, gauge, 1},
		collectors.CPUContextSwitches.Name: {one("node_context_switches_total"), nil, counter, 1},
		collectors.CPUInterrupts.Name:      {one("node_intr_total"), nil, counter, 1},
		collectors.CPUForks.Name:           {one("node_forks_total"), nil, counter, 1},
		collectors.TasksRunnable.Name:      {one("node_procs_running"), nil, gauge, 1},
		collectors.TasksBlocked.Name:       {one("node_procs_blocked"), nil, gauge, 1},
		collectors.LoadAverage.Name:        {map[string]string{"1m": "node_load1", "5m": "node_load5", "15m": "node_load15"}, nil, gauge, 1},

		collectors.MemoryBytes.Name:    {memoryNames(), nil, gauge, 1},
		collectors.SwapBytes.Name:      {map[string]string{"total": "node_memory_SwapTotal_bytes", "free": "node_memory_SwapFree_bytes", "cached": "node_memory_SwapCached_bytes"}, nil, gauge, 1},
		collectors.SwapPages.Name:      {inOut("node_vmstat_pswpin", "node_vmstat_pswpout"), nil, counter, 1},
		collectors.MemoryFaults.Name:   {map[string]string{"all": "node_vmstat_pgfault", "major": "node_vmstat_pgmajfault"}, nil, counter, 1},
		collectors.MemoryPaging.Name:   {inOut("node_vmstat_pgpgin", "node_vmstat_pgpgout"), nil, counter, 1},
		collectors.MemoryOOMKills.Name: {one("node_vmstat_oom_kill"), nil, counter, 1},
		collectors.PressureTime.Name: {map[string]string{
			"cpu some":    "node_pressure_cpu_waiting_seconds_total",
			"io some":     "node_pressure_io_waiting_seconds_total",
			"io full":     "node_pressure_io_stalled_seconds_total",
			"memory some": "node_pressure_memory_waiting_seconds_total",
			"memory full": "node_pressure_memory_stalled_seconds_total",
		}, nil, counter, 1e-6},

		collectors.DiskBytes.Name:      {readWrite("node_disk_read_bytes_total", "node_disk_written_bytes_total"), device, counter, 1},
		collectors.DiskOperations.Name: {readWrite("node_disk_reads_completed_total", "node_disk_writes_completed_total"), device, counter, 1},
		collectors.DiskWait.Name:       {readWrite("node_disk_read_time_seconds_total", "node_disk_write_time_seconds_total"), device, ratio, 1e-3},
		collectors.DiskBusy.Name:       {one("node_disk_io_time_seconds_total"), device, counter, 1e-3},
		collectors.DiskQueue.Name:      {one("node_disk_io_time_weighted_seconds_total"), device, counter, 1e-3},
		collectors.FilesystemBytes.Name: {map[string]string{
			"total": "node_filesystem_size_bytes", "free": "node_filesystem_free_bytes", "available": "node_filesystem_avail_bytes",
		}, mount, gauge, 1},
		collectors.FilesystemInodes.Name:   {map[string]string{"total": "node_filesystem_files"}, mount, gauge, 1},
		collectors.FilesystemReadOnly.Name: {one("node_filesystem_readonly"), mount, gauge, 1},

		collectors.NetBytes.Name:          {inOut("node_network_receive_bytes_total", "node_network_transmit_bytes_total"), link, counter, 1},
		collectors.NetPackets.Name:        {inOut("node_network_receive_packets_total", "node_network_transmit_packets_total"), link, counter, 1},
		collectors.NetErrors.Name:         {inOut("node_network_receive_errs_total", "node_network_transmit_errs_total"), link, counter, 1},
		collectors.NetDrops.Name:          {inOut("node_network_receive_drop_total", "node_network_transmit_drop_total"), link, counter, 1},
		collectors.NetSpeed.Name:          {one("node_network_speed_bytes"), link, gauge, 1.0 / 8},
		collectors.NetCarrierChanges.Name: {one("node_network_carrier_changes_total"), link, counter, 1},

		collectors.TCPSockets.Name: {map[string]string{
			"established": "node_netstat_Tcp_CurrEstab", "time_wait": "node_sockstat_TCP_tw",
			"orphan": "node_sockstat_TCP_orphan", "allocated": "node_sockstat_TCP_alloc",
		}, nil, gauge, 1},
		collectors.TCPMemory.Name:      {one("node_sockstat_TCP_mem_bytes"), nil, gauge, 1},
		collectors.TCPSegments.Name:    {inOut("node_netstat_Tcp_InSegs", "node_netstat_Tcp_OutSegs"), nil, counter, 1},
		collectors.TCPRetransmits.Name: {one("node_netstat_Tcp_RetransSegs"), nil, counter, 1},
		collectors.TCPOpens.Name: {map[string]string{ //nolint:gosec // "passive" is no password
			"active": "node_netstat_Tcp_ActiveOpens", "passive": "node_netstat_Tcp_PassiveOpens", "failed": "node_netstat_Tcp_AttemptFails",
		}, nil, counter, 1},
		collectors.TCPResets.Name: {inOut("node_netstat_Tcp_EstabResets", "node_netstat_Tcp_OutRsts"), nil, counter, 1},
		collectors.TCPErrors.Name: {one("node_netstat_Tcp_InErrs"), nil, counter, 1},
		collectors.TCPListen.Name: {map[string]string{
			"overflows": "node_netstat_TcpExt_ListenOverflows", "drops": "node_netstat_TcpExt_ListenDrops",
		}, nil, counter, 1},

		collectors.SensorTemperature.Name: {one("node_hwmon_temp_celsius"), [][2]string{{"chip", "chip"}, {"sensor", "sensor"}}, gauge, 1},
		collectors.KernelFiles.Name:       {usedMax("node_filefd_allocated", "node_filefd_maximum"), nil, gauge, 1},
		collectors.KernelConntrack.Name:   {usedMax("node_nf_conntrack_entries", "node_nf_conntrack_entries_limit"), nil, gauge, 1},
		collectors.KernelPIDs.Name:        {map[string]string{"max": "node_processes_max_processes"}, nil, gauge, 1},
		collectors.CollectorDuration.Name: {one("node_scrape_collector_duration_seconds"), [][2]string{{"collector", "collector"}}, gauge, 1},
		// The families of package textfile.
		"textfile.mtime":               {one("node_textfile_mtime_seconds"), [][2]string{{"file", "file"}}, gauge, 1},
		"textfile.error":               {one("node_textfile_scrape_error"), nil, gauge, 1},
		collectors.ProcessThreads.Name: {one("node_processes_threads"), nil, gauge, 1},
	}
}

// memoryNames are the fields of /proc/meminfo that we read. What is computed from them
// (used, cache, slab) and the cache of ZFS are our own.
func memoryNames() map[string]string {
	names := make(map[string]string)
	for kind, field := range map[string]string{
		"total": "MemTotal", "free": "MemFree", "available": "MemAvailable", "buffers": "Buffers", "cached": "Cached",
		"shmem": "Shmem", "slab_reclaimable": "SReclaimable", "slab_unreclaimable": "SUnreclaim", "anon": "AnonPages",
		"mapped": "Mapped", "page_tables": "PageTables", "kernel_stack": "KernelStack", "dirty": "Dirty", "writeback": "Writeback",
	} {
		names[kind] = "node_memory_" + field + "_bytes"
	}
	return names
}
