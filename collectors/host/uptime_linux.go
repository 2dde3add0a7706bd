package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

type uptime struct {
	root   root
	uptime file
	utmp   file
	// running says that the root is that of the kernel that runs, which can be asked.
	running bool
}

func newHost(o Options) collectors.Collector {
	r := o.root()
	// Not /var/run: there it is an absolute link, which would lead out of another root.
	return &uptime{root: r, uptime: r.file("/proc/uptime"), utmp: r.file("/run/utmp"), running: r.own() || text(r, bootID) == text(root{}, bootID)}
}

func (c *uptime) Sample(_ context.Context, b *collectors.Batch) error {
	if seconds, err := parsed(&c.uptime, parseUptime); err != nil {
		unavailable(b, c.uptime.name, err)
	} else {
		b.Gauge(b.Slot(collectors.HostUptime), seconds)
	}
	if c.running {
		if kept, err := clockKept(); err != nil {
			unavailable(b, "adjtimex", err)
		} else {
			b.Gauge(b.Slot(collectors.HostClock), kept)
		}
	}
	users, err := c.users()
	if err != nil {
		unavailable(b, c.utmp.name+", "+sessionsDir, err)
		return nil
	}
	b.Gauge(b.Slot(collectors.HostUsers), float64(users))
	return nil
}

// bootID names the boot of a kernel.
const bootID = "/proc/sys/kernel/random/boot_id"

// clockKept asks the kernel how its clock is kept (adjtimex(2)), which changes nothing: 0
// where a time service sets it, else 1.
func clockKept() (float64, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return 0, err
	}
	if state == unix.TIME_ERROR {
		return 1, nil
	}
	return 0, nil
}

// users counts the records of utmp. Newer systems have none; there the sessions that
// systemd knows are counted.
func (c *uptime) users() (int, error) {
	b, err := c.utmp.read()
	if errors.Is(err, fs.ErrNotExist) {
		return c.sessions()
	}
	if err != nil {
		return 0, err
	}
	return parseUtmp(b, utmpRecord(runtime.GOARCH)), nil
}

const sessionsDir = "/run/systemd/sessions"

// sessions counts systemd's sessions of people, without those of services, greeters and
// systemd's own.
func (c *uptime) sessions() (int, error) {
	entries, err := os.ReadDir(c.root.path(sessionsDir))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".ref") {
			continue
		}
		text, err := c.root.readFile(sessionsDir + "/" + e.Name())
		if err == nil && isUserSession(text) {
			n++
		}
	}
	return n, nil
}

// isUserSession reads the lines CLASS=user and STATE=active of a session's file.
func isUserSession(b []byte) bool {
	user := false
	for line := range lines(b) {
		key, value, _ := bytes.Cut(line, []byte{'='})
		switch string(key) {
		case "CLASS":
			user = string(value) == "user" || string(value) == "user-early"
		case "STATE":
			if string(value) == "closing" {
				return false
			}
		}
	}
	return user
}

// utmpRecord is the size of a record (utmp(5)): where time_t had always 64 bits glibc did
// not keep the 32-bit layout.
func utmpRecord(arch string) int {
	switch arch {
	case "arm64", "riscv64", "loong64":
		return 400
	}
	return 384
}

// parseUtmp counts the records of people who are signed in.
func parseUtmp(b []byte, size int) int {
	const userProcess = 7
	n := 0
	for ; len(b) >= size; b = b[size:] {
		if binary.NativeEndian.Uint16(b) == userProcess {
			n++
		}
	}
	return n
}

// parseUptime reads the first number of "1108.88 2141.43": seconds since the boot.
func parseUptime(name string, b []byte) (float64, error) {
	field, _ := nextField(trim(b))
	v, ok := parseFloat(field)
	if !ok {
		return 0, malformed(name, b)
	}
	return v, nil
}
