//go:build !linux

package host

import (
	"context"
	"slices"

	gopsutil "github.com/shirou/gopsutil/v3/disk"
)

// mountSource lists what gopsutil gives.
type mountSource struct{ choice Selection }

func newMountSource(o Options) mountSource { return mountSource{o.Mounts} }

func (*mountSource) name() string { return "list of mounts" }

func (*mountSource) path(point string) string { return point }

func (s *mountSource) list(ctx context.Context, _ func(*mount) bool) ([]mount, error) {
	all, err := gopsutil.PartitionsWithContext(ctx, false)
	if err != nil && len(all) == 0 {
		return nil, err
	}
	var list []mount
	for _, p := range all {
		switch p.Fstype {
		case "autofs", "devfs", "fdescfs", "procfs", "linprocfs", "linsysfs", "CDFS", "cd9660":
			continue
		}
		if s.choice.excludes(p.Mountpoint) {
			continue
		}
		list = append(list, mount{point: p.Mountpoint, device: p.Device, fstype: p.Fstype, readOnly: slices.Contains(p.Opts, "ro")})
	}
	return list, nil
}

// askUsage asks one mount. It ends when the system answers: gopsutil does not heed its
// context here.
func askUsage(path string) (usage, error) {
	u, err := gopsutil.UsageWithContext(context.Background(), path)
	if err != nil {
		return usage{}, err
	}
	return usage{
		total: u.Total, used: u.Used, free: u.Total - min(u.Used, u.Total), available: u.Free,
		inodes: u.InodesTotal, inodesUsed: u.InodesUsed,
	}, nil
}
