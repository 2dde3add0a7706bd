package prom

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"dashcam/collectors"
)

// Family is one metric with its series, as client_golang hands it over.
type Family = dto.MetricFamily

// Collect gives the newest row to a registry. A value that is missing in the row is not
// given at all.
func (e *Exporter) Collect(out chan<- prometheus.Metric) {
	latest, readings := e.cfg.Ring.Readings(nil)
	if latest.Row.Seq == 0 || latest.Schema == nil {
		return
	}
	now := observed{row: &latest.Row, readings: readings}
	p := e.planOf(latest.Schema)
	for i := range p.lines {
		l := &p.lines[i]
		if v, ok := now.value(l); ok {
			give(out, l.desc, l.kind, v, l.values...)
		}
	}
	e.collectOwn(out, &latest.Row)
	if e.cfg.Mode == ModeNode {
		collectProcesses(out, latest.Tables[collectors.Processes.Name])
	}
	e.collectServices(out, latest.Tables[collectors.Services.Name])
	e.collectDetails(out, p)
}

var (
	descPIDs  = prometheus.NewDesc("node_processes_pids", "Processes.", nil, nil)
	descState = prometheus.NewDesc("node_processes_state", "Processes by their state.", []string{"state"}, nil)
)

// collectProcesses counts the newest table of them, unless it is known to lack some.
func collectProcesses(out chan<- prometheus.Metric, d *collectors.TableData) {
	if d == nil || d.Partial != "" {
		return
	}
	state := d.Table.Column("state")
	if state < 0 {
		return
	}
	counts := make(map[string]float64)
	for i := range d.Rows {
		if word := d.Rows[i].Cells[state].Text; word != "" {
			counts[clean(word)]++
		}
	}
	give(out, descPIDs, prometheus.GaugeValue, float64(len(d.Rows)))
	for word, n := range counts {
		give(out, descState, prometheus.GaugeValue, n, word)
	}
}

// collectDetails gives what is read now and not remembered, of the disks and links that
// are given, and under names that are not given already.
func (e *Exporter) collectDetails(out chan<- prometheus.Metric, p *plan) {
	if e.cfg.ScrapeOnly == nil || e.cfg.Mode != ModeNode {
		return
	}
	if !p.taken["node_textfile_scrape_error"] {
		give(out, e.names.textfile, prometheus.GaugeValue, 0) // there are no such files
	}
	for _, d := range e.cfg.ScrapeOnly() {
		if p.taken[d.Metric] || math.IsNaN(d.Value) {
			continue
		}
		device := ""
		for _, l := range d.Labels {
			if l[0] == "device" {
				device = l[1]
			}
		}
		if device != "" && d.Metric != "node_arp_entries" && !p.devices[device] {
			continue
		}
		giveScrapeOnly(out, &d)
	}
}

// interrupts collects what [Config.Interrupts] reads.
type interrupts struct{ cfg Config }

func (i interrupts) Describe(chan<- *prometheus.Desc) {}

func (i interrupts) Collect(out chan<- prometheus.Metric) {
	if i.cfg.Interrupts == nil || i.cfg.Mode != ModeNode {
		return
	}
	for _, d := range i.cfg.Interrupts() {
		if !math.IsNaN(d.Value) {
			giveScrapeOnly(out, &d)
		}
	}
}

func giveScrapeOnly(out chan<- prometheus.Metric, d *collectors.ScrapeOnly) {
	labels, values := make([]string, len(d.Labels)), make([]string, len(d.Labels))
	for i, l := range d.Labels {
		labels[i], values[i] = l[0], clean(l[1])
	}
	kind := prometheus.GaugeValue
	switch {
	case d.Counter:
		kind = prometheus.CounterValue
	case strings.HasPrefix(d.Metric, "node_netstat_"):
		kind = prometheus.UntypedValue
	}
	give(out, prometheus.NewDesc(d.Metric, d.Help, labels, nil), kind, d.Value, values...)
}

// give hands one value over. What client_golang refuses would make the whole scrape
// fail, so it is left out; names and labels were made fit before.
func give(out chan<- prometheus.Metric, desc *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
	if m, err := prometheus.NewConstMetric(desc, kind, v, labels...); err == nil {
		out <- m
	}
}

// observed is a row with its raw readings, ascending by id.
type observed struct {
	row      *collectors.Row
	readings []collectors.Reading
}

// value returns the value of a line, and false where the row does not have it.
func (o *observed) value(l *line) (float64, bool) {
	v := l.plus
	for _, t := range l.terms {
		i, found := slices.BinarySearchFunc(o.readings, t.id, func(r collectors.Reading, id collectors.SeriesID) int { return cmp.Compare(r.ID, id) })
		if !found || o.readings[i].Form != l.form {
			return 0, false
		}
		r := &o.readings[i]
		switch {
		case l.level != nil || l.form == collectors.FormGauge:
			q := o.row.Value(t.id)
			if q == collectors.Missing {
				return 0, false
			}
			if l.level != nil {
				v += t.factor * l.level.Value(q)
			} else {
				v += t.factor * r.Gauge
			}
		default:
			v += t.factor * float64(r.Num)
		}
	}
	if l.flag && v > 0 {
		v = 1
	}
	return v, true
}

// collectOwn gives what is no series: the host, the program, the collectors' health.
func (e *Exporter) collectOwn(out chan<- prometheus.Metric, row *collectors.Row) {
	n := e.names
	seconds := float64(row.T) / 1000
	give(out, n.rowTime, prometheus.GaugeValue, seconds)
	give(out, n.build, prometheus.GaugeValue, 1, clean(e.cfg.Version), runtime.Version())
	for _, h := range e.cfg.Ring.Health() {
		up := 0.0
		if h.State == collectors.HealthOK || h.State == collectors.HealthLate {
			up = 1
		}
		give(out, n.up, prometheus.GaugeValue, up, clean(h.Collector))
		if e.cfg.Mode == ModeNode {
			give(out, n.success, prometheus.GaugeValue, up, clean(h.Collector))
		}
	}
	if e.cfg.Mode == ModeNode {
		give(out, n.time, prometheus.GaugeValue, seconds)
	}
	if e.cfg.Host == nil {
		return
	}
	h := e.cfg.Host()
	give(out, n.host, prometheus.GaugeValue, 1, clean(h.ID), clean(h.Hostname), clean(h.OS), clean(h.Kernel), clean(h.Arch))
	if h.BootMs > 0 {
		give(out, n.boot, prometheus.GaugeValue, float64(h.BootMs)/1000)
	}
	if e.cfg.Mode == ModeNode {
		give(out, n.uname, prometheus.GaugeValue, 1, clean(h.Hostname), clean(h.Kernel), clean(h.Arch), sysname(runtime.GOOS))
	}
}

// sysname is what uname(1) calls a system.
func sysname(goos string) string {
	switch goos {
	case "linux":
		return "Linux"
	case "darwin":
		return "Darwin"
	case "freebsd":
		return "FreeBSD"
	}
	return goos
}
