// Package synthetic is the simulated host of --demo: "db-01", a Debian database
// server with 16 processors, 64 GiB, two disks and a fast link. It gives the same
// collectors, families and labels as a real Linux host, on any system, for the
// demo, for tests, for benchmarks and for screenshots. [Large] makes it a host of 64
// processors, 40 disks, 60 interfaces and 2000 processes.
//
// # What it promises
//
// Every reading is a function of the seed and of the time since Config.Start, and
// of nothing else: two hosts with the same seed agree at every moment, in whatever
// order the moments are asked for. Counters are integers that never fall; they are
// the sums of the rates of all whole seconds before, plus the part of the present
// one. Moments before the start are the start.
//
// # What happens on it
//
// Times are seconds since the start.
//
//	every  240 from 100 for  40   pg_dump fills the rotating disk: its writes and waits, io
//	                              pressure, iowait, pg_dump and postgres in state D
//	every  210 from  45 for  35   one node process keeps one core full
//	every  900 from 200 for  90   report-worker grows until memory ends, and is killed
//	every  900 from 520 for  24   the link damages packets, TCP sends again
//	always                        /var is 93 % full and would be full in about 14 hours; every
//	                              six hours it is cleaned up
//
// # The clock
//
// A reading is of the moment set with [Host.At], else of Config.Now, else of the
// time the batch was begun. To fill in history, let the host start early enough and
// sample it with batches of earlier times, or call At before each sample.
//
// # Concurrency
//
// A Host may be sampled by many goroutines, as the sampler does with its
// collectors. Moments up to four seconds back are at hand; going back further
// counts again from the start, about ten microseconds for each second of it.
//
// # Example
//
//	h := synthetic.New(synthetic.Config{Seed: 1, Start: time.Now().Add(-time.Hour)})
//	all := h.Collectors()
package synthetic
