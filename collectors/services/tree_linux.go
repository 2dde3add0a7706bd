package services

import (
	"errors"
	"os"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// listEvery is how often the tree is listed where it cannot be watched, and
	// listAnyway where it is: nothing that a watch has missed stays missing.
	listEvery  = 5 * time.Second
	listAnyway = 5 * time.Minute
	// deepest and most bound a tree that somebody made to be endless.
	deepest = 16
	most    = 10_000
)

// tree follows the directories of a hierarchy.
type tree struct {
	dir    string
	watch  *descriptor // nil: listed instead
	paths  map[int32]string
	groups map[string]*directory
	listed time.Time
	buf    []byte
	// cut says that there are more groups than are followed.
	cut bool
}

// directory is one control group.
type directory struct {
	identity
	path  string
	inode uint64
	watch int32
	// children is how many directories below it are followed; those in a unit are not.
	children int
	// most is the memory limit of a group that units are in, 0 is none, as it was read at an
	// observation.
	most   uint64
	readAt uint64
	// born says that it was made while the tree was followed, so that what it counts
	// began with 0.
	born bool
}

func newTree(dir string) *tree {
	t := &tree{dir: dir, paths: map[int32]string{}, groups: map[string]*directory{}, buf: make([]byte, 64<<10)}
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err == nil {
		t.watch = newDescriptor(fd, nil)
	}
	return t
}

// refresh brings the tree up to date.
func (t *tree) refresh(now time.Time) error {
	if t.listed.IsZero() {
		return t.list(now)
	}
	if t.watch == nil {
		if now.Sub(t.listed) >= listEvery {
			return t.list(now)
		}
		return nil
	}
	if !t.events() || now.Sub(t.listed) >= listAnyway {
		return t.list(now)
	}
	return nil
}

// list lists everything anew; what is still there keeps its entry.
func (t *tree) list(now time.Time) error {
	first := t.listed.IsZero() || t.cut
	t.listed, t.cut = now, false
	seen := make(map[string]bool, len(t.groups))
	if err := t.visit("", 0, !first, seen); err != nil {
		return err
	}
	for path := range t.groups {
		if !seen[path] {
			t.remove(path)
		}
	}
	return nil
}

// visit notes a directory and all below it. The units inside a unit are part of it.
func (t *tree) visit(path string, depth int, born bool, seen map[string]bool) error {
	if len(seen) >= most || depth > deepest {
		t.cut = true
		return nil
	}
	var st unix.Stat_t
	full := t.dir + "/" + path
	if err := unix.Lstat(full, &st); err != nil {
		if path == "" {
			return &os.PathError{Op: "stat", Path: full, Err: err}
		}
		return nil // it is gone already
	}
	d := t.groups[path]
	if d == nil || d.inode != st.Ino {
		t.remove(path)
		d = &directory{identity: identify(path), path: path, inode: st.Ino, born: born}
		if path == "" {
			d.identity = identity{role: group}
		} else if parent := t.groups[parentOf(path)]; parent != nil {
			parent.children++
		}
		t.groups[path] = d
	}
	seen[path] = true
	if d.role != group {
		return nil
	}
	t.observe(d)
	entries, err := os.ReadDir(full)
	if err != nil {
		if path == "" {
			return err
		}
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := t.visit(join(path, e.Name()), depth+1, born, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// observe watches a directory for what is made and removed in it.
func (t *tree) observe(d *directory) {
	if t.watch == nil {
		return
	}
	wd, err := unix.InotifyAddWatch(t.watch.fd, t.dir+"/"+d.path, unix.IN_CREATE|unix.IN_DELETE|unix.IN_MOVED_FROM|unix.IN_MOVED_TO|unix.IN_ONLYDIR)
	if err != nil {
		if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENOMEM) {
			t.watch = nil // its descriptor is closed with the garbage
			clear(t.paths)
		}
		return
	}
	d.watch = int32(wd)
	t.paths[d.watch] = d.path
}

// events takes what inotify tells. It reports false when everything has to be listed.
func (t *tree) events() bool {
	for {
		n, err := unix.Read(t.watch.fd, t.buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || n <= 0:
			return errors.Is(err, unix.EAGAIN)
		}
		for b := t.buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			e := *(*unix.InotifyEvent)(unsafe.Pointer(&b[0]))
			end := unix.SizeofInotifyEvent + int(e.Len)
			if end > len(b) {
				return false
			}
			name := strings.TrimRight(string(b[unix.SizeofInotifyEvent:end]), "\x00")
			b = b[end:]
			if e.Mask&unix.IN_Q_OVERFLOW != 0 {
				return false
			}
			parent, known := t.paths[e.Wd]
			if e.Mask&unix.IN_IGNORED != 0 {
				delete(t.paths, e.Wd)
				continue
			}
			if !known || e.Mask&unix.IN_ISDIR == 0 || name == "" {
				continue
			}
			path := join(parent, name)
			t.remove(path)
			if e.Mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0 && len(t.groups) < most {
				_ = t.visit(path, strings.Count(path, "/")+1, e.Mask&unix.IN_CREATE != 0, make(map[string]bool)) // only the errors of the root are told
			}
		}
	}
}

// remove forgets a directory and all below it.
func (t *tree) remove(path string) {
	d := t.groups[path]
	if d == nil {
		return
	}
	delete(t.groups, path)
	delete(t.paths, d.watch)
	if parent := t.groups[parentOf(path)]; parent != nil && path != "" {
		parent.children--
	}
	if d.children == 0 {
		return
	}
	for other := range t.groups {
		if strings.HasPrefix(other, path+"/") {
			delete(t.paths, t.groups[other].watch)
			delete(t.groups, other)
		}
	}
}

// branches reports whether groups below a path are followed.
func (t *tree) branches(path string) bool {
	d := t.groups[path]
	return d != nil && d.children > 0
}

// around is the smallest memory limit of the groups of version 2 that a path is in, 0 where
// there is none. The root has a limit where it is that of a container. A file that cannot be
// read limits nothing that could be said.
func (t *tree) around(path string, round uint64) (smallest uint64) {
	for path != "" {
		path = parentOf(path)
		d := t.groups[path]
		if d == nil {
			continue
		}
		if d.readAt == 0 || round-d.readAt >= slowEvery {
			var n numbers
			if text, err := readSmall(t.dir + "/" + path + "/memory.max"); err == nil {
				limit(memoryLimit)(text, &n)
			}
			d.most, d.readAt = n.value[memoryLimit], round
		}
		if d.most > 0 && (smallest == 0 || d.most < smallest) {
			smallest = d.most
		}
	}
	return smallest
}

// parentOf is the path that a directory stands in, "" for the root of the hierarchy.
func parentOf(path string) string { return path[:max(0, strings.LastIndexByte(path, '/'))] }

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
