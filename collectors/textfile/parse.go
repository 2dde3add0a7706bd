package textfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"dashcam/collectors"
)

const (
	maxLabels     = 16
	maxLabelBytes = 128
	maxHelpBytes  = 256
	// ours begins the names of our own metrics.
	ours = "dashcam_"
)

// metric is one metric of a file with its series.
type metric struct {
	name, help string
	counter    bool
	points     []point
	file       string
}

// point is one series of a metric.
type point struct {
	labels []label // sorted by name
	value  float64
}

type label struct{ name, value string }

// parse takes the metrics of a file, sorted by name.
func parse(file string, text []byte) ([]metric, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("is not understood: %w", err)
	}
	var out []metric
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		if strings.HasPrefix(name, ours) {
			return nil, fmt.Errorf("has %s: names that begin with %s are dashcam's own", name, ours)
		}
		if len(name) > maxLabelBytes {
			return nil, fmt.Errorf("has a name of %d bytes: at most %d", len(name), maxLabelBytes)
		}
		taken, err := take(f)
		if err != nil {
			return nil, fmt.Errorf("has %s: %w", name, err)
		}
		for i := range taken {
			if len(taken[i].points) > 0 {
				taken[i].file, taken[i].help = file, helpOf(f, file)
				out = append(out, taken[i])
			}
		}
	}
	return out, nil
}

// take makes metrics of a family: one, or two of a histogram or summary.
func take(f *dto.MetricFamily) ([]metric, error) {
	name := f.GetName()
	plain := metric{name: name, counter: f.GetType() == dto.MetricType_COUNTER || f.GetType() == dto.MetricType_UNTYPED && strings.HasSuffix(name, "_total")}
	count, sum := metric{name: name + "_count", counter: true}, metric{name: name + "_sum", counter: true}
	for _, m := range f.GetMetric() {
		if m.TimestampMs != nil {
			return nil, errors.New("a time stamp, which is that of the file here")
		}
		labels, err := labelsOf(m)
		if err != nil {
			return nil, err
		}
		add := func(to *metric, v float64) { to.points = append(to.points, point{labels, v}) }
		switch {
		case m.Counter != nil:
			add(&plain, m.Counter.GetValue())
		case m.Gauge != nil:
			add(&plain, m.Gauge.GetValue())
		case m.Untyped != nil:
			add(&plain, m.Untyped.GetValue())
		case m.Summary != nil:
			if m.Summary.SampleCount != nil {
				add(&count, float64(m.Summary.GetSampleCount()))
			}
			if m.Summary.SampleSum != nil {
				add(&sum, m.Summary.GetSampleSum())
			}
		case m.Histogram != nil:
			if m.Histogram.SampleCount != nil {
				add(&count, float64(m.Histogram.GetSampleCount()))
			}
			if m.Histogram.SampleSum != nil {
				add(&sum, m.Histogram.GetSampleSum())
			}
		}
	}
	return []metric{plain, count, sum}, nil
}

func labelsOf(m *dto.Metric) ([]label, error) {
	if n := len(m.GetLabel()); n > maxLabels {
		return nil, fmt.Errorf("%d labels: at most %d", n, maxLabels)
	}
	var out []label
	for _, l := range m.GetLabel() {
		if len(l.GetName()) > maxLabelBytes || len(l.GetValue()) > maxLabelBytes {
			return nil, fmt.Errorf("a label of more than %d bytes", maxLabelBytes)
		}
		if l.GetValue() != "" { // which is the same as none
			out = append(out, label{l.GetName(), l.GetValue()})
		}
	}
	slices.SortFunc(out, func(a, b label) int { return cmp.Compare(a.name, b.name) })
	return out, nil
}

// helpOf returns one sentence.
func helpOf(f *dto.MetricFamily, file string) string {
	help := strings.Join(strings.Fields(strings.ToValidUTF8(f.GetHelp(), "\uFFFD")), " ")
	if len(help) > maxHelpBytes {
		help = strings.ToValidUTF8(help[:maxHelpBytes], "") + "…"
	}
	help = strings.TrimRight(help, ".")
	if help == "" {
		help = "Read from " + collectors.CleanLabel(file)
	}
	return help + "."
}
