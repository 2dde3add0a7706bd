package services

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/containers"
	"dashcam/collectors/collectortest/need"
)

func TestServices_AgreeWithDocker(t *testing.T) {
	h := containers.Docker(t)
	agree(t, h, Options{EngineSocket: h.Socket}, func(t *testing.T, name string, row map[string]any) {
		if row["kind"] != "docker" || row["image"] != h.Image || !strings.HasPrefix(row["state"].(string), "Up") {
			t.Errorf("%s is %v", name, row)
		}
	})
}

// TestServices_KnowDockersNamesFromItsFiles asks no engine: the daemon's command line says
// where its files are.
func TestServices_KnowDockersNamesFromItsFiles(t *testing.T) {
	h := containers.Docker(t)
	known := own("known", "")
	h.Start(known, "exec busybox sleep 600")
	w := &watched{t: t, c: newServices(Options{}), b: collectors.NewBatch()}
	rows := w.until("the container under its name", func(rows map[string]map[string]any) bool { return rows[known] != nil })
	if row := rows[known]; row["kind"] != "docker" || row["image"] != h.Image || row["started"] == nil {
		t.Errorf("it is %v", row)
	}
}

func TestServices_AgreeWithPodman(t *testing.T) {
	agree(t, containers.Podman(t), Options{}, func(t *testing.T, name string, row map[string]any) {
		if row["kind"] != "podman" {
			t.Errorf("%s is %v", name, row)
		}
	})
}

// agree runs containers on a real engine and compares what is seen of them with what the
// engine and the kernel say. Three of them are calm first, and then hurt themselves: each
// is seen to do so at the third observation.
func agree(t *testing.T, h *containers.Engine, o Options, identity func(t *testing.T, name string, row map[string]any)) {
	// Containers of every engine on the host are seen by their names.
	spinner, hoarder, writer, idler := own("spinner", ""), own("hoarder", ""), own("writer", ""), own("idler", "")
	// So little that it is throttled on a busy machine, too.
	h.Start(spinner, "exec busybox sleep 600", "--cpus", "0.05", "--memory", "64m")
	h.Start(hoarder, "exec busybox sleep 600", "--memory", "16m", "--memory-swap", "16m")
	// A rule, however wide, has the kernel count I/O in version 1.
	h.Start(writer, "exec busybox sleep 600", "--device-write-bps", diskOf(t, os.TempDir())+":100gb")
	h.Start(idler, "exec busybox sleep 600", "--pids-limit", "20")
	all := []string{spinner, hoarder, writer, idler}
	c := newServices(o)
	if c.engine != nil {
		c.engine.client.Timeout = time.Minute // on a busy machine one that lives may take its time
	}
	w := &watched{t: t, c: c, b: collectors.NewBatch()}
	rows := w.until("every container to rest", func(map[string]map[string]any) bool {
		for _, name := range all {
			if u := w.find(name); u == nil || u.idle < restAfter {
				return false
			}
		}
		return true
	})
	for _, name := range all {
		if identity(t, name, rows[name]); rows[name]["started"] == nil || rows[name]["oom"] != 0.0 || rows[name]["restarts"] != 0.0 {
			t.Errorf("at rest %s is %v", name, rows[name])
		}
	}
	if got := rows[spinner]; got["cpuLimit"] != 5.0 || got["memoryLimit"] != float64(64<<20) {
		t.Errorf("limits of the spinner are %v and %v", got["cpuLimit"], got["memoryLimit"])
	}
	if got := rows[idler]; got["pidsLimit"] != 20.0 || got["memoryLimit"] != nil || got["cpuLimit"] != nil {
		t.Errorf("limits of the idler are %v, %v and %v", got["pidsLimit"], got["memoryLimit"], got["cpuLimit"])
	}

	// On a busy machine it takes the engine a while to begin: three observations are what it
	// takes us, from when the kernel's own file tells it.
	w.rises(spinner, throttled, 2, func() { h.Hurt(spinner, "while :; do :; done") })
	w.soon("the spinner to be throttled", 3, func(rows map[string]map[string]any) bool { return atLeast(rows[spinner], "throttled", 25) })
	// tail keeps what it reads until there is a line's end, which zeros have none of. One kill a
	// second is enough: other tests listen to what is started and killed on this machine.
	w.rises(hoarder, oomKills, 1, func() { h.Hurt(hoarder, "while :; do busybox tail /dev/zero; busybox sleep 1; done") })
	w.soon("the hoarder to be killed", 3, func(rows map[string]map[string]any) bool { return atLeast(rows[hoarder], "oom", 1) })
	// What goes through the cache of version 1 is nobody's.
	w.rises(writer, ioWritten, 8<<20, func() {
		h.Hurt(writer, "while :; do busybox dd if=/dev/zero of=/filler bs=1M count=64 oflag=direct; done")
	})
	w.soon("the writer to write", 3, func(rows map[string]map[string]any) bool {
		return atLeast(rows[writer], "write", 1<<20) && rows[writer]["write"].(float64) > 10*or0(rows[spinner]["write"])
	})

	t.Run("the engine", func(t *testing.T) { agreeWithStats(t, h, w, spinner, idler) })
	t.Run("the kernel", func(t *testing.T) { agreeWithKernel(t, w, spinner, idler) })
	t.Run("the host", func(t *testing.T) { agreeWithHost(t, w) })
	h.Run("restart", "-t", "0", idler)
	w.until("the restart of the idler", func(rows map[string]map[string]any) bool { return rows[idler]["restarts"] == 1.0 })
	h.Remove(idler, hoarder)
	w.until("two to be gone", func(rows map[string]map[string]any) bool { return rows[idler] == nil && w.find(hoarder) == nil })

	// Its first process is killed, so that it ends, and its group with it. Where another with a
	// limit ends in the same moment it is not known who was killed, and nobody is accused; and
	// who else is killed is taken for a part of it.
	var row map[string]any
	var kills uint64
	for try := 0; row == nil && try < 5; try++ {
		name := own("brief", "")
		h.Start(name, "while [ ! -e /go ]; do busybox sleep 0.1; done; exec busybox tail /dev/zero", "--memory", "16m", "--memory-swap", "16m")
		w.until("who will end by a kill", func(rows map[string]map[string]any) bool { return rows[name] != nil })
		before := killsOfHost(t)
		h.Run("exec", name, "/bin/busybox", "touch", "/go")
		w.until("the end of who is killed", func(rows map[string]map[string]any) bool { return rows[name] == nil || rows[name]["state"] == "ended" })
		w.soon("who ended by a kill", 1, func(rows map[string]map[string]any) bool { row = rows[name]; return true })
		kills = killsOfHost(t) - before
	}
	if oom, _ := row["oom"].(float64); row["state"] != "ended" || oom < 1 || oom > float64(kills) {
		t.Errorf("of %d who ended by a kill is %v", kills, row)
	}
}

// killsOfHost is how many processes of this machine were killed for want of memory.
func killsOfHost(t *testing.T) (n uint64) {
	t.Helper()
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\noom_kill ")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatalf("oom_kill: %v", err)
	}
	return n
}

// diskOf is the device of the whole disk that a directory is on.
func diskOf(t *testing.T, dir string) string {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev))
	if _, err := os.Stat(at + "/partition"); err == nil {
		at += "/.."
	}
	real, err := filepath.EvalSymlinks(at)
	if err != nil {
		need.Missing(t, dir+" is on no disk: "+err.Error())
	}
	return "/dev/" + filepath.Base(real)
}

func atLeast(row map[string]any, column string, least float64) bool {
	v, known := row[column].(float64)
	return known && v >= least
}

func or0(v any) float64 {
	f, _ := v.(float64)
	return f
}

// until samples in real time.
func (w *watched) until(what string, done func(rows map[string]map[string]any) bool) map[string]map[string]any {
	w.t.Helper()
	return w.soon(what, 60, done)
}

// soon samples a second after it did, at most so many times: on a busy machine, which wakes us
// late, a ticker would have two observations of one moment.
func (w *watched) soon(what string, most int, done func(rows map[string]map[string]any) bool) map[string]map[string]any {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	var rows map[string]map[string]any
	for range most {
		select {
		case <-time.After(time.Second):
			if w.prior != nil {
				w.prior()
			}
			w.now = time.Now().Add(-time.Second)
			if rows = w.sample(); done(rows) {
				return rows
			}
		case <-ctx.Done():
		}
	}
	w.t.Fatalf("%d seconds were not enough for %s; last seen %v", most, what, rows)
	return nil
}

// rises does something, and waits until a counter in the kernel's file of a unit has risen
// by so much.
func (w *watched) rises(title string, kind what, by uint64, do func()) {
	w.t.Helper()
	i := indexOf(w.c.hierarchy.sources, kind)
	path := w.unit(title).files[i].path
	read := func() uint64 {
		text, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		var n numbers
		w.c.hierarchy.sources[i].parse(text, &n)
		return n.value[kind]
	}
	before := read()
	do()
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for end := time.Now().Add(2 * time.Minute); read() < before+by; <-ticks.C {
		if time.Now().After(end) {
			w.t.Fatalf("%s of %s did not rise by %d in two minutes", path, title, by)
		}
	}
}

// find returns the unit of a title, or nil.
func (w *watched) find(title string) *usage {
	for _, u := range w.c.units {
		if u.title == title {
			return u
		}
	}
	return nil
}

func (w *watched) unit(title string) *usage {
	u := w.find(title)
	if u == nil {
		w.t.Fatalf("no unit is called %s", title)
	}
	return u
}

func indexOf(sources []source, w what) int {
	for i := range sources {
		if containsWhat(sources[i].tells, w) {
			return i
		}
	}
	return -1
}
