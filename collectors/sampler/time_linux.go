package sampler

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime returns the processor time of the calling thread.
func threadTime() time.Duration { return clockTime(unix.CLOCK_THREAD_CPUTIME_ID) }

// timeAsleep returns how long the machine has been suspended since the boot: the boot
// time clock runs on while the monotonic one stands still (clock_gettime(2)). It may
// be too small where the two readings were interrupted, never too large.
func timeAsleep() time.Duration {
	const (
		tries = 3
		// grain hides that the clocks are read one after the other.
		grain = 10 * time.Millisecond
	)
	most := time.Duration(0)
	for range tries {
		boot, mono := clockTime(unix.CLOCK_BOOTTIME), clockTime(unix.CLOCK_MONOTONIC)
		if boot < 0 || mono < 0 {
			return 0
		}
		most = max(most, boot-mono)
		if after := clockTime(unix.CLOCK_BOOTTIME); after-boot < time.Millisecond {
			break
		}
	}
	return most.Truncate(grain)
}

// clockTime returns -1 where the clock cannot be read.
func clockTime(id int32) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		return -1
	}
	return time.Duration(ts.Nano())
}
