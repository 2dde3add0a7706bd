//go:build machine

package attacks

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/events"
)

// eventSources returns why sources of events are off, by source.
func (p *program) eventSources() map[string]string {
	p.t.Helper()
	off := map[string]string{}
	for _, h := range object[struct{ Collectors []collectors.Health }](p, "/api/v1/health").Collectors {
		if h.Collector != events.Name {
			continue
		}
		for _, u := range h.Unavailable {
			off[u.Source] = u.Reason
		}
	}
	return off
}

// told waits for an event of a kind whose text has a part.
func (p *program) told(kind, part string) (e collectors.Event) {
	p.t.Helper()
	waitUntil(p.t, "an event of kind "+kind+" with "+part, func() bool {
		for _, e = range object[struct{ Events []collectors.Event }](p, "/api/v1/events?kind="+kind).Events {
			if strings.Contains(e.Text, part) {
				return true
			}
		}
		return false
	})
	return e
}

// installed puts a drop-in that comes with the package where it says, until the test ends.
func installed(t *testing.T, name string) {
	t.Helper()
	const dir = "/etc/systemd/system/dashcam.service.d"
	must(t, "install", "-Dm644", "-t", dir, "/usr/share/dashcam/"+name)
	must(t, "systemctl", "daemon-reload")
	t.Cleanup(func() {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
		must(t, "systemctl", "daemon-reload")
	})
}

// tried runs something as a unit; how it ends is told.
func tried(name string, args ...string) {
	_ = exec.Command("systemd-run", append([]string{"--unit=" + name}, args...)...).Run()
}

// withoutRights are the sources that take no right on any kernel that systemd runs on, by a
// part of their names.
var withoutRights = []string{
	"D-Bus (systemd1)", "D-Bus (logind)", "rtnetlink (links)", "rtnetlink (addresses", "NETLINK_KOBJECT_UEVENT", "/proc/vmstat", "/proc/self/mountinfo",
	"/proc/swaps", "/sys/fs/ext4", "dpkg.log", "/etc", "/proc/sys/kernel/tainted", "/sys/kernel/oops_count",
}

// TestMachineEvents has the sandboxed unit tell of everything that takes no right. What it
// lacks says which drop-in gives it, and with that it is there.
func TestMachineEvents(t *testing.T) {
	p := started(t)
	var off map[string]string
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("off are %v", off)
		}
	})
	p.observe().rowsMore(t, 3)
	waitUntil(t, "the bus to be listened to", func() bool {
		off = p.eventSources()
		return off["D-Bus (systemd1)"] == "" && off["D-Bus (logind)"] == ""
	})
	for source, why := range off {
		t.Logf("off: %s: %s", source, why)
		for _, name := range withoutRights {
			if strings.Contains(source, name) && !strings.Contains(why, "not there") {
				t.Errorf("%s is off: %s", source, why)
			}
		}
		if !strings.Contains(why, "not there") && !strings.Contains(why, "/usr/share/dashcam/") {
			t.Errorf("%s is off and names no drop-in: %s", source, why)
		}
	}
	if why := off["/dev/kmsg"]; !strings.Contains(why, "kernel-log.conf") {
		t.Errorf("the kernel's log is off because %q", why)
	}

	tried("try-fails", "sh", "-c", "exit 3")
	e := p.told(events.KindUnit, "try-fails.service failed: it ended with 3")
	if e.Level != collectors.LevelCritical || e.About.Service != "try-fails.service" {
		t.Errorf("%+v", e)
	}
	tried("try-loops", "--property=Restart=on-failure", "--property=RestartSec=1", "sh", "-c", "exit 4")
	if e := p.told(events.KindUnit, "try-loops.service ended with 4 and is started again"); e.Level != collectors.LevelWarning {
		t.Errorf("%+v", e)
	}
	must(t, "systemctl", "stop", "try-loops.service")
	tried("try-rests", "sleep", "1000")
	p.told(events.KindUnit, "try-rests.service started")
	must(t, "systemctl", "stop", "try-rests.service")
	p.told(events.KindUnit, "try-rests.service stopped")
	// systemd that is executed anew has another connection.
	must(t, "systemctl", "daemon-reexec")
	waitUntil(t, "systemd to be back", func() bool {
		tried("try-again", "sh", "-c", "exit 5")
		_ = exec.Command("systemctl", "reset-failed", "try-again.service").Run() // it may not have failed yet
		for _, e := range object[struct{ Events []collectors.Event }](p, "/api/v1/events?kind=unit").Events {
			if strings.Contains(e.Text, "try-again.service failed") {
				return true
			}
		}
		return false
	})

	// With rights it tells what it could not.
	installed(t, "kernel-log.conf")
	installed(t, "older-kernels.conf")
	dropIn(t, "Environment=DASHCAM_AUTH=none")
	p = started(t)
	p.observe().rowsMore(t, 3)
	for source, why := range p.eventSources() {
		t.Logf("off with the drop-ins: %s: %s", source, why)
		if !strings.Contains(why, "not there") {
			t.Errorf("%s is off with the drop-ins: %s", source, why)
		}
	}
	tried("try-hungry", "--property=MemoryMax=20M", "--property=MemorySwapMax=0", "tail", "/dev/zero")
	p.told(events.KindUnit, "try-hungry.service failed: it was killed: out of memory")
	p.told(events.KindKernel, "Killed process")
	p.told(events.KindOOM, "tail")
}
