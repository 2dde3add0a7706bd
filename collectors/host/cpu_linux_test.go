package host

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

const twoCPUs = `cpu  100 20 30 400 50 6 7 8 90 10
cpu0 60 10 20 200 30 3 4 5 50 5
cpu1 40 10 10 200 20 3 3 3 40 5
intr 1000 1 2 3
ctxt 2000
btime 1795203232
processes 300
procs_running 4
procs_blocked 2
softirq 10 1 2
`

func TestCPU_LeavesGuestTimeInUser(t *testing.T) {
	c := newCPU(Options{Root: handmade{"proc/stat": twoCPUs}.write(t)})
	got := observe(t, c, nil)

	// 90 and 10 of guest time are already in 100 user and 20 nice.
	const total = 100 + 20 + 30 + 400 + 50 + 6 + 7 + 8
	for mode, want := range map[string]uint64{
		"user": 100, "nice": 20, "system": 30, "idle": 400, "iowait": 50, "irq": 6, "softirq": 7, "steal": 8,
	} {
		if diff := cmp.Diff(any([2]uint64{want, total}), got.values["cpu.usage "+mode]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", mode, diff)
		}
	}
	for name, want := range map[string]any{
		"cpu.core.busy 0":      [2]uint64{60 + 10 + 20 + 3 + 4, 60 + 10 + 20 + 200 + 30 + 3 + 4 + 5},
		"cpu.core.usage 1 irq": [2]uint64{3, 40 + 10 + 10 + 200 + 20 + 3 + 3 + 3},
		"cpu.interrupts":       uint64(1000),
		"cpu.context_switches": uint64(2000),
		"cpu.forks":            uint64(300),
		"cpu.online":           2.0,
		"tasks.runnable":       4.0,
		"tasks.blocked":        2.0,
	} {
		if diff := cmp.Diff(want, got.values[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCPU_UnpluggedProcessorIsMissing(t *testing.T) {
	dir := handmade{"proc/stat": twoCPUs}.write(t)
	c := newCPU(Options{Root: dir})
	b := collectors.NewBatch()
	observe(t, c, b)

	without := strings.Replace(twoCPUs, "cpu1 40 10 10 200 20 3 3 3 40 5\n", "", 1)
	handmade{"proc/stat": without}.into(t, dir)
	got := observe(t, c, b)
	for name := range got.values {
		if strings.HasPrefix(name, "cpu.core.usage 1 ") || name == "cpu.core.busy 1" {
			t.Errorf("%s is still given", name)
		}
	}
	if got.values["cpu.core.busy 0"] == nil || got.values["cpu.online"] != 1.0 {
		t.Errorf("the other processor is lost: %v", got.values)
	}
}

// shares returns the shares of all processors between two observations, as the sampler
// makes them.
func shares(before, after map[string]any) (all map[string]float64, sum float64) {
	all = map[string]float64{}
	for _, mode := range cpuModes {
		from, to := before["cpu.usage "+mode].([2]uint64), after["cpu.usage "+mode].([2]uint64)
		if to[0] < from[0] || to[1] <= from[1] {
			continue
		}
		all[mode] = 100 * float64(to[0]-from[0]) / float64(to[1]-from[1])
		sum += all[mode]
	}
	return all, sum
}

// The first numbers are those of Linux 6.1 while its second processor was unplugged: from
// then on the line of all processors has that one's idle time by another count.
func TestCPU_SharesStayOneWhole(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		want          map[string]float64
	}{
		"unplugged, and idle goes back": {
			"cpu  816 0 2390 886 163 0 119 0 0 0\ncpu0 405 0 1124 568 99 0 49 0 0 0\ncpu1 410 0 1266 317 64 0 70 0 0 0\n",
			"cpu  824 0 2421 853 144 0 120 0 0 0\ncpu0 412 0 1152 572 99 0 50 0 0 0\n",
			map[string]float64{"user": 17.5, "system": 70, "idle": 10, "iowait": 0, "softirq": 2.5},
		},
		"unplugged, and idle leaps": {
			"cpu  1000 0 900 20000 100 0 0 0 0 0\ncpu0 500 0 450 10050 50 0 0 0 0 0\ncpu1 500 0 450 9950 50 0 0 0 0 0\n",
			"cpu  1000 0 1000 30000 100 0 0 0 0 0\ncpu0 500 0 500 10100 50 0 0 0 0 0\n",
			map[string]float64{"user": 0, "system": 50, "idle": 50},
		},
		"unplugged and back in between": {
			"cpu  1000 0 900 20000 100 0 0 0 0 0\ncpu0 500 0 450 10050 50 0 0 0 0 0\ncpu1 500 0 450 9950 50 0 0 0 0 0\n",
			"cpu  1000 0 1010 12000 100 0 0 0 0 0\ncpu0 500 0 500 10100 50 0 0 0 0 0\ncpu1 500 0 510 1900 50 0 0 0 0 0\n",
			map[string]float64{"user": 0, "system": 50, "idle": 50},
		},
		"waiting for disks goes back a little": {
			"cpu  1000 0 900 20000 100 0 0 0 0 0\ncpu0 1000 0 900 20000 100 0 0 0 0 0\n",
			"cpu  1050 0 950 20000 90 0 0 0 0 0\ncpu0 1050 0 950 20000 90 0 0 0 0 0\n",
			map[string]float64{"user": 50, "system": 50, "iowait": 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := handmade{"proc/stat": c.before}.write(t)
			collector, b := newCPU(Options{Root: dir}), collectors.NewBatch()
			first := observe(t, collector, b)
			handmade{"proc/stat": c.after}.into(t, dir)
			second := observe(t, collector, b)
			got, sum := shares(first.values, second.values)
			for mode, want := range c.want {
				if got[mode] != want {
					t.Errorf("%s is %v %%, want %v %%", mode, got[mode], want)
				}
			}
			if math.Abs(sum-100) > 1e-9 {
				t.Errorf("all shares together are %v %%: %v", sum, got)
			}
			// The next tick goes on from there.
			third := observe(t, collector, b)
			if got, _ := shares(second.values, third.values); len(got) > 0 {
				t.Errorf("nothing was counted since, and the shares are %v", got)
			}
		})
	}
}

// Raw readings are handed over as they are, also when they went back: the sampler alone
// decides that such a tick is missing.
func TestCPU_HandsOverCountersThatWrapped(t *testing.T) {
	dir := handmade{"proc/stat": "cpu  4294967290 0 0 4294967295 9 0 0 0 0 0\nctxt 4294967295\n"}.write(t)
	c := newCPU(Options{Root: dir})
	b := collectors.NewBatch()
	observe(t, c, b)
	handmade{"proc/stat": "cpu  5 0 0 3 8 0 0 0 0 0\nctxt 7\n"}.into(t, dir)
	got := observe(t, c, b)
	if diff := cmp.Diff(any([2]uint64{5, 16}), got.values["cpu.usage user"]); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(any(uint64(7)), got.values["cpu.context_switches"]); diff != "" {
		t.Errorf("context switches (-want +got):\n%s", diff)
	}
}

func TestCPU_OfFilesThatLie(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		wantErr string
	}{
		"empty":             {"", "/proc/stat is empty or cut short"},
		"blank":             {"\n\n", "/proc/stat is empty or cut short"},
		"cut in first line": {"cpu  100 20 30 40", `/proc/stat has unexpected content "cpu  100 20 30 40"`},
		"too few modes":     {"cpu  1 2 3 4\n", `/proc/stat has unexpected content "cpu  1 2 3 4"`},
		"letters":           {"cpu  1 2 3 4 x 6 7 8\n", `/proc/stat has unexpected content "cpu  1 2 3 4 x 6 7 8"`},
		"negative":          {"cpu  1 2 3 4 -5 6 7 8\n", `/proc/stat has unexpected content "cpu  1 2 3 4 -5 6 7 8"`},
		"too large":         {"cpu  1 2 3 4 99999999999999999999 6 7 8\n", `/proc/stat has unexpected content "cpu  1 2 3 4 99999999999999999999 6 7 8"`},
		"unnamed processor": {"cpu  1 2 3 4 5 6 7 8\ncpux 1 2 3 4 5 6 7 8\n", `/proc/stat has unexpected content "cpux 1 2 3 4 5 6 7 8"`},
		"huge processor":    {"cpu  1 2 3 4 5 6 7 8\ncpu99999999 1 2 3 4 5 6 7 8\n", `/proc/stat has unexpected content "cpu99999999 1 2 3 4 5 6 7 8"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tryObserve(t, newCPU(Options{Root: handmade{"proc/stat": c.text}.write(t)}), nil)
			if fmt.Sprint(err) != c.wantErr {
				t.Errorf("error %q, want %q", fmt.Sprint(err), c.wantErr)
			}
		})
	}
}

func TestCPU_CutFileLosesOnlyItsTail(t *testing.T) {
	cut := twoCPUs[:strings.Index(twoCPUs, "btime")+len("btime 17")]
	cut = strings.Replace(cut, "ctxt 2000\nbtime 17", "ctxt 20", 1)
	got := observe(t, newCPU(Options{Root: handmade{"proc/stat": cut}.write(t)}), nil)
	if v, ok := got.values["cpu.context_switches"]; ok {
		t.Errorf("half of a number was taken for one: %v", v)
	}
	if got.values["cpu.interrupts"] != uint64(1000) {
		t.Errorf("interrupts are %v, want 1000", got.values["cpu.interrupts"])
	}
}

func TestCPU_AbsentFilesAreUnavailable(t *testing.T) {
	got := observe(t, newCPU(Options{Root: t.TempDir()}), nil)
	if diff := cmp.Diff(map[string]string{"/proc/stat": "does not exist on this host"}, got.unavailable); diff != "" {
		t.Errorf("unavailable (-want +got):\n%s", diff)
	}
	if len(got.values) != 0 {
		t.Errorf("values out of nothing: %v", got.values)
	}
}

func TestCPU_RunDelayRisesOnlyByWhatProcessorsWaited(t *testing.T) {
	const line = "cpu%d 0 0 0 0 0 0 700 %d 9\ndomain0 03 1 2 3\n"
	two := func(a, b int) string { return "version 15\n" + fmt.Sprintf(line, 0, a) + fmt.Sprintf(line, 1, b) }
	dir := handmade{"proc/stat": twoCPUs}.write(t)
	c := newCPU(Options{Root: dir})
	b := collectors.NewBatch()
	var got []any
	for _, text := range []string{
		two(1_000_000, 5_000_000),
		two(1_000_200, 5_000_100),                        // 300 on two processors
		"version 15\n" + fmt.Sprintf(line, 0, 1_000_300), // unplugged: 100 on one
		two(1_000_400, 5_000_900),                        // back again: 100, not 900 or a million more
		two(1_000_600, 5_000_900),
	} {
		handmade{"proc/schedstat": text}.into(t, dir)
		got = append(got, observe(t, c, b).values["cpu.run_delay"])
	}
	want := []any{uint64(0), uint64(150), uint64(250), uint64(300), uint64(400)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run delay (-want +got):\n%s", diff)
	}
}

func TestHardware_OfPhysicalHost(t *testing.T) {
	const sys = "sys/devices/system/cpu/cpu"
	files := handmade{
		"proc/interrupts":                  "           CPU0       CPU1\n  0:   40   0  IO-APIC   2-edge timer\nMCE:   3   0   Machine check exceptions\nMCP:  10  10   Machine check polls\n",
		sys + "0/cpufreq/scaling_cur_freq": "2400000\n",
		sys + "1/cpufreq/scaling_cur_freq": "3600000\n",
		// Two threads of one core share a count.
		sys + "0/thermal_throttle/core_throttle_count":   "5\n",
		sys + "1/thermal_throttle/core_throttle_count":   "5\n",
		sys + "0/topology/core_id":                       "0\n",
		sys + "1/topology/core_id":                       "0\n",
		sys + "0/topology/physical_package_id":           "0\n",
		sys + "1/topology/physical_package_id":           "0\n",
		"sys/devices/system/edac/mc/mc0/ce_count":        "7\n",
		"sys/devices/system/edac/mc/mc0/ue_count":        "0\n",
		"sys/devices/system/edac/mc/mc1/ce_count":        "1\n",
		"sys/devices/system/edac/mc/mc1/ue_count":        "0\n",
		"sys/devices/system/edac/mc/mc0/csrow0/ce_count": "7\n",
	}
	dir := files.write(t)
	c := newHardware(Options{Root: dir})
	b := collectors.NewBatch()
	observe(t, c, b)
	handmade{
		"proc/interrupts": "           CPU0       CPU1\nMCE:   3   1   Machine check exceptions\n",
		sys + "0/thermal_throttle/core_throttle_count": "8\n",
		sys + "1/thermal_throttle/core_throttle_count": "8\n",
		"sys/devices/system/edac/mc/mc1/ce_count":      "3\n",
	}.into(t, dir)
	got := observe(t, c, b)
	want := map[string]any{
		"cpu.frequency 0": 2.4e9, "cpu.frequency 1": 3.6e9, "cpu.throttles": uint64(3), "cpu.machine_checks": uint64(1),
		"memory.ecc corrected": uint64(2), "memory.ecc uncorrected": uint64(0),
	}
	if diff := cmp.Diff(want, got.values); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	if len(got.unavailable) != 0 {
		t.Errorf("unavailable: %v", got.unavailable)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte(twoCPUs))
	f.Add([]byte("cpu  1 2 3"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s systemStat
		if err := parseStat("/proc/stat", b, &s); err == nil && len(s.cores) > len(b) {
			t.Errorf("%d processors out of %d bytes", len(s.cores), len(b))
		}
	})
}

func FuzzParseRunDelay(f *testing.F) {
	f.Add([]byte("version 15\ntimestamp 1\ncpu0 0 0 0 0 0 0 1 2 3\ndomain0 03 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r rises
		r.begin()
		err := parseRunDelay("/proc/schedstat", b, &r)
		if total, cpus := r.sum(); total != 0 || err == nil && cpus == 0 {
			t.Errorf("first reading rose by %d on %d processors", total, cpus)
		}
	})
}

func FuzzParseInterrupts(f *testing.F) {
	f.Add([]byte("   CPU0 CPU1\nMCE: 0 1 Machine check exceptions\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r rises
		r.begin()
		parseInterrupts(b, "MCE", &r)
		if total, _ := r.sum(); total != 0 {
			t.Errorf("first reading rose by %d", total)
		}
	})
}
