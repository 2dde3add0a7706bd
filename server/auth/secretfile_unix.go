//go:build unix

package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openSecret waits for nobody to write into a pipe, and follows a link in the last part
// of the path only where nobody else could have laid it: see openLinked.
func openSecret(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	// What a link gives: ELOOP, and EMLINK on FreeBSD.
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		return openLinked(path)
	}
	return f, err
}

// trusted reports what is wrong with the owner or the mode of a file.
func trusted(info fs.FileInfo, widest fs.FileMode) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("it belongs to user %d: expected user %d, as whom dashcam runs, or root", stat.Uid, os.Geteuid())
	}
	if mode := info.Mode().Perm(); mode&0o077&^widest != 0 {
		return fmt.Errorf("it has mode %04o, with which others could use it; chmod %o", mode, widest)
	}
	return nil
}
