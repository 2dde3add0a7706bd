package collectors

import (
	"time"
)

// BatchSeries is a series of a batch with its raw reading.
type BatchSeries struct {
	Family *Family
	Labels Labels
	Info   map[string]string
	Max    float64
	// Form says which of the fields below holds the reading.
	Form Form
	// Gauge is the reading of [FormGauge]; NaN is missing.
	Gauge float64
	// Num is the reading of [FormCounter]; Num and Den that of [FormRatio]. Den is
	// when the reading of [FormCounterAt] was made, in Unix nanoseconds.
	Num, Den uint64

	round       uint64
	infoChanged bool
}

// Form is how a reading was given.
type Form uint8

// The forms of a reading.
const (
	FormGauge Form = iota + 1
	FormCounter
	FormRatio
	// FormCounterAt is only that of a batch: everywhere else it is a counter with its
	// own time.
	FormCounterAt
)

// Reading is the raw reading behind one value of a row.
type Reading struct {
	ID   SeriesID
	Form Form
	// Gauge, Num and Den are as in [BatchSeries].
	Gauge    float64
	Num, Den uint64
	// At is when it was read.
	At time.Time
}

// TakeInfoChanged reports whether Info or Max of the series changed since the last
// call.
func (s *BatchSeries) TakeInfoChanged() bool {
	c := s.infoChanged
	s.infoChanged = false
	return c
}
