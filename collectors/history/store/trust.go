package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"dashcam/collectors/history/eventlog"
	"dashcam/collectors/history/segment"
)

// openTrusted opens a file of the history that is a regular one, is no link, and belongs
// to this user or to root.
func openTrusted(path string, flags int) (*os.File, error) {
	f, err := segment.OpenRegular(path, flags)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = trusted(info)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s %w", path, err), f.Close())
	}
	return f, nil
}

// OpenTrusted opens a file that other parts of dashcam keep beside the history, under the
// same rules.
func OpenTrusted(path string, flags int) (*os.File, error) { return openTrusted(path, flags) }

// Replace gives a file the name of another one beside it, so that it stays so after a power
// cut.
func Replace(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// makeTrusted makes the directory of the history, or makes sure that the one that is there
// belongs to this user or to root, and so do the files in it.
func makeTrusted(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of the history: %w", err)
	}
	info, err := os.Stat(dir)
	if err == nil {
		err = trusted(info)
	}
	if err != nil {
		return fmt.Errorf("history on disk: %s %w", dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the directory of the history: %w", err)
	}
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case extBlocks, extTables, extWAL, eventlog.Ext:
		default:
			continue
		}
		info, err := e.Info()
		if errors.Is(err, os.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue // it is not read
		}
		if err == nil {
			err = trusted(info)
		}
		if err != nil {
			return fmt.Errorf("history on disk: %s %w", filepath.Join(dir, e.Name()), err)
		}
	}
	return nil
}
