package collectortest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Replay returns a root that goes through the captured trees, and one moment per
// tree, named after the tree's last element. The files under the root are
// overwritten in place, so that a collector which keeps its descriptors open reads
// the new text from them, as it does from /proc. What a tree does not have is
// removed.
//
// Before its first moment is arranged the root already holds the first tree.
func Replay(t testing.TB, trees ...string) (root string, moments []Moment) {
	t.Helper()
	root = t.TempDir()
	for i, tree := range trees {
		if i == 0 {
			mirror(t, tree, root)
		}
		moments = append(moments, Moment{
			Name:    filepath.Base(tree),
			Arrange: func(t testing.TB) { t.Helper(); mirror(t, tree, root) },
		})
	}
	return root, moments
}

func mirror(t testing.TB, from, to string) {
	t.Helper()
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	if err := removeSurplus(from, to); err != nil {
		t.Fatal(err)
	}
}

func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			return copyLink(path, target)
		default:
			return overwrite(path, target)
		}
	})
}

func copyLink(path, target string) error {
	dest, err := os.Readlink(path)
	if err != nil {
		return err
	}
	if have, err := os.Readlink(target); err == nil && have == dest {
		return nil
	}
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	return os.Symlink(dest, target)
}

// overwrite keeps the inode of an existing file: os.WriteFile truncates.
func overwrite(path, target string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(target, text, 0o644); err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	return nil
}

func removeSurplus(from, to string) error {
	return filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(to, path)
		if err != nil {
			return err
		}
		if _, err := os.Lstat(filepath.Join(from, rel)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if d.IsDir() {
			return filepath.SkipDir
		}
		return nil
	})
}
