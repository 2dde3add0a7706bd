package host

import (
	"bytes"
	"cmp"
	"context"
	"dashcam/collectors"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mountSource reads mountinfo (proc_pid_mountinfo(5)) rather than mounts: it says which
// lines are the same file system without touching one.
type mountSource struct {
	root root
	info file
	// first is the list of the first process, which no sandbox surrounds; only for our
	// own root.
	first  file
	choice Selection
}

func newMountSource(o Options) mountSource {
	r := o.root()
	s := mountSource{root: r, info: r.file("/proc/1/mountinfo"), choice: o.Mounts}
	if r.own() {
		// What we can ask is what we see; under systemd that can differ from
		// what the first process sees.
		s.first, s.info = s.info, r.file("/proc/self/mountinfo")
	}
	return s
}

func (s *mountSource) name() string { return s.info.name }

func (s *mountSource) path(point string) string {
	if s.root.own() {
		return point
	}
	return s.root.path(point)
}

// list returns the mounts worth showing, sorted. Of several mounts of one file system it
// keeps the one that is known already, or else the one nearest to its root.
func (s *mountSource) list(_ context.Context, known func(*mount) bool) ([]mount, error) {
	text, err := s.info.read()
	if err != nil {
		return nil, err
	}
	all := parseMountinfo(text)
	if len(all) == 0 {
		return nil, malformed(s.info.name, text)
	}
	if s.root.own() {
		first, err := s.first.read()
		if err != nil {
			first = nil
		}
		seeThrough(all, text, first)
	}
	return chooseMounts(all, known, &s.choice), nil
}

// mountLine is one line of mountinfo.
type mountLine struct {
	mount
	// root is the directory of the file system that is mounted.
	root string
	// superReadOnly is what the file system says, whatever the mount does.
	superReadOnly bool
}

// seeThrough gives mounts the options that they have outside of a sandbox such as
// systemd's ProtectSystem, in which nearly all are read-only. own and first are the lists
// of our process and of the first one. Where that may not be read, only the options of
// the file systems themselves count, which a sandbox does not change.
func seeThrough(all []mountLine, own, first []byte) {
	if bytes.Equal(own, first) {
		return
	}
	outside := make(map[mountKey]bool)
	for _, m := range parseMountinfo(first) {
		outside[m.key()] = m.readOnly
	}
	for i := range all {
		m := &all[i]
		if readOnly, known := outside[m.key()]; known {
			m.readOnly = readOnly
		} else if len(outside) == 0 {
			m.readOnly = m.superReadOnly
		}
	}
}

func parseMountinfo(text []byte) []mountLine {
	var all []mountLine
	for line := range lines(text) {
		if m, ok := parseMountLine(line); ok {
			all = append(all, m)
		}
	}
	return all
}

// parseMountLine reads "36 35 98:0 /dir /mnt rw,noatime master:1 - ext4 /dev/sda1 rw".
func parseMountLine(line []byte) (mountLine, bool) {
	var m mountLine
	_, line = nextField(line) // mount id
	_, line = nextField(line) // parent id
	number, line := nextField(line)
	dir, line := nextField(line)
	point, line := nextField(line)
	options, line := nextField(line)
	for {
		var optional []byte
		if optional, line = nextField(line); len(optional) == 0 {
			return m, false
		}
		if string(optional) == "-" {
			break
		}
	}
	fstype, line := nextField(line)
	device, line := nextField(line)
	super, _ := nextField(line)
	if len(super) == 0 {
		// The source may be an empty string.
		device, super = nil, device
	}
	if len(super) == 0 || len(point) == 0 || point[0] != '/' {
		return m, false
	}
	m.number, m.root, m.point = string(number), collectors.UnescapePath(string(dir)), collectors.UnescapePath(string(point))
	m.fstype, m.device = collectors.UnescapePath(string(fstype)), collectors.UnescapePath(string(device))
	// The mount's own options and those of the file system: an error turns the latter.
	m.superReadOnly = hasOption(super, "ro")
	m.readOnly = m.superReadOnly || hasOption(options, "ro")
	return m, true
}

func hasOption(options []byte, name string) bool {
	for len(options) > 0 {
		var o []byte
		o, options, _ = bytes.Cut(options, []byte{','})
		if string(o) == name {
			return true
		}
	}
	return false
}

func chooseMounts(all []mountLine, known func(*mount) bool, choice *Selection) []mount {
	// A later line at the same place covers the earlier ones.
	at := make(map[string]int, len(all))
	for i := range all {
		at[all[i].point] = i
	}
	best := make(map[string]int, len(all))
	for i := range all {
		m := &all[i]
		if at[m.point] != i || choice.excludes(m.point) || isFurniture(&m.mount) && !choice.includes(m.point) {
			continue
		}
		if j, ok := best[m.number]; ok && !better(m, &all[j], known) {
			continue
		}
		best[m.number] = i
	}
	var list []mount
	for _, i := range best {
		list = append(list, all[i].mount)
	}
	slices.SortFunc(list, func(a, b mount) int { return cmp.Compare(a.point, b.point) })
	return list
}

func better(a, b *mountLine, known func(*mount) bool) bool {
	if ka, kb := known(&a.mount), known(&b.mount); ka != kb {
		return ka
	}
	if a, b := a.root == "/", b.root == "/"; a != b {
		return a
	}
	return len(a.point) < len(b.point)
}

// isFurniture reports whether a mount holds nothing that could fill up: interfaces of the
// kernel and what carries them, and images that never change.
func isFurniture(m *mount) bool {
	if strings.HasPrefix(m.point, "/proc/") || strings.HasPrefix(m.point, "/sys/") {
		return true
	}
	switch m.fstype {
	case "autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
		"efivarfs", "fuse.gvfsd-fuse", "fuse.lxcfs", "fuse.portal", "fuse.snapfuse", "fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs",
		"proc", "pstore", "ramfs", "rootfs", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs",
		"erofs", "iso9660", "overlay", "squashfs":
		return true
	}
	return false
}

// askUsage is statfs(2), with the number of the file system that answered. It blocks for
// as long as the file system does.
func askUsage(path string) (usage, error) {
	var fs unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(path, &fs) }); err != nil {
		return usage{}, &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	size := uint64(fs.Frsize)
	if size == 0 {
		size = uint64(fs.Bsize)
	}
	u := usage{
		total: fs.Blocks * size, free: fs.Bfree * size, available: fs.Bavail * size,
		used:   (fs.Blocks - min(fs.Bfree, fs.Blocks)) * size,
		inodes: fs.Files, inodesUsed: fs.Files - min(fs.Ffree, fs.Files),
	}
	// The subvolumes of a btrfs have numbers of their own.
	var st unix.Stat_t
	if uint32(fs.Type) != unix.BTRFS_SUPER_MAGIC && retry(func() error { return unix.Stat(path, &st) }) == nil {
		u.number = strconv.FormatUint(uint64(unix.Major(st.Dev)), 10) + ":" + strconv.FormatUint(uint64(unix.Minor(st.Dev)), 10)
	}
	return u, nil
}

// retry repeats a call that a signal interrupted: the runtime preempts with signals.
func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
