package host

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHost_SaysWhetherTheClockIsKept asks the kernel that runs, and no other.
func TestHost_SaysWhetherTheClockIsKept(t *testing.T) {
	unset := func() float64 {
		var kernel unix.Timex
		if _, err := unix.Adjtimex(&kernel); err != nil {
			t.Fatal(err)
		}
		if kernel.Status&unix.STA_UNSYNC != 0 {
			return 1
		}
		return 0
	}
	// asks holds a reading against what the kernel says around it: a clock is set when the
	// service that keeps it has found a server, soon after the start of a machine.
	asks := func(what string, o Options) {
		before := unset()
		kept := observe(t, newHost(o), nil).values["host.clock"]
		if after := unset(); kept != before && kept != after {
			t.Errorf("%s host.clock is %v, the kernel says %v before and %v after", what, kept, before, after)
		}
	}
	asks("by itself", Options{})
	other := observe(t, newHost(Options{Root: handmade{"proc/uptime": "1 1\n"}.write(t)}), nil)
	if _, ok := other.values["host.clock"]; ok {
		t.Error("the tree of another kernel has a clock")
	}
	same := handmade{"proc/uptime": "1 1\n", "proc/sys/kernel/random/boot_id": ""}.write(t)
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(same+"/proc/sys/kernel/random/boot_id", id, 0o600); err != nil {
		t.Fatal(err)
	}
	asks("from within a container", Options{Root: same})
}

// TestNetwork_NamesTheBondOfALink: which link a bond is short of.
func TestNetwork_NamesTheBondOfALink(t *testing.T) {
	dir := handmade{
		"sys/class/net/eth0/type": "1\n", "sys/class/net/eth0/device/uevent": "", "sys/class/net/bond0/type": "1\n", "sys/class/net/bond0/bonding/slaves": "eth0\n",
		"sys/class/net/eth1/type": "1\n", "sys/class/net/eth1/device/uevent": "", "sys/class/net/br0/bridge/x": "",
	}.write(t)
	for link, master := range map[string]string{"eth0": "bond0", "eth1": "br0"} {
		if err := os.Symlink("../"+master, dir+"/sys/class/net/"+link+"/master"); err != nil {
			t.Fatal(err)
		}
	}
	s := newLinkSource(Options{Root: dir})
	if f := s.facts("eth0"); f.class != linkPhysical || f.bond != "bond0" {
		t.Errorf("eth0: %+v: expected that it is part of bond0", f)
	}
	if f := s.facts("eth1"); f.bond != "" {
		t.Errorf("eth1: %+v: expected no bond", f)
	}
}
