package host

import (
	"context"

	"dashcam/collectors"
)

// sockets observes TCP and UDP of one network namespace: our own, or with another root
// that of its first process.
type sockets struct {
	source socketSource
}

func newSockets(o Options) collectors.Collector { return &sockets{source: newSocketSource(o)} }

func (*sockets) Describe() collectors.Description {
	return collectors.Description{Name: "sockets", Title: "TCP and UDP", Families: []*collectors.Family{
		collectors.TCPSockets, collectors.TCPMemory, collectors.TCPSegments, collectors.TCPRetransmits,
		collectors.TCPOpeningAgain, collectors.TCPDuplicates, collectors.TCPOpens,
		collectors.TCPResets, collectors.TCPErrors, collectors.TCPListen,
		collectors.UDPDatagrams, collectors.UDPErrors, collectors.UDPSockets,
	}}
}

func (s *sockets) Sample(ctx context.Context, b *collectors.Batch) error {
	return s.source.sample(ctx, b)
}

// protocolCounter is a number the kernel gives about a protocol, with the series it
// belongs to.
type protocolCounter struct {
	section, name string
	family        *collectors.Family
	label         string
}

// protocolCounters are named as in RFC 4022 and RFC 4113, like the kernel does. TCP's are
// of both IP versions; UDP's in this list of version 4 only.
func protocolCounters() []protocolCounter {
	return []protocolCounter{
		{"Tcp", "CurrEstab", collectors.TCPSockets, "established"},
		{"Tcp", "ActiveOpens", collectors.TCPOpens, "active"},
		{"Tcp", "PassiveOpens", collectors.TCPOpens, "passive"},
		{"Tcp", "AttemptFails", collectors.TCPOpens, "failed"},
		{"Tcp", "EstabResets", collectors.TCPResets, "in"},
		{"Tcp", "OutRsts", collectors.TCPResets, "out"},
		{"Tcp", "InSegs", collectors.TCPSegments, "in"},
		{"Tcp", "OutSegs", collectors.TCPSegments, "out"},
		{"Tcp", "RetransSegs", collectors.TCPRetransmits, ""},
		{"TcpExt", "TCPSynRetrans", collectors.TCPOpeningAgain, ""},
		// What a new kernel counts in segments an old one counts in reports: the last one
		// that is there is taken.
		{"TcpExt", "TCPDSACKRecv", collectors.TCPDuplicates, ""},
		{"TcpExt", "TCPDSACKRecvSegs", collectors.TCPDuplicates, ""},
		{"Tcp", "InErrs", collectors.TCPErrors, ""},
		{"TcpExt", "ListenOverflows", collectors.TCPListen, "overflows"},
		{"TcpExt", "ListenDrops", collectors.TCPListen, "drops"},
		{"Udp", "InDatagrams", collectors.UDPDatagrams, "in"},
		{"Udp", "OutDatagrams", collectors.UDPDatagrams, "out"},
		{"Udp", "NoPorts", collectors.UDPErrors, "no_port"},
		{"Udp", "InErrors", collectors.UDPErrors, "in"},
		{"Udp", "RcvbufErrors", collectors.UDPErrors, "receive_buffer"},
		{"Udp", "SndbufErrors", collectors.UDPErrors, "send_buffer"},
		{"Udp", "InCsumErrors", collectors.UDPErrors, "checksum"},
	}
}

func (c *protocolCounter) set(b *collectors.Batch, v uint64) {
	var s collectors.Slot
	if c.label == "" {
		s = b.Slot(c.family)
	} else {
		s = b.Slot(c.family, c.label)
	}
	if c.family.Kind == collectors.KindGauge {
		b.Gauge(s, float64(v))
		return
	}
	b.Counter(s, v)
}
