package sampler

import (
	"cmp"
	"errors"
	"log/slog"
	"math"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/signs"
)

// rowBuilder puts the values of all sources in the order of their ids. The order is
// made anew only when a series came, went or was described anew.
type rowBuilder struct {
	ring       *history.Ring
	log        *slog.Logger
	thresholds func(*collectors.Series) (warn, crit float64)

	sources []*source
	derived *source

	seen       []int // version of each source in order
	seenOwn    int   // version of derived
	values     []signs.Value
	generation int
	order      []*track
	ids        []collectors.SeriesID
	// refused says that series were refused; they are asked for again after
	// askAgain rows, because the ring may have forgotten others meanwhile.
	refused bool
	age     int // rows since the order was made
}

// askAgain is in rows.
const askAgain = 600

// errTwice refuses a series that another collector fills already.
var errTwice = errors.New("another collector gives this series too")

// refresh notices changed sources and prepares the view for the signs.
func (b *rowBuilder) refresh() {
	changed := len(b.seen) != len(b.sources)
	if changed {
		b.seen = make([]int, len(b.sources))
	}
	total := 0
	for i, s := range b.sources {
		if b.seen[i] != s.version {
			b.seen[i], changed = s.version, true
		}
		total += len(s.tracks)
	}
	if changed {
		b.generation++
		b.ids = nil
		b.values = make([]signs.Value, total)
	}
}

// view returns the row as the signs see it.
func (b *rowBuilder) view(t int64, elapsed time.Duration) signs.View {
	i := 0
	for _, s := range b.sources {
		for j := range s.tracks {
			k := &s.tracks[j]
			v := &b.values[i]
			if v.Family != k.series.Family || v.Labels != k.series.Labels {
				v.Family, v.Labels = k.series.Family, k.series.Labels
			}
			v.Info, v.Max = k.series.Info, k.series.Max
			v.V, v.Delta, v.Fresh = k.value, k.delta, k.fresh
			i++
		}
	}
	return signs.View{T: t, Elapsed: elapsed, Values: b.values, Layout: b.generation}
}

// addDerived adds the source that the signs fill.
func (b *rowBuilder) addDerived(s *source) {
	if b.derived == nil || b.seenOwn != s.version {
		b.derived, b.seenOwn, b.ids = s, s.version, nil
	}
}

// build returns the row's ids, its values in quanta, and the readings behind them
// appended to readings.
func (b *rowBuilder) build(readings []history.Reading) ([]collectors.SeriesID, []int64, []history.Reading) {
	b.age++
	if b.ids == nil || b.refused && b.age >= askAgain {
		b.reorder()
	}
	q := make([]int64, len(b.order)) // the ring keeps it
	for i, t := range b.order {
		q[i] = t.series.Family.Quantize(t.value)
		if !t.last.valid || t.lost {
			continue
		}
		if len(t.past) > 1 && !math.IsNaN(t.value) {
			// The ring explains a value by the last two readings of it, which are
			// not neighbours where the value spans a window.
			readings = append(readings, t.past[0].of(t.id))
		}
		readings = append(readings, t.last.of(t.id))
	}
	return b.ids, q, readings
}

func (r *reading) of(id collectors.SeriesID) history.Reading {
	return history.Reading{ID: id, Form: r.form, Gauge: r.gauge, Num: r.num, Den: r.den, At: r.at}
}

// reorder gives ids to new series and sorts.
func (b *rowBuilder) reorder() {
	all := b.sources
	if b.derived != nil {
		all = append(slices.Clone(all), b.derived)
	}
	b.order, b.refused, b.age = b.order[:0], false, 0
	given := make(map[collectors.SeriesID]bool, len(b.values))
	for _, s := range all {
		before := s.refused
		s.refused = 0
		for i := range s.tracks {
			t := &s.tracks[i]
			if err := b.name(t, given); err != nil {
				t.id = noID
				s.refuse(t, err)
				continue
			}
			given[t.id] = true
			b.order = append(b.order, t)
		}
		b.refused = b.refused || s.refused > 0
		if s.refused > 0 && before == 0 {
			b.log.Warn("series refused", "collector", s.name, "count", s.refused, "first", s.refusedFirst, "err", s.refusedErr)
		}
	}
	slices.SortFunc(b.order, func(x, y *track) int { return cmp.Compare(x.id, y.id) })
	b.ids = make([]collectors.SeriesID, len(b.order)) // rows share it
	for i, t := range b.order {
		b.ids[i] = t.id
	}
}

// name asks the ring for the id of a series that has none.
func (b *rowBuilder) name(t *track, given map[collectors.SeriesID]bool) error {
	if t.id == noID {
		series := collectors.Series{Family: t.series.Family, Labels: t.series.Labels, Info: t.series.Info, Max: t.series.Max}
		if b.thresholds != nil {
			series.Warn, series.Crit = b.thresholds(&series)
		}
		id, err := b.ring.Intern(series)
		if err != nil {
			return err
		}
		t.id = id
	}
	if given[t.id] {
		return errTwice
	}
	return nil
}
