package prom

import (
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"

	"dashcam/collectors"
)

// plan says, for the series of one schema, what is written and under which name. It is
// made once per schema and not changed.
type plan struct {
	schema *collectors.Schema
	lines  []line
	// taken are the names that the lines have, devices the values of their label
	// device.
	taken, devices map[string]bool
}

// line is one time series for Prometheus: the sum of its terms and plus.
type line struct {
	desc   *prometheus.Desc
	name   string
	help   string
	kind   prometheus.ValueType
	labels []string
	values []string // of the labels
	device string   // of a line of node_exporter's
	// form is that of the readings the line is made of. How a counter is read is not
	// known before it is, so a series may have a line for each form.
	form collectors.Form
	// level is set where the row's own value is given instead of the raw reading:
	// the family, to turn quanta into a number.
	level *collectors.Family
	terms []term
	plus  float64
	// flag is set where any value above 0 is given as 1.
	flag bool
}

type term struct {
	id     collectors.SeriesID
	factor float64
}

// planner makes a plan.
type planner struct {
	names  *names
	stems  map[*collectors.Family]string
	descs  map[string]*prometheus.Desc
	places map[place]collectors.SeriesID
	lines  []line
}

// place finds the other half of what is made of two series.
type place struct {
	family *collectors.Family
	labels collectors.Labels
}

func newPlan(schema *collectors.Schema, n *names) *plan {
	p := &planner{
		names: n, stems: n.resolve(schema), descs: make(map[string]*prometheus.Desc),
		places: make(map[place]collectors.SeriesID, len(schema.Series)),
	}
	for i := range schema.Series {
		s := &schema.Series[i]
		p.places[place{s.Family, s.Labels}] = s.ID
	}
	// The names that are kept come last: one that is taken already is not given twice.
	for i := range schema.Series {
		if s := &schema.Series[i]; s.Family.Metric == "" {
			p.add(s)
		}
	}
	taken, devices := p.taken(), p.devices()
	for i := range schema.Series {
		if s := &schema.Series[i]; s.Family.Metric != "" {
			p.foreign(s, taken)
		}
	}
	return &plan{schema: schema, lines: p.lines, taken: taken, devices: devices}
}

// add plans the lines of one series: one for each form that its readings may have.
func (p *planner) add(s *collectors.Series) {
	f := s.Family
	forms := []collectors.Form{collectors.FormGauge}
	if f.Kind == collectors.KindCounter {
		forms = append(forms, collectors.FormCounter, collectors.FormRatio)
	}
	node := p.names.node.find(s)
	for _, form := range forms {
		if node != nil && node.form == form {
			p.line(node.labels, node.name, node.help, line{
				kind: node.kind(), values: node.values, form: form, terms: []term{{s.ID, node.factor}}, device: node.device(),
			})
			continue
		}
		p.native(s, form)
	}
	if node != nil {
		p.more(s, node)
	}
}

// taken returns the names that are given by us, in both forms that OpenMetrics knows.
func (p *planner) taken() map[string]bool {
	taken := map[string]bool{"node_boot_time_seconds": true, "node_time_seconds": true, "node_uname_info": true, "node_scrape_collector_success": true}
	for name := range p.descs {
		name, _, _ = strings.Cut(name, "\xff")
		taken[name] = true
		taken[strings.TrimSuffix(name, "_total")] = true
	}
	return taken
}

// devices returns the disks and links that are given under node_exporter's names.
func (p *planner) devices() map[string]bool {
	devices := make(map[string]bool)
	for i := range p.lines {
		if l := &p.lines[i]; l.device != "" {
			devices[l.device] = true
		}
	}
	return devices
}

// foreign plans a line under the name that somebody else gave. A counter that does not end
// like one is untyped, so that OpenMetrics does not name it anew.
func (p *planner) foreign(s *collectors.Series, taken map[string]bool) {
	f := s.Family
	l := line{kind: prometheus.GaugeValue, form: collectors.FormGauge}
	if f.Kind == collectors.KindCounter {
		l.kind, l.form = prometheus.UntypedValue, collectors.FormCounter
		if strings.HasSuffix(f.Metric, "_total") {
			l.kind = prometheus.CounterValue
		}
	}
	if taken[f.Metric] || taken[strings.TrimSuffix(f.Metric, "_total")] || !model.LegacyValidation.IsValidMetricName(f.Metric) {
		p.native(s, l.form)
		return
	}
	factor := 1.0
	switch {
	case f.Kind == collectors.KindCounter && f.Scale != 0:
		factor = f.Scale
	case f.Unit == collectors.Percent:
		factor = 1.0 / 100
	}
	l.terms = []term{{s.ID, factor}}
	var labels []string
	if len(s.Info) > 0 {
		labels = slices.Sorted(maps.Keys(s.Info))
		for _, name := range labels {
			l.values = append(l.values, clean(s.Info[name]))
		}
	} else {
		labels, l.values = labelsOf(s)
	}
	p.line(labels, f.Metric, f.Help, l)
}

// native plans a line under dashcam's own name.
func (p *planner) native(s *collectors.Series, form collectors.Form) {
	f := s.Family
	stem := p.stems[f]
	labels, values := labelsOf(s)
	help := f.Help + statesText(f)
	own := p.names.own[f.Name]
	switch {
	case form == collectors.FormCounter:
		suffix, factor := totalUnit(f)
		if own.counted != "" {
			suffix, factor = own.counted, own.factor
		}
		p.line(labels, join(stem, suffix)+"_total", help, line{
			kind: prometheus.CounterValue, values: values, form: form, terms: []term{{s.ID, factor}},
		})
	case form == collectors.FormRatio && own.counted != "":
		p.line(labels, join(stem, own.counted)+"_total", help, line{
			kind: prometheus.CounterValue, values: values, form: form, terms: []term{{s.ID, own.factor}},
		})
	default:
		suffix, factor := levelUnit(f.Unit)
		l := line{kind: prometheus.GaugeValue, values: values, form: form, terms: []term{{s.ID, factor}}}
		if form == collectors.FormRatio {
			l.level = f // the two counters of an unknown ratio mean nothing alone
		}
		p.line(labels, levelName(join(stem, suffix)), help, l)
	}
}

// more plans what node_exporter gives besides: facts that are made of what we read.
func (p *planner) more(s *collectors.Series, node *nodeName) {
	gauge := func(name, help string, plus float64, terms ...term) {
		p.line(node.labels, name, help, line{
			kind: prometheus.GaugeValue, values: node.values, form: collectors.FormGauge, terms: terms, plus: plus,
		})
	}
	other := func(values ...string) (collectors.SeriesID, bool) {
		id, ok := p.places[place{s.Family, collectors.LabelsOf(values...)}]
		return id, ok
	}
	switch node.name {
	case "node_memory_SReclaimable_bytes":
		if rest, ok := other("slab_unreclaimable"); ok {
			gauge("node_memory_Slab_bytes", "Memory of the kernel's own objects.", 0, term{s.ID, 1}, term{rest, 1})
		}
	case "node_filesystem_files":
		if used, ok := other(s.Labels.At(0), "used"); ok {
			gauge("node_filesystem_files_free", "Inodes that are free.", 0, term{s.ID, 1}, term{used, -1})
		}
	case "node_filesystem_readonly":
		if stalled, ok := p.places[place{collectors.FilesystemStalled, s.Labels}]; ok {
			p.line(node.labels, "node_filesystem_device_error", "Whether a file system does not answer.", line{
				kind: prometheus.GaugeValue, values: node.values, form: collectors.FormGauge, terms: []term{{stalled, 1}}, flag: true,
			})
		}
	case "node_sockstat_TCP_mem_bytes":
		gauge("node_sockstat_TCP_mem", "Kernel memory held by TCP buffers, in pages.", 0, term{s.ID, 1 / pageBytes()})
	case "node_hwmon_temp_celsius":
		if s.Max > 0 {
			gauge("node_hwmon_temp_crit_celsius", "Critical mark of a sensor.", s.Max, term{s.ID, 0})
		}
	}
}

// line completes l with its description and adds it.
func (p *planner) line(labels []string, name, help string, l line) {
	key := name + "\xff" + strings.Join(labels, "\xff")
	desc, ok := p.descs[key]
	if !ok {
		desc = prometheus.NewDesc(name, help, labels, nil)
		p.descs[key] = desc
	}
	l.desc, l.name, l.help, l.labels = desc, name, help, labels
	p.lines = append(p.lines, l)
}

// labelsOf returns the labels of a series: its key and its further facts.
func labelsOf(s *collectors.Series) (labels, values []string) {
	add := func(name, value string) {
		labels, values = append(labels, name), append(values, clean(value))
	}
	for i, name := range s.Family.Labels {
		// Two names may be one in what Prometheus allows, but both tell series apart.
		if name = labelName(name); slices.Contains(labels, name) {
			name += "_2"
		}
		add(name, s.Labels.At(i))
	}
	facts := make([]string, 0, len(s.Info))
	for name := range s.Info {
		facts = append(facts, name)
	}
	slices.Sort(facts)
	for _, fact := range facts {
		if name := labelName(fact); !slices.Contains(labels, name) {
			add(name, s.Info[fact])
		}
	}
	return labels, values
}
