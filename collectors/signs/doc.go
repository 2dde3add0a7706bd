// Package signs derives from the readings of a row how the host is doing: utilization,
// saturation, errors and state (the USE method) of cpu, memory, disk, network and limits.
// What it derives are series like any other, so that the live page, a past second and a
// bucket of a day agree.
//
// # The table
//
// All that is derived stands in one table, a line for each: what it reads, what it says of
// which resource, from which level on that is bad, and under which second condition. A
// fallback names the lines that come before it. Which sources exist decides which line is
// used, not whether they have a value in this row: a late reading makes a gap, not another
// number. What counts as bad stands in [Thresholds]; [Thresholds.For] gives what the schema
// shows of it.
//
// # States
//
// A state has hysteresis: a level is raised when 3 of the last 5 samples are at or over it,
// and cleared after 10 samples in a row below 0.8 × it, for shares of a limit 0.95 × it. A
// second condition must be met in the same sample. An error sets its state at once and holds
// it for five minutes. Use alone never turns critical.
//
// Beside state.* stand cause.* (errors before saturation before use), reason.* (the family
// that decided, or the kind of limit), since.*, and now.*: how bad this very sample is,
// without hysteresis and without errors of the past. What accuses somebody asks now.*.
//
// A value that is repeated because its collector was not due is not another sample. A value
// that is missing leaves a level as it is; after ten missing ones it is unknown. A resource
// of which nothing is known has no state, and errors without a source have no count: never 0.
//
// # Decisions
//
// Lost are the TCP segments that were sent again, less those of connections that are being
// opened and those that the peer had already: the rest may be a peer that is switched off, a
// tail-loss probe that nothing had made necessary, or answers that were late. The share needs
// 100 segments and ten lost ones.
//
// A device's failed requests are a warning: drives count refused housekeeping commands too.
// What a file system recorded, and a remount, is critical. The memory of a control group
// counts only while memory is saturated, because caches fill it. A forecast needs the whole
// window of 30 minutes and looks at most 30 days ahead.
//
// # Concurrency
//
// A [Signs] belongs to one goroutine. It has no clock of its own: the view says how
// much monotonic time went by. While the layout stays the same it allocates nothing.
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
