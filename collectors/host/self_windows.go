package host

import "syscall"

// cpuMicroseconds returns the processor time of this process, of user and kernel.
func (p *selfProcess) cpuMicroseconds() (uint64, error) {
	this, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	var created, ended, kernel, user syscall.Filetime
	if err := syscall.GetProcessTimes(this, &created, &ended, &kernel, &user); err != nil {
		return 0, err
	}
	return microseconds(kernel) + microseconds(user), nil
}

// microseconds of a span, which Windows counts in units of 100 ns. Filetime.Nanoseconds
// would take it for a date.
func microseconds(t syscall.Filetime) uint64 {
	return (uint64(t.HighDateTime)<<32 | uint64(t.LowDateTime)) / 10
}
