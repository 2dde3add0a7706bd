package events

import (
	"errors"
	"io"
	"slices"

	"dashcam/collectors"
)

// maxMountinfo bounds what is read. A host with thousands of containers has 5 MB.
const maxMountinfo = 16 << 20

// mounts tells of file systems. The kernel marks the file when it changes.
type mounts struct {
	markedFile
	known map[int]mount // nil before the first reading
}

func newMounts(cfg Config) *mounts {
	at := "/proc/self/mountinfo"
	if !own(cfg) {
		at = "/proc/1/mountinfo"
	}
	return &mounts{markedFile: markedFile{path: path(cfg, at)}}
}

func (m *mounts) poll(tell func(collectors.Event)) error {
	changed, err := m.changed()
	if err != nil {
		return err
	}
	if m.known != nil && !changed {
		return nil
	}
	text, err := io.ReadAll(io.NewSectionReader(m.open, 0, maxMountinfo))
	if err != nil {
		m.close()
		return errors.Join(errors.New("read"), reason(err))
	}
	m.compare(parseMounts(string(text)), tell)
	return nil
}

// compare tells what is not as it was.
func (m *mounts) compare(all []mount, tell func(collectors.Event)) {
	now := make(map[int]mount, len(all))
	for _, one := range all {
		now[one.id] = one
	}
	if m.known != nil {
		for _, one := range all {
			before, known := m.known[one.id]
			switch {
			case !known || before.at != one.at:
				tell(m.event(one, "was mounted", ""))
			case one.readOnly && !before.readOnly:
				tell(m.event(one, "is read-only now", collectors.LevelCritical))
			case before.readOnly && !one.readOnly:
				tell(m.event(one, "may be written to again", ""))
			}
		}
		for id, one := range m.known {
			if _, still := now[id]; !still {
				tell(m.event(one, "was unmounted", ""))
			}
		}
	}
	m.known = now
}

// passing are kinds of file systems that come and go with containers and sessions: which
// one it was says nothing.
var passing = []string{"overlay", "nsfs", "tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2", "ramfs", "squashfs", "autofs"}

func (m *mounts) event(one mount, what string, level collectors.EventLevel) collectors.Event {
	e := collectors.Event{Kind: KindMount, Level: level, About: collectors.About{Kind: "mount", Name: one.at}, Source: m.path}
	if slices.Contains(passing, one.kind) {
		e.About.Name = one.kind
		e.Text = "a file system of the kind " + one.kind + " " + what
		if level == collectors.LevelCritical {
			e.Level = ""
		}
		return e
	}
	e.Text = one.at + " (" + one.kind + " on " + one.device + ") " + what
	return e
}
