package services

import (
	"bufio"
	"dashcam/collectors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hierarchy is where the control groups of a host are, and by which files they tell what
// they use.
type hierarchy struct {
	// tree is the directory whose tree is followed.
	tree string
	// dirs are the directories of the controllers of version 1; version 2 has one, "".
	dirs    map[string]string
	sources []source
}

// findHierarchy reads the mount table. A hybrid host has an empty version 2 beside version
// 1: the one with the controllers counts.
func findHierarchy(root string) (hierarchy, string) {
	table := root + "/proc/self/mountinfo"
	if root != "" {
		table = root + "/proc/1/mountinfo"
	}
	f, err := os.Open(table)
	if err != nil {
		return hierarchy{}, "the mount table cannot be read: " + err.Error()
	}
	defer f.Close() //nolint:errcheck // only read from
	one := map[string]string{}
	two := ""
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		before, after, found := strings.Cut(lines.Text(), " - ")
		mount, kind := strings.Fields(before), strings.Fields(after)
		if !found || len(mount) < 5 || len(kind) < 3 {
			continue
		}
		dir := root + collectors.UnescapePath(mount[4])
		switch kind[0] {
		case "cgroup2":
			if two == "" {
				two = dir
			}
		case "cgroup":
			for option := range strings.SplitSeq(kind[2], ",") {
				if _, twice := one[option]; !twice {
					one[option] = dir
				}
			}
		}
	}
	if two != "" {
		if text, err := os.ReadFile(filepath.Join(two, "cgroup.controllers")); err == nil && slices.Contains(strings.Fields(string(text)), "memory") {
			return hierarchy{tree: two, dirs: map[string]string{"": two}, sources: version2}, ""
		}
	}
	if _, ok := one["cpuacct"]; ok {
		h := hierarchy{tree: one["cpuacct"], dirs: one}
		h.sources = slices.DeleteFunc(slices.Clone(version1), func(s source) bool { return one[s.controller] == "" })
		return h, ""
	}
	return hierarchy{}, "no control groups with controllers are mounted"
}

// rootIO is the file that tells whether the kernel counts I/O at all, "" where it always
// does: in version 1 newer ones do only where some group has a throttle rule, and the file of
// everything then stays at 0.
func (h *hierarchy) rootIO() string {
	if dir := h.dirs["blkio"]; dir != "" {
		return dir + "/" + blkioBytes
	}
	return ""
}

// files are those of one control group, as the sources of the hierarchy.
func (h *hierarchy) files(path string, allow *allowance) []kept {
	all := make([]kept, len(h.sources))
	for i := range h.sources {
		all[i] = kept{path: h.dirs[h.sources[i].controller] + "/" + path + "/" + h.sources[i].name, allow: allow, often: i == 0}
	}
	return all
}
