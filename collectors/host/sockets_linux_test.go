package host

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	gopsutil "github.com/shirou/gopsutil/v3/net"

	"dashcam/collectors"
)

const (
	someSnmp = `Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens CurrEstab InSegs OutSegs RetransSegs
Tcp: 1 -1 23 2 7 7337 4742 9
Udp: InDatagrams NoPorts InErrors OutDatagrams
Udp: 31 1 2 32
`
	someSockstat = "sockets: used 17\nTCP: inuse 3 orphan 1 tw 4 alloc 5 mem 6\nUDP: inuse 2 mem 0\n"
)

func TestSockets_AddIPv6AndLeaveOutWhatIsNotThere(t *testing.T) {
	o := observe(t, newSockets(Options{Root: handmade{
		"proc/1/net/snmp":      someSnmp,
		"proc/1/net/snmp6":     "Ip6InReceives \t1\nUdp6InDatagrams                 \t100\nUdp6NoPorts \t10\nUdp6SndbufErrors \t5\n",
		"proc/1/net/netstat":   "TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPSynRetrans TCPDSACKRecv TCPDSACKRecvSegs\nTcpExt: 0 11 12 4 5 6\n",
		"proc/1/net/sockstat":  someSockstat,
		"proc/1/net/sockstat6": "TCP6: inuse 30\nUDP6: inuse 20\n",
	}.write(t)}), nil)
	want := map[string]any{
		"tcp.sockets established": 7.0, "tcp.sockets in_use": 33.0, "tcp.sockets orphan": 1.0, "tcp.sockets time_wait": 4.0, "tcp.sockets allocated": 5.0,
		"tcp.memory": 6 * float64(os.Getpagesize()), "udp.sockets": 22.0,
		"tcp.opens active": uint64(23), "tcp.opens passive": uint64(2), "tcp.segments in": uint64(7337), "tcp.segments out": uint64(4742),
		"tcp.retransmits": uint64(9), "tcp.retransmits.opening": uint64(4), "tcp.retransmits.needless": uint64(6), "tcp.listen overflows": uint64(11), "tcp.listen drops": uint64(12),
		"udp.datagrams in": uint64(131), "udp.datagrams out": uint64(32), "udp.errors no_port": uint64(11), "udp.errors in": uint64(2),
	}
	if diff := cmp.Diff(want, o.values); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
}

// Before Linux 5.9 there are reports of duplicates, and no count of their segments.
func TestSockets_OldKernelsCountReportsOfDuplicates(t *testing.T) {
	o := observe(t, newSockets(Options{Root: handmade{"proc/1/net/snmp": someSnmp, "proc/1/net/netstat": "TcpExt: TCPDSACKRecv\nTcpExt: 5\n"}.write(t)}), nil)
	if got := o.values["tcp.retransmits.needless"]; got != uint64(5) {
		t.Errorf("needless retransmits: %v, want 5", got)
	}
	if got, told := o.values["tcp.retransmits.opening"]; told {
		t.Errorf("retransmits to open: %v where the kernel does not count them", got)
	}
}

// Were a failed read of the part of IPv6 taken for zero, the sum would fall and leap.
func TestSockets_IPv6PartSurvivesAFailedRead(t *testing.T) {
	root := handmade{"proc/1/net/snmp": someSnmp, "proc/1/net/snmp6": "Udp6InDatagrams \t100\n"}.write(t)
	c, b := newSockets(Options{Root: root}), collectors.NewBatch()
	observe(t, c, b)
	if err := os.Remove(root + "/proc/1/net/snmp6"); err != nil {
		t.Fatal(err)
	}
	if got := observe(t, c, b).values["udp.datagrams in"]; got != uint64(131) {
		t.Errorf("datagrams in: %v, want 131 as before", got)
	}
}

func TestSockets_SayWhatIsMissing(t *testing.T) {
	o := observe(t, newSockets(Options{Root: handmade{"proc/1/net/netstat": "TcpExt: A\n"}.write(t)}), nil)
	if len(o.values) != 0 {
		t.Errorf("values %v from nothing", o.values)
	}
	for _, source := range []string{"/proc/1/net/snmp", "/proc/1/net/netstat", "/proc/1/net/sockstat"} {
		if o.unavailable[source] == "" {
			t.Errorf("unavailable %v does not name %s", o.unavailable, source)
		}
	}
	if _, err := tryObserve(t, newSockets(Options{Root: handmade{"proc/1/net/snmp": "Tcp: InSegs\n"}.write(t)}), nil); err == nil {
		t.Error("headings without numbers give no error")
	}
}

func TestSockets_ForbiddenNamespaceIsUnavailable(t *testing.T) {
	root := handmade{"proc/1/net/snmp": someSnmp, "proc/1/net/sockstat": someSockstat}.write(t)
	forbid(t, root+"/proc/1/net")
	o := observe(t, newSockets(Options{Root: root}), nil)
	if len(o.values) != 0 || o.unavailable["/proc/1/net/snmp"] != "may not be read by this user" {
		t.Errorf("values %v, unavailable %v", o.values, o.unavailable)
	}
}

func TestSockets_AgreeWithGopsutil(t *testing.T) {
	o, ctx := copyOfProc(t, "net/snmp")
	got := observe(t, newSockets(o), nil).values
	all, err := gopsutil.ProtoCountersWithContext(ctx, []string{"tcp"})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d protocols, error %v", len(all), err)
	}
	agrees(t, "segments in", got["tcp.segments in"], float64(all[0].Stats["InSegs"]))
	agrees(t, "active opens", got["tcp.opens active"], float64(all[0].Stats["ActiveOpens"]))
}

func FuzzParseProtocols(f *testing.F) {
	f.Add([]byte(someSnmp))
	f.Add([]byte(someSockstat))
	f.Add([]byte("Tcp: A B\nTcp: 1\nTcp: 2\n:\n:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		// What an earlier file indexed must make no difference.
		fresh, indexed := newSocketSource(Options{}), newSocketSource(Options{})
		indexed.snmp.parse([]byte(someSnmp), func(int, uint64) {})
		if a, b := fresh.snmp.parse(text, fresh.take), indexed.snmp.parse(text, indexed.take); a != b {
			t.Errorf("found pairs %v, and after another file %v", a, b)
		}
		if diff := cmp.Diff(fresh.values, indexed.values); diff != "" {
			t.Errorf("after another file (-without +with):\n%s", diff)
		}
		parseSockstat(text)
		s := newSocketSource(Options{})
		s.takeIPv6(text)
	})
}
