package events

import (
	"bytes"
	"path/filepath"
	"strconv"
	"strings"
)

// procFiles reads what /proc says of a process. It belongs to one goroutine.
type procFiles struct {
	dir string // /proc/, or where that is seen
	// names holds each name once: a storm is of the same programs.
	names map[string]string
	path  []byte
	buf   [4096]byte // the longest is the path of a control group
}

func newProcFiles(root string) procFiles {
	return procFiles{dir: filepath.Join("/", root, "proc") + "/", names: make(map[string]string)}
}

// read is valid until the next call; nil where the process is gone.
func (p *procFiles) read(pid int, file string) []byte {
	p.path = strconv.AppendInt(append(p.path[:0], p.dir...), int64(pid), 10)
	p.path = append(append(append(p.path, '/'), file...), 0)
	return readOnce(p.path, p.buf[:])
}

// name is what the process is called, "" where it is gone (proc_pid_comm(5)).
func (p *procFiles) name(pid int) string {
	b := bytes.TrimSuffix(p.read(pid, "comm"), []byte("\n"))
	name, known := p.names[string(b)]
	if !known {
		const most = 4096
		if len(p.names) >= most {
			clear(p.names)
		}
		name = string(b)
		p.names[name] = name
	}
	return name
}

// service is the unit of accounting that a process is part of.
func (p *procFiles) service(pid int) string { return serviceOf(string(p.read(pid, "cgroup"))) }

// serviceOf returns the last part of the path of a control group that is called like a
// unit of systemd or a container (cgroups(7)); "" where there is none.
func serviceOf(cgroup string) string {
	for line := range strings.Lines(cgroup) {
		_, path, found := strings.Cut(strings.TrimSuffix(line, "\n"), ":/")
		if !found {
			continue
		}
		parts := strings.Split(strings.TrimSuffix(path, " (deleted)"), "/")
		for i := len(parts) - 1; i >= 0; i-- {
			part := parts[i]
			if strings.HasSuffix(part, ".service") || strings.HasSuffix(part, ".scope") || len(part) == 64 && !strings.ContainsFunc(part, noHex) {
				return part
			}
		}
	}
	return ""
}

func noHex(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }
