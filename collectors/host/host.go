package host

import (
	"context"
	"time"

	"dashcam/collectors"
)

// Options say what is observed. The zero value is the machine we run on.
type Options struct {
	// Root is where the host's file system is seen: "" and "/" are our own, a
	// container mounts the host's at "/host", a test has a tree of captured files.
	// With any other root than "/" network files are <root>/proc/1/net/…, because
	// <root>/proc/net would follow our own namespace.
	Root string
	// Disks are selected by the names of their devices, Mounts by where they are mounted,
	// Interfaces and Processes by their names. By default virtual links, bridges and
	// tunnels are one link per class and loop devices are one device, because they come in
	// numbers; images and small tmpfs are left out. Processes that are left out still
	// count.
	Disks, Mounts, Interfaces, Processes Selection
	// CommandLines says what is shown of how processes were started: nothing by default.
	CommandLines CommandLines
	// HostID replaces the id derived from the machine id.
	HostID string
	// Self tells what dashcam knows about itself and no file says.
	Self SelfStats

	keep *keeper
}

// SelfStats are questions to the other parts of dashcam. A nil function means that
// the part does not exist; its series is missing.
type SelfStats struct {
	// Viewers returns how many pages watch.
	Viewers func() int
	// SentBytes returns the bytes sent to all pages since the start.
	SentBytes func() uint64
	// RememberedBytes returns the size of what the ring holds.
	RememberedBytes func() int64
	// RememberedFor returns how far back that goes.
	RememberedFor func() time.Duration
	// OnDisk tells of the history on disk.
	OnDisk func() OnDisk
}

// OnDisk is what the history on disk takes and holds.
type OnDisk struct {
	// Bytes are what it takes, of at most Limit; Written counts what was written since the
	// start.
	Bytes, Limit int64
	Written      uint64
	// For is how far back it goes, 0 while nothing is there.
	For time.Duration
	// Lost counts the rows among those that the disk did not take in time.
	Lost uint64
}

// Collectors returns every built-in collector, in the order of the page. They do
// nothing until they are sampled.
func Collectors(o Options) []collectors.Collector {
	o.keep = newKeeper()
	return []collectors.Collector{
		newCPU(o),
		newHardware(o),
		newLoad(o),
		newMemory(o),
		newPressure(o),
		newDisk(o),
		newFilesystem(o),
		newNetwork(o),
		newSockets(o),
		newSensors(o),
		newLimits(o),
		newHost(o),
		newProcesses(o),
		newSelf(o),
	}
}

// Facts returns what identifies and describes the host. What cannot be found out is
// left empty; only a root without a readable /proc is an error.
func Facts(ctx context.Context, o Options) (collectors.Host, error) {
	return facts(ctx, o)
}

// Self returns the collector that tells what dashcam itself costs, for a program that
// watches something else than this host. It is the last of Collectors.
func Self(o Options) collectors.Collector { return newSelf(o) }
