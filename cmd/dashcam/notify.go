package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// supervisor is who started dashcam and wants to know how it does: systemd, by the
// protocol of sd_notify(3). The zero value is nobody.
type supervisor struct {
	// send is how it is told something; nil is nobody to tell.
	send func(text string)
	// watchdog is how long it waits for a sign of life, 0 for ever.
	watchdog time.Duration
}

func newSupervisor(environ []string) supervisor {
	var s supervisor
	var socket, usec, pid string
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case "NOTIFY_SOCKET":
			socket = value
		case "WATCHDOG_USEC":
			usec = value
		case "WATCHDOG_PID":
			pid = value
		}
	}
	if socket != "" {
		s.send = func(text string) { sendTo(socket, text) }
	}
	if n, err := strconv.ParseInt(usec, 10, 64); err == nil && n > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		s.watchdog = time.Duration(n) * time.Microsecond
	}
	return s
}

// sendTo writes to a socket of systemd. Whether that arrives makes no difference to what
// dashcam does.
func sendTo(socket, text string) {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }() // nothing is buffered
	_, _ = conn.Write([]byte(text))
}

// tell says something such as "READY=1".
func (s *supervisor) tell(text string) {
	if s.send != nil {
		s.send(text)
	}
}

// status tells what systemctl status shows.
func (s *supervisor) status(format string, a ...any) {
	s.tell("STATUS=" + oneLine(fmt.Sprintf(format, a...)))
}

// reassure gives signs of life until the context ends, as long as there are new rows. A
// dashcam that does not sample any more shall be started anew.
func (s *supervisor) reassure(ctx context.Context, newest func() uint64) {
	if s.watchdog == 0 {
		return
	}
	ticker := time.NewTicker(s.watchdog / 4)
	defer ticker.Stop()
	for last := uint64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if seq := newest(); seq != last {
				last = seq
				s.tell("WATCHDOG=1")
			}
		}
	}
}
