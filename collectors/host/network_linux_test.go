package host

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gopsutil "github.com/shirou/gopsutil/v3/net"

	"dashcam/collectors"
)

const netDevHead = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`

// netDev returns a line of /proc/net/dev with v received bytes and 2v sent ones.
func netDev(name, v string) string {
	return name + ": " + v + " 1 2 3 4 0 0 0 2" + v + " 5 6 7 0 0 0 0\n"
}

func TestNetwork_TellsClassesApart(t *testing.T) {
	files := handmade{"proc/1/net/dev": netDevHead}
	want := map[string]string{}
	for name, c := range map[string]struct {
		class string
		sys   map[string]string
	}{
		"lo":     {linkLoopback, map[string]string{"type": "772"}},
		"enp1s0": {linkPhysical, map[string]string{"type": "1", "device/vendor": "0x8086"}},
		"wlan0":  {linkPhysical, map[string]string{"type": "1", "device/vendor": "0x8086", "uevent": "DEVTYPE=wlan\n"}},
		"bond0":  {linkBond, map[string]string{"type": "1", "bonding/mode": "802.3ad 4", "uevent": "DEVTYPE=bond\n"}},
		"team0":  {linkBond, map[string]string{"type": "1", "uevent": "INTERFACE=team0\nDEVTYPE=team\n"}},
		"br-1f":  {linkBridge, map[string]string{"type": "1", "bridge/stp_state": "0"}},
		"wg0":    {linkTunnel, map[string]string{"type": "65534", "uevent": "DEVTYPE=wireguard\n"}},
		"vxlan1": {linkTunnel, map[string]string{"type": "1", "uevent": "DEVTYPE=vxlan\n"}},
		"tap0":   {linkVirtual, map[string]string{"type": "1", "tun_flags": "0x1002"}},
		"veth1a": {linkVirtual, map[string]string{"type": "1"}},
		"eth0.5": {linkVirtual, map[string]string{"type": "1", "uevent": "DEVTYPE=vlan\n", "device/vendor": "x"}},
	} {
		files["proc/1/net/dev"] += netDev(name, "10")
		for file, text := range c.sys {
			files["sys/class/net/"+name+"/"+file] = text + "\n"
		}
		want[name] = c.class
	}
	o := observe(t, newNetwork(Options{Root: files.write(t), Interfaces: Selection{Include: []string{"*"}}}), nil)
	got := map[string]string{}
	for name := range want {
		got[name] = o.info["net.bytes "+name+" in"]["class"]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
}

func TestNetwork_ReadsStateSpeedAndMaximum(t *testing.T) {
	root := handmade{
		"proc/1/net/dev":                                 netDevHead + netDev("eth0", "100") + netDev("eth1", "100"),
		"sys/class/net/eth0/type":                        "1\n",
		"sys/class/net/eth0/device/vendor":               "x\n",
		"sys/class/net/eth0/speed":                       "1000\n",
		"sys/class/net/eth0/operstate":                   "up\n",
		"sys/class/net/eth0/carrier_changes":             "4\n",
		"sys/class/net/eth0/statistics/rx_missed_errors": "30\n",
		"sys/class/net/eth1/type":                        "1\n",
		"sys/class/net/eth1/device/vendor":               "x\n",
		"sys/class/net/eth1/speed":                       "-1\n",
		"sys/class/net/eth1/operstate":                   "lowerlayerdown\n",
	}.write(t)
	c, b := newNetwork(Options{Root: root}), collectors.NewBatch()
	o := observe(t, c, b)
	want := map[string]any{
		"net.speed eth0": 1e9, "net.link eth0": 0.0, "net.carrier_changes eth0": uint64(4),
		"net.missed eth0": uint64(34), // with the 4 of the receive queue
		"net.link eth1":   1.0,
	}
	if diff := cmp.Diff(want, only(o.values, "net.speed", "net.link", "net.carrier", "net.missed")); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	if got := [...]float64{o.max["net.bytes eth0 in"], o.max["net.bytes eth1 in"]}; got != [...]float64{125e6, 0} {
		t.Errorf("maxima of both links %v, want 1 Gbit/s in bytes, and none", got)
	}

	// A renegotiated speed is noticed by the carrier that came and went, not by time.
	handmade{"sys/class/net/eth0/speed": "100\n", "sys/class/net/eth0/carrier_changes": "6\n"}.into(t, root)
	observe(t, c, b)
	if got := observe(t, c, b).values["net.speed eth0"]; got != 1e8 {
		t.Errorf("speed after the carrier changed: %v, want 1e8", got)
	}
}

func TestNetwork_VirtualLinksAreOneThatNeverLeaps(t *testing.T) {
	root := t.TempDir()
	c, b := newNetwork(Options{Root: root}), collectors.NewBatch()
	var got []any
	for _, lines := range []string{
		netDev("veth1", "0"),
		netDev("veth1", "100"),
		netDev("veth1", "110") + netDev("veth2", "99999"),
		netDev("veth2", "100000"),
		netDev("veth2", "100002") + netDev("virtual", "7"),
		netDev("veth2", "100003") + netDev("virtual", "9"),
	} {
		handmade{"proc/1/net/dev": netDevHead + lines}.into(t, root)
		got = append(got, observe(t, c, b).values["net.bytes virtual in"])
	}
	// A link that is called like the class is one of it.
	want := []any{uint64(0), uint64(100), uint64(110), uint64(111), uint64(113), uint64(116)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bytes of all virtual links (-want +got):\n%s", diff)
	}
}

func TestParseNetDev_CutShortCostsOnlyTheLink(t *testing.T) {
	whole := netDevHead + netDev("    lo", "10") + netDev("eth0:1", "20") + netDev("eth1", "30")
	names := func(text string) (all []string) {
		readings, ok := parseNetDev(nil, []byte(text))
		if !ok {
			return []string{"refused"}
		}
		for _, r := range readings {
			all = append(all, string(r.name))
		}
		return all
	}
	if diff := cmp.Diff([]string{"lo", "eth0:1", "eth1"}, names(whole)); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"lo", "eth0:1"}, names(whole[:len(whole)-1])); diff != "" {
		t.Errorf("links without the last line end (-want +got):\n%s", diff)
	}
	for cut := range whole {
		names(whole[:cut]) // gopsutil 3.24.5 panics at some of them
	}
	if got := names(whole[:20]); got[0] != "refused" {
		t.Errorf("a file cut in its headings gives %q, want a refusal", got)
	}
}

func TestNetwork_ReceiveQueueSumsProcessorsThatComeAndGo(t *testing.T) {
	const tail = " 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
	cpu := func(processed, number string) string { return processed + " 00000000 00000001" + tail + number + "\n" }
	root := handmade{"proc/1/net/dev": netDevHead}.write(t)
	c, b := newNetwork(Options{Root: root}), collectors.NewBatch()
	var got []any
	for _, text := range []string{
		cpu("00000100", "00000000") + cpu("00001000", "00000001"),
		cpu("00000101", "00000000") + cpu("00001001", "00000001"),
		cpu("00000102", "00000000"), // the second was unplugged
		cpu("00000103", "00000000") + cpu("00001001", "00000001"),
		"garbage\n",
	} {
		handmade{"proc/1/net/softnet_stat": text}.into(t, root)
		got = append(got, observe(t, c, b).values["net.softnet processed"])
	}
	if diff := cmp.Diff([]any{uint64(0), uint64(2), uint64(3), uint64(4), nil}, got); diff != "" {
		t.Errorf("packets (-want +got):\n%s", diff)
	}
}

func TestNetwork_AbsentNamespaceIsSaidAndNotReplacedByOurOwn(t *testing.T) {
	o := observe(t, newNetwork(Options{Root: t.TempDir()}), nil)
	if len(o.values) != 0 || o.unavailable["/proc/1/net/dev"] == "" {
		t.Errorf("values %v, unavailable %v, want only the latter", o.values, o.unavailable)
	}
	if _, err := tryObserve(t, newNetwork(Options{Root: handmade{"proc/1/net/dev": "\n"}.write(t)}), nil); err == nil {
		t.Error("a file without headings gives no error")
	}
}

// TestNetwork_AgreesWithGopsutil reads what this machine says with both.
func TestNetwork_AgreesWithGopsutil(t *testing.T) {
	o, ctx := copyOfProc(t, "net/dev")
	o.Interfaces = Selection{Include: []string{"*"}}
	got := observe(t, newNetwork(o), nil).values
	theirs, err := gopsutil.IOCountersWithContext(ctx, true)
	if err != nil || len(theirs) == 0 {
		t.Fatalf("%d interfaces, %v", len(theirs), err)
	}
	for _, c := range theirs {
		if c.Name == linkVirtual || c.Name == linkBridge || c.Name == linkTunnel || strings.Contains(c.Name, ":") {
			continue
		}
		agrees(t, c.Name+" in", got["net.bytes "+c.Name+" in"], float64(c.BytesRecv))
		agrees(t, c.Name+" out", got["net.bytes "+c.Name+" out"], float64(c.BytesSent))
		agrees(t, c.Name+" packets out", got["net.packets "+c.Name+" out"], float64(c.PacketsSent))
		agrees(t, c.Name+" drops in", got["net.drops "+c.Name+" in"], float64(c.Dropin))
	}
}

func FuzzParseNetDev(f *testing.F) {
	f.Add([]byte(netDevHead + netDev("eth0", "5")))
	f.Add([]byte("0000001f 00000000 00000002 0 0 0 0 0 0 0 0 0 00000001\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		readings, _ := parseNetDev(nil, text)
		for _, r := range readings {
			if len(r.name) == 0 {
				t.Errorf("a link without a name in %q", text)
			}
		}
		if _, c, ok := parseSoftnetLine(text); ok && len(strings.Fields(string(text))) < 3 {
			t.Errorf("%v from %q", c, text)
		}
		deviceType(string(text))
	})
}
