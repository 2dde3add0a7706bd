package alert

import (
	"slices"

	"dashcam/collectors"
)

// plain reads a family without labels.
func plain(f *collectors.Family) read {
	return read{f, func(*collectors.Series) (string, string, string, bool) { return "", "", "", true }}
}

// plainAs reads a family without labels, in a role.
func plainAs(f *collectors.Family, role string) read {
	return read{f, func(*collectors.Series) (string, string, string, bool) { return "", "", role, true }}
}

// kinds reads series of a family by their last label, whose value is the role.
func kinds(f *collectors.Family, roles ...string) read {
	return read{f, func(s *collectors.Series) (string, string, string, bool) {
		role := s.Labels.At(len(f.Labels) - 1)
		return "", "", role, slices.Contains(roles, role)
	}}
}

// pressure reads a line of a file below /proc/pressure; the kind is the role.
func pressure(resource, kind string) read {
	return read{collectors.PressureTime, func(s *collectors.Series) (string, string, string, bool) {
		return "", "", kind, s.Label("resource") == resource && s.Label("kind") == kind
	}}
}

// mount reads what has a mount, by kind where there is one.
func mount(f *collectors.Family) read { return by("mount", f) }

// device reads what has a device.
func device(f *collectors.Family) read { return by("device", f) }

// service reads what has a service.
func service(f *collectors.Family) read { return by("service", f) }

func by(label string, f *collectors.Family) read {
	return read{f, func(s *collectors.Series) (string, string, string, bool) {
		return label, s.Label(label), s.Label("kind"), s.Label(label) != ""
	}}
}

// limit reads a series of the limits of some kinds: of mounts, or of the kernel.
func limit(f *collectors.Family, role string, of ...string) read {
	return read{f, func(s *collectors.Series) (string, string, string, bool) {
		label, kind := "limit", s.Label("kind")
		if kind == "filesystem" || kind == "inodes" {
			label = "mount"
		}
		return label, s.Label("name"), role, slices.Contains(of, kind)
	}}
}

// link reads both directions of physical links.
func link(f *collectors.Family, role string) read {
	return read{f, func(s *collectors.Series) (string, string, string, bool) {
		return "interface", s.Label("interface"), role + " " + s.Label("dir"), s.Info["class"] == "physical"
	}}
}

// physical reads what has one series for each physical link.
func physical(f *collectors.Family) read {
	return read{f, func(s *collectors.Series) (string, string, string, bool) {
		return "interface", s.Label("interface"), "", s.Info["class"] == "physical"
	}}
}

// serviceAs reads what has one series for each service, in a role.
func serviceAs(f *collectors.Family, role string) read {
	return read{f, func(s *collectors.Series) (string, string, string, bool) {
		return "service", s.Label("service"), role, true
	}}
}

// sensor reads sensors that have a critical mark.
func sensor(f *collectors.Family) read {
	return read{f, func(s *collectors.Series) (string, string, string, bool) {
		return "sensor", s.Label("sensor"), "", s.Max > 0
	}}
}
