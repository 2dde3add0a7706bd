package host

import (
	"context"
	"slices"
	"time"

	"dashcam/collectors"
)

// The classes of links. Physical ones are summed up; the others carry the same packets
// once more. Virtual links, bridges and tunnels come in hundreds on a container host and
// with new names all the time: they are shown as one link per class, named like it, unless
// Options.Interfaces says otherwise.
const (
	linkPhysical = "physical"
	linkBond     = "bond"
	linkLoopback = "loopback"
	linkVirtual  = "virtual"
	linkBridge   = "bridge"
	linkTunnel   = "tunnel"
)

// The order of a link's counts.
const (
	linkInBytes = iota
	linkInPackets
	linkInErrors
	linkInDrops
	linkOutBytes
	linkOutPackets
	linkOutErrors
	linkOutDrops
)

// network observes links.
type network struct {
	source linkSource
	choice Selection
	buf    []linkReading
	links  map[string]*link
	// totals are those of the classes that are shown as one.
	totals []linkTotal
	round  uint64
}

type linkTotal struct {
	class string
	totals
}

// linkReading is one line of counters. The name is valid until the next read.
type linkReading struct {
	name   []byte
	counts counts
	// overruns are packets that the receive queue of the device could not take.
	overruns uint64
}

// linkFacts are what is known about a link besides its counters.
type linkFacts struct {
	class string
	// bitsPerSecond is the negotiated speed, 0 where it is not known.
	bitsPerSecond uint64
	driver        string
	bond          string // which it is a part of
}

type link struct {
	linkFacts
	name   string
	single bool
	// excluded is what the selection says of the name.
	excluded bool
	last     counts
	round    uint64
	read     time.Time // when the facts were
	state    linkState
}

func newNetwork(o Options) collectors.Collector {
	n := &network{source: newLinkSource(o), choice: o.Interfaces, links: make(map[string]*link)}
	for _, class := range []string{linkVirtual, linkBridge, linkTunnel} {
		n.totals = append(n.totals, linkTotal{class: class})
	}
	return n
}

func (*network) Describe() collectors.Description {
	return collectors.Description{Name: "network", Title: "Network", Families: []*collectors.Family{
		collectors.NetBytes, collectors.NetPackets, collectors.NetErrors, collectors.NetDrops, collectors.NetMissed,
		collectors.NetSpeed, collectors.NetLink, collectors.NetCarrierChanges, collectors.NetSoftnet,
	}}
}

func (n *network) Sample(ctx context.Context, b *collectors.Batch) error {
	readings, err := n.source.read(ctx, n.buf[:0])
	n.buf = readings
	if err != nil {
		if absent(err) {
			unavailable(b, n.source.name(), err)
			return nil
		}
		return err
	}
	n.round++
	for i := range n.totals {
		n.totals[i].begin()
	}
	fast := false // some link states its speed
	for i := range readings {
		r := &readings[i]
		l := n.link(r, b.At())
		if l.excluded {
			continue
		}
		if !l.single {
			n.total(l).add(r.name, r.counts)
			continue
		}
		l.set(b, l.name, &r.counts)
		n.source.sampleState(b, l, r)
		fast = fast || l.bitsPerSecond > 0
	}
	if !fast {
		b.Unavailable("speed of links", "no link here states its speed")
	}
	for i := range n.totals {
		t := &n.totals[i]
		t.end()
		if t.used && t.present > 0 {
			(&link{linkFacts: linkFacts{class: t.class}}).set(b, t.class, &t.sum)
		}
	}
	n.source.sampleQueue(b)
	evict(n.links, n.round, func(l *link) (uint64, func()) { return l.round, l.state.close })
	return nil
}

// link returns what is known about the link of r, and reads it again every few seconds,
// when the link went down or up, and when its counters fell: then another one may have
// taken its name.
func (n *network) link(r *linkReading, now time.Time) *link {
	// The speed is asked under a lock that is held while addresses are
	// configured (rtnl), so not at every sample.
	const every = 10 * time.Second
	l, ok := n.links[string(r.name)]
	if !ok {
		l = &link{name: string(r.name)}
		l.excluded = n.choice.excludes(l.name)
		n.links[l.name] = l
	}
	if !ok || r.counts.fell(&l.last) || l.state.changed || now.Sub(l.read) >= every {
		l.linkFacts, l.read, l.state.changed = n.source.facts(l.name), now, false
		l.state.close()
		l.single = n.isSingle(l)
	}
	l.last, l.round = r.counts, n.round
	return l
}

// isSingle reports whether l is shown by itself. A link that is named like a class
// counts in that class: two series cannot have one name.
func (n *network) isSingle(l *link) bool {
	for i := range n.totals {
		if l.name == n.totals[i].class {
			return false
		}
	}
	switch l.class {
	case linkPhysical, linkBond, linkLoopback:
		return true
	}
	return n.choice.includes(l.name)
}

func (n *network) total(l *link) *linkTotal {
	i := slices.IndexFunc(n.totals, func(t linkTotal) bool { return t.class == l.class })
	return &n.totals[max(i, 0)]
}

// set gives the counters of l to the series of the given name.
func (l *link) set(b *collectors.Batch, name string, c *counts) {
	put := func(f *collectors.Family, dir string, v uint64) collectors.Slot {
		s := b.Slot(f, name, dir)
		b.Counter(s, v)
		l.describe(b, s)
		return s
	}
	most := float64(l.bitsPerSecond) / 8
	b.Max(put(collectors.NetBytes, "in", c[linkInBytes]), most)
	b.Max(put(collectors.NetBytes, "out", c[linkOutBytes]), most)
	put(collectors.NetPackets, "in", c[linkInPackets])
	put(collectors.NetPackets, "out", c[linkOutPackets])
	put(collectors.NetErrors, "in", c[linkInErrors])
	put(collectors.NetErrors, "out", c[linkOutErrors])
	put(collectors.NetDrops, "in", c[linkInDrops])
	put(collectors.NetDrops, "out", c[linkOutDrops])
}

func (f *linkFacts) describe(b *collectors.Batch, s collectors.Slot) {
	b.Info(s, "class", f.class)
	if f.driver != "" {
		b.Info(s, "driver", f.driver)
	}
	if f.bond != "" {
		b.Info(s, "bond", f.bond)
	}
}
