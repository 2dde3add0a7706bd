package events

import (
	"encoding/binary"
	"errors"
)

// The messages of the process connector, as linux/connector.h and linux/cn_proc.h say:
// a netlink head of 16 bytes, a connector head of 20, the event.
const (
	netlinkHead   = 16
	connectorHead = 20
	procEvent     = netlinkHead + connectorHead
	// An event is what, processor, time, and what belongs to its kind.
	procUnion = procEvent + 16

	procNone = 0
	procExec = 0x00000002
	procExit = 0x80000000
)

// processEvent is one message of the kernel.
type processEvent struct {
	what uint32
	pid  int
	// status is how a process ended, as wait(2) gives it; of procNone the error number
	// with which the kernel refuses.
	status uint32
	// parent is that of a process that ended, 0 where the kernel does not tell it.
	parent int
}

var errNoProcessEvent = errors.New("no message of the process connector")

// parseProcessEvent reads a message. Threads that end are no processes: they have what 0
// and no error.
func parseProcessEvent(b []byte) (e processEvent, err error) {
	order := binary.NativeEndian
	if len(b) < procUnion+8 || order.Uint32(b) > uint32(len(b)) {
		return e, errNoProcessEvent
	}
	what := order.Uint32(b[procEvent:])
	id, group := order.Uint32(b[procUnion:]), order.Uint32(b[procUnion+4:])
	switch what {
	case procNone:
		return processEvent{what: procNone, status: id}, nil
	case procExec:
		return processEvent{what: procExec, pid: int(group)}, nil
	case procExit:
		if len(b) < procUnion+16 {
			return e, errNoProcessEvent
		}
		if id != group {
			return processEvent{what: procExit}, nil
		}
		e = processEvent{what: procExit, pid: int(group), status: order.Uint32(b[procUnion+8:])}
		if len(b) >= procUnion+24 { // since Linux 4.18
			e.parent = int(order.Uint32(b[procUnion+20:]))
		}
		return e, nil
	}
	return e, errNoProcessEvent
}

// listenRequests ask the connector for programs that start and processes that end. The
// first one asks for everything. The second one says of which kind, which the connector
// knows since Linux 6.6; older ones pass over it, since it is longer than they expect.
func listenRequests() [][]byte {
	return [][]byte{listenRequest(4), listenRequest(8)}
}

// listenRequest is a request to listen of which so many bytes follow the two heads.
func listenRequest(follow int) []byte {
	const (
		connectorProc = 1 // CN_IDX_PROC, CN_VAL_PROC
		listen        = 1 // PROC_CN_MCAST_LISTEN
		done          = 3 // NLMSG_DONE
	)
	order := binary.NativeEndian
	b := make([]byte, procEvent+8)
	order.PutUint32(b, uint32(procEvent+follow))
	order.PutUint16(b[4:], done)
	order.PutUint32(b[16:], connectorProc)
	order.PutUint32(b[20:], connectorProc)
	order.PutUint16(b[32:], uint16(follow))
	order.PutUint32(b[36:], listen)
	order.PutUint32(b[40:], procExec|procExit)
	return b[:procEvent+follow]
}

// A message of rtnetlink about a link, as rtnetlink(7) says.
const (
	linkInfo   = 16 // struct ifinfomsg
	newLink    = 16 // RTM_NEWLINK
	delLink    = 17 // RTM_DELLINK
	attrName   = 3  // IFLA_IFNAME
	flagUp     = 1 << 0
	flagLower  = 1 << 16 // IFF_LOWER_UP: there is a carrier
	attrHead   = 4
	alignBytes = 4
)

// link is what a message says of an interface.
type link struct {
	index    int32
	name     string
	up       bool // switched on
	carrier  bool
	loopback bool
	gone     bool
}

// parseLinks reads the messages of one datagram. What is cut off or unknown ends it.
func parseLinks(b []byte) (links []link) {
	const flagLoopback = 1 << 3
	order := binary.NativeEndian
	for len(b) >= netlinkHead {
		size, kind := int(order.Uint32(b)), order.Uint16(b[4:])
		if size < netlinkHead || size > len(b) {
			return links
		}
		if body := b[netlinkHead:size]; (kind == newLink || kind == delLink) && len(body) >= linkInfo {
			flags := order.Uint32(body[8:])
			l := link{
				index: int32(order.Uint32(body[4:])), up: flags&flagUp != 0, carrier: flags&flagLower != 0,
				loopback: flags&flagLoopback != 0, gone: kind == delLink,
			}
			l.name = textAttr(body[linkInfo:], attrName)
			links = append(links, l)
		}
		b = b[min(len(b), align(size)):]
	}
	return links
}

func align(n int) int { return (n + alignBytes - 1) &^ (alignBytes - 1) }

// textAttr returns the text of an attribute, "" where it is not there.
func textAttr(b []byte, wanted uint16) string {
	order := binary.NativeEndian
	for len(b) >= attrHead {
		size, kind := int(order.Uint16(b)), order.Uint16(b[2:])
		if size < attrHead || size > len(b) {
			return ""
		}
		if kind == wanted {
			text := b[attrHead:size]
			for i, c := range text {
				if c == 0 {
					text = text[:i]
					break
				}
			}
			return string(text)
		}
		b = b[min(len(b), align(size)):]
	}
	return ""
}

// linkRequest asks for all links.
func linkRequest() []byte {
	const (
		getLink = 18    // RTM_GETLINK
		dump    = 0x301 // NLM_F_REQUEST, NLM_F_DUMP
	)
	order := binary.NativeEndian
	b := make([]byte, netlinkHead+linkInfo)
	order.PutUint32(b, uint32(len(b)))
	order.PutUint16(b[4:], getLink)
	order.PutUint16(b[6:], dump)
	return b
}
