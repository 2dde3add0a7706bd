package host

import (
	"path"
	"time"

	"dashcam/collectors"
)

// faults reads the errors that file systems and arrays recorded themselves:
//
//   - ext4: /sys/fs/ext4/<device>/errors_count
//     (Documentation/ABI/testing/sysfs-fs-ext4), kept in the superblock;
//   - btrfs: /sys/fs/btrfs/<uuid>/devinfo/<id>/error_stats, all kinds added up;
//   - md: /sys/block/md<…>/md/degraded, the number of members an array lacks. It
//     falls when the array is whole again, which the sampler shows as a gap.
type faults struct {
	files  files
	found  []faultFile
	listed time.Time
}

type faultFile struct {
	*file
	device string
	parse  func([]byte) (uint64, bool)
}

func newFaults(o Options) faults { return faults{files: files{root: o.root()}} }

func (f *faults) sample(b *collectors.Batch) {
	const listEvery = 10 * time.Second
	if f.listed.IsZero() || b.At().Sub(f.listed) >= listEvery {
		f.list()
		f.listed = b.At()
	}
	for i := range f.found {
		file := &f.found[i]
		text, err := file.read()
		if err != nil {
			continue // unmounted since it was listed
		}
		if n, ok := file.parse(text); ok {
			b.Counter(b.Slot(collectors.FilesystemErrors, file.device), n)
		}
	}
	if len(f.found) == 0 {
		b.Unavailable("/sys/fs/ext4/*/errors_count", "no ext4, btrfs or md here that records errors")
	}
}

func (f *faults) list() {
	f.files.begin()
	defer f.files.end()
	f.found = f.found[:0]
	one := func(text []byte) (uint64, bool) { return parseUint(trim(text)) }
	for _, name := range f.files.root.glob("/sys/fs/ext4/*/errors_count") {
		f.found = append(f.found, faultFile{f.files.get(name), path.Base(path.Dir(name)), one})
	}
	for _, name := range f.files.root.glob("/sys/fs/btrfs/*/devinfo/*/error_stats") {
		id := path.Dir(name)
		uuid := path.Base(path.Dir(path.Dir(id)))
		f.found = append(f.found, faultFile{f.files.get(name), "btrfs " + uuid + "/" + path.Base(id), sumLabelled})
	}
	// An array may carry an ext4 of the same device name.
	for _, name := range f.files.root.glob("/sys/block/md*/md/degraded") {
		f.found = append(f.found, faultFile{f.files.get(name), path.Base(path.Dir(path.Dir(name))) + " degraded", one})
	}
}
