package textfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

const maxFileBytes = 1 << 20

// file is what is known about one file.
type file struct {
	path     string
	modified time.Time
	is       identity
	metrics  []metric
	notes    []string
	err      error
	// final says that the contents are refused, and are until the file is another.
	final bool
}

// identity is what a file is looked at by: one that looks the same is not read again.
type identity struct {
	device, inode uint64
	size          int64
	modified      int64 // nanoseconds
}

func identityOf(info fs.FileInfo) identity {
	is := identity{size: info.Size(), modified: info.ModTime().UnixNano()}
	is.device, is.inode = inode(info)
	return is
}

// acceptable says what is wrong with a file before it is read.
func acceptable(info fs.FileInfo, trusted func(uid int) bool) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return errLink
	case !info.Mode().IsRegular():
		return errors.New("is no regular file")
	}
	if uid, known := owner(info); known && !trusted(uid) {
		return fmt.Errorf("belongs to user %d, and everybody may write in the directory: expected a file of root, of the directory's owner or of the user of dashcam", uid)
	}
	return nil
}

var errLink = errors.New("is a symbolic link, which is not followed")

// read takes what is in a file. What was looked at by its name may have been replaced
// since, so it is looked at again when it is open.
func (f *file) read(name string, trusted func(uid int) bool) error {
	in, err := os.OpenFile(f.path, os.O_RDONLY|openFlags, 0)
	if isLink(err) {
		return errLink
	}
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	info, err := in.Stat()
	if err != nil {
		return err
	}
	f.modified, f.is = info.ModTime(), identityOf(info)
	if err := acceptable(info, trusted); err != nil {
		return err
	}
	f.final = true
	if info.Size() > maxFileBytes {
		return errTooLong
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFileBytes+1))
	if err != nil {
		f.final = false
		return err
	}
	if len(text) > maxFileBytes {
		return errTooLong
	}
	f.metrics, f.notes, err = parse(name, text)
	return err
}

var errTooLong = fmt.Errorf("is longer than %d bytes", maxFileBytes)
