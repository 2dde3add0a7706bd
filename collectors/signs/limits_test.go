package signs

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

func TestRemount_IsAnErrorOfDiskAndLimits(t *testing.T) {
	r := newRig(1)
	r.filesystem(100*gib, 10*gib)
	r.tick(5)
	r.want(t, "limit.state filesystem /", 0)
	r.set(collectors.FilesystemReadOnly, 1, "/")
	r.tick(1)
	r.want(t, "err.limits", 1)
	r.want(t, "err.disk", 1)
	r.want(t, "state.limits", 2)
	r.want(t, "cause.limits", byErrors)
	r.want(t, "state.disk", 2)
	r.want(t, "limit.state filesystem /", 2)
	r.tick(300)
	r.want(t, "err.limits", 0)
	r.want(t, "state.limits", 0)
	r.want(t, "limit.used filesystem /", 10)
}

// TestFilesystem_IsWellSoonAfterItWasCleaned: at 0.8 × the level it stayed coloured until
// 28 % were free.
func TestFilesystem_IsWellSoonAfterItWasCleaned(t *testing.T) {
	r := newRig(1)
	r.filesystem(100*gib, 92*gib)
	r.tick(3)
	r.want(t, "limit.state filesystem /", 1)
	r.filesystem(100*gib, 86*gib)
	r.tick(20)
	r.want(t, "limit.state filesystem /", 1)
	r.filesystem(100*gib, 85*gib)
	r.tick(9)
	r.want(t, "limit.state filesystem /", 1)
	r.tick(1)
	r.want(t, "limit.state filesystem /", 0)
}

func TestLimits_LeftOut(t *testing.T) {
	cases := map[string]func(r *rig){
		"squashfs": func(r *rig) { r.values[0].Info = map[string]string{"fstype": "squashfs"} },
		"iso9660":  func(r *rig) { r.values[0].Info = map[string]string{"fstype": "iso9660"} },
		"overlay":  func(r *rig) { r.values[0].Info = map[string]string{"fstype": "overlay"} },
		"small tmpfs": func(r *rig) {
			r.set(collectors.FilesystemBytes, 64<<20-1, "/", "total")
			for i := range r.values {
				r.values[i].Info = map[string]string{"fstype": "tmpfs", "device": "tmpfs"}
			}
		},
		"read-only at first sight": func(r *rig) { r.set(collectors.FilesystemReadOnly, 1, "/") },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRig(1)
			r.filesystem(100*gib, 50*gib)
			change(r)
			for i := range r.values {
				r.values[i].Info = map[string]string{"fstype": r.values[0].Info["fstype"], "device": r.values[0].Info["device"]}
			}
			r.tick(1)
			r.want(t, "limit.used filesystem /", missing)
			r.want(t, "state.disk", missing)
		})
	}
	t.Run("further mounts of the same device", func(t *testing.T) {
		r := newRig(1)
		for _, mount := range []string{"/var/lib/docker", "/var", "/mnt"} {
			info := map[string]string{"device": map[bool]string{true: "/dev/sdb", false: "/dev/sda"}[mount == "/mnt"], "fstype": "ext4"}
			r.set(collectors.FilesystemBytes, 50*gib, mount, "used").Info = info
			r.set(collectors.FilesystemBytes, 50*gib, mount, "available").Info = info
		}
		r.tick(1)
		r.want(t, "limit.used filesystem /var", 50)
		r.want(t, "limit.used filesystem /mnt", 50)
		r.want(t, "limit.used filesystem /var/lib/docker", missing)
	})
}

func TestLimits_PercentAsDF(t *testing.T) {
	r := newRig(1)
	r.set(collectors.FilesystemBytes, 100, "/", "total")
	r.set(collectors.FilesystemBytes, 60, "/", "used")
	r.set(collectors.FilesystemBytes, 20, "/", "available") // 20 are reserved
	r.set(collectors.FilesystemInodes, 0, "/", "total")
	r.set(collectors.FilesystemInodes, 0, "/", "used")
	sensor := r.set(collectors.SensorTemperature, 42, "nvme0")
	sensor.Max, sensor.Info = 84, map[string]string{"chip": "nvme", "device": "nvme0"}
	r.set(collectors.KernelFiles, 3, "used")
	r.set(collectors.KernelFiles, 12, "max")
	r.tick(1)
	r.want(t, "limit.used filesystem /", 75)
	r.want(t, "limit.used inodes /", missing)
	r.want(t, "limit.used temperature nvme0", 50)
	r.want(t, "limit.used files files", 25)
	if diff := cmp.Diff(map[string]string{"unit": "celsius", "full": "84", "device": "nvme0"}, r.info["limit.used temperature nvme0"]); diff != "" {
		t.Errorf("info of a temperature (-want +got):\n%s", diff)
	}
}

// fill lets a file system grow for some minutes, looked at every ten seconds.
func fill(r *rig, minutes int, used func(second float64) float64) {
	for i := range minutes*6 + 1 {
		r.filesystem(1000*gib, used(float64(i*10)))
		elapsed := 10 * time.Second
		if r.first {
			elapsed, r.first = 0, false
		}
		r.t += elapsed.Milliseconds()
		r.eval(elapsed)
	}
}

func TestForecast_NeedsHalfAnHourOnALine(t *testing.T) {
	growing := func(perHour float64) func(float64) float64 {
		return func(s float64) float64 { return 500*gib + perHour*s/3600 }
	}
	cases := map[string]struct {
		minutes int
		used    func(s float64) float64
		hours   float64
		state   float64
	}{
		"too short":          {28, growing(25 * gib), missing, 0},
		"full in 19.5 hours": {30, growing(25 * gib), 19.5, 1},
		"full in 3.5 hours":  {30, growing(125 * gib), 3.5, 2},
		"full in 24.5 hours": {30, growing(20 * gib), 24.5, 0},
		"in 40 days":         {30, growing(0.5 * gib), missing, 0},
		"shrinking":          {30, growing(-25 * gib), missing, 0},
		"standing still":     {30, growing(0), missing, 0},
		"up and down":        {30, func(s float64) float64 { return 500*gib + gib*math.Sin(s/60) + 0.1*gib*s/3600 }, missing, 0},
		"one leap":           {30, func(s float64) float64 { return 500*gib + 90*gib*min(1, math.Floor(s/900)) }, missing, 0}, // R² is 0.75
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRig(1)
			fill(r, c.minutes, c.used)
			if got := r.value("limit.full_in filesystem /") / 3600; !(math.Abs(got-c.hours) < 0.01) && !same(got, c.hours) {
				t.Errorf("full in %v h, want %v", got, c.hours)
			}
			if c.minutes == 30 { // its own three samples are over as well
				fill(r, 1, func(s float64) float64 { return c.used(s + 1810) })
			}
			r.want(t, "limit.state filesystem /", c.state)
			r.want(t, "state.limits", c.state)
		})
	}
}
