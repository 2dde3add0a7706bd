package host

import (
	"fmt"

	"testing"

	"github.com/google/go-cmp/cmp"
)

func detailed(root string) map[string]float64 {
	out := make(map[string]float64)
	for _, d := range ScrapeOnly(Options{Root: root}) {
		out[d.Metric+fmt.Sprint(d.Labels)] = d.Value
	}
	return out
}

func TestScrapeOnly_AreReadFromTheRoot(t *testing.T) {
	root := handmade{
		"proc/meminfo":                         "MemTotal:  4 kB\nActive(anon):  3 kB\nHugePages_Total:  7\n",
		"proc/1/net/snmp":                      "Ip: Forwarding DefaultTTL\nIp: 1 64\nUdp: InDatagrams NoPorts\nUdp: 5 6\n",
		"proc/1/net/netstat":                   "TcpExt: SyncookiesSent Odd\nTcpExt: 8 9\n",
		"proc/1/net/sockstat":                  "sockets: used 31\nTCP: inuse 5 orphan 0\n",
		"proc/1/net/softnet_stat":              "0000000a 00000002 00000001\n",
		"proc/1/net/dev":                       "Inter-| Receive\n face |bytes\n  eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
		"proc/1/net/arp":                       "IP address HW type Flags HW address Mask Device\n10.0.0.1 0x1 0x2 aa:bb:cc:dd:ee:ff * eth0\n",
		"proc/diskstats":                       " 8 0 sda 1 22 3 4 5 66 7 8 9 10 11\n",
		"proc/stat":                            "cpu 1 1 1 1 1 1 1 1 500 1\ncpu0 1 1 1 1 1 1 1 1 500 100\n",
		"proc/sys/kernel/random/entropy_avail": "256\n",
		"etc/os-release":                       "ID=debian\nPRETTY_NAME=\"Debian 12\"\n",
		"sys/class/net/eth0/mtu":               "1500\n",
		"sys/class/net/eth0/operstate":         "up\n",
		"sys/class/net/eth0/speed":             "-1\n",
		"sys/class/net/eth0/carrier":           "1\n",
	}.write(t)
	got := detailed(root)
	for series, want := range map[string]float64{
		"node_memory_MemTotal_bytes[]": 4096, "node_memory_Active_anon_bytes[]": 3072, "node_memory_HugePages_Total[]": 7,
		"node_netstat_Ip_Forwarding[]": 1, "node_netstat_Udp_InDatagrams[]": 5, "node_netstat_Udp_NoPorts[]": 6, "node_netstat_TcpExt_SyncookiesSent[]": 8,
		"node_sockstat_sockets_used[]": 31, "node_sockstat_TCP_inuse[]": 5,
		"node_softnet_processed_total[[cpu 0]]": 10, "node_softnet_dropped_total[[cpu 0]]": 2, "node_softnet_times_squeezed_total[[cpu 0]]": 1,
		"node_network_receive_fifo_total[[device eth0]]": 5, "node_network_receive_multicast_total[[device eth0]]": 8, "node_network_transmit_compressed_total[[device eth0]]": 16,
		"node_arp_entries[[device eth0]]": 1, "node_disk_reads_merged_total[[device sda]]": 22, "node_disk_writes_merged_total[[device sda]]": 66, "node_disk_io_now[[device sda]]": 9,
		"node_cpu_guest_seconds_total[[cpu 0] [mode user]]": 5, "node_cpu_guest_seconds_total[[cpu 0] [mode nice]]": 1,
		"node_entropy_available_bits[]": 256, "node_network_mtu_bytes[[device eth0]]": 1500, "node_network_up[[device eth0]]": 1, "node_network_carrier[[device eth0]]": 1,
	} {
		if v, given := got[series]; !given || v != want {
			t.Errorf("%s is %v (given: %v), want %v", series, v, given, want)
		}
	}
	for _, none := range []string{"node_netstat_TcpExt_Odd[]", "node_network_speed_bytes[[device eth0]]", "node_cpu_guest_seconds_total[[cpu ] [mode user]]"} {
		if v, given := got[none]; given {
			t.Errorf("%s is %v", none, v)
		}
	}
}

func TestScrapeOnly_OfAnEmptyRootAreNone(t *testing.T) {
	if diff := cmp.Diff(map[string]float64{}, detailed(t.TempDir())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzDetails(f *testing.F) {
	f.Add("MemTotal: 4 kB\n", "Ip: A\nIp: 1\n", " eth0:1 2\n", " 8 0 sda 1\n")
	f.Fuzz(func(t *testing.T, meminfo, snmp, dev, disks string) {
		root := handmade{"proc/meminfo": meminfo, "proc/1/net/snmp": snmp, "proc/1/net/dev": dev, "proc/diskstats": disks, "proc/1/net/softnet_stat": dev, "proc/1/net/sockstat": snmp, "proc/stat": disks}.write(t)
		for _, d := range ScrapeOnly(Options{Root: root}) {
			if d.Metric == "" || d.Help == "" {
				t.Errorf("%+v", d)
			}
		}
	})
}
