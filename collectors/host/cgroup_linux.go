package host

import (
	"bytes"
	"path"
	"strings"

	"dashcam/collectors"
)

// cgroupLimit reads the memory limit of the control group that dashcam is in, or of the
// nearest group above that has the smallest one.
type cgroupLimit struct {
	samples int
	reason  string // why there is no limit, "" where there is one
	version *cgroupVersion
	files   files
	usage   *file
	stat    *file
	most    *file
}

// cgroupVersion names the files of one version of control groups
// (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst).
type cgroupVersion struct {
	// controller is the second field in /proc/self/cgroup.
	controller string
	// mounts are where the hierarchy usually is.
	mounts            []string
	usage, most, stat string
	// inactive is the key in stat of cached files that nobody used lately.
	inactive string
}

var cgroupVersions = [...]*cgroupVersion{
	{controller: "", mounts: []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"},
		usage: "memory.current", most: "memory.max", stat: "memory.stat", inactive: "inactive_file"},
	{controller: "memory", mounts: []string{"/sys/fs/cgroup/memory"},
		usage: "memory.usage_in_bytes", most: "memory.limit_in_bytes", stat: "memory.stat", inactive: "total_inactive_file"},
}

func (c *cgroupLimit) sample(b *collectors.Batch) {
	const rediscover = 30
	if c.samples%rediscover == 0 {
		c.discover()
	}
	c.samples++
	if c.reason != "" {
		b.Unavailable("memory.max", c.reason)
		return
	}
	used, most, err := c.read()
	if err != nil {
		c.samples = 0 // moved or gone: look again at the next sample
		unavailable(b, c.usage.name, err)
		return
	}
	pair(b, collectors.CgroupMemory, used, most)
}

func (c *cgroupLimit) read() (used, most uint64, err error) {
	if used, err = c.usage.uint(); err != nil {
		return 0, 0, err
	}
	if most, err = c.most.uint(); err != nil {
		return 0, 0, err
	}
	stat, err := c.stat.read()
	if err != nil {
		return 0, 0, err
	}
	used -= min(used, parseInactive(stat, c.version.inactive))
	return used, most, nil
}

// OwnMemoryLimit returns the least memory, in bytes, that a control group around this
// program may have; ok is false where none has a limit.
func OwnMemoryLimit(o Options) (limit uint64, ok bool) {
	c := cgroupLimit{files: files{root: o.selfRoot()}}
	c.discover()
	if c.reason != "" {
		return 0, false
	}
	limit, err := c.most.uint()
	return limit, err == nil
}

// discover looks for the group whose limit is met first.
func (c *cgroupLimit) discover() {
	c.files.begin()
	defer c.files.end()
	groups, err := c.files.root.readFile("/proc/self/cgroup")
	if err != nil {
		c.reason = "/proc/self/cgroup " + reason(err)
		return
	}
	c.reason = "dashcam's control group has no memory limit"
	smallest := uint64(1) << 52 // version 1 says 2^63 − 4096 for "none"
	for _, v := range cgroupVersions {
		group, ok := parseOwnGroup(groups, v.controller)
		if !ok {
			continue
		}
		for _, mount := range v.mounts {
			// Seen from inside a namespace of its own a group may be called "/..".
			for dir := path.Join(mount, path.Clean(group)); strings.HasPrefix(dir, mount); dir = path.Dir(dir) {
				most, err := c.files.root.readUint(dir + "/" + v.most)
				if err != nil || most == 0 || most >= smallest {
					continue // not here, or "max"
				}
				smallest, c.reason, c.version = most, "", v
				c.usage, c.most, c.stat = c.files.get(dir+"/"+v.usage), c.files.get(dir+"/"+v.most), c.files.get(dir+"/"+v.stat)
			}
		}
	}
}

// parseOwnGroup returns the path of the group in the hierarchy of a controller, "" for
// version 2, from lines like "4:memory:/system.slice" and "0::/".
func parseOwnGroup(b []byte, controller string) (group string, ok bool) {
	for line := range lines(b) {
		id, rest, ok1 := bytes.Cut(line, []byte{':'})
		names, dir, ok2 := bytes.Cut(rest, []byte{':'})
		if !ok1 || !ok2 || len(dir) == 0 || dir[0] != '/' {
			continue
		}
		if controller == "" && string(id) == "0" && len(names) == 0 {
			return string(dir), true
		}
		for name := range bytes.SplitSeq(names, []byte{','}) {
			if controller != "" && string(name) == controller {
				return string(dir), true
			}
		}
	}
	return "", false
}

// parseInactive returns the number after key in memory.stat, 0 where there is none.
func parseInactive(b []byte, key string) uint64 {
	for line := range lines(b) {
		name, rest := nextField(line)
		if string(name) == key {
			v, _, _ := nextUint(rest)
			return v
		}
	}
	return 0
}
