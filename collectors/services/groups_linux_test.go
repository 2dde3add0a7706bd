package services

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"dashcam/collectors/collectortest/need"
)

// own is a name that nothing else on the host has: a run beside this one makes its control
// groups there too, and one that was killed has left its own.
func own(name, suffix string) string { return "dashcam-" + name + "-" + rand.Text() + suffix }

// makeGroups makes control groups of the kernel's own in a slice, in each hierarchy that is
// read and in further ones of version 1. They end with the test. It returns the directories
// of the slice.
func makeGroups(t testing.TB, slice string, names []string, further ...string) (slices []string) {
	t.Helper()
	need.Root(t, "makes control groups")
	h, why := findHierarchy("")
	if why != "" {
		need.Missing(t, why)
	}
	roots := map[string]bool{h.tree: true}
	for i := range h.sources {
		roots[h.dirs[h.sources[i].controller]] = true
	}
	for _, controller := range further {
		if dir, mounted := h.dirs[controller]; mounted {
			roots[dir] = true
		}
	}
	for root := range roots {
		parent := filepath.Join(root, slice)
		if err := os.Mkdir(parent, 0o755); err != nil {
			t.Fatal(err)
		}
		slices = append(slices, parent)
		t.Cleanup(func() { _ = os.Remove(parent) })
		if text, err := os.ReadFile(filepath.Join(parent, "cgroup.controllers")); err == nil {
			// Version 2: its children shall have all controllers.
			on := bytes.ReplaceAll(append([]byte(" "), bytes.TrimSpace(text)...), []byte(" "), []byte(" +"))
			if err := os.WriteFile(filepath.Join(parent, "cgroup.subtree_control"), on, 0); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range names {
			dir := filepath.Join(parent, name)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Remove(dir) })
		}
	}
	return slices
}
