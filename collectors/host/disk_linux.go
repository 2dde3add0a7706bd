package host

import (
	"context"
	"os"
	"strings"

	"dashcam/collectors"
)

const (
	diskSourceName = "/proc/diskstats"
	diskTellsWait  = true
	diskTellsBusy  = true
	diskTellsQueue = true
)

// diskSource reads /proc/diskstats (Documentation/admin-guide/iostats.rst) and
// /sys/block.
type diskSource struct {
	root  root
	stats file
}

func newDiskSource(o Options) diskSource {
	r := o.root()
	return diskSource{root: r, stats: r.file(diskSourceName)}
}

func (s *diskSource) read(_ context.Context, into []diskReading) ([]diskReading, error) {
	text, err := s.stats.read()
	if err != nil {
		return into, err
	}
	into = parseDiskstats(into, text)
	if len(into) == 0 && len(text) > 0 {
		return into, malformed(diskSourceName, text)
	}
	return into, nil
}

// parseDiskstats appends what it finds. Lines it does not understand are left out:
// kernels before 2.6.25 wrote shorter ones for partitions.
func parseDiskstats(into []diskReading, text []byte) []diskReading {
	for line := range lines(text) {
		if r, ok := parseDiskLine(line); ok {
			into = append(into, r)
		}
	}
	return into
}

func parseDiskLine(line []byte) (diskReading, bool) {
	var r diskReading
	_, line = nextField(line) // major
	_, line = nextField(line) // minor
	r.name, line = nextField(line)
	var f [11]uint64
	for i := range f {
		var ok bool
		if f[i], line, ok = nextUint(line); !ok {
			return diskReading{}, false
		}
	}
	r.counts = counts{
		diskReads: f[0], diskReadSectors: f[2], diskReadMs: f[3],
		diskWrites: f[4], diskWrittenSectors: f[6], diskWriteMs: f[7],
		diskBusyMs: f[9], diskWeightedMs: f[10],
	}
	return r, true
}

// diskFiles are the small files of a device that are read at every sample.
type diskFiles struct {
	// errors counts failed requests; nil where nothing does.
	errors *file
}

func (f *diskFiles) close() {
	if f.errors != nil {
		f.errors.close()
	}
}

// look finds out what is known about a device besides its counters. Its files are opened
// anew: another device may have taken the name.
func (s *diskSource) look(dev *diskDevice) {
	dev.files.close()
	dev.diskFacts, dev.files = s.facts(dev.name), diskFiles{}
	if name := "/sys/block/" + sysName(dev.name) + "/device/ioerr_cnt"; !dev.skip && dev.class != diskLoop && s.exists(name) {
		f := s.root.file(name)
		dev.files.errors = &f
	}
}

// sampleErrors sets the failed requests and reports whether the device counts them.
func (s *diskSource) sampleErrors(b *collectors.Batch, dev *diskDevice) bool {
	if dev.files.errors == nil {
		return false
	}
	text, err := dev.files.errors.read()
	if err != nil {
		return false
	}
	n, ok := parseHex(trim(text))
	if ok {
		s := b.Slot(collectors.DiskErrors, dev.name)
		b.Counter(s, n)
		dev.describe(b, s)
	}
	return ok
}

// sysName is the name of a device in /sys: the kernel writes the slash of names like
// cciss/c0d0 as "!" there.
func sysName(name string) string { return strings.ReplaceAll(name, "/", "!") }

func (s *diskSource) facts(name string) diskFacts {
	if isLoop(name) {
		return diskFacts{class: diskLoop}
	}
	if name == "." || name == ".." {
		return diskFacts{skip: true}
	}
	dir := "/sys/block/" + sysName(name)
	if !s.exists(dir) {
		return s.guess(name)
	}
	f := diskFacts{class: diskVirtual}
	if s.exists(dir + "/device") {
		f.class = diskPhysical
	}
	if hidden, _ := s.root.readUint(dir + "/hidden"); hidden != 0 {
		f.skip = true
	}
	switch rotational, err := s.root.readUint(dir + "/queue/rotational"); {
	case err != nil:
	case rotational == 0:
		f.rotational = "no"
	case s.paravirtual(dir):
		// A virtual disk is rotational unless its hypervisor says otherwise, and most
		// do not say: that is no reason to colour how busy it is.
	default:
		f.rotational = "yes"
	}
	size, err := s.root.readUint(dir + "/size")
	removable, _ := s.root.readUint(dir + "/removable")
	f.void = err == nil && size == 0 || removable != 0
	for _, file := range []string{"/device/model", "/device/name", "/dm/name"} {
		if f.model, _ = s.root.readString(dir + file); f.model != "" {
			break
		}
	}
	return f
}

// paravirtual says whether a disk is a device of a hypervisor rather than hardware.
func (s *diskSource) paravirtual(dir string) bool {
	alias, _ := s.root.readString(dir + "/device/modalias")
	return strings.HasPrefix(alias, "virtio:") || strings.HasPrefix(alias, "xen:")
}

func (s *diskSource) exists(name string) bool {
	_, err := os.Stat(s.root.path(name))
	return err == nil
}

// guess is for hosts without a readable /sys/block: a whole device is one whose name
// is not another's with the number of a partition behind it.
func (s *diskSource) guess(name string) diskFacts {
	if s.exists("/sys/block") {
		return diskFacts{skip: true} // a partition, or already gone
	}
	f := diskFacts{class: diskPhysical}
	for _, prefix := range []string{"dm-", "md", "zram", "drbd", "nbd", "rbd", "bcache"} {
		if strings.HasPrefix(name, prefix) {
			f.class = diskVirtual
		}
	}
	text, err := s.stats.read()
	if err != nil {
		return f
	}
	for _, r := range parseDiskstats(nil, text) {
		if isPartitionOf(name, string(r.name)) {
			f.skip = true
		}
	}
	return f
}

// isPartitionOf reports whether name is disk plus a number, with a "p" between where
// disk itself ends in a digit: how the kernel names partitions (disk_name).
func isPartitionOf(name, disk string) bool {
	number, ok := strings.CutPrefix(name, disk)
	if !ok || disk == "" || number == "" {
		return false
	}
	if last := disk[len(disk)-1]; last >= '0' && last <= '9' {
		if number, ok = strings.CutPrefix(number, "p"); !ok {
			return false
		}
	}
	_, ok = parseUint([]byte(number))
	return ok
}

// isLoop reports whether name is loop0, ram1 and so on.
func isLoop(name string) bool {
	for _, prefix := range []string{"loop", "ram"} {
		if number, ok := strings.CutPrefix(name, prefix); ok {
			_, ok = parseUint([]byte(number))
			return ok
		}
	}
	return false
}

// sumLabelled adds up the numbers of lines "name number", as btrfs writes its errors.
func sumLabelled(text []byte) (sum uint64, ok bool) {
	for line := range lines(text) {
		name, line := nextField(line)
		if len(name) == 0 {
			continue
		}
		n, _, found := nextUint(line)
		if !found {
			return 0, false
		}
		sum += n
		ok = true
	}
	return sum, ok
}
