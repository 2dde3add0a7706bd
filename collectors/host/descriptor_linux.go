package host

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// descriptor is a file that stays open. Collectors have no end of their own, so a
// descriptor that nobody holds any more is closed with the garbage.
type descriptor struct {
	heldFile
	cleanup runtime.Cleanup
}

type heldFile struct {
	fd   int
	keep *keeper
}

// newDescriptor takes over fd, for which keep had room.
func newDescriptor(fd int, keep *keeper) *descriptor {
	d := &descriptor{heldFile: heldFile{fd, keep}}
	d.cleanup = runtime.AddCleanup(d, heldFile.release, d.heldFile)
	return d
}

func (d *descriptor) close() {
	d.cleanup.Stop()
	d.release()
	runtime.KeepAlive(d)
}

func (h heldFile) release() {
	_ = unix.Close(h.fd)
	h.keep.open.Add(-1)
}
