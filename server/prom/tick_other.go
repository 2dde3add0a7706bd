//go:build !linux

package prom

// hostTick is the microsecond in which package host counts what gopsutil gives as
// seconds.
const hostTick = 1e-6
