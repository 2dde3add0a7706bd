package services

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/sampler"
)

// TestServices_FreezeWithoutHoldingUpOthers freezes a control group of the kernel's own, as
// `docker pause` does. Its files answer, so that it goes on with what it held, and uses
// nothing; the one beside it is read at every observation.
func TestServices_FreezeWithoutHoldingUpOthers(t *testing.T) {
	frozen, beside := own("frozen", ".service"), own("beside", ".service")
	dirs := makeGroups(t, own("freeze", ".slice"), []string{frozen, beside}, "freezer")
	freeze := freezer(t, dirs, frozen)
	for _, name := range []string{frozen, beside} {
		spinIn(t, dirs, name)
	}
	t.Cleanup(func() { freeze(false) }) // what is frozen does not end

	w := &watched{t: t, c: newServices(Options{}), b: collectors.NewBatch()}
	// On a busy machine it may have next to nothing of a second.
	works := func(row map[string]any) bool {
		cpu, known := row["cpu"].(float64)
		return known && cpu > 0
	}
	onTime := func(what string, rows map[string]map[string]any) {
		if u := w.unit(beside); !u.last[cpuTime].at.Equal(w.now) || !works(rows[beside]) {
			t.Errorf("%s the one beside was read at %v of %v and is %v", what, u.last[cpuTime].at, w.now, rows[beside])
		}
	}
	before := w.until("both to work", func(rows map[string]map[string]any) bool {
		return works(rows[frozen]) && works(rows[beside]) && rows[frozen]["pids"] == 1.0
	})[frozen]

	freeze(true)
	// The first observation has what it did before. From then on it rests, and wakes nobody.
	observations := 0
	w.soon("the frozen one to rest", 2*restAfter+restEvery, func(rows map[string]map[string]any) bool {
		observations++
		onTime("while another is frozen", rows)
		got := rows[frozen]
		for _, column := range []string{"name", "kind", "memory", "pids", "started", "oom", "restarts", "cgroup"} {
			if got[column] == nil || column != "memory" && got[column] != before[column] {
				t.Errorf("frozen, its %s is %v, and was %v", column, got[column], before[column])
			}
		}
		if cpu, known := got["cpu"].(float64); !known || observations > 2 && cpu != 0 {
			t.Errorf("frozen for %d observations it uses %v %%", observations, got["cpu"])
		}
		return observations == 2*restAfter+restEvery
	})
	if u := w.unit(frozen); u.idle < restAfter {
		t.Errorf("after %d observations it does not rest", observations)
	}

	thawed, readAt := time.Now(), w.unit(frozen).last[cpuTime].at
	freeze(false)
	w.soon("it to go on", 3, func(rows map[string]map[string]any) bool {
		onTime("when it goes on", rows)
		at := w.unit(frozen).last[cpuTime].at
		if !works(rows[frozen]) {
			readAt = at
			return false
		}
		// One task uses one processor at most, and what it did not do is no spike: it cannot
		// have used more than all the time since, however late it was read.
		if cpu, most := rows[frozen]["cpu"].(float64), 110*float64(time.Since(thawed))/float64(at.Sub(readAt)); cpu > most {
			t.Errorf("when it goes on it uses %v %%, want at most %.0f", cpu, most)
		}
		return true
	})
}

// freezer returns what freezes and thaws a group of the slice, and waits until it is so.
func freezer(t *testing.T, dirs []string, name string) func(bool) {
	t.Helper()
	files := []struct{ file, frozen, thawed, tells, whenFrozen string }{
		{"freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN"},
		{"cgroup.freeze", "1", "0", "cgroup.events", "frozen 1"},
	}
	for _, dir := range dirs {
		for _, f := range files {
			path := filepath.Join(dir, name, f.file)
			if _, err := os.Stat(path); err != nil {
				continue
			}
			return func(on bool) {
				t.Helper()
				word := f.thawed
				if on {
					word = f.frozen
				}
				if err := os.WriteFile(path, []byte(word), 0); err != nil {
					t.Fatal(err)
				}
				for deadline := time.Now().Add(30 * time.Second); ; {
					text, err := os.ReadFile(filepath.Join(dir, name, f.tells))
					if err != nil {
						t.Fatal(err)
					}
					if bytes.Contains(text, []byte(f.whenFrozen)) == on {
						return
					}
					if time.Now().After(deadline) {
						t.Fatalf("the kernel says %q after %q was written", text, word)
					}
				}
			}
		}
	}
	need.Missing(t, "no freezer of control groups is mounted")
	return nil
}

// spinIn starts a process that always works, in a group of every hierarchy.
func spinIn(t *testing.T, dirs []string, name string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "read go; while :; do :; done")
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL} // a run that is killed ends it, too
	start, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for _, dir := range dirs {
		if err := os.WriteFile(filepath.Join(dir, name, "cgroup.procs"), []byte(strconv.Itoa(cmd.Process.Pid)), 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := start.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
}

// beside is a collector that always answers.
type beside struct{ family *collectors.Family }

func (c beside) Describe() collectors.Description {
	return collectors.Description{Name: "beside", Title: "beside", Families: []*collectors.Family{c.family}}
}

func (c beside) Sample(_ context.Context, b *collectors.Batch) error {
	b.Gauge(b.Slot(c.family), 1)
	return nil
}

// TestServices_HangWithoutHoldingUpTheSampler has a file of a control group that does not
// answer, as one of a network file system may: here a FIFO that nobody writes to.
func TestServices_HangWithoutHoldingUpTheSampler(t *testing.T) {
	h := newHostTree(t, mountsOfVersion2, "cpu memory")
	h.group("a.service", 0, 0, 0, 1<<20, 0, 0, 0)
	procs := h.root + h.cgroups + "/a.service/cgroup.procs"
	if err := os.Remove(procs); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(procs, 0o600); err != nil {
		t.Fatal(err)
	}
	f := &collectors.Family{Name: "beside", Help: "A test.", Kind: collectors.KindGauge, Quantum: 1}
	ring := history.New(history.Config{Interval: time.Second})
	s, err := sampler.New(sampler.Config{Ring: ring, Collectors: []collectors.Collector{New(Options{Root: h.root}), beside{f}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	// await waits for a health, in a row that has what the collector beside gives.
	await := func(want collectors.HealthState) {
		t.Helper()
		for range 30 {
			if err := ring.Wait(ctx, ring.Latest().Row.Seq); err != nil {
				t.Fatal(err)
			}
			latest := ring.Latest()
			answers := slices.ContainsFunc(latest.Schema.Series, func(series collectors.Series) bool {
				return series.Family == f && latest.Row.Value(series.ID) == 1
			})
			if answers && slices.ContainsFunc(ring.Health(), func(h collectors.Health) bool { return h.Collector == Name && h.State == want }) {
				return
			}
		}
		t.Fatalf("30 rows were not enough for %q: %v", want, ring.Health())
	}
	await(collectors.HealthStuck)
	// It answers at last.
	answered := procs + ".old"
	if err := os.Rename(procs, answered); err != nil {
		t.Fatal(err)
	}
	h.write(h.cgroups+"/a.service/cgroup.procs", "")
	fifo, err := os.OpenFile(answered, os.O_WRONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := fifo.Close(); err != nil {
		t.Fatal(err)
	}
	await(collectors.HealthOK)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
