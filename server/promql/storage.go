package promql

import (
	"context"
	"slices"
	"sort"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"

	"dashcam/collectors"
	"dashcam/server/prom"
)

// queryable gives the engine what a source remembers.
type queryable struct {
	cfg *Config
	// engine evaluates recording rules, which are depth below a question; nil knows none.
	engine *promql.Engine
	depth  int
	// whole keeps every row.
	whole bool
	// hubOnly asks no other host: rules are evaluated every few seconds.
	hubOnly bool
	// recent knows the metrics of now; nil asks the source for those of the window.
	recent *recent
}

var _ storage.Queryable = (*queryable)(nil)

func (q *queryable) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{queryable: q, mint: mint, maxt: maxt}, nil
}

// querier is that of one question. Its methods are called one after the other.
type querier struct {
	*queryable
	mint, maxt int64
	known      []metric
	asked      bool
}

// metric is one that the source has, with all its labels.
type metric struct {
	prom.Metric
	labels labels.Labels
}

func (q *querier) Close() error { return nil }

// metrics returns those with a value in the window of the question.
func (q *querier) metrics(ctx context.Context) ([]metric, error) {
	if q.asked {
		return q.known, nil
	}
	// Bounds without an end are those of all times.
	window := collectors.Window{From: max(q.mint, 0)}
	if q.maxt < 1<<52 {
		window.To = q.maxt + 1
	}
	schema, err := q.cfg.Source.Schema(ctx, window)
	if err != nil {
		return nil, err
	}
	if schema == nil {
		q.asked = true
		return nil, nil
	}
	q.known, q.asked = q.cfg.metricsOf(schema), true
	return q.known, nil
}

// metricsOf are the metrics of a schema, sorted by their labels.
func (c *Config) metricsOf(schema *collectors.Schema) (known []metric) {
	all := c.Metrics(schema)
	taken := make(map[string]bool, len(all))
	b := labels.NewScratchBuilder(8)
	for i := range all {
		m := metric{Metric: all[i]}
		b.Reset()
		b.Add(model.MetricNameLabel, m.Name)
		if c.Instance != "" {
			b.Add("instance", c.Instance)
		}
		b.Add("job", job)
		for _, l := range m.Labels {
			switch {
			case l[1] == "": // as if it were not there
			case l[0] == "instance" || l[0] == "job":
				b.Add("exported_"+l[0], l[1])
			default:
				b.Add(l[0], l[1])
			}
		}
		b.Sort()
		m.labels = b.Labels()
		if key := m.labels.String(); !taken[key] {
			taken[key] = true
			known = append(known, m)
		}
	}
	slices.SortFunc(known, func(a, b metric) int { return labels.Compare(a.labels, b.labels) })
	return known
}

// matching returns the metrics that all matchers match.
func (q *querier) matching(ctx context.Context, matchers []*labels.Matcher) (out []metric, err error) {
	var all []metric
	if q.recent != nil {
		all, err = q.recent.metrics(ctx, q.cfg, matchers)
	} else {
		all, err = q.metrics(ctx)
	}
	if err != nil {
		return nil, err
	}
	for i := range all {
		if !slices.ContainsFunc(matchers, func(x *labels.Matcher) bool { return !x.Matches(all[i].labels.Get(x.Name)) }) {
			out = append(out, all[i])
		}
	}
	return out, nil
}

// Select returns the series that match, by their labels.
func (q *querier) Select(ctx context.Context, _ bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	found, err := q.matching(ctx, matchers)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	if hints == nil {
		hints = &storage.SelectHints{Start: q.mint, End: q.maxt, Func: "series"}
	}
	set := &seriesSet{at: -1}
	if q.engine != nil {
		if set.all, err = q.recorded(ctx, hints, matchers); err != nil {
			return storage.ErrSeriesSet(err)
		}
	}
	if q.cfg.Fleet != nil && q.depth == 0 {
		others, err := q.ofFleet(ctx, hints, matchers)
		if err != nil {
			return storage.ErrSeriesSet(err)
		}
		set.all = append(set.all, others...)
	}
	if len(found) == 0 {
		set.sort()
		return set
	}
	metrics := make([]*prom.Metric, len(found))
	for i := range found {
		metrics[i] = &found[i].Metric
	}
	tracks, err := read(ctx, q.cfg, hints, metrics, q.whole)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	for i := range tracks {
		if len(tracks[i].t) > 0 {
			set.all = append(set.all, series{found[i].labels, tracks[i].t, tracks[i].v})
		}
	}
	set.sort()
	return set
}

// LabelValues returns the values of a label, sorted.
func (q *querier) LabelValues(ctx context.Context, name string, _ *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return q.collect(ctx, matchers, func(l labels.Label, add func(string)) {
		if l.Name == name {
			add(l.Value)
		}
	})
}

// LabelNames returns the names of labels, sorted.
func (q *querier) LabelNames(ctx context.Context, _ *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return q.collect(ctx, matchers, func(l labels.Label, add func(string)) { add(l.Name) })
}

func (q *querier) collect(ctx context.Context, matchers []*labels.Matcher, of func(l labels.Label, add func(string))) ([]string, annotations.Annotations, error) {
	found, err := q.matching(ctx, matchers)
	if err != nil {
		return nil, nil, err
	}
	seen := make(map[string]bool)
	for i := range found {
		found[i].labels.Range(func(l labels.Label) { of(l, func(s string) { seen[s] = true }) })
	}
	out := make([]string, 0, len(seen))
	for s := range seen {
		out = append(out, s)
	}
	sort.Strings(out)
	return out, nil, nil
}

// seriesSet is a list of series.
type seriesSet struct {
	all []series
	at  int
}

// sort sorts the series, and keeps the first of several that have the same labels.
func (s *seriesSet) sort() { s.all = unique(s.all) }

func (s *seriesSet) Next() bool                        { s.at++; return s.at < len(s.all) }
func (s *seriesSet) At() storage.Series                { return &s.all[s.at] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// series is one with its samples.
type series struct {
	labels labels.Labels
	t      []int64
	v      []float64
}

func (s *series) Labels() labels.Labels { return s.labels }

func (s *series) Iterator(it chunkenc.Iterator) chunkenc.Iterator {
	if reused, ok := it.(*iterator); ok {
		*reused = iterator{series: s, at: -1}
		return reused
	}
	return &iterator{series: s, at: -1}
}

// iterator goes through the samples of a series, which are floats.
type iterator struct {
	*series
	at int
}

func (i *iterator) Next() chunkenc.ValueType {
	i.at++
	return i.kind()
}

// milliseconds is a time as the engine has it. By its name go vet knows that Seek is not
// that of a file.
type milliseconds = int64

// Seek goes to the first sample that is not before t, and never back.
func (i *iterator) Seek(t milliseconds) chunkenc.ValueType {
	i.at = max(i.at, 0)
	if i.at < len(i.t) {
		i.at += sort.Search(len(i.t)-i.at, func(n int) bool { return i.t[i.at+n] >= t })
	}
	return i.kind()
}

func (i *iterator) kind() chunkenc.ValueType {
	if i.at < len(i.t) {
		return chunkenc.ValFloat
	}
	return chunkenc.ValNone
}

func (i *iterator) At() (int64, float64) { return i.t[i.at], i.v[i.at] }
func (i *iterator) AtT() int64           { return i.t[i.at] }
func (i *iterator) AtST() int64          { return 0 }
func (i *iterator) Err() error           { return nil }

func (i *iterator) AtHistogram(*histogram.Histogram) (int64, *histogram.Histogram) {
	return i.t[i.at], nil
}

func (i *iterator) AtFloatHistogram(*histogram.FloatHistogram) (int64, *histogram.FloatHistogram) {
	return i.t[i.at], nil
}
