package prom

import (
	"math"
	"runtime"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"dashcam/collectors"
)

// Metric is one time series of /metrics, and how its values follow from remembered rows.
type Metric struct {
	Name, Help string
	// Type is counter, gauge or unknown, as in Prometheus.
	Type string
	// Labels are pairs of name and value, those of the name apart.
	Labels [][2]string
	// Rate says that the terms give what the metric rises by in a second: its value is
	// their integral over time. Otherwise they give the value.
	Rate bool
	// Terms are added up, together with Plus. A metric without terms is Plus whenever
	// there is a row, or the row's time where OfTime is set.
	Terms  []Term
	Plus   float64
	OfTime bool
	// Flag is set where any value above 0 counts as 1.
	Flag bool
}

// Term is the value of a series, times the value of another where Times is set, times
// Factor.
type Term struct {
	Series *collectors.Series
	Times  *collectors.Series
	Factor float64
}

// Remembered returns the metrics of a schema of the past: those of /metrics that follow
// from remembered rows, the newest schema's and those of series that are gone. A counter
// is remembered as its rate, so its metric has [Metric.Rate]. What is read for a scrape
// alone is not among them.
func (e *Exporter) Remembered(schema *collectors.Schema) []Metric {
	forms := e.forms()
	p := newPlan(schema, e.names)
	places := make(map[place]*collectors.Series, len(schema.Series))
	processors := 0.0
	for i := range schema.Series {
		s := &schema.Series[i]
		places[place{s.Family, s.Labels}] = s
		if s.Family.Name == collectors.CPUCoreBusy.Name {
			processors++
		}
	}
	var out []Metric
	for i := range p.lines {
		l := &p.lines[i]
		first := schema.Find(l.terms[0].id)
		if forms(first) != l.form {
			continue
		}
		m := Metric{Name: l.name, Help: l.help, Type: typeOf(l.kind), Plus: l.plus, Flag: l.flag}
		for j, name := range l.labels {
			m.Labels = append(m.Labels, [2]string{name, l.values[j]})
		}
		m.Rate = l.level == nil && l.form != collectors.FormGauge
		ok := true
		for _, t := range l.terms {
			term := Term{Series: schema.Find(t.id), Factor: t.factor}
			if m.Rate {
				ok = ok && perSecond(&term, l.form, places, processors, e.cfg.CPUTick)
			}
			m.Terms = append(m.Terms, term)
		}
		if ok {
			out = append(out, m)
		}
	}
	return append(out, e.always()...)
}

// forms returns in which form the readings of a series come: as in the newest row, or as
// those of its family do.
func (e *Exporter) forms() func(*collectors.Series) collectors.Form {
	latest, readings := e.cfg.Ring.Readings(nil)
	byFamily := make(map[string]collectors.Form)
	if latest.Schema != nil {
		for i := range readings {
			if s := latest.Schema.Find(readings[i].ID); s != nil && readings[i].Form != 0 {
				byFamily[s.Family.Name] = readings[i].Form
			}
		}
	}
	return func(s *collectors.Series) collectors.Form {
		if s.Family.Kind != collectors.KindCounter {
			return collectors.FormGauge
		}
		form, known := byFamily[s.Family.Name]
		if node, ok := e.names.node[s.Family.Name]; !known && ok {
			form, known = node.form, true
		}
		switch {
		case form == collectors.FormRatio:
			return form
		case !known && s.Family.Unit == collectors.Percent && e.names.own[s.Family.Name].counted != "":
			return collectors.FormRatio
		}
		return collectors.FormCounter
	}
}

// perSecond turns a factor of raw readings into one of remembered values: what the
// readings rise by in a second. A ratio is remembered as a share of its second number,
// which for processor time is time and for the wait of a disk its operations.
func perSecond(t *Term, form collectors.Form, places map[place]*collectors.Series, processors, tick float64) bool {
	f := t.Series.Family
	if f.Scale != 0 {
		t.Factor /= f.Scale
	}
	if form != collectors.FormRatio {
		return true
	}
	switch f.Name {
	case collectors.CPUCoreUsage.Name, collectors.CPUCoreBusy.Name:
		t.Factor /= tick
	case collectors.CPUUsage.Name:
		t.Factor *= processors / tick
	case collectors.DiskWait.Name:
		t.Times = places[place{collectors.DiskOperations, t.Series.Labels}]
		return t.Times != nil
	default:
		return false
	}
	return true
}

func typeOf(kind prometheus.ValueType) string {
	switch kind {
	case prometheus.CounterValue:
		return "counter"
	case prometheus.GaugeValue:
		return "gauge"
	}
	return "unknown"
}

// always are the metrics that no series gives: they hold whenever there is a row.
func (e *Exporter) always() []Metric {
	constant := func(name, help string, value float64, labels ...[2]string) Metric {
		return Metric{Name: name, Help: help, Type: "gauge", Plus: value, Labels: labels}
	}
	out := []Metric{
		constant("up", "Whether there is a row; always 1.", 1),
		{Name: prefix + "row_timestamp_seconds", Help: "When the row was observed.", Type: "gauge", OfTime: true},
		constant(prefix+"build_info", "The program that answers; always 1.", 1, [2]string{"goversion", runtime.Version()}, [2]string{"version", clean(e.cfg.Version)}),
	}
	node := e.cfg.Mode == ModeNode
	if node {
		out = append(out, Metric{Name: "node_time_seconds", Help: "When the row was observed.", Type: "gauge", OfTime: true})
	}
	if e.cfg.Host == nil {
		return out
	}
	h := e.cfg.Host()
	out = append(out, constant(prefix+"host_info", "The monitored host; always 1.", 1, [2]string{"id", clean(h.ID)}, [2]string{"hostname", clean(h.Hostname)},
		[2]string{"os", clean(h.OS)}, [2]string{"kernel", clean(h.Kernel)}, [2]string{"arch", clean(h.Arch)}))
	if h.BootMs > 0 {
		name := prefix + "host_boot_timestamp_seconds"
		if node {
			name = "node_boot_time_seconds"
		}
		out = append(out, constant(name, "When the host was booted.", float64(h.BootMs)/1000))
	}
	if node {
		out = append(out, constant("node_uname_info", "The monitored host; always 1.", 1, [2]string{"nodename", clean(h.Hostname)},
			[2]string{"release", clean(h.Kernel)}, [2]string{"machine", clean(h.Arch)}, [2]string{"sysname", sysname(runtime.GOOS)}))
	}
	return out
}

// Counted returns the newest raw readings of metrics that are remembered as rates, by
// their place in the list; NaN for those that have none.
func (e *Exporter) Counted(metrics []*Metric) []float64 {
	latest, readings := e.cfg.Ring.Readings(nil)
	out := slices.Repeat([]float64{math.NaN()}, len(metrics))
	if latest.Schema == nil {
		return out
	}
	type key struct {
		name string
		id   collectors.SeriesID
	}
	places := make(map[key]int, len(metrics))
	for i, m := range metrics {
		if m.Rate {
			places[key{m.Name, m.Terms[0].Series.ID}] = i
		}
	}
	now := observed{row: &latest.Row, readings: readings}
	p := e.planOf(latest.Schema)
	for i := range p.lines {
		l := &p.lines[i]
		at, wanted := places[key{l.name, l.terms[0].id}]
		if !wanted {
			continue
		}
		if v, ok := now.value(l); ok {
			out[at] = v
		}
	}
	return out
}
