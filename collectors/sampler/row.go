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
)

// rowBuilder puts the values of all sources in the order of their ids. The order is
// made anew only when a series came, went or was described anew.
type rowBuilder struct {
	ring       *history.Ring
	log        *slog.Logger
	thresholds func(*collectors.Series) (warn, crit float64)

	// sources are those that were read, then those that derivers fill, each of which
	// sees what stands before its own.
	sources []*source
	read    int
	seen    []seen
	// values are what derivers see, those of sources[i] from start[i] on.
	values []collectors.ViewValue
	start  []int
	// layouts are what each deriver is told; changed says that a source before the
	// next one has another layout than in the row before.
	layouts []int
	changed bool

	order []*track
	ids   []collectors.SeriesID
	// refused says that series were refused; they are asked for again after
	// askAgain rows, because the ring may have forgotten others meanwhile.
	refused bool
	age     int // rows since the order was made
	// made counts how often the order was made, for tests.
	made int
}

// seen is the state in which a source was last looked at.
type seen struct{ version, listed int }

// askAgain is in rows.
const askAgain = 10

// errTwice refuses a series that another collector fills already.
var errTwice = errors.New("another collector gives this series too")

func newRowBuilder(read, derived []*source) rowBuilder {
	b := rowBuilder{
		sources: slices.Concat(read, derived), read: len(read),
		start: make([]int, len(read)+len(derived)+1), layouts: make([]int, len(derived)),
	}
	b.seen = slices.Repeat([]seen{{-1, -1}}, len(b.sources))
	return b
}

// begin takes the values of what was read.
func (b *rowBuilder) begin() {
	b.changed = false
	for i := range b.read {
		b.take(i)
	}
}

// take takes the values of the next source.
func (b *rowBuilder) take(i int) {
	s := b.sources[i]
	if now := (seen{s.version, s.listed}); b.seen[i] != now {
		b.changed = b.changed || b.seen[i].version != s.version
		b.seen[i], b.ids = now, nil
	}
	from := b.start[i]
	to := from + len(s.tracks)
	b.start[i+1] = to
	b.values = slices.Grow(b.values[:from], len(s.tracks))[:to]
	for j := range s.tracks {
		k, v := &s.tracks[j], &b.values[from+j]
		if v.Family != k.series.Family || v.Labels != k.series.Labels {
			v.Family, v.Labels = k.series.Family, k.series.Labels
		}
		v.Info, v.Max = k.series.Info, k.series.Max
		v.V, v.Delta, v.Fresh = k.value, k.delta, k.fresh
	}
}

// view returns the row as a deriver sees it.
func (b *rowBuilder) view(deriver int, t int64, elapsed time.Duration) collectors.View {
	if b.changed {
		b.layouts[deriver]++
	}
	return collectors.View{T: t, Elapsed: elapsed, Values: b.values[:b.start[b.read+deriver]], Layout: b.layouts[deriver]}
}

// build returns the row's ids, its values in quanta, and the readings behind them
// appended to readings.
func (b *rowBuilder) build(readings []collectors.Reading) ([]collectors.SeriesID, []int64, []collectors.Reading) {
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

func (r *reading) of(id collectors.SeriesID) collectors.Reading {
	return collectors.Reading{ID: id, Form: r.form, Gauge: r.gauge, Num: r.num, Den: r.den, At: r.at}
}

// reorder gives ids to new series and sorts. Of a series that several sources give, the
// first one counts.
func (b *rowBuilder) reorder() {
	b.order, b.refused, b.age = b.order[:0], false, 0
	b.made++
	before := make([]int, len(b.sources))
	for i, s := range b.sources {
		before[i], s.refused = s.refused, 0
		for j := range s.tracks {
			t := &s.tracks[j]
			if t.gone {
				continue
			}
			if err := b.name(t); err != nil {
				s.refuse(t, err)
				continue
			}
			b.order = append(b.order, t)
		}
	}
	slices.SortStableFunc(b.order, func(x, y *track) int { return cmp.Compare(x.id, y.id) })
	first := b.order[:0]
	for _, t := range b.order {
		if n := len(first); n > 0 && first[n-1].id == t.id {
			t.id = noID
			b.sourceOf(t).refuse(t, errTwice)
			continue
		}
		first = append(first, t)
	}
	clear(b.order[len(first):])
	b.order = first
	for i, s := range b.sources {
		b.refused = b.refused || s.refused > 0
		if s.refused > 0 && before[i] == 0 {
			b.log.Warn("series refused", "collector", s.name, "count", s.refused, "first", s.refusedFirst, "err", s.refusedErr)
		}
	}
	b.ids = make([]collectors.SeriesID, len(b.order)) // rows share it
	for i, t := range b.order {
		b.ids[i] = t.id
	}
}

// sourceOf looks for the source of a track, which is rarely wanted.
func (b *rowBuilder) sourceOf(t *track) *source {
	i := slices.IndexFunc(b.sources, func(s *source) bool {
		for j := range s.tracks {
			if &s.tracks[j] == t {
				return true
			}
		}
		return false
	})
	return b.sources[i]
}

// name asks the ring for the id of a series that has none.
func (b *rowBuilder) name(t *track) error {
	if t.id != noID {
		return nil
	}
	series := collectors.Series{Family: t.series.Family, Labels: t.series.Labels, Info: t.series.Info, Max: t.series.Max}
	if b.thresholds != nil {
		series.Warn, series.Crit = b.thresholds(&series)
	}
	id, err := b.ring.Intern(series)
	if err == nil {
		t.id = id
	}
	return err
}
