package events

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// maxLogRead bounds what is read of a log at once; the rest follows at the next sample.
const maxLogRead = 256 << 10

// packages tells of packages, by what dpkg appends to its log.
type packages struct {
	path   string
	inode  uint64
	offset int64
	begun  bool
}

func newPackages(cfg Config) *packages { return &packages{path: path(cfg, "/var/log/dpkg.log")} }

func (p *packages) name() string { return p.path }

func (p *packages) close() {}

func (p *packages) poll(tell func(collectors.Event)) error {
	var now unix.Stat_t
	if err := unix.Stat(p.path, &now); err != nil {
		p.begun = true // one that is made later is read from its beginning
		return reason(err)
	}
	switch {
	case !p.begun:
		p.begun, p.inode, p.offset = true, now.Ino, now.Size
		return nil
	case now.Ino != p.inode || now.Size < p.offset: // it was rotated
		p.inode, p.offset = now.Ino, 0
	}
	if now.Size == p.offset {
		return nil
	}
	f, err := os.Open(p.path)
	if err != nil {
		return reason(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	b := make([]byte, min(now.Size-p.offset, maxLogRead))
	n, _ := f.ReadAt(b, p.offset) // what was read counts
	whole := b[:bytes.LastIndexByte(b[:n], '\n')+1]
	if len(whole) == 0 && n == maxLogRead {
		whole = b[:n] // no log of lines
	}
	p.offset += int64(len(whole))
	for line := range bytes.Lines(whole) {
		if e, ok := parseDpkg(string(line)); ok {
			e.Source = p.path
			tell(e)
		}
	}
	return nil
}
