// Package prom gives the newest row to Prometheus, by the well-kept client library,
// which no other package imports. Which metrics follow from remembered rows it tells
// package promql ([Exporter.Remembered]).
//
// # Names
//
// In [ModeNode] (the default) a fact that node_exporter tells too has node_exporter's
// name, labels, unit and type, so that its dashboards and rules work as they are.
// HELP is the help of the family, which stands in the catalog of package collectors.
// Everything else, the signs and other people's families included, is dashcam_* and
// named after its family; only what comes from a text file keeps the name it has there,
// unless that is given already: cpu.busiest in percent is dashcam_cpu_busiest_ratio.
// NODE_EXPORTER.md lists where a value differs from node_exporter's. [ModeNative] gives
// dashcam_* names only, for hosts where a node_exporter is scraped too. A series is
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
// What dashboards of node_exporter ask for and nobody here is judged by ([Config.ScrapeOnly]:
// the rest of meminfo, netstat, sockstat, softnet_stat, merged requests, frame errors, the
// clock's discipline …) is read when somebody scrapes, and costs nothing until then
// ([Config.Interrupts] when they are asked for by name). So are the process_* of
// client_golang, which [Exporter.Answer] adds. node_scrape_collector_* speak of dashcam's
// own collectors.
//
// Services that have a limit are series, and given like all. Every other is in the table of
// services only: [Config.Services] gives what stands there as dashcam_service_* levels.
//
// A value that is missing in the newest row is absent. So are the readings of a
// collector that does not answer: dashcam_collector_up says so, and
// dashcam_row_timestamp_seconds when the row was made.
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
