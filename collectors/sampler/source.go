package sampler

import (
	"math"
	"strconv"
	"time"

	"dashcam/collectors"
)

// source turns the readings of one batch into values. It belongs to the tick.
type source struct {
	name     string
	interval time.Duration
	every    uint64 // cadence in ticks
	batch    *collectors.Batch
	layout   int
	tracks   []track
	// version rises when tracks were added, removed or described anew, listed when one
	// goes from the rows or returns to them.
	version, listed int

	// How many series the ring does not take, and the first of them.
	refused      int
	refusedFirst string
	refusedErr   error
}

// track follows one series.
type track struct {
	series collectors.BatchSeries
	id     collectors.SeriesID // noID until the ring has given one
	last   reading
	value  float64 // in units; NaN is missing
	delta  float64 // raw rise since the row before; NaN where there is none
	fresh  bool    // read for this very row
	// past are the readings that the next value may be computed from, oldest first,
	// last included; only where the family's window is longer than the interval.
	// When value was computed, it was from past[0].
	past []reading
	lost bool // its collector did not answer; last is kept for the next rate
	// absent counts the observations in a row that did not give it; gone says that they
	// were enough for it to be left out of the rows.
	absent int
	gone   bool
}

// A series that was not given for absentFor, and in at least absentLeast observations, is
// left out of the rows: links, mounts and the like that come and go would fill them with
// what is gone. The batch knows it for longer, and it returns to the rows as soon as it
// is given.
const (
	absentFor   = 10 * time.Second
	absentLeast = 3
)

// absentMost returns in how many observations a series may be absent.
func (s *source) absentMost() int {
	return max(absentLeast, int(absentFor/(time.Duration(s.every)*s.interval)))
}

// noID marks a series that the ring has not named, or has refused: it is asked again
// whenever series come or go.
const noID collectors.SeriesID = -1

type reading struct {
	valid    bool
	form     collectors.Form
	gauge    float64
	num, den uint64
	at       time.Time
}

func newSource(name string, interval time.Duration) *source {
	return &source{name: name, interval: interval, every: 1, batch: collectors.NewBatch(), layout: -1}
}

// consume turns the batch's readings into values. more says that it is not the first
// observation of the row: a late one may come just before the one in time.
func (s *source) consume(more bool) {
	if s.layout != s.batch.Layout() {
		s.relayout()
	}
	at := s.batch.At()
	for i := range s.tracks {
		b, set := s.batch.Series(i)
		t := &s.tracks[i]
		if b.TakeInfoChanged() {
			t.series.Info, t.series.Max = b.Info, b.Max
			t.id = noID
			s.version++
		}
		t.fresh, t.lost = true, false
		s.count(t, set)
		if !set {
			t.value, t.delta, t.last.valid = math.NaN(), math.NaN(), false
			continue
		}
		before := t.delta
		t.observe(b, at, s.interval)
		if more && !math.IsNaN(before) {
			// What is counted must count, although the value is replaced.
			if math.IsNaN(t.delta) {
				t.delta = 0
			}
			t.delta += before
		}
	}
}

// count notes whether an observation gave a series. One that returns is named anew: the
// ring may have forgotten it.
func (s *source) count(t *track, set bool) {
	switch {
	case !set && !t.gone:
		t.absent++
		if t.absent >= s.absentMost() {
			t.gone = true
			s.listed++
		}
	case set:
		if t.gone {
			t.gone, t.id = false, noID
			s.listed++
		}
		t.absent = 0
	}
}

// observe computes the value of one reading and remembers it.
func (t *track) observe(b *collectors.BatchSeries, at time.Time, interval time.Duration) {
	before := t.last
	t.last = reading{true, b.Form, b.Gauge, b.Num, b.Den, at}
	if b.Form == collectors.FormCounterAt {
		t.last.form, t.last.den, t.last.at = collectors.FormCounter, 0, time.Unix(0, int64(b.Den))
		if before.valid && t.last == before {
			t.delta = 0
			return // the value is that of the last two readings, of which this is one
		}
	}
	t.value, t.delta = math.NaN(), math.NaN()
	if b.Form == collectors.FormGauge {
		t.value = b.Gauge
		return
	}
	if !before.valid || before.form != t.last.form || b.Num < before.num || t.last.den < before.den {
		t.past = t.past[:0]
		before.valid = false
	} else {
		t.delta = float64(b.Num - before.num)
	}
	if window := b.Family.Window; window > interval {
		before = t.slide(window - interval/2)
	}
	if before.valid {
		t.value = t.rate(&before)
	}
}

// slide adds the last reading to past and returns the newest one that is at least a
// span older, or an invalid one. What is older than that is forgotten.
func (t *track) slide(span time.Duration) reading {
	t.past = append(t.past, t.last)
	from := len(t.past) - 1
	for from >= 0 && t.last.at.Sub(t.past[from].at) < span {
		from--
	}
	if from < 0 {
		return reading{}
	}
	if from > 0 {
		t.past = t.past[:copy(t.past, t.past[from:])]
	}
	return t.past[0]
}

// rate returns the value of the last reading, seen from an earlier one.
func (t *track) rate(from *reading) float64 {
	scale := t.series.Family.Scale
	if scale == 0 {
		scale = 1
	}
	rise := float64(t.last.num - from.num)
	over := t.last.at.Sub(from.at).Seconds()
	if t.last.form == collectors.FormRatio {
		over = float64(t.last.den - from.den)
	}
	if over <= 0 {
		return math.NaN()
	}
	return scale * rise / over
}

// relayout follows the batch after series came or went; what is known of the series
// that stay is kept. Those keep their order, so that only what follows a new series, or
// one that was put in the place of another, has to be looked up.
func (s *source) relayout() {
	old := s.tracks
	s.tracks = make([]track, s.batch.Len())
	next := 0 // of old
	var index map[trackKey]int
	for i := range s.tracks {
		b, _ := s.batch.Series(i)
		at, known := next, next < len(old) && old[next].is(b)
		if !known && next < len(old) {
			if index == nil {
				index = make(map[trackKey]int, len(old)-next)
				for j := next; j < len(old); j++ {
					index[trackKey{old[j].series.Family, old[j].series.Labels}] = j
				}
			}
			at, known = index[trackKey{b.Family, b.Labels}]
		}
		if !known {
			s.tracks[i] = track{series: *b, id: noID, value: math.NaN(), delta: math.NaN()}
			continue
		}
		s.tracks[i], next = old[at], at+1
	}
	s.layout = s.batch.Layout()
	s.version++
}

type trackKey struct {
	family *collectors.Family
	labels collectors.Labels
}

// is reports whether t follows a series of the batch.
func (t *track) is(b *collectors.BatchSeries) bool {
	return t.series.Family == b.Family && t.series.Labels == b.Labels
}

// repeat marks the values as those of an earlier row.
func (s *source) repeat() {
	for i := range s.tracks {
		s.tracks[i].fresh = false
		s.tracks[i].delta = math.NaN()
	}
}

// lose makes every value missing, and its reading with it, until the next observation.
func (s *source) lose() {
	for i := range s.tracks {
		s.tracks[i].value, s.tracks[i].delta, s.tracks[i].fresh = math.NaN(), math.NaN(), false
		s.tracks[i].lost = true
	}
}

// refuse notes that a series gets no place in the rows.
func (s *source) refuse(t *track, err error) {
	s.refused++
	if s.refused > 1 {
		return
	}
	s.refusedFirst, s.refusedErr = t.series.Family.Name, err
	for i, name := range t.series.Family.Labels {
		s.refusedFirst += " " + name + "=" + t.series.Labels.At(i)
	}
}

// refusal says in the health of a collector that series of it are not in the rows.
func (s *source) refusal() collectors.Unavailable {
	what := s.refusedFirst
	if s.refused > 1 {
		what += " and " + strconv.Itoa(s.refused-1) + " more"
	}
	return collectors.Unavailable{Source: what, Reason: s.refusedErr.Error()}
}
