//go:build unix

package textfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openFlags keep whoever leaves a link from choosing what is read, and a named pipe from
// keeping its reader waiting.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// isLink reports whether a file was not opened because it is a link: Linux and macOS say
// ELOOP, FreeBSD EMLINK.
func isLink(err error) bool { return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) }

// inode returns what tells one file of a file system from another.
func inode(info fs.FileInfo) (device, number uint64) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Dev), uint64(s.Ino) //nolint:unconvert // their types differ between systems
	}
	return 0, 0
}

// owner returns the user whose file it is.
func owner(info fs.FileInfo) (uid int, known bool) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid), true
	}
	return 0, false
}

// trust says whose files are taken from a directory: where only its owner and a group may
// write, everybody who can leave a file there was trusted with it. Where everybody may, as
// in /tmp, only root, the owner of the directory and whoever runs dashcam are.
func trust(dir fs.FileInfo) (trusted func(uid int) bool) {
	const byOthers = 0o002
	if dir.Mode().Perm()&byOthers == 0 {
		return func(int) bool { return true }
	}
	of, known := owner(dir)
	return func(uid int) bool { return uid == 0 || uid == os.Geteuid() || known && uid == of }
}
