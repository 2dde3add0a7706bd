package events

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

const linkSource = "rtnetlink (links)"

var errOtherNamespace = errors.New("only of our own network namespace")

// links tells of network interfaces, as rtnetlink(7) does. A link that went down and up
// between two messages is found by /sys/class/net/*/carrier_changes.
type links struct {
	listener
	known map[int32]linkState // nil before the first reading
	in    messages
}

type linkState struct {
	link
	changes uint64 // of the carrier
}

func newLinks(cfg Config) *links { return &links{listener: newListener(cfg)} }

func (l *links) name() string { return linkSource }

func (l *links) poll(tell func(collectors.Event)) error {
	if !own(l.cfg) {
		return errOtherNamespace
	}
	if l.fd < 0 {
		if err := l.listen(); err != nil {
			return err
		}
	}
	seed := l.known == nil
	if seed {
		l.known = make(map[int32]linkState)
	}
	b := &l.in
	for {
		n, _, err := unix.Recvfrom(l.fd, b[:], unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.ENOBUFS):
			// What was lost is found by asking for all of them again.
			l.close()
			l.known = nil
			tell(collectors.Event{Kind: KindLost, Level: collectors.LevelWarning, Source: linkSource, Text: "links changed faster than it could be told: some changes are lost"})
			return nil
		case err != nil:
			l.close()
			return err
		}
		for _, now := range parseLinks(b[:n]) {
			l.saw(now, seed, tell)
		}
	}
}

// listen opens a socket that tells of changes and asks for all links there are.
func (l *links) listen() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_LINK})
	if err == nil {
		err = unix.Sendto(fd, linkRequest(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), unix.Close(fd))
	}
	l.fd = fd
	return nil
}

// saw compares a link with what it was.
func (l *links) saw(now link, seed bool, tell func(collectors.Event)) {
	if now.loopback {
		return
	}
	before, known := l.known[now.index]
	if now.gone {
		delete(l.known, now.index)
		if known && !seed {
			tell(linkEvent(now.name, "was removed", ""))
		}
		return
	}
	state := linkState{link: now, changes: l.changes(now.name)}
	l.known[now.index] = state
	switch {
	case seed:
	case !known:
		tell(linkEvent(now.name, "was added", ""))
	case before.carrier != now.carrier && now.carrier:
		tell(linkEvent(now.name, "is up", ""))
	case before.carrier != now.carrier && now.up:
		tell(linkEvent(now.name, "is down", collectors.LevelWarning))
	case before.carrier != now.carrier:
		tell(linkEvent(now.name, "was switched off", ""))
	case state.changes > before.changes+1:
		e := linkEvent(now.name, "went down and up again", collectors.LevelWarning)
		e.Count = int(state.changes-before.changes) / 2
		tell(e)
	}
}

func (l *links) changes(name string) uint64 {
	b, err := os.ReadFile("/sys/class/net/" + name + "/carrier_changes")
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64) // 0 is as good as not known
	return n
}

// linkEvent is what happened to a link. Those of containers have made-up names, and count
// as one.
func linkEvent(name, what string, level collectors.EventLevel) collectors.Event {
	if strings.HasPrefix(name, "veth") {
		name, level = "a link of a container (veth)", ""
	}
	return collectors.Event{
		Kind: KindLink, Level: level, Text: name + " " + what, About: collectors.About{Kind: "interface", Name: name}, Source: linkSource,
	}
}
