package host

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	gopsutil "github.com/shirou/gopsutil/v3/disk"

	"dashcam/collectors"
)

// only keeps the series whose name begins like one of the prefixes.
func only(all map[string]any, prefixes ...string) map[string]any {
	kept := map[string]any{}
	for name, v := range all {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			kept[name] = v
		}
	}
	return kept
}

// labelsOf returns the values that the first label of a family takes.
func labelsOf(b *collectors.Batch, f *collectors.Family) []string {
	var all []string
	for i := range b.Len() {
		if s, set := b.Series(i); set && s.Family == f && !slices.Contains(all, s.Labels.At(0)) {
			all = append(all, s.Labels.At(0))
		}
	}
	slices.Sort(all)
	return all
}

const twoDisks = `   8       0 sda 10 0 800 5 20 0 1600 8 0 100 13 0 0 0 0
   8       1 sda1 9 0 700 4 20 0 1600 8 0 100 13 0 0 0 0
 259       0 nvme0n1 1 0 8 1 1 0 8 1 0 2 2
 259       1 nvme0n1p1 1 0 8 1 1 0 8 1 0 2 2
 253       0 dm-0 1 0 8 1 1 0 8 1 0 2 2
   9       1 md1 1 0 8 1 1 0 8 1 0 2 2
   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0
   1       0 ram0 0 0 0 0 0 0 0 0 0 0 0
  11       0 sr0 0 0 0 0 0 0 0 0 0 0 0
`

func TestDisk_KnowsWholeDevicesAndTheirClass(t *testing.T) {
	sys := handmade{
		"proc/diskstats":                       twoDisks,
		"sys/block/sda/device/model":           "Samsung SSD 870 \n",
		"sys/block/sda/device/ioerr_cnt":       "0x1f\n",
		"sys/block/sda/queue/rotational":       "0\n",
		"sys/block/sda/size":                   "1000\n",
		"sys/block/nvme0n1/device/model":       "WD\n",
		"sys/block/nvme0n1/size":               "1000\n",
		"sys/block/dm-0/dm/name":               "vg-root\n",
		"sys/block/dm-0/size":                  "1000\n",
		"sys/block/md1/md/degraded":            "1\n",
		"sys/block/md1/size":                   "1000\n",
		"sys/block/loop0/size":                 "0\n",
		"sys/block/ram0/size":                  "8\n",
		"sys/block/sr0/removable":              "1\n",
		"sys/block/sr0/size":                   "2097151\n",
		"sys/fs/ext4/sda1/errors_count":        "3\n",
		"sys/fs/btrfs/U/devinfo/2/error_stats": "write_errs 1\nread_errs 2\nflush_errs 0\ncorruption_errs 4\ngeneration_errs 0\n",
	}
	for name, c := range map[string]struct {
		files handmade
		want  map[string]string
	}{
		"by /sys":    {sys, map[string]string{"sda": "physical", "nvme0n1": "physical", "dm-0": "virtual", "md1": "virtual"}},
		"by name":    {handmade{"proc/diskstats": twoDisks}, map[string]string{"sda": "physical", "nvme0n1": "physical", "dm-0": "virtual", "md1": "virtual", "sr0": "physical"}},
		"cut at end": {handmade{"proc/diskstats": twoDisks[:strings.Index(twoDisks, " 259       1")-4]}, map[string]string{"sda": "physical"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := collectors.NewBatch()
			o := observe(t, newDisk(Options{Root: c.files.write(t)}), b)
			got := map[string]string{}
			for _, name := range labelsOf(b, collectors.DiskBusy) {
				got[name] = o.info["disk.busy "+name]["class"]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("devices (-want +got):\n%s", diff)
			}
		})
	}
	got := only(observe(t, newDisk(Options{Root: sys.write(t)}), nil).values, "disk.errors", "filesystem.errors", "disk.wait sda", "disk.bytes sda")
	want := map[string]any{
		"disk.errors sda": uint64(31), "filesystem.errors sda1": uint64(3), "filesystem.errors btrfs U/2": uint64(7), "filesystem.errors md1 degraded": uint64(1),
		"disk.wait sda read": [2]uint64{5, 10}, "disk.wait sda write": [2]uint64{8, 20},
		"disk.bytes sda read": uint64(800 * 512), "disk.bytes sda write": uint64(1600 * 512),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
}

// A device that takes another's name starts from zero; what is known about the former one
// must not stay with it.
func TestDisk_ReplacedDeviceIsReadAgain(t *testing.T) {
	root := handmade{"proc/diskstats": " 8 0 sda 10 0 80 5 20 0 160 8 0 100 13\n", "sys/block/sda/device/model": "old\n"}.write(t)
	c, b := newDisk(Options{Root: root}), collectors.NewBatch()
	observe(t, c, b)
	handmade{"proc/diskstats": " 8 0 sda 1 0 8 1 1 0 8 1 0 2 2\n"}.into(t, root)
	handmade{"sys/block/sda/device/model": "new\n"}.into(t, root)
	got := observe(t, c, b)
	if model, busy := got.info["disk.busy sda"]["model"], got.values["disk.busy sda"]; model != "new" || busy != uint64(2) {
		t.Errorf("model %q, busy %v, want the new device's model and its reading as it is", model, busy)
	}
}

// TestDisk_VirtualDiskIsNotRotationalBecauseItDoesNotSay: virtio disks are, unless told
// otherwise, and every virtual machine was coloured for a busy disk.
func TestDisk_VirtualDiskIsNotRotationalBecauseItDoesNotSay(t *testing.T) {
	for name, c := range map[string]struct{ alias, rotational, want string }{
		"drive":                  {"scsi:t-0x00\n", "1\n", "yes"},
		"drive without an alias": {"", "1\n", "yes"},
		"virtio":                 {"virtio:d00000002v00001AF4\n", "1\n", ""},
		"virtio that says":       {"virtio:d00000002v00001AF4\n", "0\n", "no"},
		"xen":                    {"xen:vbd\n", "1\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := handmade{"proc/diskstats": " 254 0 vda 10 0 80 5 20 0 160 8 0 100 13\n", "sys/block/vda/queue/rotational": c.rotational, "sys/block/vda/device/modalias": c.alias}.write(t)
			if got := observe(t, newDisk(Options{Root: root}), nil).info["disk.busy vda"]["rotational"]; got != c.want {
				t.Errorf("rotational %q, want %q", got, c.want)
			}
		})
	}
}

func TestDisk_LoopDevicesAreOneThatNeverLeaps(t *testing.T) {
	root := handmade{"proc/diskstats": " 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n"}.write(t)
	c, b := newDisk(Options{Root: root}), collectors.NewBatch()
	var got []any
	for _, stats := range []string{
		" 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n",
		" 7 0 loop0 5 0 100 0 0 0 0 0 0 0 0\n",
		" 7 0 loop0 5 0 110 0 0 0 0 0 0 0 0\n 7 1 loop1 900 0 90000 0 0 0 0 0 0 0 0\n",
		" 7 0 loop0 5 0 110 0 0 0 0 0 0 0 0\n 7 1 loop1 900 0 90001 0 0 0 0 0 0 0 0\n",
	} {
		handmade{"proc/diskstats": stats}.into(t, root)
		got = append(got, observe(t, c, b).values["disk.bytes loop read"])
	}
	want := []any{nil, uint64(100 * 512), uint64(110 * 512), uint64(111 * 512)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bytes read of all loop devices (-want +got):\n%s", diff)
	}
}

func TestDisk_IncludedLoopDeviceIsShownByItself(t *testing.T) {
	root := handmade{"proc/diskstats": " 7 0 loop0 5 0 100 0 0 0 0 0 0 0 0\n 7 1 loop1 6 0 100 0 0 0 0 0 0 0 0\n"}.write(t)
	o := observe(t, newDisk(Options{Root: root, Disks: Selection{Include: []string{"[", "*1"}}}), nil)
	want := map[string]any{"disk.operations loop read": uint64(0), "disk.operations loop write": uint64(0), "disk.operations loop1 read": uint64(6), "disk.operations loop1 write": uint64(0), "disk.busy loop1": uint64(0)}
	if diff := cmp.Diff(want, only(o.values, "disk.operations", "disk.busy")); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestDisk_SaysWhatItsSourceLacks(t *testing.T) {
	for name, c := range map[string]struct {
		files   handmade
		missing string
		fails   bool
	}{
		"absent":  {nil, "/proc/diskstats", false},
		"garbage": {handmade{"proc/diskstats": "no numbers here\n"}, "", true},
		"cut":     {handmade{"proc/diskstats": " 8 0 sda 10 0 80"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tryObserve(t, newDisk(Options{Root: c.files.write(t)}), nil)
			if (err != nil) != c.fails {
				t.Errorf("error %v, want one: %v", err, c.fails)
			}
			if c.missing != "" && got.unavailable[c.missing] == "" {
				t.Errorf("unavailable %v, want %s named", got.unavailable, c.missing)
			}
		})
	}
}

func TestIsPartitionOf(t *testing.T) {
	for _, pair := range [][2]string{{"sda1", "sda"}, {"sda15", "sda"}, {"nvme0n1p2", "nvme0n1"}, {"mmcblk0p1", "mmcblk0"}, {"loop0p1", "loop0"}} {
		if !isPartitionOf(pair[0], pair[1]) {
			t.Errorf("%s is a partition of %s", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"sda", "sda"}, {"sdaa", "sda"}, {"nvme0n12", "nvme0n1"}, {"dm-10", "dm-1"}, {"md127", "md12"}, {"sda1", ""}, {"mmcblk0boot0", "mmcblk0"}} {
		if isPartitionOf(pair[0], pair[1]) {
			t.Errorf("%s is no partition of %s", pair[0], pair[1])
		}
	}
}

// TestDisk_AgreesWithGopsutil reads what this machine says with both.
func TestDisk_AgreesWithGopsutil(t *testing.T) {
	o, ctx := copyOfProc(t, "diskstats")
	b := collectors.NewBatch()
	got := observe(t, newDisk(o), b).values
	theirs, err := gopsutil.IOCountersWithContext(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range labelsOf(b, collectors.DiskBusy) {
		agrees(t, name+" read", got["disk.bytes "+name+" read"], float64(theirs[name].ReadBytes))
		agrees(t, name+" written", got["disk.bytes "+name+" write"], float64(theirs[name].WriteBytes))
		agrees(t, name+" reads", got["disk.operations "+name+" read"], float64(theirs[name].ReadCount))
		agrees(t, name+" busy", got["disk.busy "+name], float64(theirs[name].IoTime))
	}
}

func FuzzParseDiskstats(f *testing.F) {
	f.Add([]byte(twoDisks))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, r := range parseDiskstats(nil, text) {
			if len(r.name) == 0 {
				t.Errorf("a device without a name in %q", text)
			}
			isPartitionOf(string(r.name), "sda")
		}
		sumLabelled(text)
		parseHex(text)
	})
}
