package services

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dashcam/collectors"
)

var sorted = cmpopts.SortSlices(strings.Compare)

// telling is watched, with what it tells.
func telling(t *testing.T, h *hostTree) (w *watched, take func() []string) {
	var told []collectors.Event
	w = watch(t, h)
	w.c = newServices(Options{Root: h.root, Post: func(e collectors.Event) { told = append(told, e) }})
	return w, func() (texts []string) {
		for _, e := range told {
			if e.Kind != collectors.EventService || e.About.Kind != "service" || e.About.Name == "" || e.About.Service != e.About.Name || e.Source == "" {
				t.Errorf("%+v", e)
			}
			texts = append(texts, strings.TrimSpace(string(e.Level)+" "+e.Text))
		}
		told = nil
		return texts
	}
}

func TestHappenings_TellWhoBeganAndEnded(t *testing.T) {
	id := strings.Repeat("ab", 32)
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.group("system.slice/old.service", 0, 0, 0, 0, 0, 0, 0)
	h.write("/proc/vmstat", "nr_free_pages 1\noom_kill 0\n")
	w, take := telling(t, h)
	w.sample()
	if got := take(); len(got) != 0 {
		t.Errorf("what was there is told: %q", got)
	}
	paths := []string{"system.slice/docker-" + id + ".scope", "system.slice/new.service", "system.slice/run-u7.scope", "user.slice/user-1000.slice/session-3.scope"}
	for _, path := range paths {
		h.group(path, 0, 0, 0, 0, 0, 0, 0)
	}
	h.write(h.cgroups+"/"+paths[0]+"/memory.max", "4096\n")
	w.sample()
	want := []string{id[:12] + " (docker) began", "new.service (systemd) began"}
	if diff := cmp.Diff(want, take(), sorted); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// One of them ends with a kill that the host counts.
	h.write("/proc/vmstat", "nr_free_pages 1\noom_kill 1\n")
	for _, path := range paths {
		if err := os.RemoveAll(h.root + h.cgroups + "/" + path); err != nil {
			t.Fatal(err)
		}
	}
	w.sample()
	want = []string{"warning " + id[:12] + " (docker) ended: it was out of memory", "new.service (systemd) ended"}
	if diff := cmp.Diff(want, take(), sorted); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// One reading is no trouble, and one that is well does not end it.
func TestHappenings_TellWhoIsHeldAtItsLimits(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	w, take := telling(t, h)
	periods, throttled := 0, 0
	read := func(share, percent int) {
		t.Helper()
		periods, throttled = periods+10, throttled+share/10
		h.group("a.service", periods*1000, periods, throttled, percent<<20+4096, 0, 0, 0)
		h.write(h.cgroups+"/a.service/memory.max", fmt.Sprintln(100<<20))
		w.sample()
	}
	read(0, 10)
	read(90, 99)
	read(0, 10)
	read(90, 99)
	if got := take(); len(got) != 0 {
		t.Errorf("after two of four: %q", got)
	}
	read(60, 95)
	want := []string{"warning a.service is throttled in 60 % of periods at its limit of 0.5 cores", "warning a.service holds 95 % of its memory limit of 100 MiB"}
	if diff := cmp.Diff(want, take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range 9 {
		read(0, 10)
	}
	read(90, 99)
	for range 9 {
		read(0, 10)
	}
	if got := take(); len(got) != 0 {
		t.Errorf("nine that were well: %q", got)
	}
	read(0, 10)
	want = []string{"a.service is not throttled any more", "a.service is below its memory limit again"}
	if diff := cmp.Diff(want, take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
