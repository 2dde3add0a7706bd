package auth

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mostLinks is how many links are followed on the way to a secret: Kubernetes lays two.
const mostLinks = 8

// openLinked opens the file that a link leads to. It walks there by itself and looks at
// every directory and link on the way, from the root on: each belongs to root or to the
// user of this process, and nobody else may write to it. So nobody else can exchange a
// part of the way, neither before it is looked at nor afterwards. In a sticky directory
// (/tmp, the volume of a Kubernetes secret) others may write, but not exchange what is
// not theirs, and a link of theirs is refused.
func openLinked(path string) (*os.File, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	w := walk{path: path, rest: parts(abs)}
	if w.dir, err = unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return nil, &os.PathError{Op: "open", Path: "/", Err: err}
	}
	defer func() { _ = unix.Close(w.dir) }() // nothing was written
	if err := w.check(w.dir, "/"); err != nil {
		return nil, err
	}
	for {
		f, err := w.step()
		if f != nil || err != nil {
			return f, err
		}
	}
}

// walk is a way to a file, of which dir has been reached and rest is ahead.
type walk struct {
	path  string
	dir   int
	rest  []string
	links int
}

// step goes on by one part, and returns the file at the end.
func (w *walk) step() (*os.File, error) {
	if len(w.rest) == 0 {
		return nil, fmt.Errorf("%s is a symbolic link to a directory: expected one to a file", w.path)
	}
	name, last := w.rest[0], len(w.rest) == 1
	w.rest = w.rest[1:]
	fd, err := unix.Openat(w.dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s is a symbolic link that leads nowhere: %s: %w", w.path, name, err)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, w.close(fd, err)
	}
	switch kind := stat.Mode & unix.S_IFMT; {
	case kind == unix.S_IFLNK:
		err := w.follow(fd, name)
		return nil, w.close(fd, err)
	case kind == unix.S_IFDIR:
		if err := w.check(fd, name); err != nil {
			return nil, w.close(fd, err)
		}
		_ = unix.Close(w.dir) // nothing was written
		w.dir = fd
		return nil, nil
	case !last:
		return nil, w.close(fd, fmt.Errorf("%s is a symbolic link, and %s on its way is no directory", w.path, name))
	}
	_ = unix.Close(fd)
	got, err := unix.Openat(w.dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: w.path, Err: err}
	}
	return os.NewFile(uintptr(got), w.path), nil // its owner and mode are looked at by who reads it
}

// follow puts where a link leads before what is ahead.
func (w *walk) follow(fd int, name string) error {
	if w.links++; w.links > mostLinks {
		return fmt.Errorf("%s is a symbolic link over more than %d others", w.path, mostLinks)
	}
	if err := w.check(fd, name); err != nil {
		return err
	}
	var text [unix.PathMax]byte
	n, err := unix.Readlinkat(fd, "", text[:])
	if err != nil {
		return fmt.Errorf("read the link %s: %w", name, err)
	}
	target := string(text[:n])
	if filepath.IsAbs(target) {
		root, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return &os.PathError{Op: "open", Path: "/", Err: err}
		}
		_ = unix.Close(w.dir) // nothing was written
		w.dir = root
	}
	w.rest = append(parts(target), w.rest...)
	return nil
}

// check reports who else could exchange a directory's entries, or has laid a link.
func (w *walk) check(fd int, name string) error {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return &os.PathError{Op: "stat", Path: name, Err: err}
	}
	if stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s is a symbolic link, and %s on its way belongs to user %d: expected user %d, as whom dashcam runs, or root",
			w.path, name, stat.Uid, os.Geteuid())
	}
	isDir := stat.Mode&unix.S_IFMT == unix.S_IFDIR
	if isDir && stat.Mode&0o022 != 0 && stat.Mode&unix.S_ISVTX == 0 {
		return fmt.Errorf("%s is a symbolic link, and others may write to %s on its way (mode %04o): expected that only its owner may",
			w.path, name, stat.Mode&0o7777)
	}
	return nil
}

// close closes a part of the way and passes an error on.
func (w *walk) close(fd int, err error) error {
	_ = unix.Close(fd) // nothing was written
	return err
}

// parts are the names in a path; "." and empty ones lead nowhere.
func parts(path string) []string {
	var names []string
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && name != "." {
			names = append(names, name)
		}
	}
	return names
}
