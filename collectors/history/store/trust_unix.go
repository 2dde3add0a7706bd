//go:build unix

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// trusted reports what is wrong with a file or directory of the history, nil for one that
// belongs to this user or to root and that nobody else may write to.
func trusted(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	mode := info.Mode().Perm()
	switch own := os.Geteuid(); {
	case int(stat.Uid) != own && stat.Uid != 0:
		return fmt.Errorf("belongs to user %d: expected user %d, which dashcam runs as", stat.Uid, own)
	case mode&0o002 != 0:
		return fmt.Errorf("may be written to by everybody (mode %#o): expected %#o", mode, expectedMode(info))
	case mode&0o020 != 0 && !ownGroup(int(stat.Gid)):
		return fmt.Errorf("may be written to by group %d (mode %#o): expected %#o", stat.Gid, mode, expectedMode(info))
	case !info.IsDir() && stat.Nlink > 1:
		return fmt.Errorf("has %d names: expected one", stat.Nlink)
	}
	return nil
}

func expectedMode(info fs.FileInfo) fs.FileMode {
	if info.IsDir() {
		return 0o700
	}
	return 0o600
}

func ownGroup(group int) bool {
	groups, err := os.Getgroups()
	return group == os.Getegid() || err == nil && slices.Contains(groups, group)
}

// lockFile takes a lock on f that ends with the process, and reports false when
// another process holds it.
func lockFile(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// unlockFile lets go of the lock on f and closes f. Closing alone is not enough: a child
// that is just being started still has the file open, and the lock would be its.
func unlockFile(f *os.File) error {
	return errors.Join(syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}

// syncDir makes sure that names that were made or removed in a directory are so after
// a power cut too.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}
