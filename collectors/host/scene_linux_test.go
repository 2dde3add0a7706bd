package host

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest"
)

// machineScene is a real machine with virtual links, loop devices, mounts and processes
// that testdata/capture_scene.sh set up.
const machineScene = "testdata/scene-6.18"

func TestCollectors_ReadCapturedScene(t *testing.T) {
	for name, build := range map[string]func(testing.TB, Options) collectors.Collector{
		"disk":       func(_ testing.TB, o Options) collectors.Collector { return newDisk(o) },
		"network":    func(_ testing.TB, o Options) collectors.Collector { return newNetwork(o) },
		"sockets":    func(_ testing.TB, o Options) collectors.Collector { return newSockets(o) },
		"filesystem": func(t testing.TB, o Options) collectors.Collector { return capturedFilesystem(t, o) },
		"processes":  func(_ testing.TB, o Options) collectors.Collector { return newSteppedProcesses(o) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, moments := collectortest.Replay(t, machineScene+"/t0", machineScene+"/t1")
			collectortest.Golden(t, machineScene+"/"+name+".json", build(t, Options{Root: root}), moments...)
			collectortest.Conform(t, build(t, Options{Root: root}))
		})
	}
}

// TestNetwork_IncludedLinksAreShownByThemselves: the same machine, with a pattern.
func TestNetwork_IncludedLinksAreShownByThemselves(t *testing.T) {
	root, moments := collectortest.Replay(t, machineScene+"/t0", machineScene+"/t1")
	c := newNetwork(Options{Root: root, Interfaces: Selection{Include: []string{"scene-b*"}}})
	collectortest.Golden(t, machineScene+"/network-include.json", c, moments...)
}

// TestDevices_OfASecondMachine are those of a machine that was left as it is.
func TestDevices_OfASecondMachine(t *testing.T) {
	for name, build := range map[string]func(Options) collectors.Collector{"disk": newDisk, "network": newNetwork, "sockets": newSockets} {
		root, moments := collectortest.Replay(t, machineVM+"/t0", machineVM+"/t1")
		collectortest.Golden(t, machineVM+"/"+name+".json", build(Options{Root: root}), moments...)
	}
}

// capturedFilesystem asks the captured answers of statfs, of which a line is the mount point
// as mountinfo writes it, the size of a block, and blocks total, free, available,
// inodes total, free.
func capturedFilesystem(t testing.TB, o Options) collectors.Collector {
	f := newPatientFilesystem(o)
	f.ask = func(path string) (usage, error) {
		text, err := os.ReadFile(filepath.Join(o.Root, "statfs"))
		if err != nil {
			return usage{}, err
		}
		for lines := bufio.NewScanner(strings.NewReader(string(text))); lines.Scan(); {
			var size, total, free, available, inodes, inodesFree uint64
			point, numbers, _ := strings.Cut(lines.Text(), " ")
			if filepath.Join(o.Root, collectors.UnescapePath(point)) != filepath.Clean(path) {
				continue
			}
			if _, err := fmt.Sscan(numbers, &size, &total, &free, &available, &inodes, &inodesFree); err != nil {
				t.Errorf("captured line %q: %v", lines.Text(), err)
			}
			return usage{total: total * size, free: free * size, available: available * size, used: (total - free) * size,
				inodes: inodes, inodesUsed: inodes - inodesFree}, nil
		}
		return usage{}, fmt.Errorf("ask %s: %w", path, os.ErrNotExist)
	}
	return f
}

// steppedProcesses scans in no time, and every scan is four seconds after the one before,
// which is about what capturing takes.
type steppedProcesses struct {
	*processes
	clock time.Time
	step  time.Duration
}

func newSteppedProcesses(o Options) *steppedProcesses {
	p := &steppedProcesses{processes: newProcesses(o).(*processes), clock: time.Unix(1_800_000_000, 0), step: 4 * time.Second}
	p.now = func() time.Time { return p.clock }
	return p
}

func (p *steppedProcesses) Sample(ctx context.Context, b *collectors.Batch) error {
	p.clock = p.clock.Add(p.step)
	return p.processes.Sample(ctx, b)
}
