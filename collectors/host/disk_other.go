//go:build !linux

package host

import (
	"context"
	"runtime"
	"slices"

	gopsutil "github.com/shirou/gopsutil/v3/disk"

	"dashcam/collectors"
)

const (
	diskSourceName = "disk counters"
	// Windows and macOS give the time of requests; only FreeBSD the time in which there
	// was one. None gives the queue over time.
	diskTellsWait  = true
	diskTellsBusy  = runtime.GOOS == "freebsd"
	diskTellsQueue = false
)

// diskSource reads what gopsutil gives: whole disks on macOS and FreeBSD, drive letters
// on Windows.
type diskSource struct{}

func newDiskSource(Options) diskSource { return diskSource{} }

func (diskSource) read(ctx context.Context, into []diskReading) ([]diskReading, error) {
	all, err := gopsutil.IOCountersWithContext(ctx)
	if err != nil {
		return into, err
	}
	for name, c := range all {
		into = append(into, diskReading{name: []byte(name), counts: counts{
			diskReads: c.ReadCount, diskReadSectors: c.ReadBytes / sectorBytes, diskReadMs: c.ReadTime,
			diskWrites: c.WriteCount, diskWrittenSectors: c.WriteBytes / sectorBytes, diskWriteMs: c.WriteTime,
			diskBusyMs: c.IoTime,
		}})
	}
	slices.SortFunc(into, func(a, b diskReading) int { return slices.Compare(a.name, b.name) })
	return into, nil
}

func (diskSource) look(dev *diskDevice) { dev.diskFacts = diskFacts{class: diskPhysical} }

func (diskSource) sampleErrors(*collectors.Batch, *diskDevice) bool { return false }

// diskFiles are none: gopsutil is asked.
type diskFiles struct{}

func (*diskFiles) close() {}

type faults struct{}

func newFaults(Options) faults { return faults{} }

func (faults) sample(b *collectors.Batch) {
	b.Unavailable("file system errors", notHere)
}
