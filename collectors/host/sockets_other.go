//go:build !linux

package host

import (
	"context"

	gopsutil "github.com/shirou/gopsutil/v3/net"

	"dashcam/collectors"
)

// socketSource reads what gopsutil gives. On most systems that is nothing.
type socketSource struct{ wanted []protocolCounter }

func newSocketSource(Options) socketSource { return socketSource{protocolCounters()} }

func (s socketSource) sample(ctx context.Context, b *collectors.Batch) error {
	all, err := gopsutil.ProtoCountersWithContext(ctx, []string{"tcp", "udp"})
	if err != nil {
		b.Unavailable("TCP and UDP counters", notHere)
		return nil
	}
	for _, p := range all {
		section := map[string]string{"tcp": "Tcp", "udp": "Udp"}[p.Protocol]
		for i := range s.wanted {
			w := &s.wanted[i]
			if v, ok := p.Stats[w.name]; ok && w.section == section && v >= 0 {
				w.set(b, uint64(v))
			}
		}
	}
	return nil
}
