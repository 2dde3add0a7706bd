package events

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// fileSystems tells of errors that ext4 recorded (Documentation/ABI/testing/sysfs-fs-ext4).
type fileSystems struct {
	dir    string
	known  map[string]*errorCounter // by device
	polls  int
	listed error // why they could not be listed
}

// relist is at how many samples is looked for file systems that were mounted since.
const relist = 30

// errorCounter is the number of one file system. One that is mounted now may have had errors
// before.
type errorCounter struct {
	file
	value uint64
	begun bool
}

func newFileSystems(cfg Config) *fileSystems {
	return &fileSystems{dir: path(cfg, "/sys/fs/ext4"), known: make(map[string]*errorCounter)}
}

func (f *fileSystems) name() string { return filepath.Join(f.dir, "*", "errors_count") }

func (f *fileSystems) close() {
	for _, c := range f.known {
		c.close()
	}
	clear(f.known)
}

func (f *fileSystems) poll(tell func(collectors.Event)) error {
	if f.polls%relist == 0 {
		f.list()
	}
	f.polls++
	failed := f.listed
	for device, c := range f.known {
		if err := c.poll(device, tell); err != nil {
			failed = err
			f.polls = 0 // it may be unmounted
		}
	}
	return failed
}

// list looks which file systems there are.
func (f *fileSystems) list() {
	entries, err := os.ReadDir(f.dir)
	f.listed = nil
	if err != nil {
		f.listed = reason(err)
	}
	there := make(map[string]bool, len(entries))
	for _, e := range entries {
		at := filepath.Join(f.dir, e.Name(), "errors_count")
		if _, err := os.Stat(at); err != nil {
			continue // the directory of what all have in common
		}
		there[e.Name()] = true
		if f.known[e.Name()] == nil {
			f.known[e.Name()] = &errorCounter{file: file{path: at}}
		}
	}
	for device, c := range f.known {
		if !there[device] {
			c.close()
			delete(f.known, device)
		}
	}
}

func (c *errorCounter) poll(device string, tell func(collectors.Event)) error {
	text, err := c.read()
	if err != nil {
		return err
	}
	now, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.path, err)
	}
	if c.begun && now > c.value {
		tell(collectors.Event{
			Kind: KindFilesystem, Level: collectors.LevelCritical, Text: "the file system on " + device + " (ext4) found that it is damaged",
			About: collectors.About{Kind: "device", Name: device}, Count: int(min(now-c.value, 1e6)), Source: c.path,
		})
	}
	c.value, c.begun = now, true
	return nil
}

// arrays tells of disks that an array lost and has again. The kernel marks the file when
// that changes (Documentation/admin-guide/md.rst).
type arrays struct {
	markedFile
	known map[string]int // how many disks each array lacks, nil before the first reading
	// absent is why the file could not be opened, and wait for how many polls that holds: it
	// is there once the kernel knows arrays.
	absent error
	wait   int
}

const lookForArrays = 10

func newArrays(cfg Config) *arrays {
	return &arrays{markedFile: markedFile{path: path(cfg, "/proc/mdstat")}}
}

func (a *arrays) poll(tell func(collectors.Event)) error {
	if a.open == nil {
		if a.wait > 0 {
			a.wait--
			return a.absent
		}
		f, err := openMarked(a.path, unix.O_RDONLY)
		if err != nil {
			a.absent, a.wait = err, lookForArrays-1
			return err
		}
		a.open = f
	}
	changed, err := ready(a.open.fd, unix.POLLPRI|unix.POLLERR)
	if err != nil || a.known != nil && !changed {
		return err
	}
	b := make([]byte, 64<<10)
	n, err := unix.Pread(a.open.fd, b, 0)
	if err != nil {
		a.close()
		return fmt.Errorf("read: %w", err)
	}
	a.compare(parseArrays(string(b[:n])), tell)
	return nil
}

func (a *arrays) compare(now map[string]int, tell func(collectors.Event)) {
	for name, lacks := range now {
		before, there := a.known[name]
		e := collectors.Event{Kind: KindArray, About: collectors.About{Kind: "device", Name: name}, Source: a.path}
		switch {
		case !there || lacks == before:
			continue
		case lacks > before:
			e.Level, e.Text = collectors.LevelCritical, fmt.Sprintf("array %s lost a disk: %d missing", name, lacks)
		case lacks == 0:
			e.Text = "array " + name + " has all its disks again"
		default:
			e.Level, e.Text = collectors.LevelWarning, fmt.Sprintf("array %s has a disk again: %d missing", name, lacks)
		}
		tell(e)
	}
	a.known = now
}

var arrayDisks = regexp.MustCompile(`\[(\d+)/(\d+)\]`)

// parseArrays reads how many disks each array lacks: "md0 : active raid1 …", and in a line
// after it "[2/1] [U_]".
func parseArrays(text string) map[string]int {
	lacks := make(map[string]int)
	name := ""
	for line := range strings.Lines(text) {
		if before, _, found := strings.Cut(line, " : "); found && strings.HasPrefix(line, "md") {
			name = before
			continue
		}
		if m := arrayDisks.FindStringSubmatch(line); m != nil && name != "" {
			want, err1 := strconv.Atoi(m[1])
			have, err2 := strconv.Atoi(m[2])
			if err1 == nil && err2 == nil && have <= want {
				lacks[name] = want - have
			}
			name = ""
		}
	}
	return lacks
}
