package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

func facts(_ context.Context, o Options) (collectors.Host, error) {
	r := o.root()
	if err := checkRoot(r); err != nil {
		return collectors.Host{}, err
	}
	h := collectors.Host{
		Hostname: hostname(r),
		OS:       osName(r),
		Kernel:   text(r, "/proc/sys/kernel/osrelease"),
		Arch:     machine(r),
		BootID:   text(r, bootID),
	}
	var stat systemStat
	f := r.file("/proc/stat")
	if err := readStat(&f, &stat); err == nil {
		h.CPUs = len(stat.cores)
		h.BootMs = int64(min(stat.boot.n, 1<<40)) * 1000
	}
	f = r.file("/proc/meminfo")
	if m, err := parsed(&f, parseMeminfo); err == nil {
		h.Memory = m.total.n
	}
	cpuinfo, err := r.readFile("/proc/cpuinfo")
	if err == nil {
		h.Model = cpuModel(cpuinfo)
	}
	if h.Model == "" {
		h.Model = text(r, "/proc/device-tree/model")
	}
	h.Virtual = hypervisor(r, cpuinfo)
	h.Container = inContainer(o.selfRoot())
	h.TZ, h.UTCOffsetMin = timeZone(r)
	h.ID, h.IDUnstable = hostID(o.HostID, firstText(r, "/etc/machine-id", "/var/lib/dbus/machine-id"))
	return h, nil
}

// checkRoot reports a root below which nothing of a Linux host can be read: a mistyped
// directory, an empty mount, a directory without permission.
func checkRoot(r root) error {
	var first error
	for _, name := range []string{"/proc/stat", "/proc/meminfo", "/proc/uptime"} {
		_, err := r.readFile(name)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	shown := r.dir
	if r.own() {
		shown = "/"
	}
	return fmt.Errorf("host root %q: no readable /proc below it, expected the root directory of a Linux host: %w", shown, first)
}

// text returns the content of a small file, "" where it cannot be read.
func text(r root, name string) string {
	s, err := r.readString(name)
	if err != nil {
		return ""
	}
	return collectors.CleanLabel(s)
}

// firstText returns the first text that is not empty.
func firstText(r root, names ...string) string {
	for _, name := range names {
		if s := text(r, name); s != "" {
			return s
		}
	}
	return ""
}

// hostname asks the file first below another root: the sysctl answers with the name of
// our own container.
func hostname(r root) string {
	if r.own() {
		if name, err := os.Hostname(); err == nil {
			return collectors.CleanLabel(name)
		}
	}
	return firstText(r, "/etc/hostname", "/proc/sys/kernel/hostname")
}

// osName returns PRETTY_NAME of os-release(5).
func osName(r root) string {
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		b, err := r.readFile(name)
		if err != nil {
			continue
		}
		if pretty := osRelease(b, "PRETTY_NAME"); pretty != "" {
			return collectors.CleanLabel(pretty)
		}
	}
	return "Linux"
}

// osRelease returns the value of a key, without its quotes.
func osRelease(b []byte, key string) string {
	for line := range bytes.Lines(b) { // an unfinished last line counts here
		name, value, ok := bytes.Cut(trim(line), []byte{'='})
		if !ok || string(name) != key {
			continue
		}
		if s, err := strconv.Unquote(string(value)); err == nil {
			return s
		}
		return strings.Trim(string(value), `"'`)
	}
	return ""
}

// machine returns the architecture of the kernel, which a 32-bit program cannot know by
// itself.
func machine(r root) string {
	if arch := text(r, "/proc/sys/kernel/arch"); arch != "" { // since 6.1
		return arch
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err == nil {
		return unix.ByteSliceToString(u.Machine[:])
	}
	return runtime.GOARCH
}

// cpuModel returns the name of the first processor in /proc/cpuinfo. What it is called
// differs by architecture.
func cpuModel(b []byte) string {
	for _, want := range []string{"model name", "Model", "cpu model", "cpu", "Processor"} {
		for line := range lines(b) {
			key, value, ok := cutKey(line)
			if ok && string(key) == want && len(trim(value)) > 0 {
				return collectors.CleanLabel(string(trim(value)))
			}
		}
	}
	return ""
}

// hypervisor names what the host runs on, "" for a real machine or where it is not told.
func hypervisor(r root, cpuinfo []byte) string {
	if kind := text(r, "/sys/hypervisor/type"); kind != "" {
		return kind
	}
	vendor := text(r, "/sys/class/dmi/id/sys_vendor") + " " + text(r, "/sys/class/dmi/id/product_name")
	if name := hypervisorByVendor(vendor); name != "" {
		return name
	}
	if tree := text(r, "/proc/device-tree/hypervisor/compatible"); tree != "" {
		return strings.TrimPrefix(tree, "linux,")
	}
	if hasFlag(cpuinfo, "hypervisor") {
		return "unnamed hypervisor"
	}
	return ""
}

// hypervisorByVendor knows what hypervisors write into the firmware tables.
func hypervisorByVendor(vendor string) string {
	for _, v := range []struct{ has, name string }{
		{"QEMU", "QEMU"}, {"KVM", "KVM"}, {"VMware", "VMware"}, {"VirtualBox", "VirtualBox"},
		{"innotek", "VirtualBox"}, {"Xen", "Xen"}, {"Virtual Machine", "Hyper-V"}, {"Parallels", "Parallels"},
		{"BHYVE", "bhyve"}, {"Google Compute Engine", "Google Compute Engine"}, {"DigitalOcean", "DigitalOcean"},
		{"Hetzner vServer", "Hetzner"}, {"OpenStack", "OpenStack"}, {"Firecracker", "Firecracker"},
	} {
		if strings.Contains(vendor, v.has) {
			return v.name
		}
	}
	if strings.Contains(vendor, "Amazon EC2") && !strings.Contains(vendor, ".metal") {
		return "Amazon EC2"
	}
	return ""
}

// hasFlag looks for a word in the first line of processor flags.
func hasFlag(cpuinfo []byte, flag string) bool {
	for line := range lines(cpuinfo) {
		key, rest, ok := cutKey(line)
		if !ok || string(key) != "flags" {
			continue
		}
		for field, more := nextField(rest); len(field) > 0; field, more = nextField(more) {
			if string(field) == flag {
				return true
			}
		}
		return false
	}
	return false
}

// inContainer reports whether our process lives in another process or control group
// namespace than the first process of the kernel. Those two are made at the boot with
// fixed numbers (include/linux/proc_ns.h: PROC_PID_INIT_INO, PROC_CGROUP_INIT_INO).
// Marker files such as /.dockerenv are not asked where the numbers are known: images are
// also unpacked onto virtual machines.
func inContainer(r root) bool {
	pid, err := os.Readlink(r.path("/proc/self/ns/pid"))
	if err != nil {
		return exists(r, "/.dockerenv") || exists(r, "/run/.containerenv")
	}
	if pid != "pid:[4026531836]" {
		return true
	}
	group, err := os.Readlink(r.path("/proc/self/ns/cgroup"))
	return err == nil && group != "cgroup:[4026531835]"
}

func exists(r root, name string) bool {
	_, err := os.Lstat(r.path(name))
	return err == nil
}

// timeZone returns the name of the host's zone and its present offset. The rules are
// those of the host's own file: a container image often has none.
func timeZone(r root) (name string, offset int) {
	const localtime = "/etc/localtime"
	rules := localtime
	if link, err := os.Readlink(r.path(localtime)); err == nil {
		name = zoneName(link)
		// An absolute link would lead out of another root.
		if rules = link; !path.IsAbs(link) {
			rules = path.Join("/etc", link)
		}
	}
	if name == "" {
		name = text(r, "/etc/timezone")
	}
	b, err := r.readFile(rules)
	if err != nil {
		if zone, err := time.LoadLocation(name); err == nil && name != "" {
			return name, offsetMinutes(zone)
		}
		return "UTC", 0
	}
	zone, err := time.LoadLocationFromTZData(name, b)
	if err != nil {
		return "UTC", 0
	}
	offset = offsetMinutes(zone)
	if name == "" {
		name = offsetName(offset)
	}
	return name, offset
}
