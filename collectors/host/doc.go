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
// tell what gopsutil leaves out or cannot tell cheaply. Files that the kernel makes while
// they are read stay open, up to a quarter of those the process may open, and are read with
// one pread each and without allocating. On other systems gopsutil is asked, always with a
// context. A file that was not there is looked for again after ten samples.
//
// What a host cannot tell is said with [collectors.Batch.Unavailable] and a plain
// reason; it is never a zero. A collector whose one essential file is there but not
// understood returns an error. Everything else that goes wrong costs only the series that
// come from it. A last line without its end is not read: it may be half a number.
//
// # Decisions
//
// Sums over parts that come and go (processors, memory controllers, virtual links of a class)
// rise only by what the parts rose, so that plugging one in is not a burst. Times of
// processors that go back a little are held until they have caught up.
//
// Memory that ZFS gives back is counted as available here, once. A control group's memory is
// counted without cached files that nobody used lately, and is always that of our own.
//
// Mounts are taken from mountinfo, and the file system that answers is compared with the one
// that was meant: below another root a mount that did not propagate would show the numbers of
// what lies beneath.
//
// Idle processes are read at every eighth scan (processes_rest.go). A scan that ran out of
// time, or of descriptors, says that its list is short and gives no counts, and the next one
// begins where it ended. Environments are never read, command lines only where asked for.
// Names of users come from /etc/passwd of the root: asking a directory service could block.
//
// # Concurrency
//
// One at a time may be in Sample of a collector. Different collectors share nothing but the
// count of open files. What a collector holds open is closed when it is collected as garbage.
// No goroutine outlives a sample, except that a file system which does not answer holds one
// goroutine and its thread until it does.
//
// # Example
//
//	for _, c := range host.Collectors(host.Options{}) {
//		b := collectors.NewBatch()
//		b.Begin(time.Now())
//		err := c.Sample(ctx, b)
//		…
//	}
//
// Fixtures of tests are captured from real machines by testdata/capture.sh, two moments
// a few seconds apart, and the golden files beside them rewritten by go test -update.
package host
