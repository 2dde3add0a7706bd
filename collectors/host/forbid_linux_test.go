package host

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// forbid makes a file or directory unreadable until allow is called or the test ends, also
// where tests run as root: then the test's thread gives up root's rights over files.
func forbid(t *testing.T, path string) (allow func()) {
	t.Helper()
	setMode(t, path, 0)
	for dir := filepath.Dir(path); strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
		setMode(t, dir, 0o755)
	}
	root := os.Getuid() == 0
	if root {
		// The file system's user is a matter of the thread, not of the process
		// (setfsuid(2)).
		runtime.LockOSThread()
		setFileUser(t, 65534)
	}
	allow = sync.OnceFunc(func() {
		if root {
			setFileUser(t, 0)
			runtime.UnlockOSThread()
		}
		setMode(t, path, 0o755)
	})
	t.Cleanup(allow)
	return allow
}

func setMode(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func setFileUser(t *testing.T, uid int) {
	t.Helper()
	if _, err := unix.SetfsuidRetUid(uid); err != nil {
		t.Fatal(err)
	}
}
