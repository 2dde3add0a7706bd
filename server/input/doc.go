// Package input reads what people write: times, durations and misspelt names. The API
// and the commands use it, so that one form works in all of them.
//
// # Times
//
//	1795186288000                Unix milliseconds: a whole number of 12 or 13 digits
//	1795186288, 1795186288.25    Unix seconds: 9 or 10 digits, as Prometheus takes them
//	2026-11-20T15:31:28.5+01:00  RFC 3339; without an offset in the zone of the host
//	2026-11-20 15:31, 2026-11-20 the same with a blank; a date is the start of its day
//	2h, 1h30m, 15m ago, now-2h   back from now: s, m, h, d and w, also written out
//	now                          now
//	18:02, 6:02pm                the last time that the host's clock showed it
//	yesterday 03:00, today 3am   on that day of the host
//
// A time that can be read in two ways is an error and never a guess: 1M is a month or a
// minute, 03/04/2026 has two orders, and 02:30 comes twice in the night in which the
// clock is set back. An error of [Time] is a [*TimeError], which says what was wrong;
// [TimeForms] says what is expected.
//
// A blank before the offset of RFC 3339 is a plus: that is what a plus becomes in a URL
// in which nobody escaped it.
//
// # Durations and names
//
// [Duration] reads a duration with days and weeks. [Nearest] finds the known word that a
// misspelt one was most likely meant to be.
//
// # Concurrency
//
// Everything here is a pure function.
//
// # Example
//
//	from, err := input.Time("yesterday 03:00", time.Now(), time.Local)
//	if err != nil {
//		return err // "yesterday 03:0O" is no time: expected Unix milliseconds, …
//	}
package input
