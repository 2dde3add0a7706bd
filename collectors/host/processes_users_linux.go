package host

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// userNames gives the names of users as /etc/passwd of the host has them. Others
// (LDAP, containers) are shown by number: asking for them could block on a network.
type userNames struct {
	root    root
	names   map[uint32]string
	changed time.Time
	checked time.Time
}

func (u *userNames) refresh(now time.Time) {
	const every = 10 * time.Second
	if u.names != nil && now.Sub(u.checked) < every {
		return
	}
	u.checked = now
	info, err := os.Stat(u.root.path("/etc/passwd"))
	if err == nil && u.names != nil && info.ModTime().Equal(u.changed) {
		return
	}
	u.names = make(map[uint32]string)
	if err != nil {
		return
	}
	u.changed = info.ModTime()
	if text, err := u.root.readFile("/etc/passwd"); err == nil {
		parsePasswd(u.names, text)
	}
}

// parsePasswd takes the first name of each number, as getpwuid(3) does.
func parsePasswd(into map[uint32]string, text []byte) {
	for len(text) > 0 {
		var line []byte
		line, text = nextLine(text)
		name, rest, ok := bytes.Cut(line, []byte{':'})
		_, rest, ok2 := bytes.Cut(rest, []byte{':'})
		number, _, ok3 := bytes.Cut(rest, []byte{':'})
		uid, valid := parseUint(number)
		if !ok || !ok2 || !ok3 || !valid || uid > 1<<32-1 || len(name) == 0 {
			continue
		}
		if _, have := into[uint32(uid)]; !have {
			into[uint32(uid)] = string(name)
		}
	}
}

func (u *userNames) name(uid uint32) string {
	if n, ok := u.names[uid]; ok {
		return n
	}
	n := strconv.FormatUint(uint64(uid), 10)
	u.names[uid] = n
	return n
}
