package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLimits_UsedAndMaximum(t *testing.T) {
	got := observe(t, newLimits(Options{Root: handmade{
		"proc/sys/fs/file-nr":     "600\t7\t2466170\n",
		"proc/loadavg":            "0.07 0.02 0.00 1/94 8263\n",
		"proc/sys/kernel/pid_max": "32768\n",
		"proc/self/cgroup":        "0::/\n",
		// What the sysctl says below another root is about our own namespace.
		"proc/sys/net/netfilter/nf_conntrack_count": "999\n",
		"proc/sys/net/netfilter/nf_conntrack_max":   "262144\n",
		"proc/1/net/stat/nf_conntrack":              "entries  clashres found\n0000001f  00000000 00000000\n0000001f  00000000 00000000\n",
	}.write(t)}), nil)
	want := map[string]any{
		"kernel.files used": 593.0, "kernel.files max": 2466170.0,
		"kernel.pids used": 94.0, "kernel.pids max": 32768.0,
		"kernel.conntrack used": 31.0, "kernel.conntrack max": 262144.0,
	}
	if diff := cmp.Diff(want, got.values); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
}

func TestLimits_NoMaximumIsNone(t *testing.T) {
	got := observe(t, newLimits(Options{Root: handmade{"proc/sys/fs/file-nr": "600\t0\t9223372036854775807\n"}.write(t)}), nil)
	if diff := cmp.Diff(map[string]any{"kernel.files used": 600.0}, got.values); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	for _, source := range []string{"/proc/loadavg", "/proc/1/net/stat/nf_conntrack", "memory.max"} {
		if got.unavailable[source] == "" {
			t.Errorf("%s is absent and nobody says so: %v", source, got.unavailable)
		}
	}
}

func TestCgroup_TheSmallestLimitOnTheWayUpCounts(t *testing.T) {
	const mebi = 1 << 20
	for name, c := range map[string]struct {
		files handmade
		want  map[string]any
	}{
		"version 2, limit of the parent": {handmade{
			"proc/self/cgroup": "0::/system.slice/dashcam.service\n",
			"sys/fs/cgroup/system.slice/dashcam.service/memory.max":  "max\n",
			"sys/fs/cgroup/system.slice/memory.max":                  "104857600\n",
			"sys/fs/cgroup/system.slice/memory.current":              "52428800\n",
			"sys/fs/cgroup/system.slice/memory.stat":                 "anon 1\nfile 2\ninactive_file 20971520\n",
			"sys/fs/cgroup/system.slice/dashcam.service/memory.stat": "inactive_file 1\n",
		}, map[string]any{"cgroup.memory used": 30.0 * mebi, "cgroup.memory max": 100.0 * mebi}},
		"version 2, seen from inside": {handmade{
			"proc/self/cgroup":             "0::/\n",
			"sys/fs/cgroup/memory.max":     "67108864\n",
			"sys/fs/cgroup/memory.current": "1048576\n",
			"sys/fs/cgroup/memory.stat":    "inactive_file 9999999\n", // read later than current
		}, map[string]any{"cgroup.memory used": 0.0, "cgroup.memory max": 64.0 * mebi}},
		"version 1, mounted at the group": {handmade{
			"proc/self/cgroup":                           "9:cpu,cpuacct:/docker/4f\n4:memory:/docker/4f\n0::/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "67108864\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "33554432\n",
			"sys/fs/cgroup/memory/memory.stat":           "inactive_file 5\ntotal_inactive_file 1048576\n",
		}, map[string]any{"cgroup.memory used": 31.0 * mebi, "cgroup.memory max": 64.0 * mebi}},
		"version 1, no limit": {handmade{
			"proc/self/cgroup":                           "4:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/memory.usage_in_bytes": "33554432\n",
			"sys/fs/cgroup/memory/memory.stat":           "total_inactive_file 1048576\n",
		}, map[string]any{}},
		"a path out of the mount": {handmade{
			"proc/self/cgroup":             "0::/../../elsewhere\n",
			"sys/fs/cgroup/memory.max":     "67108864\n",
			"sys/fs/cgroup/memory.current": "1048576\n",
			"sys/fs/cgroup/memory.stat":    "inactive_file 0\n",
			"elsewhere/memory.max":         "1\n",
		}, map[string]any{"cgroup.memory used": 1.0 * mebi, "cgroup.memory max": 64.0 * mebi}},
	} {
		t.Run(name, func(t *testing.T) {
			root := c.files.write(t)
			got := observe(t, newLimits(Options{Root: root}), nil)
			if diff := cmp.Diff(c.want, got.values); diff != "" {
				t.Errorf("readings (-want +got):\n%s", diff)
			}
			most, limited := c.want["cgroup.memory max"].(float64)
			if limit, ok := OwnMemoryLimit(Options{Root: root}); ok != limited || float64(limit) != most {
				t.Errorf("own limit %d, %v, want %v, %v", limit, ok, most, limited)
			}
			if _, said := got.unavailable["memory.max"]; said == (len(c.want) > 0) {
				t.Errorf("unavailable is %v", got.unavailable)
			}
		})
	}
}

func FuzzParseFileNr(f *testing.F) {
	f.Add([]byte("593\t0\t2466170\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if used, _, err := parseFileNr("file-nr", b); err == nil && used > 1<<63 && len(b) < 20 {
			t.Errorf("%d files out of %q", used, b)
		}
	})
}

func FuzzParseConntrackTable(f *testing.F) {
	f.Add([]byte("entries  clashres\n0000001f  00000000\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := parseConntrackTable("nf_conntrack", b); err != nil && v != 0 {
			t.Errorf("%d with error %v", v, err)
		}
	})
}

func FuzzParseOwnGroup(f *testing.F) {
	f.Add([]byte("4:memory,cpu:/a\n0::/b\n"), "memory")
	f.Add([]byte("0::/b\n"), "")
	f.Fuzz(func(t *testing.T, b []byte, controller string) {
		if group, ok := parseOwnGroup(b, controller); ok && group[0] != '/' {
			t.Errorf("group %q is not a path", group)
		}
		parseInactive(b, controller)
	})
}
