package alert

import (
	"fmt"
	"math"
	"time"

	"dashcam/collectors"
)

const gib = 1 << 30

// Rules is the table of built-in rules. ◇ marks a number chosen by judgement; the others
// follow the kernel's documents, node-mixin and the USE checklist.
func Rules() []Rule { return append(hostRules(), serviceRules()...) }

// hostRules are those over the resources of the host.
func hostRules() []Rule {
	return []Rule{
		{
			Name: "filesystem-space", Title: "a file system is nearly full", Notify: true, Unit: collectors.Percent,
			Why:  "statfs(2), as df computes it. ◇ A share alone wakes people for 100 GiB that are free, so the space counts too.",
			Warn: Raise{At: 90, And: 20 * gib, For: 5 * time.Minute}, Crit: Raise{At: 97, And: 5 * gib, For: time.Minute}, Clear: Clear{87, 5 * time.Minute},
			Also:  Also{"space left", collectors.Bytes, true},
			reads: []read{mount(collectors.FilesystemBytes)},
			measure: func(x *instance) (float64, float64) {
				used, available := x.of("used").last(), x.of("available").last()
				return 100 * used / (used + available), available
			},
			text: func(x *instance, v, also float64) string {
				return fmt.Sprintf("%s is %.0f %% full, %.1f GiB are left", x.name, v, also/gib)
			},
		},
		{
			Name: "filesystem-fills", Title: "a file system will be full soon", Notify: true, Unit: collectors.Seconds, Below: true,
			Why:  "limit.full_in, least squares over half an hour. ◇ Only where it is used to a good part already.",
			Warn: Raise{At: 24 * 3600, And: 60, For: 30 * time.Minute}, Crit: Raise{At: 4 * 3600, And: 80, For: 10 * time.Minute}, Clear: Clear{36 * 3600, 30 * time.Minute},
			Also:  Also{"of it used", collectors.Percent, false},
			reads: []read{limit(collectors.LimitFullIn, "full_in", "filesystem"), limit(collectors.LimitUsed, "used", "filesystem")},
			measure: func(x *instance) (float64, float64) {
				used, in := x.of("used").last(), x.of("full_in").last()
				if math.IsNaN(in) && !math.IsNaN(used) {
					in = math.Inf(1) // there is no trend
				}
				return in, used
			},
			text: func(x *instance, v, also float64) string {
				return fmt.Sprintf("%s is %.0f %% full and will be full in %s at this rate", x.name, also, hours(v))
			},
		},
		{
			Name: "filesystem-inodes", Title: "a file system has few inodes left", Notify: true, Unit: collectors.Percent,
			Why:  "statfs(2). ◇",
			Warn: Raise{At: 95, For: 10 * time.Minute}, Crit: Raise{At: 98, For: 10 * time.Minute}, Clear: Clear{93, 10 * time.Minute},
			reads:   []read{limit(collectors.LimitUsed, "used", "inodes")},
			measure: lastOf("used"),
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("%.0f %% of the inodes of %s are used", v, x.name)
			},
		},
		{
			Name: "filesystem-readonly", Title: "a file system became read-only", Notify: true, Latched: true,
			Why:   "/proc/self/mountinfo: what was written to and is not any more.",
			Crit:  Raise{At: 0.5},
			Clear: Clear{0.5, 0},
			reads: []read{mount(collectors.FilesystemReadOnly)},
			measure: func(x *instance) (float64, float64) {
				w := x.of("")
				before := math.NaN()
				w.each(2*pace, func(s *slot) { before = s.last }) // the older one of the two
				if math.IsNaN(before) {
					return math.NaN(), 0
				}
				return w.last() - before, 0
			},
			text: func(x *instance, _, _ float64) string { return x.name + " became read-only" },
		},
		{
			Name: "filesystem-errors", Title: "a file system recorded errors", Notify: true, Latched: true, Unit: collectors.Count,
			Why:  "/sys/fs/ext4/*/errors_count and what btrfs and md count.",
			Crit: Raise{At: 0.5}, Clear: Clear{0.5, 0},
			reads:   []read{device(collectors.FilesystemErrors)},
			measure: riseOf("", longest),
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("%s recorded %.0f errors in 10 minutes", x.name, v)
			},
		},
		{
			Name: "disk-errors", Title: "a disk failed requests", Notify: true, Latched: true, Unit: collectors.Count,
			Why:  "/sys/block/*/device/ioerr_cnt. ◇ One alone may be a command that the device does not know.",
			Crit: Raise{At: 3}, Clear: Clear{0.5, 0},
			reads:   []read{device(collectors.DiskErrors)},
			measure: riseOf("", longest),
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("%s failed %.0f requests in 10 minutes", x.name, v)
			},
		},
		{
			Name: "memory-pressure", Title: "everything waits for memory", Notify: true, Unit: collectors.Percent,
			Why:  "/proc/pressure/memory, full. ◇",
			Warn: Raise{At: 10, For: 2 * time.Minute}, Crit: Raise{At: 30, For: 30 * time.Second}, Clear: Clear{3, 5 * time.Minute},
			reads:   []read{pressure("memory", "full")},
			measure: meanOf("full"),
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("for %.0f %% of the time everything waits for memory", v)
			},
		},
		{
			Name: "memory-low", Title: "little memory is available", Notify: true, Unit: collectors.Percent, Below: true,
			Why:  "/proc/meminfo (MemAvailable), together with some pressure. ◇",
			Warn: Raise{At: 6, And: 1, For: 5 * time.Minute}, Clear: Clear{9, 5 * time.Minute},
			Also:  Also{"memory pressure", collectors.Percent, false},
			reads: []read{kinds(collectors.MemoryBytes, "available", "total"), pressure("memory", "some")},
			measure: func(x *instance) (float64, float64) {
				return 100 * x.of("available").last() / x.of("total").last(), x.of("some").mean()
			},
			text: func(_ *instance, v, _ float64) string { return fmt.Sprintf("%.1f %% of memory is available", v) },
		},
		{
			Name: "oom-kill", Title: "memory ran out and a process was killed", Notify: true, Unit: collectors.Count,
			Why:  "/proc/vmstat (oom_kill).",
			Warn: Raise{At: 0.5}, Crit: Raise{At: 2.5}, Clear: Clear{0.5, 0},
			reads:   []read{plain(collectors.MemoryOOMKills)},
			measure: riseOf("", longest),
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("%.0f killed in 10 minutes because memory ran out", math.Round(v))
			},
		},
		{
			Name: "cpu-starved", Title: "tasks wait for a processor", Unit: collectors.Percent,
			Why:  "/proc/pressure/cpu, some. ◇",
			Warn: Raise{At: 60, For: 15 * time.Minute}, Clear: Clear{40, 10 * time.Minute},
			reads:   []read{pressure("cpu", "some")},
			measure: meanOf("some"),
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("for %.0f %% of the time some task waits for a processor", v)
			},
		},
		{
			Name: "cpu-steal", Title: "the hypervisor takes the processor away", Unit: collectors.Percent,
			Why:  "/proc/stat (steal). ◇",
			Warn: Raise{At: 10, For: 10 * time.Minute}, Clear: Clear{5, 30 * time.Minute},
			reads:   []read{kinds(collectors.CPUUsage, "steal")},
			measure: meanOf("steal"),
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("the hypervisor takes %.0f %% of the processors' time", v)
			},
		},
		{
			Name: "io-stalled", Title: "everything waits for the disks", NotifyCritical: true, Unit: collectors.Percent,
			Why:  "/proc/pressure/io, full. ◇",
			Warn: Raise{At: 25, For: 10 * time.Minute}, Crit: Raise{At: 60, For: 5 * time.Minute}, Clear: Clear{10, 10 * time.Minute},
			reads:   []read{pressure("io", "full")},
			measure: meanOf("full"),
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("for %.0f %% of the time everything waits for the disks", v)
			},
		},
		{
			Name: "link-errors", Title: "a link damages packets", Unit: collectors.Percent,
			Why:  "/proc/net/dev (errs) of physical links. ◇",
			Warn: Raise{At: 1, And: 10, For: 10 * time.Minute}, Clear: Clear{0.2, 30 * time.Minute},
			Also:  Also{"damaged packets", collectors.PerSecond, false},
			reads: []read{link(collectors.NetErrors, "errors"), link(collectors.NetPackets, "packets")},
			measure: func(x *instance) (float64, float64) {
				errors := x.of("errors in").mean() + x.of("errors out").mean()
				packets := x.of("packets in").mean() + x.of("packets out").mean()
				return 100 * errors / max(packets, 1), errors
			},
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("%.1f %% of the packets on %s are damaged", v, x.name)
			},
		},
		{
			Name: "kernel-limit", Title: "a limit of the kernel is nearly reached", Notify: true, Unit: collectors.Percent,
			Why:  "/proc/sys/fs/file-nr, nf_conntrack_count and the tasks against pid_max. ◇",
			Warn: Raise{At: 85, For: 2 * time.Minute}, Crit: Raise{At: 95, For: 2 * time.Minute}, Clear: Clear{75, 5 * time.Minute},
			reads:   []read{limit(collectors.LimitUsed, "used", "files", "conntrack", "pids")},
			measure: lastOf("used"),
			text:    func(x *instance, v, _ float64) string { return fmt.Sprintf("%.0f %% of %s are used", v, x.name) },
		},
		{
			Name: "listen-overflow", Title: "connections are lost", Unit: collectors.PerSecond,
			Why:  "/proc/net/netstat (ListenOverflows). ◇",
			Warn: Raise{At: 1, For: 2 * time.Minute}, Clear: Clear{math.SmallestNonzeroFloat64, 10 * time.Minute},
			reads:   []read{kinds(collectors.TCPListen, "overflows")},
			measure: meanOf("overflows"),
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("%.1f connections a second are lost at full queues of listening sockets", v)
			},
		},
		{
			Name: "service-oom", Title: "a process of a service was killed for memory", Notify: true, Unit: collectors.Count,
			Why:  "memory.events (oom_kill).",
			Warn: Raise{At: 0.5}, Crit: Raise{At: 2.5}, Clear: Clear{0.5, 5 * time.Minute},
			reads:   []read{service(collectors.ServiceOOMKills)},
			measure: riseOf("", 5*time.Minute),
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("%.0f of %s killed in 5 minutes because its memory ran out", math.Round(v), x.name)
			},
		},
		{
			Name: "service-throttled", Title: "a service is held at its CPU limit", Unit: collectors.Percent,
			Why:  "cpu.stat (nr_throttled of nr_periods). ◇",
			Warn: Raise{At: 25, For: 15 * time.Minute}, Clear: Clear{10, 5 * time.Minute},
			reads:   []read{service(collectors.ServiceThrottled)},
			measure: meanOf(""),
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("%s is throttled in %.0f %% of periods", x.name, v)
			},
		},
		{
			Name: "memory-errors", Title: "the hardware found memory errors", Notify: true, Unit: collectors.Count,
			Why:  "/sys/devices/system/edac/mc/mc*/ue_count.",
			Crit: Raise{At: 0.5}, Clear: Clear{0.5, 10 * time.Minute},
			reads:   []read{kinds(collectors.MemoryECC, "uncorrected")},
			measure: riseOf("uncorrected", longest),
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("%.0f memory errors were not corrected", math.Round(v))
			},
		},
		{
			Name: "temperature", Title: "a sensor is near its critical mark", Notify: true, Unit: collectors.Celsius, Below: true,
			Why:  "/sys/class/hwmon, its own critical mark. ◇ 5 °C below it.",
			Crit: Raise{At: 5, For: time.Minute}, Clear: Clear{8, 10 * time.Minute},
			reads: []read{sensor(collectors.SensorTemperature)},
			measure: func(x *instance) (float64, float64) {
				w := x.of("")
				return w.series.Max - w.last(), 0
			},
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("%s is %.0f °C below its critical mark", x.name, v)
			},
		},
	}
}

func hours(seconds float64) string {
	if seconds < 2*3600 {
		return fmt.Sprintf("%.0f minutes", seconds/60)
	}
	return fmt.Sprintf("%.0f hours", seconds/3600)
}

func lastOf(role string) func(*instance) (float64, float64) {
	return func(x *instance) (float64, float64) { return x.of(role).last(), 0 }
}

// meanOf is the mean of a minute.
func meanOf(role string) func(*instance) (float64, float64) {
	return func(x *instance) (float64, float64) { return x.of(role).mean(), 0 }
}

func riseOf(role string, span time.Duration) func(*instance) (float64, float64) {
	return func(x *instance) (float64, float64) { return x.of(role).rise(span), 0 }
}
