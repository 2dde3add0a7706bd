package promql

import (
	"github.com/prometheus/prometheus/storage"

	"dashcam/server/prom"
)

// differences are the functions of which the result follows from the first and the last
// value in a range, for what never falls.
var differences = map[string]bool{"rate": true, "increase": true, "delta": true}

// between is how many further rows of a range are kept for those: how far the result is
// extrapolated depends on how dense the samples are.
const between = 5

// keeper says which rows decide the result of a selector. It is used for rows in
// ascending order.
type keeper struct {
	// all keeps every row.
	all bool
	// The selector is evaluated at first, first+step, … up to end; step 0 is once.
	first, step, end int64
	// reach is the range of a range selector, 0 for an instant one, and grid the distance
	// of further rows.
	reach, grid int64
}

// keeperOf returns the rows that are kept for a selector. With whole it is evaluated at
// other times than the steps of the question.
func keeperOf(hints *storage.SelectHints, metrics []*prom.Metric, whole bool) keeper {
	k := keeper{step: hints.Step, end: hints.End, reach: hints.Range, all: whole || hints.Func == "series"}
	if k.reach == 0 {
		k.first = hints.Start + lookback.Milliseconds() - 1
		return k
	}
	k.first = hints.Start + k.reach - 1
	k.grid = max(k.reach/between, 1)
	k.all = k.all || !differences[hints.Func]
	for _, m := range metrics {
		// rate and increase take a fall for a restart, and have to see all of them.
		k.all = k.all || !m.Rate && hints.Func != "delta"
	}
	return k
}

// row reports whether a row at t is kept, given the times of those before and after it.
func (k *keeper) row(before, t, after int64) bool {
	switch {
	case k.all:
		return true
	case k.between(t, after): // the last one at a step
		return true
	case k.reach == 0:
		return false
	}
	return k.between(before+k.reach, t+k.reach) || // the first one of a range
		t/k.grid != before/k.grid
}

// between reports whether an evaluation lies in [from, to).
func (k *keeper) between(from, to int64) bool {
	if from < k.first {
		from = k.first
	}
	if from >= to || from > k.end {
		return false
	}
	if k.step <= 0 {
		return from == k.first
	}
	next := k.first + (from-k.first+k.step-1)/k.step*k.step
	return next < to && next <= k.end
}
