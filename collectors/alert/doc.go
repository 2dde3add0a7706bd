// Package alert decides when somebody should be told: few built-in rules over what a host
// remembers, and a state machine that survives gaps and restarts.
//
// # Rules
//
// [Rules] is the one table: what a rule reads, from which value on it is raised and for
// how long, and when it is over. A rule has an instance for each mount, device, interface
// or service. Some rules notify, others are for the page only. Rules stand on the series
// that the page shows, some on events and on the table of services; each names its source.
//
// # States
//
// An alert is pending while its condition holds and not yet long enough, then firing, then
// resolved. Rules are evaluated at every full 15 s of the rows' clock, from the mean, the
// largest or the last value of so many seconds before.
//
// What is not known changes nothing: while a value is missing, in a gap and over a
// restart, an alert stays what it was, and no time counts for or against it. What is not
// known for an hour of rows has gone, and its alert with it, unless it is latched. For two
// minutes after the first row, and after a gap, nothing is evaluated. Rows that were seen
// already are not evaluated again.
//
// # Live and backtest
//
// [Engine.Feed] takes rows, live ones and remembered ones alike, so [Backtest] over the
// store tells the alerts that there were or would have been: the same rows give the same
// alerts.
//
// # Notices
//
// A [Planner] takes the changes and decides, by a clock that it is told, which [Notice] is
// to be sent: what begins within 30 s together, each alert and state once, a recovery only
// after its alarm, flapping once, what is critical again after 4 h and then every day, in
// quiet hours only what is critical, and at most 10 in an hour, the rest as one digest. In
// the first day it sends nothing, and keeps what it would have sent. It sends nothing by
// itself: whoever does keeps a notice by its id, because after a crash the same notice,
// with the same id, is given again.
//
// # Concurrency
//
// An [Engine] belongs to one goroutine, which calls Feed; [Engine.Alerts], [Engine.Seen]
// and [State] may be called by others at the same time. [Run] is that goroutine. A
// [Planner] may be used by several.
//
// # Not here
//
// Whether another host is silent, and that a receiver fails, are told by those who know:
// the hub, and package notify. A unit that failed before dashcam was started is not told.
//
// # Example
//
//	e := alert.New(alert.Config{Changed: func(c alert.Change) { log.Print(c.Alert.Text) }})
//	err := alert.Run(ctx, e, ring)
package alert
