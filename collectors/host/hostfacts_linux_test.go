package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHostID_CannotBeTurnedBack(t *testing.T) {
	const machine = "4c1f9a2be07d4d0c8a35f6be9d10c7e2"
	// printf dashcam | openssl dgst -sha256 -hmac "$machine", first 32 digits.
	const want = "9134f0a5837379dc8c6d1b78fcf196bd"
	for _, text := range []string{machine, machine + "\n"} {
		if id, unstable := hostID("", text); id != want || unstable {
			t.Errorf("hostID(%q) = %s, %v; want %s", text, id, unstable, want)
		}
	}
	if id, unstable := hostID("mine", machine); id != "mine" || unstable {
		t.Errorf("given id became %s, %v", id, unstable)
	}
	seen := map[string]bool{}
	for _, text := range []string{"", "uninitialized\n", "uninitialized"} {
		id, unstable := hostID("", text)
		if !unstable || len(id) != 32 || seen[id] {
			t.Errorf("hostID(%q) = %s, %v; want a random one, marked", text, id, unstable)
		}
		seen[id] = true
	}
}

func TestFacts_UnreadableRootIsOneClearError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"absent": "/nonexistent/host", "empty": t.TempDir(), "a file": file} {
		t.Run(name, func(t *testing.T) {
			_, err := Facts(t.Context(), Options{Root: dir})
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range []string{`host root "` + dir + `"`, "expected the root directory of a Linux host", dir + "/proc/stat"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has more than one line", err)
			}
		})
	}
}

func TestFacts_OfAnotherRootAreNotOurOwn(t *testing.T) {
	dir := handmade{
		"proc/stat":                   "cpu  1 2 3 4 5 6 7 8\ncpu0 1 2 3 4 5 6 7 8\nbtime 1700000000\n",
		"proc/meminfo":                "MemTotal: 1000 kB\n",
		"proc/sys/kernel/hostname":    "container\n",
		"proc/sys/kernel/osrelease":   "6.1.0-18-arm64\n",
		"proc/sys/kernel/arch":        "aarch64\n",
		"proc/device-tree/model":      "Raspberry Pi 5\x00",
		"etc/hostname":                "metal\n",
		"etc/machine-id":              "4c1f9a2be07d4d0c8a35f6be9d10c7e2\n",
		"usr/lib/os-release":          "NAME=x\nPRETTY_NAME=\"Debian \\\"13\\\"\"", // no last line end
		"sys/class/dmi/id/sys_vendor": "QEMU\n",
	}.write(t)
	// An absolute link, as an installer makes it.
	writeZone(t, dir, "/usr/share/zoneinfo/Asia/Kolkata")
	if err := os.Symlink("/usr/share/zoneinfo/Asia/Kolkata", dir+"/etc/localtime"); err != nil {
		t.Fatal(err)
	}

	got, err := Facts(t.Context(), Options{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	got.Container = false // about our own process, see below
	want := got
	want.Hostname, want.OS, want.Kernel, want.Arch = "metal", `Debian "13"`, "6.1.0-18-arm64", "aarch64"
	want.CPUs, want.Memory, want.BootMs, want.Model, want.Virtual = 1, 1000*1024, 1700000000_000, "Raspberry Pi 5", "QEMU"
	want.TZ, want.UTCOffsetMin = "Asia/Kolkata", 330
	want.ID, want.IDUnstable = "9134f0a5837379dc8c6d1b78fcf196bd", false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

// writeZone writes the rules of a zone with one offset, in the format of tzfile(5).
func writeZone(t *testing.T, dir, name string) {
	t.Helper()
	header := "TZif" + strings.Repeat("\x00", 16) +
		"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x04"
	handmade{name: header + "\x00\x00\x4d\x58" + "\x00\x00" + "IST\x00"}.into(t, dir)
}

func TestInContainer_AsksTheNamespaces(t *testing.T) {
	for name, c := range map[string]struct {
		pid, cgroup string
		files       handmade
		want        bool
	}{
		"on the host":                       {"pid:[4026531836]", "cgroup:[4026531835]", nil, false},
		"image unpacked on a machine":       {"pid:[4026531836]", "cgroup:[4026531835]", handmade{".dockerenv": ""}, false},
		"own processes":                     {"pid:[4026532301]", "cgroup:[4026531835]", nil, true},
		"host's processes, own cgroups":     {"pid:[4026531836]", "cgroup:[4026532302]", nil, true},
		"no cgroup namespaces (before 4.6)": {"pid:[4026531836]", "", nil, false},
		"nothing known, no mark":            {"", "", handmade{"etc/hostname": "x\n"}, false},
		"nothing known, marked":             {"", "", handmade{"run/.containerenv": ""}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := c.files.write(t)
			if err := os.MkdirAll(dir+"/proc/self/ns", 0o755); err != nil {
				t.Fatal(err)
			}
			for ns, target := range map[string]string{"pid": c.pid, "cgroup": c.cgroup} {
				if target == "" {
					continue
				}
				if err := os.Symlink(target, dir+"/proc/self/ns/"+ns); err != nil {
					t.Fatal(err)
				}
			}
			if got := inContainer(Options{Root: dir}.selfRoot()); got != c.want {
				t.Errorf("in a container: %v, want %v", got, c.want)
			}
		})
	}
}

func TestHypervisor_IsNamedByTheFirmware(t *testing.T) {
	const flags = "processor : 0\nmodel name : x\nflags : fpu hypervisor sse\n"
	for name, c := range map[string]struct {
		files   handmade
		cpuinfo string
		want    string
	}{
		"real machine":       {handmade{"sys/class/dmi/id/sys_vendor": "Dell Inc.\n"}, "flags : fpu sse\n", ""},
		"flag only":          {nil, flags, "unnamed hypervisor"},
		"Xen":                {handmade{"sys/hypervisor/type": "xen\n"}, flags, "xen"},
		"Hyper-V":            {handmade{"sys/class/dmi/id/sys_vendor": "Microsoft Corporation\n", "sys/class/dmi/id/product_name": "Virtual Machine\n"}, flags, "Hyper-V"},
		"Surface":            {handmade{"sys/class/dmi/id/sys_vendor": "Microsoft Corporation\n", "sys/class/dmi/id/product_name": "Surface\n"}, "", ""},
		"Amazon":             {handmade{"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/product_name": "m7i.large\n"}, flags, "Amazon EC2"},
		"Amazon, real":       {handmade{"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/product_name": "m7i.metal\n"}, "", ""},
		"device tree":        {handmade{"proc/device-tree/hypervisor/compatible": "linux,kvm\x00"}, "", "kvm"},
		"flag in model name": {nil, "model name : hypervisor\nflags : fpu\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := hypervisor(Options{Root: c.files.write(t)}.root(), []byte(c.cpuinfo)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The zone is one that our own machine does not know: its rules can only come from the
// other root.
func TestTimeZone_RulesAreThoseOfTheHost(t *testing.T) {
	for _, link := range []string{"/usr/share/zoneinfo/Nowhere/Land", "../usr/share/zoneinfo/Nowhere/Land"} {
		dir := handmade{"etc/hostname": "metal\n"}.write(t)
		writeZone(t, dir, "/usr/share/zoneinfo/Nowhere/Land")
		if err := os.Symlink(link, dir+"/etc/localtime"); err != nil {
			t.Fatal(err)
		}
		if name, offset := timeZone(Options{Root: dir}.root()); name != "Nowhere/Land" || offset != 330 {
			t.Errorf("link %s: got %s, %d; want Nowhere/Land, 330", link, name, offset)
		}
	}
}

func TestTimeZone_FallsBackToUTC(t *testing.T) {
	name, offset := timeZone(Options{Root: t.TempDir()}.root())
	if name != "UTC" || offset != 0 {
		t.Errorf("got %s, %d", name, offset)
	}
	for minutes, want := range map[int]string{0: "UTC", 60: "Etc/GMT-1", -300: "Etc/GMT+5", 330: "UTC"} {
		if got := offsetName(minutes); got != want {
			t.Errorf("offsetName(%d) = %s, want %s", minutes, got, want)
		}
	}
}

func FuzzOSRelease(f *testing.F) {
	f.Add([]byte("PRETTY_NAME=\"Debian GNU/Linux 12\"\n"))
	f.Add([]byte("PRETTY_NAME='a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := osRelease(b, "PRETTY_NAME"); len(got) > 4*len(b) {
			t.Errorf("%d bytes out of %d", len(got), len(b))
		}
		cpuModel(b)
		hasFlag(b, "hypervisor")
	})
}
