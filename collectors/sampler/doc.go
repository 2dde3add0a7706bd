// Package sampler is the tick: it runs the collectors, turns counters into rates, lets
// derivers compute what follows from them, and commits one row per interval to the ring.
//
// # What it guarantees
//
// All collectors that are due are sampled one after the other on one thread; one that
// keeps it for longer than 10 ms is passed by. The row closes when they have answered,
// at the latest after a quarter of the interval or 250 ms, and is immutable from then
// on. One that is not due repeats its last value. One that was due and has not answered
// is missing in this row; its answer enters the next. One that has not returned for
// three cadences (1 to 10 s) is stuck: its series are missing until it returns. A
// detached collector (the process scan) is never awaited. After a panic a collector is
// left alone for 2, 4, 8 … cadences, at most a minute.
//
// A rate is the rise of a raw reading over the difference of that collector's own two
// stamps. A reading that went back, the first one, and the first one after a series was
// away are missing: never a spike, never zero. A family whose counters are too coarse for
// a row says so by its Window, and is computed from the newest reading a window old.
//
// A series that a collector has not given for 10 s is left out of the rows, and returns
// when it is given again. One that the ring refuses, or that another collector gives
// already, is left out and named in the health of its collector; it is asked for again
// when series come or go and every 600 rows. A change of series costs what follows it in
// the order of its collector, and the order of the row (BenchmarkTick_Churn).
//
// # Time and budget
//
// Ticks are aligned to the wall clock and timed by the monotonic one. A row's T strictly
// increases; ticks that were overrun are skipped, and the next row says how many and why.
// When the wall clock is set back, T goes on at half the speed of time until it has
// caught up, and sampler.ahead says by how much T is ahead.
//
// Config.Budget bounds the processor time of the collectors over 30 s: above it the
// optional collector that costs most is asked half as often, one step in 30 s; after five
// minutes below half of it a step is taken back. Every step is an event.
//
// # Concurrency
//
// [New] builds and starts nothing. [Sampler.Run] blocks until its context ends and every
// collector has returned; one that is stuck is named in the log and abandoned. A panic in
// a collector is a failed observation of that collector, one in a deriver costs a row
// what it derives. Between two ticks nothing runs, and after warm-up a tick allocates
// the values of its row and nothing else.
//
// # Decisions
//
// A step back of the clock begins no new instance: to forget a day of rows because a
// clock was corrected costs more than times that are known to run ahead for a while.
//
// # Example
//
//	s, err := sampler.New(sampler.Config{
//		Collectors: host.Collectors(host.Options{}), Ring: ring,
//		Derivers: []collectors.Deriver{signs.New(signs.Config{})},
//	})
//	if err != nil {
//		return err
//	}
//	return s.Run(ctx)
package sampler
