// Package sampler is the tick: it runs the collectors, turns counters into rates,
// lets the signs judge them and commits one row per interval to the ring.
//
// # One tick
//
// All collectors that are due are woken at the same instant. The row closes when
// they have answered, at the latest after a quarter of the interval or 250 ms, and
// is immutable from then on. A collector that is not due repeats its last value. One
// that was due and has not answered is missing in this row; its answer enters the
// next. One that has not returned for three cadences (at least 1 s, at most 10 s) is
// stuck: its series are missing until it returns, and it is not called again before.
// A detached collector (the process scan) is never awaited: its newest finished
// observation enters the row.
//
// Cadences are counted in ticks, those that were skipped included, and spread by the
// place of a collector; two observations are never closer than the cadence. One that
// would be due while another is under way is skipped. After a panic a collector is
// left alone for 2, 4, 8 … cadences, at most a minute.
//
// A series that the ring refuses, or that another collector gives already, is left
// out of the rows and named in the health of its collector. It is asked for again
// when series come or go and every 600 rows.
//
// # Rates
//
// A rate is the rise of a raw reading over the difference of that collector's own two
// stamps, so a late observation is not a wrong one. A reading that went back, the
// first one, and the first one after a series was away are missing: never a spike,
// never zero. The process table's rates are the one exception: they belong to a
// process, so the process collector computes them where the identity is known.
//
// Some counters are too coarse for the span of a row below a second: a processor's
// time comes in ticks of 10 ms. A family says so by its Window, and its values are
// then computed from the newest reading that is a window old (to half an interval),
// at every row. They are missing until there is one: for the first window, and for
// one after a reset. What the ring keeps to explain a value are these two readings.
//
// # Time
//
// Ticks are aligned to the wall clock and timed by the monotonic one. A row's T
// strictly increases. Ticks that were overrun are skipped, never queued; the next
// row says how many and why: the sampler was starved, the machine slept, or the wall
// clock was set forward.
//
// When the wall clock is set back, T goes on from the last row at half the speed of
// time until the wall clock has caught up; at its own speed it would stay ahead for
// good. The event says so, and sampler.ahead says in every row how far ahead T is, so
// that T less sampler.ahead is the wall clock of that row.
//
// # Budget
//
// Config.Budget bounds the processor time of the collectors, averaged over 30 s: above
// it the optional collector that costs most is asked half as often, one step in 30 s,
// at most every 30 s. After five minutes below half of it the newest step is taken
// back; when that proves too early, the next one waits twice as long. Every step is an
// event, and the health of the collector says its cadence. The first observation of a
// collector does not count. Where the processor time of a thread is not known, the
// duration stands for it.
//
// # What a tick costs
//
// Between two ticks nothing runs: there is one timer for the next tick and one for the
// row that is open, and no poll. A tick wakes each due collector once and is woken by
// its answer. With the 14 collectors of a Linux host that is about 15 wake-ups of a
// thread per row, the runtime's own included, at one row a second as at ten, and 1.4
// to 2.1 ms of processor time at one row a second (BenchmarkRun_RealHost). Asking
// one collector after the other, and not pinning it to its thread, were measured and
// made no difference that stood out of the noise. After warm-up a tick allocates the
// values of its row, which the ring keeps, and nothing else.
//
// # Concurrency
//
// [New] builds and starts nothing. [Sampler.Run] blocks until its context ends and
// every collector has returned; one that is stuck is named in the log and abandoned,
// because nothing can interrupt it. A panic in a collector is a failed observation of
// that collector and of nothing else; a panic of the signs costs a row its signs. When
// the context ends while collectors are asked, that row is not made.
//
// # Decisions
//
// The design has a step back of more than a minute begin a new instance. It does not:
// without a state directory the rows of an instance are only in memory, and to forget a
// day of them because a clock was corrected costs more than times that are known to run
// ahead for a while. With one, a restart of dashcam has that effect and loses nothing.
//
// # Example
//
//	s, err := sampler.New(sampler.Config{Collectors: host.Collectors(host.Options{}), Ring: ring, Derivers: []collectors.Deriver{signs.New(signs.Config{})}})
//	if err != nil {
//		return err
//	}
//	return s.Run(ctx)
package sampler
