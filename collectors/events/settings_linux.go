package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// settingsFiles are those of /etc that are told of when they change: what decides who may
// come in, what runs and how the host is reached. An empty list is all of a directory.
var settingsFiles = map[string][]string{
	"/etc": {
		"passwd", "group", "sudoers", "fstab", "hosts", "hostname", "resolv.conf", "nsswitch.conf", "crontab", "sysctl.conf", "nftables.conf",
		"ld.so.preload", "localtime", "exports", "environment",
	},
	"/etc/ssh": {"sshd_config"}, "/etc/ssh/sshd_config.d": nil, "/etc/sudoers.d": nil, "/etc/cron.d": nil, "/etc/sysctl.d": nil,
	"/etc/systemd/system": nil, "/etc/security": nil, "/etc/docker": nil, "/etc/apt/sources.list.d": nil,
}

// settings tells which file of a short list in /etc changed: its name and when, never what
// stands in it (inotify(7)).
type settings struct {
	listener
	dir map[int32]string // by watch
}

func newSettings(cfg Config) *settings { return &settings{listener: newListener(cfg)} }

func (s *settings) name() string { return "inotify (" + path(s.cfg, "/etc") + ")" }

func (s *settings) poll(tell func(collectors.Event)) error {
	if s.fd < 0 {
		if err := s.watch(); err != nil {
			return err
		}
	}
	var b [16 << 10]byte
	for {
		n, err := unix.Read(s.fd, b[:])
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			s.close()
			return fmt.Errorf("read: %w", err)
		}
		s.read(b[:n], tell)
	}
}

func (s *settings) watch() error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	s.dir = make(map[int32]string)
	var failed error
	for dir := range settingsFiles {
		// One that does not exist or may not be read is left out; that is said of /etc.
		w, err := unix.InotifyAddWatch(fd, path(s.cfg, dir), unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO|unix.IN_MOVED_FROM|unix.IN_DELETE|unix.IN_CREATE|unix.IN_ONLYDIR)
		switch {
		case err == nil:
			s.dir[int32(w)] = dir
		case dir == "/etc":
			failed = fmt.Errorf("watch: %w", err)
		}
	}
	if failed != nil {
		return errors.Join(failed, unix.Close(fd))
	}
	s.fd = fd
	return nil
}

// read tells of the files in a run of struct inotify_event.
func (s *settings) read(b []byte, tell func(collectors.Event)) {
	order := binary.NativeEndian
	for len(b) >= unix.SizeofInotifyEvent {
		watch, mask, size := int32(order.Uint32(b)), order.Uint32(b[4:]), int(order.Uint32(b[12:]))
		if size > len(b)-unix.SizeofInotifyEvent {
			return
		}
		name, _, _ := strings.Cut(string(b[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+size]), "\x00")
		b = b[unix.SizeofInotifyEvent+size:]
		what := ""
		switch {
		case mask&(unix.IN_CLOSE_WRITE|unix.IN_MOVED_TO) != 0:
			what = "was changed"
		case mask&unix.IN_CREATE != 0 && mask&unix.IN_ISDIR == 0:
			continue // what is written to it is told
		case mask&(unix.IN_DELETE|unix.IN_MOVED_FROM) != 0:
			what = "was removed"
		}
		dir, known := s.dir[watch]
		if what == "" || !known || !listedSetting(dir, name) {
			continue
		}
		at := filepath.Join(dir, name)
		tell(collectors.Event{Kind: KindSettings, Text: at + " " + what, About: collectors.About{Kind: "file", Name: at}, Source: s.name()})
	}
}

// listedSetting reports whether a file is one of those that are told of. Editors and
// packages write others first and rename them.
func listedSetting(dir, name string) bool {
	if name == "" || name[0] == '.' || strings.HasSuffix(name, "~") || strings.Contains(name, ".dpkg-") || strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, "-") || strings.HasSuffix(name, ".lock") {
		return false
	}
	listed := settingsFiles[dir]
	return listed == nil || slices.Contains(listed, name)
}
