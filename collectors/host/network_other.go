//go:build !linux

package host

import (
	"context"
	"slices"
	"strings"

	gopsutil "github.com/shirou/gopsutil/v3/net"

	"dashcam/collectors"
)

// linkSource reads what gopsutil gives.
type linkSource struct{ flags map[string][]string }

// linkState is empty: no state is read by itself here.
type linkState struct{ changed bool }

func (*linkState) close() {}

func newLinkSource(Options) linkSource { return linkSource{} }

func (*linkSource) name() string { return "network counters" }

func (s *linkSource) read(ctx context.Context, into []linkReading) ([]linkReading, error) {
	all, err := gopsutil.IOCountersWithContext(ctx, true)
	if err != nil {
		return into, err
	}
	s.flags = make(map[string][]string)
	if links, err := gopsutil.InterfacesWithContext(ctx); err == nil {
		for _, l := range links {
			s.flags[l.Name] = l.Flags
		}
	}
	for _, c := range all {
		into = append(into, linkReading{name: []byte(c.Name), counts: counts{
			linkInBytes: c.BytesRecv, linkInPackets: c.PacketsRecv, linkInErrors: c.Errin, linkInDrops: c.Dropin,
			linkOutBytes: c.BytesSent, linkOutPackets: c.PacketsSent, linkOutErrors: c.Errout, linkOutDrops: c.Dropout,
		}})
	}
	return into, nil
}

func (s *linkSource) facts(name string) linkFacts {
	flags := s.flags[name]
	switch {
	case slices.Contains(flags, "loopback"):
		return linkFacts{class: linkLoopback}
	case slices.Contains(flags, "pointtopoint"):
		return linkFacts{class: linkTunnel}
	}
	for _, prefix := range []string{"bridge", "vm", "vnic", "awdl", "llw", "anpi", "ap", "epair", "tap", "vEthernet"} {
		if strings.HasPrefix(name, prefix) {
			return linkFacts{class: linkVirtual}
		}
	}
	return linkFacts{class: linkPhysical}
}

func (s *linkSource) sampleState(b *collectors.Batch, l *link, _ *linkReading) {
	flags, ok := s.flags[l.name]
	if !ok {
		return
	}
	state := 1.0
	if slices.Contains(flags, "up") {
		state = 0
	}
	slot := b.Slot(collectors.NetLink, l.name)
	b.Gauge(slot, state)
	l.describe(b, slot)
}

func (*linkSource) sampleQueue(b *collectors.Batch) {
	b.Unavailable("receive queue", notHere)
}
