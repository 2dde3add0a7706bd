//go:build !linux

package host

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	processors "github.com/shirou/gopsutil/v3/cpu"
	gopsutil "github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/mem"

	"dashcam/collectors"
)

func facts(ctx context.Context, o Options) (collectors.Host, error) {
	if !o.root().own() {
		return collectors.Host{}, fmt.Errorf("host root %q: only Linux can be observed below another root", o.Root)
	}
	h := collectors.Host{Arch: runtime.GOARCH, OS: runtime.GOOS, CPUs: runtime.NumCPU()}
	if name, err := os.Hostname(); err == nil {
		h.Hostname = collectors.CleanLabel(name)
	}
	var machineID string
	if info, err := gopsutil.InfoWithContext(ctx); err == nil {
		h.OS = info.Platform + " " + info.PlatformVersion
		h.Kernel = info.KernelVersion
		h.BootMs = int64(info.BootTime) * 1000
		if info.VirtualizationRole == "guest" {
			h.Virtual = info.VirtualizationSystem
		}
		machineID = info.HostID
	}
	if n, err := processors.CountsWithContext(ctx, true); err == nil && n > 0 {
		h.CPUs = n
	}
	if all, err := processors.InfoWithContext(ctx); err == nil && len(all) > 0 {
		h.Model = collectors.CleanLabel(all[0].ModelName)
	}
	if v, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		h.Memory = v.Total
	}
	h.UTCOffsetMin = offsetMinutes(time.Local)
	if link, err := os.Readlink("/etc/localtime"); err == nil {
		h.TZ = zoneName(link)
	}
	if h.TZ == "" {
		h.TZ = offsetName(h.UTCOffsetMin)
	}
	h.ID, h.IDUnstable = hostID(o.HostID, machineID)
	return h, nil
}
