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
// On Linux the files of /proc and /sys, by our own parsers: they are simple, and they
// tell what gopsutil leaves out (pressure, run delay, TCP's extended counters) or
// cannot tell cheaply (the process scan). Files that the kernel makes while they are read
// stay open, up to a quarter of the files the process may open, and are read with one
// pread each and without allocating: finding and opening a file costs more than most of them
// take to be written. On other systems gopsutil is asked, always with a context.
//
// What a host cannot tell is said with [collectors.Batch.Unavailable] and a plain
// reason; it is never a zero. A collector whose one essential file is there but not
// understood returns an error. Everything else that goes wrong costs only the series that
// come from it. A last line without its end is not read: it may be half a number.
//
// # Decisions
//
// Tasks that run or are blocked stand in /proc/stat and so come with the processor times
// (collector cpu), not with the load averages: a file is read once.
//
// Clock, throttling, machine checks and memory errors are a collector of their own
// (hardware, every 5 s). Each is a file per processor, or /proc/interrupts, and reading the
// clock wakes idle processors on older kernels. Where no driver tells the clock
// it is missing: the constant in /proc/cpuinfo would look like a measurement.
//
// Sums over parts that come and go (processors, memory controllers) rise only by what
// the parts rose, so that plugging one in is not a burst of errors. So do the times of all
// processors together, which the kernel lets leap when one is unplugged, and times that go
// back a little, as idle time does, are held until they have caught up: shares of a whole
// would make a spike of either.
//
// Memory that ZFS gives back is counted as available here, once, so that nobody after us
// has to know of it.
//
// A control group's memory is counted without cached files that nobody used lately:
// with them every limit looks nearly reached. It is always that of our own process, also
// below another root.
//
// Virtual links, bridges, tunnels and loop devices are one series per class, named like the
// class, because a container host makes and removes them all the time. Such a total
// starts at zero and rises by what its members rose. [Options.Interfaces] and [Options.Disks] show single ones.
//
// Mounts are taken from mountinfo, which tells further mounts of one file system without
// touching it, and the file system that answers is compared with the one that was meant:
// below another root a mount that did not propagate would show the numbers of what
// lies beneath.
//
// Idle processes are read at every eighth scan only, and repeat their row until then; the file
// processes_rest.go says how one that wakes is noticed.
//
// Process names, users and control groups are read; command lines and environments never.
// A scan that has used 250 ms of a processor, or took 900 ms, says so, gives no counts, and the next one goes on where
// it ended. Names of users come from /etc/passwd of the root alone: asking a directory
// service could block.
//
// A file that was not there is looked for again after ten samples.
//
// Being in a container is decided by the numbers of our namespaces, not by marker files:
// images are unpacked onto virtual machines too.
//
// # Concurrency
//
// A collector keeps buffers between samples: one at a time may be in Sample, as the
// contract says. Different collectors share nothing but the count of files that are open. A
// collector has no end of its own: what it holds open is closed when it is collected as
// garbage. No goroutine outlives a sample, with one
// exception that the kernel dictates: a file system that does not answer holds one goroutine
// and its thread until it does.
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
