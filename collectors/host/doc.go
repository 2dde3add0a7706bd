// Package host observes the machine: every built-in collector lives here, and it is
// the only package that knows gopsutil.
//
// [Collectors] returns the collectors in the order of the page, [Facts] what identifies
// and describes the machine. Both take [Options], whose zero value is the machine
// we run on; a container names the place where the host's file system is mounted, a
// test a tree of captured files.
//
// # What is read
//
// On Linux the files of /proc and /sys, by our own parsers: they are simple, cost a
// sixth of what a library costs, and tell what it leaves out (pressure, run
// delay, TCP's extended counters). On other systems what gopsutil gives. What a
// host cannot tell is said with [collectors.Batch.Unavailable] and a plain reason; it
// is never a zero.
//
// A collector whose one essential file is there but not understood returns an error.
// Everything else that goes wrong costs only the series that come from it.
//
// # Concurrency
//
// A collector keeps buffers between samples: one at a time may be in Sample, as the
// contract says. Different collectors share nothing.
//
// # Example
//
//	facts, err := host.Facts(ctx, host.Options{})
//	if err != nil {
//		return err // no readable /proc below the root
//	}
//	for _, c := range host.Collectors(host.Options{}) {
//		b := collectors.NewBatch()
//		b.Begin(time.Now())
//		err := c.Sample(ctx, b)
//		…
//	}
//
// # Testing
//
// Fixtures are captured from real machines (testdata/<machine>/t0 and t1, two moments a
// few seconds apart; testdata/capture.sh makes them) and read through Options.Root. The
// golden file beside them holds the readings and is rewritten by go test -update.
package host
