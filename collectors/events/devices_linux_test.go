package events

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// uevent is a message as the kernel sends it.
func uevent(action, path string, keys ...string) []byte {
	all := append([]string{action + "@" + path, "ACTION=" + action, "DEVPATH=" + path}, keys...)
	return []byte(strings.Join(all, "\x00") + "\x00")
}

func TestParseDevice(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want string // "" for none
	}{
		"a disk":       {uevent("add", "/devices/pci0000:00/0000:00:05.0/virtio2/block/vdb", "SUBSYSTEM=block", "DEVNAME=vdb", "DEVTYPE=disk"), "disk vdb was added"},
		"a partition":  {uevent("add", "/devices/pci0000:00/virtio2/block/vdb/vdb1", "SUBSYSTEM=block", "DEVNAME=vdb1", "DEVTYPE=partition"), ""},
		"a loop":       {uevent("add", "/devices/virtual/block/loop7", "SUBSYSTEM=block", "DEVNAME=loop7", "DEVTYPE=disk"), ""},
		"a USB device": {uevent("remove", "/devices/pci0000:00/usb1/1-2", "SUBSYSTEM=usb", "DEVTYPE=usb_device", "PRODUCT=781/5567/100"), "USB device 1-2 781/5567/100 was removed"},
		"an interface": {uevent("remove", "/devices/pci0000:00/usb1/1-2/1-2:1.0", "SUBSYSTEM=usb", "DEVTYPE=usb_interface"), ""},
		"a processor":  {uevent("offline", "/devices/system/cpu/cpu1", "SUBSYSTEM=cpu"), "processor cpu1 was switched off"},
		"a PCI device": {uevent("add", "/devices/pci0000:00/0000:00:07.0", "SUBSYSTEM=pci", "PCI_SLOT_NAME=0000:00:07.0"), "PCI device 0000:00:07.0 was added"},
		"a change":     {uevent("change", "/devices/pci0000:00/virtio2/block/vdb", "SUBSYSTEM=block", "DEVNAME=vdb", "DEVTYPE=disk"), ""},
		"of udev":      {[]byte("libudev\x00\xfe\xed\xca\xfe"), ""},
		"nothing":      {nil, ""},
	} {
		e, ok := parseDevice(c.in)
		if ok != (c.want != "") || e.Text != c.want {
			t.Errorf("%s: %q %v, want %q", name, e.Text, ok, c.want)
		}
	}
}

// netlink is a message with a head of its own and attributes of four bytes each.
func netlink(kind uint16, head []byte, attrs map[uint16][]byte) []byte {
	order := binary.NativeEndian
	b := append(make([]byte, unix.SizeofNlMsghdr), head...)
	for _, typ := range []uint16{unix.IFA_ADDRESS, unix.IFA_LOCAL, unix.RTA_OIF, unix.RTA_GATEWAY} {
		if v, there := attrs[typ]; there {
			b = order.AppendUint16(b, uint16(unix.SizeofRtAttr+len(v)))
			b = order.AppendUint16(b, typ)
			b = append(b, v...)
		}
	}
	order.PutUint32(b, uint32(len(b)))
	order.PutUint16(b[4:], kind)
	return b
}

func TestParseAddresses(t *testing.T) {
	address := func(family, bits, scope byte) []byte { return []byte{family, bits, 0, scope, 3, 0, 0, 0} }
	route := func(bits, table byte) []byte {
		return []byte{unix.AF_INET, bits, 0, 0, table, 0, 0, unix.RTN_UNICAST, 0, 0, 0, 0}
	}
	one, other := []byte{192, 0, 2, 1}, []byte{192, 0, 2, 9}
	for name, c := range map[string]struct {
		in   []byte
		want []addressChange
	}{
		"an address": {netlink(unix.RTM_NEWADDR, address(unix.AF_INET, 24, 0), map[uint16][]byte{unix.IFA_ADDRESS: other, unix.IFA_LOCAL: one}),
			[]addressChange{{link: 3, address: netip.MustParsePrefix("192.0.2.1/24")}}},
		"an address that goes": {netlink(unix.RTM_DELADDR, address(unix.AF_INET, 24, 0), map[uint16][]byte{unix.IFA_ADDRESS: one}),
			[]addressChange{{link: 3, address: netip.MustParsePrefix("192.0.2.1/24"), gone: true}}},
		"within a link": {netlink(unix.RTM_NEWADDR, address(unix.AF_INET6, 64, unix.RT_SCOPE_LINK), nil), nil},
		"the default route": {netlink(unix.RTM_NEWROUTE, route(0, unix.RT_TABLE_MAIN), map[uint16][]byte{unix.RTA_GATEWAY: other, unix.RTA_OIF: {4, 0, 0, 0}}),
			[]addressChange{{link: 4, gateway: netip.MustParseAddr("192.0.2.9"), route: true}}},
		"another route": {netlink(unix.RTM_NEWROUTE, route(24, unix.RT_TABLE_MAIN), nil), nil},
		"another table": {netlink(unix.RTM_NEWROUTE, route(0, unix.RT_TABLE_LOCAL), nil), nil},
		"cut":           {netlink(unix.RTM_NEWADDR, []byte{unix.AF_INET}, nil), nil},
		"no address":    {netlink(unix.RTM_NEWADDR, address(unix.AF_INET, 24, 0), map[uint16][]byte{unix.IFA_LOCAL: {1, 2}}), nil},
		"nothing":       {nil, nil},
	} {
		if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
			t.Skip("the messages of this test are little-endian")
		}
		got := parseAddresses(c.in)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(addressChange{}), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestArrays_TellOfDisksTheyLack(t *testing.T) {
	const head = "Personalities : [raid1]\nmd0 : active raid1 vdc1[1] vdb1[0]\n      1047552 blocks super 1.2 %s\n      bitmap: 0/1 pages\n\nunused devices: <none>\n"
	a, told := new(arrays), new(told)
	for _, disks := range []string{"[3/3] [UUU]", "[3/1] [U__]", "[3/2] [UU_]", "[3/3] [UUU]"} {
		a.compare(parseArrays(strings.Replace(head, "%s", disks, 1)), told.post)
	}
	var got []string
	for _, e := range told.all {
		got = append(got, string(e.Level)+" "+e.Text)
	}
	want := []string{"critical array md0 lost a disk: 2 missing", "warning array md0 has a disk again: 1 missing", " array md0 has all its disks again"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseSwaps(t *testing.T) {
	const text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/vda2                               partition\t1000\t0\t-2\n/with\\040blank file 5 0 -3\ncut\n"
	if diff := cmp.Diff([]string{"/dev/vda2", "/with blank"}, parseSwaps(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(uevent("add", "/devices/system/cpu/cpu1", "SUBSYSTEM=cpu"))
	f.Add(netlink(unix.RTM_NEWROUTE, make([]byte, unix.SizeofRtMsg), map[uint16][]byte{unix.RTA_GATEWAY: {192, 0, 2, 9}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, ok := parseDevice(b); ok && e.Text == "" {
			t.Error("a device without a word")
		}
		for _, c := range parseAddresses(b) {
			if !c.route && !c.address.Addr().IsValid() {
				t.Errorf("%+v", c)
			}
		}
		s := settings{dir: map[int32]string{1: "/etc"}}
		s.read(b, func(e collectors.Event) {
			if e.About.Name == "" {
				t.Errorf("%+v", e)
			}
		})
		_, _ = parseArrays(string(b)), parseSwaps(string(b))
	})
}
