package server

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// peerGone reports whether the other end of a connection has closed it, so that nobody
// waits for an answer. One that has only ended its own side counts as gone, as it does
// for net/http.
func peerGone(c net.Conn) bool {
	sys, ok := underneath(c).(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return true // it is closed
	}
	gone := false
	err = raw.Control(func(fd uintptr) {
		polled := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
		n, err := unix.Poll(polled, 0)
		gone = err == nil && n > 0 && polled[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0
	})
	return gone || err != nil
}
