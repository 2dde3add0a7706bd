package host

import (
	"bytes"
	"context"
	"os"

	"dashcam/collectors"
)

// socketSource reads /proc/net/{snmp,netstat,snmp6,sockstat,sockstat6}
// (Documentation/networking/snmp_counter.rst).
type socketSource struct {
	snmp, netstat              protocolTable
	snmp6, sockstat, sockstat6 file

	wanted []protocolCounter
	// values are the present readings of wanted, six the part of them that is of
	// IPv6, as last read: a failed read must not make the sum fall and leap.
	values, six []uint64
	found       []bool
}

func newSocketSource(o Options) socketSource {
	r := o.root()
	wanted := protocolCounters()
	return socketSource{
		snmp: protocolTable{file: r.file(r.net("snmp")), wanted: wanted}, netstat: protocolTable{file: r.file(r.net("netstat")), wanted: wanted},
		snmp6: r.file(r.net("snmp6")), sockstat: r.file(r.net("sockstat")), sockstat6: r.file(r.net("sockstat6")),
		wanted: wanted, values: make([]uint64, len(wanted)), six: make([]uint64, len(wanted)), found: make([]bool, len(wanted)),
	}
}

func (s *socketSource) sample(_ context.Context, b *collectors.Batch) error {
	clear(s.values)
	clear(s.found)
	text, err := s.snmp.read()
	switch {
	case err == nil:
		if !s.snmp.parse(text, s.take) {
			return malformed(s.snmp.name, text)
		}
	case absent(err):
		unavailable(b, s.snmp.name, err)
	default:
		return err
	}
	if text, err = s.netstat.read(); err != nil {
		unavailable(b, s.netstat.name, err)
	} else if !s.netstat.parse(text, s.take) {
		unavailable(b, s.netstat.name, malformed(s.netstat.name, text))
	}
	// Where IPv6 is off the file does not exist, and there is nothing to add.
	if text, err = s.snmp6.read(); err == nil {
		s.takeIPv6(text)
	}
	for i := range s.wanted {
		if s.found[i] {
			s.wanted[i].set(b, s.values[i]+s.six[i])
		}
	}
	s.sampleSockstat(b)
	return nil
}

func (s *socketSource) take(wanted int, v uint64) { s.values[wanted], s.found[wanted] = v, true }

// takeIPv6 takes the datagrams of IPv6, which snmp leaves out.
func (s *socketSource) takeIPv6(text []byte) {
	for line := range lines(text) {
		line, ok := bytes.CutPrefix(line, []byte("Udp6"))
		if !ok {
			continue
		}
		name, line := nextField(line)
		for i := range s.wanted {
			w := &s.wanted[i]
			if w.section != "Udp" || w.name != string(name) {
				continue
			}
			if v, _, ok := nextUint(line); ok {
				s.six[i] = v
			}
		}
	}
}

func (s *socketSource) sampleSockstat(b *collectors.Batch) {
	text, err := s.sockstat.read()
	if err != nil {
		unavailable(b, s.sockstat.name, err)
		return
	}
	st := parseSockstat(text)
	if !st.tcp.ok && !st.udp.ok {
		unavailable(b, s.sockstat.name, malformed(s.sockstat.name, text))
		return
	}
	if text, err = s.sockstat6.read(); err == nil {
		six := parseSockstat(text)
		st.tcp.inUse += six.tcp.inUse
		st.udp.inUse += six.udp.inUse
	}
	if st.tcp.ok {
		for _, v := range [...]struct {
			state string
			n     uint64
		}{{"in_use", st.tcp.inUse}, {"orphan", st.tcp.orphan}, {"time_wait", st.tcp.timeWait}, {"allocated", st.tcp.allocated}} {
			b.Gauge(b.Slot(collectors.TCPSockets, v.state), float64(v.n))
		}
		b.Gauge(b.Slot(collectors.TCPMemory), float64(st.tcp.pages)*float64(os.Getpagesize()))
	}
	if st.udp.ok {
		b.Gauge(b.Slot(collectors.UDPSockets), float64(st.udp.inUse))
	}
}

// sockstat is what /proc/net/sockstat or sockstat6 says.
type sockstat struct{ tcp, udp sockstatLine }

type sockstatLine struct {
	ok                                        bool
	inUse, orphan, timeWait, allocated, pages uint64
}

func parseSockstat(text []byte) sockstat {
	var s sockstat
	for line := range lines(text) {
		key, fields, ok := cutKey(line)
		if !ok {
			continue
		}
		var to *sockstatLine
		switch string(key) {
		case "TCP", "TCP6":
			to = &s.tcp
		case "UDP", "UDP6":
			to = &s.udp
		default:
			continue
		}
		*to = parseSockstatLine(fields)
	}
	return s
}

func parseSockstatLine(fields []byte) sockstatLine {
	var s sockstatLine
	for {
		var name []byte
		if name, fields = nextField(fields); len(name) == 0 {
			return s
		}
		v, after, ok := nextUint(fields)
		if !ok {
			return sockstatLine{}
		}
		fields = after
		switch string(name) {
		case "inuse":
			s.inUse, s.ok = v, true
		case "orphan":
			s.orphan = v
		case "tw":
			s.timeWait = v
		case "alloc":
			s.allocated = v
		case "mem":
			s.pages = v
		}
	}
}
