package promql

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"

	"dashcam/collectors"
	"dashcam/server/prom"
)

// stale is the value that Prometheus takes for the end of a series.
var stale = math.Float64frombits(value.StaleNaN)

// track is one metric while rows are read.
type track struct {
	metric *prom.Metric
	// t and v are the samples that the engine is given.
	t []int64
	v []float64
	// sum is the integral of a rate so far, present whether the last row had a value, which
	// is left out, lastT and lastV, where the engine was not given it.
	sum     float64
	present bool
	left    bool
	lastT   int64
	lastV   float64
}

// reading turns rows into samples.
type reading struct {
	cfg    *Config
	keep   keeper
	tracks []track
	// last is the time of the row before, 0 for none, end that of the last sample that
	// is wanted.
	last, end int64
	samples   int
	// Of the span at hand: which rows are kept, the seconds since the row before, and the
	// stretches between those that are kept.
	kept      []bool
	seconds   []float64
	stretches []stretch
}

// read reads the rows that a selector asks for. With whole it keeps all of them.
func read(ctx context.Context, cfg *Config, hints *storage.SelectHints, metrics []*prom.Metric, whole bool) ([]track, error) {
	r := &reading{cfg: cfg, end: hints.End, tracks: make([]track, len(metrics))}
	wanted := make(map[collectors.SeriesID]bool)
	rates, always := false, false
	for i, m := range metrics {
		r.tracks[i].metric = m
		rates = rates || m.Rate
		always = always || len(m.Terms) == 0
		for _, t := range m.Terms {
			wanted[t.Series.ID] = true
			if t.Times != nil {
				wanted[t.Times.ID] = true
			}
		}
	}
	r.keep = keeperOf(hints, metrics, whole)
	window := collectors.Window{From: hints.Start, To: hints.End + 1}
	anchored := rates && !differences[hints.Func] && cfg.Counted != nil && cfg.Newest != nil && cfg.Newest()-hints.End < anchorWithin
	if anchored {
		window.To = 0
	}
	match := func(s *collectors.Series) bool { return wanted[s.ID] }
	if always && len(wanted) == 0 {
		// Any series tells the times of the rows; of those without one nothing is known.
		match = func(s *collectors.Series) bool { return true }
	}
	for span, err := range cfg.Source.Columns(ctx, collectors.Query{Window: window, Match: collectors.MatcherOf(match)}) {
		if err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		if r.span(span); r.samples > cfg.MaxSamples {
			return nil, promql.ErrTooManySamples("query processing")
		}
	}
	if anchored {
		r.anchor(metrics)
	}
	return r.tracks, nil
}

// anchorWithin is how long after the end of a window rows are read to know by how much a
// counter rose since.
const anchorWithin = 3600_000

// span adds the rows of a span.
func (r *reading) span(s *collectors.Span) {
	rows := len(s.T)
	if rows == 0 {
		return
	}
	r.kept, r.seconds = slices.Grow(r.kept[:0], rows)[:rows], slices.Grow(r.seconds[:0], rows)[:rows]
	for j, t := range s.T {
		next := int64(math.MaxInt64) // nothing is known of what follows the span
		if j+1 < rows {
			next = s.T[j+1]
		}
		r.kept[j] = t <= r.end && r.keep.row(r.last, t, next)
		r.seconds[j] = 0
		if r.last > 0 {
			r.seconds[j] = float64(t-r.last) / 1000
			if j == 0 && r.gap(r.last, t) {
				for i := range r.tracks {
					r.ends(&r.tracks[i], r.last+r.cfg.Interval.Milliseconds())
				}
			}
		}
		r.last = t
	}
	r.stretch(s)
	for i := range r.tracks {
		r.add(&r.tracks[i], s)
	}
}

// gap reports whether rows are missing between two.
func (r *reading) gap(before, t int64) bool { return t-before > r.cfg.Interval.Milliseconds()*5/2 }

// ends ends a series at the first time without a value. The last value is given in any
// case: it is the last one of a range.
func (r *reading) ends(tr *track, t int64) {
	if !tr.present {
		return
	}
	if tr.left {
		r.sample(tr, tr.lastT, tr.lastV)
	}
	if t <= r.end {
		r.sample(tr, t, stale)
	}
	tr.present, tr.left = false, false
}

func (r *reading) sample(tr *track, t int64, v float64) {
	tr.t, tr.v = append(tr.t, t), append(tr.v, v)
	r.samples++
}

// add adds the rows of a span to one metric.
func (r *reading) add(tr *track, s *collectors.Span) {
	terms := make([]termColumn, len(tr.metric.Terms))
	for i, t := range tr.metric.Terms {
		terms[i] = columnOf(s, &t)
	}
	// Most stretches give one sample.
	tr.t, tr.v = slices.Grow(tr.t, len(r.stretches)), slices.Grow(tr.v, len(r.stretches))
	for _, x := range r.stretches {
		from := x.from
		// The last row decides, or the one before it where the last has no value.
		if before := x.to - 2; x.even && tr.present && before > from && r.skim(tr, terms, x, before) {
			from = before
		}
		for j := from; j < x.to; j++ {
			r.row(tr, terms, s, j)
		}
	}
}

// row adds one row to a metric.
func (r *reading) row(tr *track, terms []termColumn, s *collectors.Span, j int) {
	m, t := tr.metric, s.T[j]
	if j > 0 && r.gap(s.T[j-1], t) {
		r.ends(tr, s.T[j-1]+r.cfg.Interval.Milliseconds())
	}
	v, ok := m.Plus, true
	for i := range terms {
		x, has := terms[i].at(j)
		v, ok = v+x, ok && has
	}
	switch {
	case !ok:
		r.ends(tr, t)
		return
	case m.OfTime:
		v = float64(t) / 1000
	case m.Flag && v > 0:
		v = 1
	case m.Rate:
		tr.sum += v * r.seconds[j]
		v = tr.sum
	}
	switch {
	case t > r.end: // only the integral goes on
	case r.kept[j] || !tr.present:
		r.sample(tr, t, v)
		tr.present, tr.left = true, false
	default:
		tr.left, tr.lastT, tr.lastV = true, t, v
	}
}

// anchor moves the integrals so that they end at the newest raw readings. Where that
// would put them below 0, the counter began anew meanwhile, and they stay.
func (r *reading) anchor(metrics []*prom.Metric) {
	counted := r.cfg.Counted(metrics)
	for i := range r.tracks {
		tr := &r.tracks[i]
		by := counted[i] - tr.sum
		if !tr.metric.Rate || math.IsNaN(by) || by < 0 {
			continue
		}
		for j, v := range tr.v {
			if !value.IsStaleNaN(v) {
				tr.v[j] = v + by
			}
		}
	}
}
