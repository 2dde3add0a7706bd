package host

import (
	"context"
	"time"

	"dashcam/collectors"
)

// The classes of block devices. Only physical ones are summed up, so that a write to a
// volume on a mirror on two disks counts as what the disks did.
const (
	diskPhysical = "physical"
	diskVirtual  = "virtual" // dm, md, zram, drbd, …
	diskLoop     = "loop"    // loop and ram devices, shown as one
)

// The order of a disk's counts.
const (
	diskReads = iota
	diskReadSectors
	diskReadMs
	diskWrites
	diskWrittenSectors
	diskWriteMs
	diskBusyMs
	diskWeightedMs
)

const (
	// sectorBytes is the unit of diskstats, whatever the device's own sectors are
	// (Documentation/admin-guide/iostats.rst).
	sectorBytes = 512
	// factsEvery is how often facts that hardly change are read again.
	factsEvery = time.Minute
)

// disk observes whole block devices.
type disk struct {
	source  diskSource
	faults  faults
	choice  Selection
	buf     []diskReading
	devices map[string]*diskDevice
	loops   totals
	round   uint64
}

// diskReading is one line of counters. The name is valid until the next read.
type diskReading struct {
	name   []byte
	counts counts
}

// diskFacts are what is known about a device besides its counters.
type diskFacts struct {
	class string
	// skip is set for partitions, for paths that a multipath device hides, and for
	// what is no device at all.
	skip       bool
	rotational string // "yes", "no" or ""
	model      string
	// void is set for devices without a medium: they are shown once they did
	// something.
	void bool
}

type diskDevice struct {
	diskFacts
	files diskFiles
	name  string
	// included and excluded are what the selection says of the name.
	included, excluded bool
	last               counts
	round              uint64
	read               time.Time // when the facts were
}

func newDisk(o Options) collectors.Collector {
	return &disk{source: newDiskSource(o), faults: newFaults(o), choice: o.Disks, devices: make(map[string]*diskDevice)}
}

func (d *disk) Describe() collectors.Description {
	return collectors.Description{Name: "disk", Title: "Disks", Families: []*collectors.Family{
		collectors.DiskBytes, collectors.DiskOperations, collectors.DiskBusy, collectors.DiskQueue,
		collectors.DiskWait, collectors.DiskErrors, collectors.FilesystemErrors,
	}}
}

func (d *disk) Sample(ctx context.Context, b *collectors.Batch) error {
	d.faults.sample(b)
	readings, err := d.source.read(ctx, d.buf[:0])
	d.buf = readings
	if err != nil {
		if absent(err) {
			unavailable(b, diskSourceName, err)
			return nil
		}
		return err
	}
	d.round++
	d.loops.begin()
	counted := false
	for i := range readings {
		r := &readings[i]
		dev := d.device(r, b.At())
		switch {
		case dev.excluded, dev.skip, dev.void && !dev.included && !r.counts.any():
		case dev.class == diskLoop && !dev.included:
			d.loops.add(r.name, r.counts)
		default:
			d.set(b, dev.name, dev, &r.counts)
			counted = d.source.sampleErrors(b, dev) || counted
		}
	}
	d.loops.end()
	if d.loops.used && d.loops.present > 0 {
		d.set(b, diskLoop, &diskDevice{diskFacts: diskFacts{class: diskLoop}}, &d.loops.sum)
	}
	if !counted {
		b.Unavailable("/sys/block/*/device/ioerr_cnt", "no device here counts its failed requests")
	}
	evict(d.devices, d.round, func(dev *diskDevice) (uint64, func()) { return dev.round, dev.files.close })
	return nil
}

// device returns what is known about the device of r, and reads it again now and then,
// and when its counters fell: then another one may have taken its name.
func (d *disk) device(r *diskReading, now time.Time) *diskDevice {
	dev, ok := d.devices[string(r.name)]
	if !ok {
		name := string(r.name)
		dev = &diskDevice{name: name, included: d.choice.includes(name), excluded: d.choice.excludes(name)}
		d.devices[name] = dev
	}
	if !ok || r.counts.fell(&dev.last) || now.Sub(dev.read) >= factsEvery {
		d.source.look(dev)
		dev.read = now
	}
	dev.last, dev.round = r.counts, d.round
	return dev
}

func (d *disk) set(b *collectors.Batch, name string, dev *diskDevice, c *counts) {
	put := func(f *collectors.Family, dir string, v uint64) {
		s := diskSlot(b, f, name, dir)
		b.Counter(s, v)
		dev.describe(b, s)
	}
	put(collectors.DiskBytes, "read", c[diskReadSectors]*sectorBytes)
	put(collectors.DiskBytes, "write", c[diskWrittenSectors]*sectorBytes)
	put(collectors.DiskOperations, "read", c[diskReads])
	put(collectors.DiskOperations, "write", c[diskWrites])
	if diskTellsWait {
		for _, w := range [...]struct {
			dir     string
			ms, ops uint64
		}{{"read", c[diskReadMs], c[diskReads]}, {"write", c[diskWriteMs], c[diskWrites]}} {
			s := b.Slot(collectors.DiskWait, name, w.dir)
			b.Ratio(s, w.ms, w.ops)
			dev.describe(b, s)
		}
	}
	if diskTellsQueue {
		put(collectors.DiskQueue, "", c[diskWeightedMs])
	}
	// The loop devices together can be busy for more than the time that passed.
	if diskTellsBusy && name != diskLoop {
		put(collectors.DiskBusy, "", c[diskBusyMs])
	}
}

func diskSlot(b *collectors.Batch, f *collectors.Family, name, dir string) collectors.Slot {
	if dir == "" {
		return b.Slot(f, name)
	}
	return b.Slot(f, name, dir)
}

func (f *diskFacts) describe(b *collectors.Batch, s collectors.Slot) {
	b.Info(s, "class", f.class)
	if f.rotational != "" {
		b.Info(s, "rotational", f.rotational)
	}
	if f.model != "" {
		b.Info(s, "model", f.model)
	}
}

// parseHex returns the hexadecimal number that b is, with or without "0x".
func parseHex(b []byte) (uint64, bool) {
	if len(b) > 2 && b[0] == '0' && b[1]|0x20 == 'x' {
		b = b[2:]
	}
	if len(b) == 0 || len(b) > 16 {
		return 0, false
	}
	var v uint64
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		v = v<<4 | uint64(c)
	}
	return v, true
}
