package fleet

import (
	"sync/atomic"

	"dashcam/collectors"
)

// The families of a hub about itself. They are those of the host that it runs on, so that
// the page, /metrics, PromQL and rules have them as all others.
var (
	hubHosts      = &collectors.Family{Name: "hub.hosts", Help: "Hosts of the hub: online, silent, or not heard of yet.", Unit: collectors.Count, Kind: collectors.KindGauge, Labels: []string{"state"}, Quantum: 1, Source: "hub"}
	hubMessages   = &collectors.Family{Name: "hub.messages", Help: "Messages that came from hosts.", Unit: collectors.PerSecond, Kind: collectors.KindCounter, Labels: []string{"subject"}, Quantum: 1.0 / 16, Source: "hub"}
	hubBytes      = &collectors.Family{Name: "hub.bytes", Help: "Data in messages that came from hosts.", Unit: collectors.BytesPerSecond, Kind: collectors.KindCounter, Labels: []string{"subject"}, Quantum: 16, Source: "hub"}
	hubRefused    = &collectors.Family{Name: "hub.refused", Help: "Messages of hosts that are not as the protocol says.", Unit: collectors.PerSecond, Kind: collectors.KindCounter, Quantum: 1.0 / 16, Source: "hub"}
	hubDuplicates = &collectors.Family{Name: "hub.duplicates", Help: "Summaries and events that had come before, and were dropped.", Unit: collectors.PerSecond, Kind: collectors.KindCounter, Quantum: 1.0 / 16, Source: "hub"}
	hubCuts       = &collectors.Family{Name: "hub.cuts", Help: "How often a host fell silent, or its live stream broke off.", Unit: collectors.PerSecond, Kind: collectors.KindCounter, Labels: []string{"of"}, Quantum: 1.0 / 16, Source: "hub"}
	hubLeases     = &collectors.Family{Name: "hub.leases", Help: "Hosts whose live stream the hub takes, because somebody looks.", Unit: collectors.Count, Kind: collectors.KindGauge, Quantum: 1, Source: "hub"}
	hubMirrors    = &collectors.Family{Name: "hub.mirrors", Help: "Hosts of which the hub remembers rows.", Unit: collectors.Count, Kind: collectors.KindGauge, Quantum: 1, Source: "hub"}
	hubFamilies   = []*collectors.Family{hubHosts, hubMessages, hubBytes, hubRefused, hubDuplicates, hubCuts, hubLeases, hubMirrors}
)

// counted are messages and their bytes.
type counted struct{ messages, bytes atomic.Uint64 }

func (c *counted) add(bytes int) {
	c.messages.Add(1)
	c.bytes.Add(uint64(bytes))
}

// hubStats count what a hub does.
type hubStats struct {
	summaries, abouts, events, live       counted
	refused, duplicates, silences, broken atomic.Uint64
	leases, mirrors                       atomic.Int64
}

// of returns what counts a subject.
func (s *hubStats) of(subject string) *counted {
	switch subject {
	case subjectSummary:
		return &s.summaries
	case subjectAbout:
		return &s.abouts
	case subjectEvent:
		return &s.events
	}
	return &s.live
}

// sample gives the families their readings.
func (s *hubStats) sample(b *collectors.Batch, hosts []HostInfo) {
	states := map[string]int{"online": 0, "silent": 0, "never": 0}
	for i := range hosts {
		switch h := &hosts[i]; {
		case h.Online:
			states["online"]++
		case h.LastSeenMs > 0:
			states["silent"]++
		default:
			states["never"]++
		}
	}
	for state, n := range states {
		b.Gauge(b.Slot(hubHosts, state), float64(n))
	}
	for _, subject := range []string{subjectSummary, subjectAbout, subjectEvent, subjectLive} {
		c := s.of(subject)
		b.Counter(b.Slot(hubMessages, subject), c.messages.Load())
		b.Counter(b.Slot(hubBytes, subject), c.bytes.Load())
	}
	b.Counter(b.Slot(hubRefused), s.refused.Load())
	b.Counter(b.Slot(hubDuplicates), s.duplicates.Load())
	b.Counter(b.Slot(hubCuts, "host"), s.silences.Load())
	b.Counter(b.Slot(hubCuts, "live"), s.broken.Load())
	b.Gauge(b.Slot(hubLeases), float64(s.leases.Load()))
	b.Gauge(b.Slot(hubMirrors), float64(s.mirrors.Load()))
}
