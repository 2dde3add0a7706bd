package synthetic

import (
	"math"
	"time"

	"dashcam/collectors"
)

func (h *Host) diskCollector() *collector {
	c := describe("disk", "Disks", 0)
	facts := [][]string{
		{"class", "physical", "rotational", "no", "model", "SAMSUNG MZQL2960HCJR"},
		{"class", "physical", "rotational", "yes", "model", "ST8000NM000A"},
		{"class", "virtual", "rotational", "no"},
	}
	for len(facts) < len(h.disks) {
		facts = append(facts, facts[0])
	}
	for i, name := range h.disks {
		put := func(f *collectors.Family, rate func(d *diskMoment) float64, labels ...string) int {
			v := c.counter(f, func(m *moment) float64 { return rate(&m.disks[i]) }, append([]string{name}, labels...)...)
			v.info = facts[i]
			return len(c.counters) - 1
		}
		put(collectors.DiskBytes, func(d *diskMoment) float64 { return d.readBytes }, "read")
		put(collectors.DiskBytes, func(d *diskMoment) float64 { return d.writeBytes }, "write")
		reads := put(collectors.DiskOperations, func(d *diskMoment) float64 { return d.reads }, "read")
		writes := put(collectors.DiskOperations, func(d *diskMoment) float64 { return d.writes }, "write")
		readMs := c.part(func(m *moment) float64 { return m.disks[i].readMs })
		writeMs := c.part(func(m *moment) float64 { return m.disks[i].writeMs })
		c.ratio(collectors.DiskWait, []int{readMs}, []int{reads}, name, "read").info = facts[i]
		c.ratio(collectors.DiskWait, []int{writeMs}, []int{writes}, name, "write").info = facts[i]
		put(collectors.DiskQueue, func(d *diskMoment) float64 { return d.weightedMs })
		put(collectors.DiskBusy, func(d *diskMoment) float64 { return d.busyMs })
	}
	never := func(*moment) float64 { return 0 }
	c.counter(collectors.DiskErrors, never, "sda").info = facts[1]
	c.counter(collectors.FilesystemErrors, never, "dm-0")
	c.counter(collectors.FilesystemErrors, never, "sda1")
	c.unavailable = []collectors.Unavailable{{Source: "/sys/block/nvme0n1/device/ioerr_cnt", Reason: "NVMe devices do not count failed requests"}}
	return c
}

func (h *Host) filesystemCollector() *collector {
	c := describe("filesystem", "File systems", 10*time.Second)
	mount := func(point, device, kind string, size, inodes float64, used func(m *moment) float64) {
		info := []string{"device", device, "fstype", kind}
		put := func(f *collectors.Family, most float64, value func(m *moment) float64, labels ...string) {
			g := c.gauge(f, value, append([]string{point}, labels...)...)
			g.info, g.max = info, most
		}
		bytes := func(m *moment) float64 { return math.Floor(used(m)/4096) * 4096 }
		put(collectors.FilesystemStalled, 0, func(*moment) float64 { return 0 })
		put(collectors.FilesystemReadOnly, 0, func(*moment) float64 { return 0 })
		put(collectors.FilesystemBytes, size, func(*moment) float64 { return size }, "total")
		put(collectors.FilesystemBytes, size, bytes, "used")
		put(collectors.FilesystemBytes, size, func(m *moment) float64 { return size - bytes(m) }, "available")
		put(collectors.FilesystemBytes, size, func(m *moment) float64 { return size - bytes(m) }, "free")
		if inodes > 0 {
			put(collectors.FilesystemInodes, inodes, func(*moment) float64 { return inodes }, "total")
			put(collectors.FilesystemInodes, inodes, func(m *moment) float64 { return math.Round(inodes * 0.12 * (1 + used(m)/size/50)) }, "used")
		}
	}
	mount("/", "/dev/nvme0n1p2", "ext4", 120*gib, 7864320, func(m *moment) float64 { return 0.61*120*gib + 40*mib*h.wave("root", m.t, 300) })
	mount("/boot/efi", "/dev/nvme0n1p1", "vfat", 0.5*gib, 0, func(*moment) float64 { return 6 * mib })
	mount("/var", "/dev/mapper/vg0-var", "ext4", varSize, 32768000, func(m *moment) float64 { return m.varUsed })
	mount("/srv/backup", "/dev/sda1", "xfs", 7450*gib, 390000000, func(m *moment) float64 {
		// Each backup replaces the oldest one.
		return 0.58*7450*gib + 6.6*gib*m.dump
	})
	return c
}

func (h *Host) networkCollector() *collector {
	c := describe("network", "Network", 0)
	facts, speeds := [][]string{{"class", "physical", "driver", "ixgbe"}, {"class", "loopback"}}, []float64{linkSpeed, 0}
	for len(facts) < len(h.links) {
		facts, speeds = append(facts, facts[0]), append(speeds, linkSpeed)
	}
	never := func(*linkMoment) float64 { return 0 }
	for i, name := range h.links {
		put := func(f *collectors.Family, rate func(l *linkMoment) float64, labels ...string) *counter {
			v := c.counter(f, func(m *moment) float64 { return rate(&m.links[i]) }, append([]string{name}, labels...)...)
			v.info = facts[i]
			return v
		}
		put(collectors.NetBytes, func(l *linkMoment) float64 { return l.in }, "in").max = speeds[i] / 8
		put(collectors.NetBytes, func(l *linkMoment) float64 { return l.out }, "out").max = speeds[i] / 8
		put(collectors.NetPackets, func(l *linkMoment) float64 { return l.packetsIn }, "in")
		put(collectors.NetPackets, func(l *linkMoment) float64 { return l.packetsOut }, "out")
		put(collectors.NetErrors, func(l *linkMoment) float64 { return l.errors }, "in")
		put(collectors.NetErrors, never, "out")
		put(collectors.NetDrops, func(l *linkMoment) float64 { return l.dropped }, "in")
		put(collectors.NetDrops, never, "out")
		put(collectors.NetMissed, never)
		put(collectors.NetCarrierChanges, never)
		if speeds[i] > 0 {
			c.constant(collectors.NetSpeed, speeds[i], name).info = facts[i]
		}
		c.constant(collectors.NetLink, 0, name).info = facts[i]
	}
	c.counter(collectors.NetSoftnet, func(m *moment) float64 { return m.links[0].packetsIn + m.links[1].packetsIn }, "processed")
	c.counter(collectors.NetSoftnet, func(*moment) float64 { return 0 }, "dropped")
	c.counter(collectors.NetSoftnet, func(m *moment) float64 { return 0.3 * h.uniform("squeezed", int(m.t)) }, "squeezed")
	return c
}

func (h *Host) socketsCollector() *collector {
	c := describe("sockets", "TCP and UDP", 0)
	c.gauge(collectors.TCPSockets, func(m *moment) float64 { return m.tcp.established }, "established")
	c.gauge(collectors.TCPSockets, func(m *moment) float64 { return m.tcp.established + 14 }, "in_use")
	c.gauge(collectors.TCPSockets, func(m *moment) float64 { return math.Round(2 * h.uniform("orphan", int(m.t))) }, "orphan")
	c.gauge(collectors.TCPSockets, func(m *moment) float64 { return m.tcp.waiting }, "time_wait")
	c.gauge(collectors.TCPSockets, func(m *moment) float64 { return m.tcp.established + 31 }, "allocated")
	c.gauge(collectors.TCPMemory, func(m *moment) float64 { return 4096 * math.Round(m.tcp.established*2.5) })
	tcp := func(f *collectors.Family, rate func(v *tcpMoment) float64, labels ...string) {
		c.counter(f, func(m *moment) float64 { return rate(&m.tcp) }, labels...)
	}
	tcp(collectors.TCPSegments, func(v *tcpMoment) float64 { return v.segmentsIn }, "in")
	tcp(collectors.TCPSegments, func(v *tcpMoment) float64 { return v.segmentsOut }, "out")
	tcp(collectors.TCPRetransmits, func(v *tcpMoment) float64 { return v.retransmits })
	tcp(collectors.TCPOpeningAgain, func(v *tcpMoment) float64 { return 0.05 * v.retransmits })
	tcp(collectors.TCPDuplicates, func(v *tcpMoment) float64 { return 0.1 * v.retransmits })
	tcp(collectors.TCPOpens, func(v *tcpMoment) float64 { return 0.4 * v.opens }, "active")
	tcp(collectors.TCPOpens, func(v *tcpMoment) float64 { return 0.6 * v.opens }, "passive")
	tcp(collectors.TCPOpens, func(v *tcpMoment) float64 { return 0.05 * v.resets }, "failed")
	tcp(collectors.TCPResets, func(v *tcpMoment) float64 { return v.resets }, "in")
	tcp(collectors.TCPResets, func(v *tcpMoment) float64 { return 1.3 * v.resets }, "out")
	tcp(collectors.TCPErrors, func(*tcpMoment) float64 { return 0 })
	tcp(collectors.TCPListen, func(*tcpMoment) float64 { return 0 }, "overflows")
	tcp(collectors.TCPListen, func(*tcpMoment) float64 { return 0 }, "drops")
	for _, dir := range [...]string{"in", "out"} {
		c.counter(collectors.UDPDatagrams, func(m *moment) float64 { return 24 * h.vary("udp", m.t, 0.6) }, dir)
	}
	for _, kind := range [...]string{"no_port", "in", "receive_buffer", "send_buffer", "checksum"} {
		c.counter(collectors.UDPErrors, func(*moment) float64 { return 0 }, kind)
	}
	c.constant(collectors.UDPSockets, 9)
	return c
}
