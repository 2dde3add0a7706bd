package prom

// hostTick is USER_HZ, in which /proc/stat counts on every architecture that Go runs on.
const hostTick = 1.0 / 100
