package collectors

import "time"

// Deriver computes further values of a row from those that were read, after the rates
// and before the row is committed. Derive is never called concurrently with itself, and
// puts gauges into the batch.
type Deriver interface {
	// Families are all families that Derive may fill.
	Families() []*Family
	Derive(v View, b *Batch)
}

// View is one row as a [Deriver] sees it. It is valid until Derive returns.
type View struct {
	// T is the row's wall clock in Unix milliseconds.
	T int64
	// Elapsed is the monotonic time since the row before; 0 in the first.
	Elapsed time.Duration
	// Values are all series that the host has, those without a value included:
	// which sources exist decides which fallback is used, so that a reading that
	// is late does not change the number shown.
	Values []ViewValue
	// Layout changes whenever the order, the families, the labels, the info or the
	// number of Values do.
	Layout int
}

// ViewValue is one series of a [View].
type ViewValue struct {
	Family *Family
	Labels Labels
	Info   map[string]string
	Max    float64
	// V is the value in the family's unit; NaN is missing.
	V float64
	// Delta is the rise of a counter's raw reading since the one before; NaN where
	// there is none.
	Delta float64
	// Fresh says that the value was read for this very row and is not repeated.
	Fresh bool
}
