// Package measure says what whole programs cost the host: processor time, memory and
// wake-ups of a process and everything it has started, as the kernel counts them. The
// commands cost, compare and strain are made of it.
//
// Processor time is that of clock_getcpuclockid(3), in nanoseconds and with threads that have
// ended, for processes that are alive, and in ticks of 10 ms for those that ended and were
// waited for. Memory is PSS, in which a shared page counts once.
package measure
