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

// parse takes the metrics of a file, sorted by name, and says what it does not use of
// them. What it says of a file that is no text of metrics holds nothing of that file:
// it may be one that was not meant to be shown.
func parse(file string, text []byte) (out []metric, notes []string, err error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, nil, notUnderstood(err)
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		if strings.HasPrefix(name, ours) {
			return nil, nil, fmt.Errorf("has %s: names that begin with %s are dashcam's own", name, ours)
		}
		if len(name) > maxLabelBytes {
			return nil, nil, fmt.Errorf("has a name of %d bytes: at most %d", len(name), maxLabelBytes)
		}
		if f.GetType() == dto.MetricType_HISTOGRAM || f.GetType() == dto.MetricType_SUMMARY {
			parts = append(parts, name)
		}
		taken, err := take(f)
		if err != nil {
			return nil, nil, fmt.Errorf("has %s: %w", name, err)
		}
		for i := range taken {
			if len(taken[i].points) > 0 {
				taken[i].file, taken[i].help = file, helpOf(f, file)
				out = append(out, taken[i])
			}
		}
	}
	if len(parts) > 0 {
		notes = append(notes, "of histograms and summaries only the count and the sum are used: "+short(parts))
	}
	return out, notes, nil
}

// short lists names, and counts those that would be too many.
func short(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// mistakes are what the library says of a text before it quotes it, in words of ours.
var mistakes = []struct{ begins, says string }{
	{"unexpected end of input stream", "it ends in the middle"},
	{"expected float as value", "expected a number"},
	{"expected integer as timestamp", "expected a time stamp in milliseconds"},
	{"spurious string after timestamp", "expected the end of the line"},
	{"second HELP line", "a second HELP for a metric"},
	{"second TYPE line", "a second TYPE for a metric, or one behind its samples"},
	{"unknown metric type", "unknown type of a metric"},
	{"duplicate label names", "a label is given twice"},
	{"invalid label value", "a label's value is not UTF-8"},
	{"expected '=' after label name", "expected = behind the name of a label"},
	{"expected '\"' at start of label value", "expected a quotation mark before the value of a label"},
	{"invalid escape sequence", "unknown escape sequence"},
	{"invalid metric name", "expected the name of a metric"},
	{"invalid label name", "expected the name of a label"},
}

// notUnderstood says where a file is wrong, and how, but nothing of what it holds.
func notUnderstood(err error) error {
	var at expfmt.ParseError
	if !errors.As(err, &at) {
		return errors.New("is not understood")
	}
	for _, m := range mistakes {
		if strings.HasPrefix(at.Msg, m.begins) {
			return fmt.Errorf("is not understood in line %d: %s", at.Line, m.says)
		}
	}
	return fmt.Errorf("is not understood in line %d", at.Line)
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
