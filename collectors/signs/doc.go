// Package signs derives from the readings of a row how the host is doing: use,
// saturation, errors and state of cpu, memory, disk, network and limits. What it
// derives are series like any other, so that the live page, a past second and a
// bucket of a day agree.
//
// # Rules
//
// A level is entered when 3 of the last 5 samples are at or over it, and left after
// 10 samples in a row below 0.8 × it, for shares of a limit below 0.95 × it. Where a
// level needs two conditions, each sample must meet both. Errors are counted over the last five minutes; one sets
// its state at once and holds it as long as it counts. Use alone never turns
// critical. Of several reasons for a state, cause.* names errors before saturation
// before use.
//
// A value that is repeated because its collector was not due is not another sample.
// A value that is missing leaves a level as it is; after ten missing ones it is
// unknown. A resource of which nothing can be judged has no state, and errors
// without a source have no count: never 0.
//
// Everything that counts as bad stands in [Thresholds]. [Thresholds.For] gives what
// the schema shows of it.
//
// # Sources and fallbacks
//
// Which sources exist decides which saturation is emitted, not whether they have a
// value in this row: a late reading makes a gap, not another number. In order:
//
//   - cpu: pressure, run delay, runnable tasks, load average; steal beside them.
//   - memory: pressure; pages swapped and allocations stalled.
//   - disk: pressure and each physical device's queue with its wait; tasks blocked
//     where neither exists.
//   - network: retransmitted segments, connections lost at listen, packets dropped.
//
// # Decisions
//
// A device's failed requests are a warning and not critical: drives count refused
// housekeeping commands too. What a file system recorded, and a remount, is
// critical. A control group's memory counts like swap, only while memory is
// saturated, because caches fill it. Limits are left at 0.95 × their level and not at
// 0.8 ×: what is used of one does not flicker as a load does, and 0.8 × would keep the
// colour on a file system until it was down from 90 to 71 %. A forecast needs the whole window of 30
// minutes and looks at most 30 days ahead.
//
// # Concurrency
//
// A [Signs] belongs to one goroutine. It has no clock of its own: the view says how
// much monotonic time went by.
//
// # Example
//
//	s := signs.New(signs.Config{CPUs: 16})
//	out := collectors.NewBatch()
//	for row := range rows {
//		out.Begin(row.At)
//		s.Derive(row.View, out)
//	}
package signs
