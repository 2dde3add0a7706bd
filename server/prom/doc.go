// Package prom gives the newest row to Prometheus, by the well-kept client library. It
// is the only package that imports Prometheus' libraries.
//
// # Names
//
// In [ModeNode] (the default) a fact that node_exporter tells too has node_exporter's
// name, labels, unit and type, so that its dashboards and rules work as they are.
// Everything else, the signs and other people's families included, is dashcam_* and named
// after its family; only what comes from a text file keeps the name it has there, unless
// that is given already: cpu.busiest in percent is dashcam_cpu_busiest_ratio. [ModeNative]
// gives dashcam_* names only, for hosts where a node_exporter is scraped too. A series is
// given once, under one name.
//
// Units are Prometheus' base units: percent becomes a ratio of 1, bits become bytes. A
// counter is given as its raw reading, never as the rate that the ring holds: bytes/s
// becomes _bytes_total, a share of time becomes _seconds_total. A gauge is the reading
// before it was rounded to its quantum. The level of a ratio whose two counters say
// nothing by themselves is the row's value. A state is its index; its help says what each
// number means. Facts that are not part of a series' key (class, file system type) are
// labels.
//
// What dashboards of node_exporter ask for and nobody here is judged by ([Config.Details]:
// the rest of meminfo, netstat, sockstat, softnet_stat, merged requests, frame errors, the
// clock's discipline …) is read when somebody scrapes, and costs nothing until then. So are the process_* of
// client_golang, which [Exporter.Answer] adds. node_scrape_collector_* speak of dashcam's
// own collectors.
//
// A value that is missing in the newest row is absent. So are the readings of a
// collector that does not answer: dashcam_collector_up says so, and
// dashcam_row_timestamp_seconds when the row was made.
//
// # What differs from node_exporter
//
//   - node_network_*: links of a container host (virtual, bridges, tunnels) are one sum
//     per class here, which is dashcam_net_*{class=…} and not a device, so that adding up
//     devices does not count a packet twice. The loopback link is given; Debian's
//     node_exporter leaves it out. The speed is absent where a link does not state it;
//     node_exporter gives -125000.
//   - node_disk_*: devices without a medium that never did anything are left out, and so
//     are partitions; loop devices are one sum, dashcam_disk_*{device="loop"}.
//   - node_filesystem_*: one mount per file system, without those that cannot fill up
//     (overlay, squashfs); tmpfs is given. One that does not answer is absent and counted
//     in dashcam_filesystem_stalled_seconds. Sizes are up to 10 s old.
//   - node_memory_MemAvailable_bytes: on ZFS with what its cache gives back, which the
//     kernel's own number leaves out; estimated on kernels before 3.14. MemFree and the
//     other fields are the kernel's.
//   - node_hwmon_temp_celsius: chip is the driver's name ("coretemp") and sensor its
//     label, where node_exporter gives the device's path and "temp1".
//   - node_filefd_maximum, node_nf_conntrack_entries_limit: absent where the kernel says
//     "no limit" by a number that nothing reaches.
//   - node_cpu_seconds_total: iowait can fall, as it does in /proc/stat; node_exporter
//     holds it until it has risen again.
//   - node_uname_info lacks domainname and version, which dashcam does not read.
//   - node_time_seconds is the time of the row, up to one interval ago.
//   - node_netstat_Tcp_{AttemptFails,EstabResets} and node_processes_* are given, which
//     node_exporter gives only when told to.
//   - node_processes_pids and node_processes_state count the table, so without processes
//     that --process-exclude leaves out.
//   - node_interrupts_total, one series for each interrupt of each processor, is not given;
//     node_exporter gives it only when told to.
//   - On macOS, Windows and FreeBSD the names are those of Linux, too.
//
// # Concurrency
//
// An [Exporter] starts nothing and may be used by many goroutines. Names and labels are
// worked out once per schema; a scrape then walks the readings of the newest row.
//
// # Testing
//
// The tests compare with the raw readings of the ring, let client_golang's linter and
// promtool judge every name, and scrape Debian's node_exporter before and after the same
// row. The two programs are needed: .ci/prometheus installs them.
//
// # Example
//
//	e, err := prom.New(prom.Config{Ring: ring, Version: "1.0"})
//	if err != nil {
//		return err
//	}
//	contentType, body, err := e.Answer(r.Header.Get("Accept"))
//
// A program with a registry of its own gathers from both:
//
//	promhttp.HandlerFor(prometheus.Gatherers{mine, e}, promhttp.HandlerOpts{})
package prom
