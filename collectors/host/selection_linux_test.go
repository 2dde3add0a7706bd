package host

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestSelection_IncludeWinsOverExclude(t *testing.T) {
	for name, c := range map[string]struct {
		choice             Selection
		included, excluded bool
	}{
		"nothing said":   {Selection{}, false, false},
		"excluded":       {Selection{Exclude: []string{"x", "sd*"}}, false, true},
		"another one":    {Selection{Exclude: []string{"nvme*"}}, false, false},
		"included":       {Selection{Include: []string{"sda"}}, true, false},
		"both":           {Selection{Include: []string{"sd*"}, Exclude: []string{"*"}}, true, false},
		"all but others": {Selection{Include: []string{"nvme*"}, Exclude: []string{"*"}}, false, true},
	} {
		if in, out := c.choice.includes("sda"), c.choice.excludes("sda"); in != c.included || out != c.excluded {
			t.Errorf("%s: included %v, excluded %v, want %v, %v", name, in, out, c.included, c.excluded)
		}
	}
}

// named returns the first label of every series of a family, sorted.
func named(values map[string]any, family string) []string {
	found := make(map[string]bool)
	for series := range values {
		if rest, ok := strings.CutPrefix(series, family+" "); ok {
			name, _, _ := strings.Cut(rest, " ")
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestSelection_DisksThatAreExcludedAreNoPartOfASum(t *testing.T) {
	root := handmade{"proc/diskstats": " 8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n 8 16 sdb 1 0 1 1 1 0 1 1 0 1 1\n 7 0 loop0 5 0 100 0 0 0 0 0 0 0 0\n 7 1 loop1 6 0 100 0 0 0 0 0 0 0 0\n"}.write(t)
	for name, c := range map[string]struct {
		choice Selection
		want   []string
		loops  any
	}{
		"by default":       {Selection{}, []string{"loop", "sda", "sdb"}, uint64(0)},
		"without one":      {Selection{Exclude: []string{"sdb"}}, []string{"loop", "sda"}, uint64(0)},
		"only one":         {Selection{Include: []string{"sda"}, Exclude: []string{"*"}}, []string{"sda"}, nil},
		"a loop by itself": {Selection{Include: []string{"loop1"}, Exclude: []string{"loop*"}}, []string{"loop1", "sda", "sdb"}, nil},
	} {
		got := observe(t, newDisk(Options{Root: root, Disks: c.choice}), nil).values
		if diff := cmp.Diff(c.want, named(got, "disk.operations")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got["disk.operations loop read"] != c.loops {
			t.Errorf("%s: loops read %v, want %v", name, got["disk.operations loop read"], c.loops)
		}
	}
}

func TestSelection_InterfacesThatAreExcludedAreNoPartOfASum(t *testing.T) {
	root := handmade{
		"proc/1/net/dev":                   netDevHead + netDev("eth0", "100") + netDev("veth1", "10") + netDev("veth2", "20"),
		"sys/class/net/eth0/type":          "1\n",
		"sys/class/net/eth0/device/vendor": "x\n",
		"sys/class/net/veth1/type":         "1\n",
		"sys/class/net/veth2/type":         "1\n",
	}.write(t)
	for name, c := range map[string]struct {
		choice Selection
		want   []string
	}{
		"by default":     {Selection{}, []string{"eth0", "virtual"}},
		"without any":    {Selection{Exclude: []string{"veth*"}}, []string{"eth0"}},
		"one by itself":  {Selection{Include: []string{"veth2"}}, []string{"eth0", "veth2", "virtual"}},
		"only this":      {Selection{Include: []string{"veth2"}, Exclude: []string{"*"}}, []string{"veth2"}},
		"not the cable":  {Selection{Exclude: []string{"eth*"}}, []string{"virtual"}},
		"none of a kind": {Selection{Exclude: []string{"*"}}, nil},
	} {
		got := observe(t, newNetwork(Options{Root: root, Interfaces: c.choice}), nil).values
		if diff := cmp.Diff(c.want, named(got, "net.bytes")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSelection_MountsThatAreExcludedAreNotAsked: the server of one may be gone.
func TestSelection_MountsThatAreExcludedAreNotAsked(t *testing.T) {
	root := handmade{"proc/1/mountinfo": "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n" +
		"2 1 0:40 / /mnt/nfs rw - nfs4 server:/x rw\n" +
		"3 1 8:1 / /mnt/again rw - ext4 /dev/sda1 rw\n" +
		"4 1 0:41 / /var/lib/docker/overlay2/a/merged rw - overlay overlay rw\n" +
		"5 1 7:0 / /snap/core ro - squashfs /dev/loop0 ro\n"}.write(t)
	for name, c := range map[string]struct {
		choice Selection
		want   []string
	}{
		"by default":           {Selection{}, []string{"/", "/mnt/nfs"}},
		"without a server":     {Selection{Exclude: []string{"/mnt/*"}}, []string{"/"}},
		"the other of the two": {Selection{Exclude: []string{"/"}}, []string{"/mnt/again", "/mnt/nfs"}},
		"furniture and images": {Selection{Include: []string{"*/merged", "/snap/*"}}, []string{"/", "/mnt/nfs", "/snap/core", "/var/lib/docker/overlay2/a/merged"}},
		"nothing but one":      {Selection{Include: []string{"/mnt/nfs"}, Exclude: []string{"*"}}, []string{"/mnt/nfs"}},
		"nothing":              {Selection{Exclude: []string{"*"}}, nil},
	} {
		asked := newAskedFilesystem(root)
		asked.source.choice, asked.choice = c.choice, c.choice
		b := collectors.NewBatch()
		got := observe(t, asked, b).values
		for path := range asked.most {
			if !slices.Contains(c.want, path) {
				t.Errorf("%s: %s was asked", name, path)
			}
		}
		if diff := cmp.Diff(c.want, named(got, "filesystem.read_only")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSelection_ProcessesThatAreExcludedStillCount(t *testing.T) {
	root := processFiles(1, "init", 1, 1).write(t)
	processFiles(2, "php-fpm", 1, 1).into(t, root)
	processFiles(3, "php-fpm-master", 1, 1).into(t, root)
	c := newSteppedProcesses(Options{Root: root, Processes: Selection{Exclude: []string{"php-*"}, Include: []string{"*-master"}}})
	b := collectors.NewBatch()
	rows, _ := rowsOf(t, c, b)
	if diff := cmp.Diff([]int{1, 3}, slices.Sorted(maps.Keys(rows))); diff != "" {
		t.Errorf("pids that are shown (-want +got):\n%s", diff)
	}
	total := 0.0
	for i := range b.Len() {
		if s, set := b.Series(i); set && s.Family == collectors.ProcessCount {
			total += s.Gauge
		}
	}
	if total != 3 {
		t.Errorf("%v processes are counted, want 3", total)
	}
}
