package host

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// sockets reads "TCP: inuse 5 orphan 0 mem 3" of sockstat.
func (d *scrapeOnly) sockets(file string) {
	d.lines(d.root.net(file), func(f []string) {
		protocol := strings.TrimSuffix(f[0], ":")
		for i := 1; i+1 < len(f); i += 2 {
			v := float(f, i+1)
			d.add("node_sockstat_"+protocol+"_"+f[i], "Number of "+protocol+" sockets in state "+f[i]+".", false, v)
			if f[i] == "mem" {
				d.add("node_sockstat_"+protocol+"_mem_bytes", "Kernel memory of "+protocol+" sockets.", false, v*float64(unix.Getpagesize()))
			}
		}
	})
}

// softnet reads a line of hexadecimal numbers per processor.
func (d *scrapeOnly) softnet() {
	line := 0
	d.lines(d.root.net("softnet_stat"), func(f []string) {
		cpu := strconv.Itoa(line)
		line++
		if len(f) > 12 { // newer kernels tell which processor it is
			if v, ok := parseHex([]byte(f[12])); ok {
				cpu = strconv.FormatUint(v, 10)
			}
		}
		for i, metric := range []string{"node_softnet_processed_total", "node_softnet_dropped_total", "node_softnet_times_squeezed_total"} {
			if i >= len(f) {
				return
			}
			if v, ok := parseHex([]byte(f[i])); ok {
				d.add(metric, "Packets of the receive queue of a processor.", true, float64(v), "cpu", cpu)
			}
		}
	})
}

// links reads what the network collector leaves out of net/dev.
func (d *scrapeOnly) links() {
	d.lines(d.root.net("dev"), func(f []string) {
		// The name may stand next to its first number.
		name, first, ok := strings.Cut(f[0], ":")
		if !ok {
			return
		}
		f = f[1:]
		if first != "" {
			f = append([]string{first}, f...)
		}
		for i, metric := range []string{
			"", "", "", "", "receive_fifo", "receive_frame", "receive_compressed", "receive_multicast",
			"", "", "", "", "transmit_fifo", "transmit_colls", "transmit_carrier", "transmit_compressed",
		} {
			if v := float(f, i); metric != "" && !math.IsNaN(v) {
				d.add("node_network_"+metric+"_total", "Statistic "+metric+" of a link.", true, v, "device", name)
			}
		}
	})
}

// linkFiles reads what sysfs tells of links.
func (d *scrapeOnly) linkFiles() {
	for _, dir := range d.root.glob("/sys/class/net/*") {
		name := dir[strings.LastIndexByte(dir, '/')+1:]
		for _, c := range []struct{ file, metric, help string }{
			{"carrier", "node_network_carrier", "Whether a link has a carrier."},
			{"mtu", "node_network_mtu_bytes", "Largest packet of a link."},
			{"tx_queue_len", "node_network_transmit_queue_length", "Length of the transmit queue."},
		} {
			if v, err := d.root.readUint(dir + "/" + c.file); err == nil {
				d.add(c.metric, c.help, false, float64(v), "device", name)
			}
		}
		if state, err := d.root.readString(dir + "/operstate"); err == nil {
			up := 0.0
			if state == "up" {
				up = 1
			}
			d.add("node_network_up", "Whether the state of a link is up.", false, up, "device", name)
		}
		if text, err := d.root.readString(dir + "/speed"); err == nil {
			if v, err := strconv.ParseInt(text, 10, 64); err == nil && v > 0 { // -1 is unknown
				d.add("node_network_speed_bytes", "Speed of a link.", false, float64(v)*1e6/8, "device", name)
			}
		}
	}
}

// neighbours counts the entries of the ARP table.
func (d *scrapeOnly) neighbours() {
	count := make(map[string]int)
	d.lines(d.root.net("arp"), func(f []string) {
		if len(f) == 6 && f[0] != "IP" {
			count[f[5]]++
		}
	})
	for device, n := range count {
		d.add("node_arp_entries", "Entries of the ARP table.", false, float64(n), "device", device)
	}
}
