package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mappedOfFiles is how many KiB of files this process has mapped.
func mappedOfFiles(t *testing.T) (kib int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "\nRssFile:")
	if n, err := fmt.Sscanf(after, "%d kB", &kib); n != 1 || err != nil {
		t.Fatalf("no RssFile: %v", err)
	}
	return kib
}

// What was mapped of the program is given back, and the program goes on.
func TestUnmapProgram_GivesBackWhatIsNotUsed(t *testing.T) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	all := constantMappings(maps, self)
	if len(all) < 2 {
		t.Fatalf("mappings of %s: %v", self, all)
	}
	size := 0
	for _, m := range all {
		page := make([]byte, 1)
		for at := m.from; at < m.to; at += 4096 {
			if _, err := mem.ReadAt(page, int64(at)); err != nil {
				t.Fatal(err)
			}
		}
		size += int(m.to-m.from) >> 10
	}
	before := mappedOfFiles(t)
	if before < size*9/10 {
		t.Fatalf("%d KiB are mapped, and all of the program has %d", before, size)
	}
	if err := unmapProgram(); err != nil {
		t.Fatal(err)
	}
	if after := mappedOfFiles(t); after > before/2 {
		t.Errorf("%d of %d KiB are still mapped", after, before)
	}
}

func TestConstantMappings_AreThoseOfTheProgram(t *testing.T) {
	const maps = `00400000-0152f000 r-xp 00000000 fe:00 17 /usr/bin/dashcam
0152f000-026ff000 r--p 0112f000 fe:00 17 /usr/bin/dashcam
026ff000-02843000 rw-p 022ff000 fe:00 17 /usr/bin/dashcam
02843000-04892000 rw-p 00000000 00:00 0 
7f0000000000-7f0000001000 r--p 00000000 fe:00 18 /other/usr/bin/dashcam
7f1000000000-7f1000001000 r--s 00000000 fe:00 17 /usr/bin/dashcam
7f2000000000-7f2000001000 r-xp 00000000 00:00 0 [vdso]
x
`
	want := []mapping{{0x400000, 0x152f000}, {0x152f000, 0x26ff000}}
	got := constantMappings(strings.NewReader(maps), "/usr/bin/dashcam")
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mapping{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
