//go:build unix

package history

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// processorTime is what this process has used.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fastDir is a directory in memory, where there is room for one: the tests that use it
// write again and again what waits for a disk, and are not about that.
func fastDir(t testing.TB) string {
	t.Helper()
	const memory, room = "/dev/shm", 512 << 20
	var fs syscall.Statfs_t
	if syscall.Statfs(memory, &fs) != nil || float64(fs.Bavail)*float64(fs.Bsize) < room {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "dashcam-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
