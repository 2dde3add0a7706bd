package events

import (
	"strings"

	"dashcam/collectors"
)

// parseDpkg reads a line of dpkg's log, such as
//
//	2026-11-29 18:02:44 upgrade libc6:amd64 2.36-9 2.36-10
//
// and reports whether it says that a package was changed.
func parseDpkg(line string) (e collectors.Event, ok bool) {
	f := strings.Fields(line)
	if len(f) < 6 {
		return e, false
	}
	name, _, _ := strings.Cut(f[3], ":")
	e = collectors.Event{Kind: KindPackage, About: collectors.About{Kind: "package", Name: name}}
	switch f[2] {
	case "install":
		e.Text = name + " " + f[5] + " was installed"
	case "upgrade":
		e.Text = name + " was upgraded from " + f[4] + " to " + f[5]
	case "remove":
		e.Text = name + " " + f[4] + " was removed"
	case "purge":
		e.Text = name + " was removed with its settings"
	default:
		return collectors.Event{}, false
	}
	return e, name != ""
}
