//go:build unix

package host

import "syscall"

// cpuMicroseconds returns the processor time of this process, of user and system.
func (p *selfProcess) cpuMicroseconds() (uint64, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return uint64((u.Utime.Nano() + u.Stime.Nano()) / 1000), nil
}
