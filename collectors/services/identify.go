package services

import (
	"strconv"
	"strings"
)

// kind is what a unit is.
type kind string

const (
	kindDocker     kind = "docker"
	kindPodman     kind = "podman"
	kindKubernetes kind = "kubernetes"
	kindContainerd kind = "containerd"
	kindLXC        kind = "lxc"
	kindSystemd    kind = "systemd"
	kindSession    kind = "session"
	kindVM         kind = "vm"
	kindCgroup     kind = "cgroup"
)

// role is what a directory of the tree is good for.
type role uint8

const (
	// group holds units: a slice, an engine's parent. It may hold processes of its own,
	// and is a unit of kind cgroup if it holds no unit.
	group role = iota
	// unit is one row; what is below is part of it.
	unit
	// aside is neither: a monitor that belongs to a unit elsewhere.
	aside
)

// identity is what a path says of a control group.
type identity struct {
	role role
	kind kind
	// id is that of a container, 64 hexadecimal digits; name what the path itself says.
	id, name string
}

// prefixes are the names of container scopes as engines and kubelets write them, with what
// stands before the id.
var prefixes = []struct {
	prefix string
	kind   kind
}{
	{"docker-", kindDocker}, {"libpod-", kindPodman}, {"cri-containerd-", kindKubernetes}, {"crio-", kindKubernetes},
	{"nerdctl-", kindContainerd}, {"containerd-", kindContainerd},
}

// identify says what the control group at a path below the hierarchy's root is.
func identify(path string) identity {
	dir, base := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir, base = path[:i], path[i+1:]
	}
	parent := dir[strings.LastIndexByte(dir, '/')+1:]
	stem, isScope := strings.CutSuffix(base, ".scope")

	switch {
	case strings.HasPrefix(base, "libpod-conmon-"), strings.HasPrefix(base, "crio-conmon-"), strings.HasPrefix(base, "lxc.monitor"):
		return identity{role: aside}
	case isContainerID(base):
		// Engines without systemd: /docker/<id>, /kubepods/…/pod<uid>/<id>, /<namespace>/<id>.
		switch {
		case strings.HasPrefix(parent, "pod") || strings.Contains(dir, "kubepods"):
			return identity{role: unit, kind: kindKubernetes, id: base}
		case parent == "docker":
			return identity{role: unit, kind: kindDocker, id: base}
		}
		return identity{role: unit, kind: kindContainerd, id: base}
	}
	for _, p := range prefixes {
		if id, ok := strings.CutPrefix(stem, p.prefix); ok && isContainerID(id) {
			found := identity{role: unit, kind: p.kind, id: id}
			if strings.Contains(dir, "kubepods") {
				found.kind = kindKubernetes
			}
			return found
		}
	}
	if name, ok := strings.CutPrefix(base, "lxc.payload."); ok && name != "" {
		return identity{role: unit, kind: kindLXC, name: name}
	}
	if parent == "lxc" {
		return identity{role: unit, kind: kindLXC, name: base}
	}
	if name, ok := machine(stem, base, isScope); ok {
		return identity{role: unit, kind: kindVM, name: name}
	}
	switch {
	case strings.HasPrefix(base, "user@") && strings.HasSuffix(base, ".service"):
		return identity{role: group} // a service manager, whose units are of interest
	case strings.HasSuffix(base, ".service"):
		return identity{role: unit, kind: kindSystemd, name: base}
	case isScope && strings.HasPrefix(base, "session-"):
		user := strings.TrimSuffix(strings.TrimPrefix(parent, "user-"), ".slice")
		return identity{role: unit, kind: kindSession, name: "session " + strings.TrimPrefix(stem, "session-") + " of user " + user}
	case isScope:
		return identity{role: unit, kind: kindSystemd, name: unescape(base)}
	}
	return identity{role: group, kind: kindCgroup, name: base}
}

// machine returns the name of a virtual machine: machine-qemu\x2d1\x2ddb.scope (systemd) and
// qemu-1-db.libvirt-qemu (without).
func machine(stem, base string, isScope bool) (string, bool) {
	name, found := "", false
	if isScope {
		name, found = strings.CutPrefix(unescape(stem), "machine-")
	} else {
		name, found = strings.CutSuffix(base, ".libvirt-qemu")
	}
	if !found {
		return "", false
	}
	rest, found := strings.CutPrefix(name, "qemu-")
	if number, after, ok := strings.Cut(rest, "-"); found && ok {
		if _, err := strconv.Atoi(number); err == nil {
			return after, after != ""
		}
	}
	return name, name != ""
}

func isContainerID(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// unescape undoes what systemd does to names of units (systemd.unit(5)): \x2d is a minus.
func unescape(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			if v, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
