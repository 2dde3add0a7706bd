package host

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const meminfo = `MemTotal:        1000 kB
MemFree:          100 kB
MemAvailable:     600 kB
Buffers:           50 kB
Cached:           400 kB
SwapCached:         1 kB
SwapTotal:        200 kB
SwapFree:         150 kB
Dirty:              8 kB
Writeback:          4 kB
Shmem:             30 kB
SReclaimable:      60 kB
`

func TestMemory_DerivesUsedCacheAndSlab(t *testing.T) {
	got := observe(t, newMemory(Options{Root: handmade{"proc/meminfo": meminfo}.write(t)}), nil)
	for kind, kib := range map[string]float64{
		"total": 1000, "free": 100, "available": 600, "slab": 60, "dirty": 8, "writeback": 4,
		"cache": 50 + 400 - 30,
		"used":  1000 - 100 - 50 - 400 - 60 + 30,
	} {
		if diff := cmp.Diff(any(kib*1024), got.values["memory.bytes "+kind]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
		if got.max["memory.bytes "+kind] != 1000*1024 {
			t.Errorf("maximum of %s is %v", kind, got.max["memory.bytes "+kind])
		}
	}
	// The chart's top: used, cache, slab and free are all of it.
	parts := 0.0
	for _, kind := range []string{"used", "cache", "slab", "free"} {
		parts += got.values["memory.bytes "+kind].(float64)
	}
	if parts != got.values["memory.bytes total"] {
		t.Errorf("parts are %v together, total is %v", parts, got.values["memory.bytes total"])
	}
	if diff := cmp.Diff(any(50.0*1024), got.values["swap.bytes used"]); diff != "" {
		t.Errorf("swap used (-want +got):\n%s", diff)
	}
	if approx, ok := got.info["memory.bytes available"]["approx"]; ok {
		t.Errorf("the kernel's own estimate is marked approx %q", approx)
	}
}

func TestMemory_MarksAnEstimateOfItsOwn(t *testing.T) {
	const old = "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 400 kB\nShmem: 30 kB\nSReclaimable: 60 kB\n"
	got := observe(t, newMemory(Options{Root: handmade{"proc/meminfo": old}.write(t)}), nil)
	if diff := cmp.Diff(any((100.0+50+400+60-30)*1024), got.values["memory.bytes available"]); diff != "" {
		t.Errorf("available (-want +got):\n%s", diff)
	}
	if got.info["memory.bytes available"]["approx"] != "yes" {
		t.Errorf("info is %v, want approx yes", got.info["memory.bytes available"])
	}
}

func TestMemory_CountsWhatZFSGivesBack(t *testing.T) {
	const arcstats = "13 1 0x01 123 33456 1 2\nname type data\nsize                            4    204800\nc_min                           4    102400\n"
	got := observe(t, newMemory(Options{Root: handmade{"proc/meminfo": meminfo, "proc/spl/kstat/zfs/arcstats": arcstats}.write(t)}), nil)
	if diff := cmp.Diff(any(600.0*1024+102400), got.values["memory.bytes available"]); diff != "" {
		t.Errorf("available (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(any(204800.0), got.values["memory.bytes zfs_arc"]); diff != "" {
		t.Errorf("zfs_arc (-want +got):\n%s", diff)
	}
}

func TestMemory_NeverGuesses(t *testing.T) {
	for name, c := range map[string]struct {
		text        string
		wantErr     string
		unavailable string
	}{
		"no memory at all": {"MemTotal: 0 kB\nMemFree: 0 kB\n", "<nil>", "says that there is no memory at all"},
		"empty":            {"", "/proc/meminfo is empty or cut short", ""},
		"letters":          {"MemTotal: many kB\n", `/proc/meminfo has unexpected content "MemTotal: many kB"`, ""},
		"too large":        {"MemTotal: 18446744073709551615 kB\n", `/proc/meminfo has unexpected content "MemTotal: 18446744073709551615 kB"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tryObserve(t, newMemory(Options{Root: handmade{"proc/meminfo": c.text, "proc/vmstat": "pgfault 1\noom_kill 0\n"}.write(t)}), nil)
			if fmt.Sprint(err) != c.wantErr {
				t.Errorf("error %q, want %q", fmt.Sprint(err), c.wantErr)
			}
			if v, ok := got.values["memory.bytes total"]; ok {
				t.Errorf("total is %v", v)
			}
			if got.unavailable["/proc/meminfo"] != c.unavailable {
				t.Errorf("unavailable is %v, want %q", got.unavailable, c.unavailable)
			}
		})
	}
}

// The kernel reads its counters one after the other: a difference may be negative.
func TestMemory_NegativeDifferenceIsMissing(t *testing.T) {
	const odd = "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 1 kB\nCached: 2 kB\nShmem: 30 kB\nSReclaimable: 60 kB\n"
	got := observe(t, newMemory(Options{Root: handmade{"proc/meminfo": odd}.write(t)}), nil)
	for _, kind := range []string{"cache", "used"} {
		if v, ok := got.values["memory.bytes "+kind]; ok {
			t.Errorf("%s is %v, want missing", kind, v)
		}
	}
}

func TestMemory_AddsStallsOfAllZones(t *testing.T) {
	const vmstat = "pgpgin 10\npgpgout 20\npswpin 1\npswpout 2\nallocstall_dma 1\nallocstall_normal 2\nallocstall_movable 3\npgfault 100\npgmajfault 5\n"
	got := observe(t, newMemory(Options{Root: handmade{"proc/meminfo": meminfo, "proc/vmstat": vmstat}.write(t)}), nil)
	for name, want := range map[string]any{
		"memory.alloc_stalls": uint64(6), "memory.faults all": uint64(100), "memory.faults major": uint64(5),
		"memory.paging in": uint64(10), "memory.paging out": uint64(20), "swap.pages in": uint64(1), "swap.pages out": uint64(2),
		"memory.oom_kills": nil,
	} {
		if diff := cmp.Diff(want, got.values[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got.unavailable["/proc/vmstat: oom_kill"] == "" {
		t.Errorf("kills are not counted and nobody says so: %v", got.unavailable)
	}
}

func FuzzParseMeminfo(f *testing.F) {
	f.Add([]byte(meminfo))
	f.Add([]byte("MemTotal:\nMemFree 1 kB\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseMeminfo("/proc/meminfo", b)
		if err != nil {
			return
		}
		m.estimateAvailable()
		for name, v := range map[string]number{
			"cache": sum(m.buffers, m.cached).minus(m.shmem), "free": m.free, "used": m.total.minus(m.free),
		} {
			if v.ok && v.n > 1<<63 {
				t.Errorf("%s is %d", name, v.n)
			}
		}
	})
}

func FuzzParseVMStat(f *testing.F) {
	f.Add([]byte("pgfault 1\nallocstall_dma 2\nallocstall_normal 3\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := parseVMStat("/proc/vmstat", b); err == nil && v == (vmstat{}) {
			t.Errorf("nothing found, and no error")
		}
	})
}

func FuzzParseARC(f *testing.F) {
	f.Add([]byte("size 4 100\nc_min 4 50\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := parseARC("arcstats", b); err == nil && !a.size.ok {
			t.Errorf("no size, and no error")
		}
	})
}
