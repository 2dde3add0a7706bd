//go:build !linux

package sampler

import "time"

// threadTime is not known here: the duration of an observation stands for it.
func threadTime() time.Duration { return -1 }

// timeAsleep is not known here: a suspended machine shows as a late sampler or a
// stepped clock.
func timeAsleep() time.Duration { return 0 }
