package attacks

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// TestRights compares what root sees with what a user without any rights sees, at the same
// time on the same host: the same, or a reason why not.
func TestRights(t *testing.T) {
	t.Parallel()
	need.Root(t, "compares root with another user")
	const nobody = 65534
	// What other tests mount, for a user alone or for a moment, is another matter.
	args := []string{"--interval", "200ms", "--mount-exclude", os.TempDir() + "/*"}
	root := start(t, args...)
	cmd := exec.Command(shipped, withDefaults(args)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Dir = "/"
	user := startCommand(t, cmd)
	names := func(p *program) map[string]bool {
		out := make(map[string]bool)
		// Containers of other tests come and go, and one of the two may have missed them.
		stays := make(map[string]bool)
		for _, row := range object[struct{ Rows []struct{ Name, Kind string } }](p, "/api/v2/tables/services").Rows {
			stays[row.Name] = row.Kind != "docker" && row.Kind != "podman"
		}
		for _, s := range object[struct{ Series []series }](p, "/api/v1/series").Series {
			if s.Name == "sat.disk.wait" || s.Name == "limit.full_in" {
				continue // only there once a disk was busy or a file system filled, which one of the two may have missed
			}
			service, of := s.Labels["service"]
			if kind := s.Labels["kind"]; strings.HasPrefix(s.Name, "limit.") && (kind == "service" || kind == "throttled") {
				service, of = s.Labels["name"], true
			}
			if of && !stays[service] {
				continue
			}
			labels := fmt.Sprint(s.Labels) // maps are printed in order
			out[s.Name+labels] = true
		}
		return out
	}
	settled := func(p *program) func() bool {
		return func() bool {
			_, err := p.ask("/api/v1/processes", time.Minute)
			return err == nil && p.health().Remembered.Newest > 10
		}
	}
	waitUntil(t, "root's rows", settled(root))
	waitUntil(t, "the user's rows", settled(user))
	var a, b map[string]bool
	var reasons map[string]string
	var different []string
	t.Cleanup(func() {
		for _, line := range different {
			t.Log(line)
		}
	})
	// Each file system is asked by itself, so that they come one by one.
	waitUntil(t, "both to see the same, or the reasons why not", func() bool {
		a, b = names(root), names(user)
		reasons, different = make(map[string]string), nil
		for _, h := range user.health().Collectors {
			for _, u := range h.Unavailable {
				reasons[h.Collector] += u.Source + ": " + u.Reason + "; "
			}
		}
		for _, name := range slices.Sorted(maps.Keys(a)) {
			family, _, _ := strings.Cut(name, ".")
			if !b[name] && reasons[collectorOf(family)] == "" {
				different = append(different, "root sees "+name+", the user does not, and no reason is given")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(b)) {
			if !a[name] {
				different = append(different, "the user sees "+name+", root does not")
			}
		}
		return len(different) == 0 && a["filesystem.bytesmap[kind:total mount:/]"]
	})
	if !strings.Contains(reasons["processes"], "/proc/[pid]/io") {
		t.Errorf("the I/O of others may not be read, and nothing says so: %q", reasons["processes"])
	}
	for name, label := range map[string]string{"memory.bytes": "total", "memory.total": "", "filesystem.bytes": "/"} {
		if !strings.Contains(root.get("/api/v1/series"), `"`+name+`"`) {
			continue
		}
		if x, y := root.value(name, label), user.value(name, label); x != y && name != "filesystem.bytes" {
			t.Errorf("%s is %d for root and %d for the user", name, x, y)
		}
	}
	seen, also, same := map[int]string{}, map[int]string{}, 0
	waitUntil(t, "the user to see nine in ten of root's processes", func() bool {
		some, _ := root.processNames([]int{1})
		maps.Copy(seen, some)
		others, _ := user.processNames([]int{1})
		maps.Copy(also, others)
		same = 0
		for pid, name := range seen {
			if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err != nil {
				delete(seen, pid) // it is gone, and maybe was before the user looked
			} else if also[pid] == name {
				same++
			}
		}
		return same >= len(seen)*9/10
	})
	t.Logf("%d series for root, %d for the user; %d of %d processes; reasons %v", len(a), len(b), same, len(seen), reasons)
}

// collectorOf is the collector of a family.
func collectorOf(family string) string {
	switch family {
	case "net":
		return "network"
	case "process":
		return "processes"
	case "limit", "cgroup":
		return "limits"
	}
	return family
}
