package sampler

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime returns the processor time of the calling thread.
func threadTime() time.Duration { return clockTime(unix.CLOCK_THREAD_CPUTIME_ID) }

// timeAsleep returns how long the machine has been suspended since the boot: the boot
// time clock runs on while the monotonic one stands still (clock_gettime(2)).
func timeAsleep() time.Duration {
	boot, mono := clockTime(unix.CLOCK_BOOTTIME), clockTime(unix.CLOCK_MONOTONIC)
	if boot < 0 || mono < 0 {
		return 0
	}
	// The two clocks are read one after the other; the grain hides that.
	return (boot - mono).Truncate(10 * time.Millisecond)
}

// clockTime returns -1 where the clock cannot be read.
func clockTime(id int32) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		return -1
	}
	return time.Duration(ts.Nano())
}
