package host

import (
	"bytes"
	"context"
	"os"
	"path"
	"strconv"

	"dashcam/collectors"
)

// linkSource reads /proc/net/dev, /proc/net/softnet_stat and /sys/class/net
// (Documentation/ABI/testing/sysfs-class-net).
type linkSource struct {
	root         root
	dev, softnet file
	queues       totals
}

func newLinkSource(o Options) linkSource {
	r := o.root()
	return linkSource{root: r, dev: r.file(r.net("dev")), softnet: r.file(r.net("softnet_stat"))}
}

func (s *linkSource) name() string { return s.dev.name }

func (s *linkSource) read(_ context.Context, into []linkReading) ([]linkReading, error) {
	text, err := s.dev.read()
	if err != nil {
		return into, err
	}
	into, ok := parseNetDev(into, text)
	if !ok {
		return into, malformed(s.dev.name, text)
	}
	return into, nil
}

// parseNetDev appends the links it finds. It is false where the two lines of headings
// are missing; a line that is cut short costs only its link.
func parseNetDev(into []linkReading, text []byte) ([]linkReading, bool) {
	_, rest := nextLine(text)
	head, rest := nextLine(rest)
	if !bytes.Contains(head, []byte("|bytes")) {
		return into, false
	}
	for line := range lines(rest) {
		if r, ok := parseNetDevLine(line); ok {
			into = append(into, r)
		}
	}
	return into, true
}

func parseNetDevLine(line []byte) (linkReading, bool) {
	// A name has no blank and no slash (dev_valid_name), but old kernels allowed
	// a colon, and no number has one.
	colon := bytes.LastIndexByte(line, ':')
	if colon < 0 {
		return linkReading{}, false
	}
	r := linkReading{name: trim(line[:colon])}
	line = line[colon+1:]
	var f [16]uint64
	for i := range f {
		var ok bool
		if f[i], line, ok = nextUint(line); !ok {
			return linkReading{}, false
		}
	}
	r.counts = counts{
		linkInBytes: f[0], linkInPackets: f[1], linkInErrors: f[2], linkInDrops: f[3],
		linkOutBytes: f[8], linkOutPackets: f[9], linkOutErrors: f[10], linkOutDrops: f[11],
	}
	r.overruns = f[4]
	return r, len(r.name) > 0
}

// The hardware types of links that are told by their type (include/uapi/linux/if_arp.h).
const (
	arphrdEther    = 1
	arphrdLoopback = 772
)

// arphrdTunnels are the types of links whose packets travel in other packets: ppp, ipip,
// ip6tnl, sit, gre, ip6gre, none (tun, wireguard).
var arphrdTunnels = [...]uint64{512, 768, 769, 776, 778, 823, 65534}

func (s *linkSource) facts(name string) linkFacts {
	if name == "." || name == ".." {
		return linkFacts{class: linkVirtual}
	}
	dir := "/sys/class/net/" + name
	f := linkFacts{class: s.class(dir)}
	// -1 is "not known"; a link that is down answers with an error.
	if mbit, err := s.root.readUint(dir + "/speed"); err == nil {
		f.bitsPerSecond = mbit * 1e6
	}
	if f.class == linkPhysical {
		if driver, err := os.Readlink(s.root.path(dir + "/device/driver")); err == nil {
			f.driver = path.Base(driver)
		}
		if master, err := os.Readlink(s.root.path(dir + "/master")); err == nil && s.exists("/sys/class/net/"+path.Base(master)+"/bonding") {
			f.bond = path.Base(master)
		}
	}
	return f
}

func (s *linkSource) class(dir string) string {
	kind, err := s.root.readUint(dir + "/type")
	switch {
	case err != nil:
		return guessClass(path.Base(dir))
	case kind == arphrdLoopback:
		return linkLoopback
	case s.exists(dir + "/bridge"):
		return linkBridge
	case s.exists(dir + "/bonding"):
		return linkBond
	}
	for _, tunnel := range arphrdTunnels {
		if kind == tunnel {
			return linkTunnel
		}
	}
	uevent, _ := s.root.readString(dir + "/uevent")
	switch deviceType(uevent) {
	case "vxlan", "geneve", "gre", "wireguard":
		return linkTunnel
	case "team":
		return linkBond
	case "vlan":
		return linkVirtual
	}
	if s.exists(dir + "/device") {
		return linkPhysical
	}
	return linkVirtual
}

// deviceType returns the DEVTYPE of a uevent file.
func deviceType(uevent string) string {
	for rest := []byte(uevent); len(rest) > 0; {
		var line []byte
		line, rest = nextLine(rest)
		if v, ok := bytes.CutPrefix(line, []byte("DEVTYPE=")); ok {
			return string(trim(v))
		}
	}
	return ""
}

// guessClass is for hosts without a readable /sys/class/net: names as systemd and the
// kernel give them.
func guessClass(name string) string {
	if name == "lo" {
		return linkLoopback
	}
	for _, g := range [...]struct{ prefix, class string }{
		{"eth", linkPhysical}, {"en", linkPhysical}, {"wl", linkPhysical}, {"ww", linkPhysical}, {"ib", linkPhysical},
		{"bond", linkBond}, {"br", linkBridge}, {"docker", linkBridge}, {"virbr", linkBridge},
		{"tun", linkTunnel}, {"wg", linkTunnel}, {"ppp", linkTunnel}, {"sit", linkTunnel}, {"gre", linkTunnel},
	} {
		if len(name) > len(g.prefix) && name[:len(g.prefix)] == g.prefix {
			return g.class
		}
	}
	return linkVirtual
}

func (s *linkSource) exists(name string) bool {
	_, err := os.Stat(s.root.path(name))
	return err == nil
}

// linkState are the small files of a link that is shown by itself, and what they said.
type linkState struct {
	known                      bool
	operstate, missed, carrier file
	changes                    uint64
	// changed is set when the link went down or up since the last sample.
	changed bool
}

// close gives up the files: a link that was renamed takes its open files along, so now
// and then they are opened anew.
func (st *linkState) close() {
	st.operstate.close()
	st.missed.close()
	st.carrier.close()
}

func (s *linkSource) sampleState(b *collectors.Batch, l *link, r *linkReading) {
	st := &l.state
	if !st.known {
		dir := "/sys/class/net/" + l.name
		st.known = true
		st.operstate = s.root.file(dir + "/operstate")
		st.missed = s.root.file(dir + "/statistics/rx_missed_errors")
		st.carrier = s.root.file(dir + "/carrier_changes")
	}
	if l.bitsPerSecond > 0 {
		slot := b.Slot(collectors.NetSpeed, l.name)
		b.Gauge(slot, float64(l.bitsPerSecond))
		l.describe(b, slot)
	}
	text, err := st.operstate.read()
	if err != nil {
		unavailable(b, collectors.CleanLabel(st.operstate.name), err)
		return
	}
	if v, ok := linkUp(trim(text)); ok {
		slot := b.Slot(collectors.NetLink, l.name)
		b.Gauge(slot, v)
		l.describe(b, slot)
	}
	if n, err := st.carrier.uint(); err == nil {
		slot := b.Slot(collectors.NetCarrierChanges, l.name)
		b.Counter(slot, n)
		l.describe(b, slot)
		st.changed = n != st.changes
		st.changes = n
	}
	if n, err := st.missed.uint(); err == nil {
		slot := b.Slot(collectors.NetMissed, l.name)
		b.Counter(slot, n+r.overruns)
		l.describe(b, slot)
	}
}

// linkUp returns the index into the states of net.link. Drivers that do not report a state
// leave it at "unknown", which the kernel itself counts as up (netif_oper_up).
func linkUp(operstate []byte) (state float64, ok bool) {
	switch string(operstate) {
	case "up", "unknown":
		return 0, true
	case "":
		return 0, false
	}
	return 1, true
}

// sampleQueue adds up the processors' receive queues. A processor that is switched off
// leaves the file and comes back with its old counts, so the sum is one of rises.
func (s *linkSource) sampleQueue(b *collectors.Batch) {
	text, err := s.softnet.read()
	if err != nil {
		unavailable(b, s.softnet.name, err)
		return
	}
	s.queues.begin()
	row := 0
	for line := range lines(text) {
		cpu, c, ok := parseSoftnetLine(line)
		if !ok {
			unavailable(b, s.softnet.name, malformed(s.softnet.name, line))
			return
		}
		if len(cpu) == 0 {
			var digits [20]byte
			cpu = strconv.AppendUint(digits[:0], uint64(row), 16)
		}
		s.queues.add(cpu, c)
		row++
	}
	s.queues.end()
	for i, kind := range [...]string{"processed", "dropped", "squeezed"} {
		b.Counter(b.Slot(collectors.NetSoftnet, kind), s.queues.sum[i])
	}
}

// parseSoftnetLine returns processed, dropped and time_squeeze of one processor (hexadecimal,
// softnet_seq_show) and its number, which kernels before 5.10 do not write.
func parseSoftnetLine(line []byte) (cpu []byte, c counts, ok bool) {
	const cpuField = 12
	for i := 0; ; i++ {
		var field []byte
		if field, line = nextField(line); len(field) == 0 {
			return cpu, c, i >= 3
		}
		v, ok := parseHex(field)
		if !ok {
			return nil, counts{}, false
		}
		switch {
		case i < 3:
			c[i] = v
		case i == cpuField:
			cpu = field
		}
	}
}
