package prom

import (
	"github.com/prometheus/client_golang/prometheus"

	"dashcam/collectors"
)

// serviceMetrics are the columns of the table of services that are given, with their names.
// They are levels, also where a column is a rate: the table keeps no counts.
var serviceMetrics = []struct{ column, name, help string }{
	{"cpu", "cpu_ratio", "Processor time of a service; 1 is one core."},
	{"cpuLimit", "cpu_limit_ratio", "Limit of the processor time of a service; 1 is one core."},
	{"throttled", "throttled_periods_ratio", "Share of periods in which a service had used up its CPU quota."},
	{"memory", "working_set_bytes", "Memory of a service without files that nobody used lately."},
	{"memoryLimit", "memory_limit_bytes", "Limit of the memory of a service."},
	{"swap", "swap_bytes", "Memory of a service that is swapped out."},
	{"oom", "recent_oom_kills", "Processes of a service killed in the last five minutes because its memory ran out."},
	{"restarts", "recent_restarts", "Times in the last five minutes that a service ended and another of its name began."},
	{"read", "read_bytes_per_second", "Bytes that a service reads from devices."},
	{"write", "written_bytes_per_second", "Bytes that a service writes to devices."},
	{"pids", "tasks", "Tasks of a service."},
	{"pidsLimit", "tasks_limit", "Limit of the tasks of a service."},
	{"pressureCpu", "cpu_waiting_ratio", "Share of time in which some task of a service waited for a processor."},
	{"pressureMemory", "memory_waiting_ratio", "Share of time in which some task of a service waited for memory."},
	{"pressureIo", "io_waiting_ratio", "Share of time in which some task of a service waited for a device."},
	{"netIn", "received_bytes_per_second", "Bytes that the network namespace of a service receives."},
	{"netOut", "sent_bytes_per_second", "Bytes that the network namespace of a service sends."},
	{"started", "start_timestamp_seconds", "When a service was started."},
}

// newServiceDescs returns the descriptions of serviceMetrics.
func newServiceDescs() []*prometheus.Desc {
	descs := make([]*prometheus.Desc, len(serviceMetrics))
	for i, m := range serviceMetrics {
		descs[i] = prometheus.NewDesc(prefix+"service_"+m.name, m.help, []string{"service", "kind"}, nil)
	}
	return descs
}

// collectServices gives every row of the newest table of services by its name and kind. Of
// several with the same the first is given.
func (e *Exporter) collectServices(out chan<- prometheus.Metric, d *collectors.TableData) {
	if !e.cfg.Services || d == nil {
		return
	}
	name, kind := d.Table.Column("name"), d.Table.Column("kind")
	if name < 0 || kind < 0 {
		return
	}
	type labels [2]string
	given := make(map[labels]bool, len(d.Rows))
	for i := range d.Rows {
		cells := d.Rows[i].Cells
		who := labels{clean(cells[name].Text), clean(cells[kind].Text)}
		if given[who] {
			continue
		}
		given[who] = true
		for m := range serviceMetrics {
			column := d.Table.Column(serviceMetrics[m].column)
			if column < 0 || cells[column].Q == collectors.Missing {
				continue
			}
			c := &d.Table.Columns[column]
			_, factor := levelUnit(c.Unit)
			give(out, e.services[m], prometheus.GaugeValue, factor*c.Value(cells[column].Q), who[:]...)
		}
	}
}
