package alert

import (
	"fmt"
	"math"
	"time"

	"dashcam/collectors"
)

// A page of memory that is swapped: the kernel counts pages.
const pageBytes = 4096

// serviceRules are those over links, services, what happened and dashcam itself: the second
// half of the one table.
func serviceRules() []Rule {
	return []Rule{
		{
			Name: "link-down", Title: "a network link is down", Notify: true,
			Why:  "/sys/class/net/*/operstate of physical links, those of a bond too. ◇ Only where it was up before.",
			Warn: Raise{At: 1, And: 1}, Clear: Clear{1, time.Minute},
			Also:  Also{"was up in the last 10 minutes", collectors.NoUnit, false},
			reads: []read{physical(collectors.NetLink)},
			measure: func(x *instance) (float64, float64) {
				w := x.of("")
				up := 0.0
				w.each(longest, func(s *slot) {
					if s.sum < float64(s.n) {
						up = 1
					}
				})
				return w.last(), up
			},
			text: func(x *instance, _, _ float64) string {
				if bond := x.of("").series.Info["bond"]; bond != "" {
					return "the link " + x.name + " is down, and " + bond + " goes on without it"
				}
				return "the link " + x.name + " is down"
			},
		},
		{
			Name: "default-route", Title: "the way to other networks is gone", Notify: true,
			Why:  "rtnetlink: the default route was removed, and none was added for a minute. ◇",
			Crit: Raise{At: 1, For: time.Minute}, Clear: Clear{1, time.Minute},
			happens: ofDefaultRoutes, lasts: true,
			measure: lastOf(role),
			text:    func(x *instance, _, _ float64) string { return x.note },
		},
		{
			Name: "link-flaps", Title: "a network link comes and goes", Notify: true, Unit: collectors.Count,
			Why:  "/sys/class/net/*/carrier_changes of physical links. ◇ Three times down and up in 10 minutes.",
			Warn: Raise{At: 5.5}, Clear: Clear{0.5, 0},
			reads:   []read{physical(collectors.NetCarrierChanges)},
			measure: riseOf("", longest),
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("the link %s went down or up %.0f times in 10 minutes", x.name, v)
			},
		},
		{
			Name: "swap-thrash", Title: "memory is moved to swap and back", Notify: true, Unit: collectors.Percent,
			Why:  "/proc/vmstat (pswpin, pswpout) of the memory in a minute, together with pressure. ◇ That swap is used alone is no harm.",
			Warn: Raise{At: 2, And: 5, For: 5 * time.Minute}, Clear: Clear{0.5, 10 * time.Minute},
			Also:  Also{"memory pressure", collectors.Percent, false},
			reads: []read{kinds(collectors.SwapPages, "in", "out"), kinds(collectors.MemoryBytes, "total"), pressure("memory", "some")},
			measure: func(x *instance) (float64, float64) {
				bytes := (x.of("in").mean() + x.of("out").mean()) * time.Minute.Seconds() * pageBytes
				return 100 * bytes / x.of("total").last(), x.of("some").mean()
			},
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("%.1f %% of memory a minute is moved to swap and back", v)
			},
		},
		{
			Name: "service-memory", Title: "a service is at its memory limit", Notify: true, Unit: collectors.Percent,
			Why:  "memory.current and memory.max, together with memory.pressure: what the column of the services counts as bad.",
			Warn: Raise{At: 95, And: 5, For: time.Minute}, Clear: Clear{90, 5 * time.Minute},
			Also:  Also{"memory pressure", collectors.Percent, false},
			reads: []read{service(collectors.ServiceMemory), serviceAs(collectors.ServiceStalled, "pressure")},
			measure: func(x *instance) (float64, float64) {
				return 100 * x.of("used").last() / x.of("max").last(), x.of("pressure").mean()
			},
			text: func(x *instance, v, also float64) string {
				return fmt.Sprintf("%s uses %.0f %% of its memory limit and waits for memory %.0f %% of the time", x.name, v, also)
			},
		},
		{
			Name: "service-restarts", Title: "a service is restarted again and again", Notify: true, Unit: collectors.Count,
			Why:  "Control groups that end, and of whose name another begins, in five minutes. ◇",
			Warn: Raise{At: 3}, Clear: Clear{1, 5 * time.Minute},
			cell:    column("restarts"),
			measure: lastOf(role),
			text: func(x *instance, v, _ float64) string {
				return fmt.Sprintf("%s was restarted %.0f times in 5 minutes", x.name, v)
			},
		},
		{
			Name: "unit-failed", Title: "a service of systemd failed", Notify: true,
			Why:  "D-Bus (systemd1): the service failed, and nobody starts it again.",
			Warn: Raise{At: 1, For: 30 * time.Second}, Clear: Clear{1, 5 * time.Minute},
			happens: ofUnits, lasts: true,
			measure: lastOf(role),
			text:    func(x *instance, _, _ float64) string { return x.note },
		},
		{
			Name: "container-unhealthy", Title: "a container says that it is not well", Notify: true,
			Why:  "The health check of the container, as its engine tells it (--docker-socket). A backtest sees those containers whose row is remembered.",
			Warn: Raise{At: 1, For: time.Minute}, Clear: Clear{1, 5 * time.Minute},
			cell:    saying("(unhealthy)"),
			measure: lastOf(role),
			text:    func(x *instance, _, _ float64) string { return x.name + " is unhealthy" },
		},
		{
			Name: "kernel-trouble", Title: "the kernel complains", Notify: true,
			Why:  "What the kernel counts and tells: oops, lockups, hung tasks, stalls, warnings.",
			Warn: Raise{At: 1}, Crit: Raise{At: 2}, Clear: Clear{1, 0},
			happens: ofKind("kernel", collectors.LevelWarning),
			measure: worstOf(longest),
			text:    func(x *instance, _, _ float64) string { return x.note },
		},
		{
			Name: "clock-unset", Title: "nothing keeps the clock", Unit: collectors.Seconds,
			Why:  "adjtimex(2), as timedatectl says it. ◇ In the first 17 minutes of the host a time service may still be at it.",
			Warn: Raise{At: 17 * 60, And: 1, For: 10 * time.Minute}, Clear: Clear{1, 10 * time.Minute},
			Also:  Also{"not kept", collectors.NoUnit, false},
			reads: []read{plainAs(collectors.HostUptime, "up"), plainAs(collectors.HostClock, "clock")},
			measure: func(x *instance) (float64, float64) {
				clock := x.of("clock").last()
				return clock * x.of("up").last(), clock // well is 0
			},
			text: func(_ *instance, _, _ float64) string { return "no time service keeps the clock of the host" },
		},
		{
			Name: "unclean-reboot", Title: "the host went down without a shutdown", Notify: true,
			Why:  "Another boot id, and dashcam was not stopped before.",
			Warn: Raise{At: 1}, Clear: Clear{1, 0},
			happens: ofKind(bootKind, collectors.LevelWarning),
			measure: worstOf(longest),
			text:    func(x *instance, _, _ float64) string { return x.note },
		},
		{
			Name: "dashcam-store", Title: "dashcam cannot keep its history on disk", Notify: true, Unit: collectors.Count,
			Why:  "Rows that are missing in the store because the disk did not take them in time.",
			Warn: Raise{At: 0.5, For: time.Minute}, Clear: Clear{0.5, 0},
			reads: []read{plain(collectors.SelfDiskLost)},
			measure: func(x *instance) (float64, float64) {
				w, first, last := x.of(""), math.NaN(), x.of("").last()
				w.each(longest, func(s *slot) { first = s.last })
				return last - first, 0
			},
			text: func(_ *instance, v, _ float64) string {
				return fmt.Sprintf("%.0f rows of 10 minutes are missing in the history on disk", v)
			},
		},
		{
			Name: "dashcam-late", Title: "dashcam does not come to sampling", NotifyCritical: true, Unit: collectors.Seconds,
			Why:  "By how much the worst tick of 10 minutes was late. ◇ A host that stands still for a moment wakes nobody.",
			Warn: Raise{At: 5}, Crit: Raise{At: 30}, Clear: Clear{5, 0},
			reads: []read{plain(collectors.SamplerDelay)},
			measure: func(x *instance) (float64, float64) {
				out := math.NaN()
				x.of("").each(longest, func(s *slot) {
					if !(s.max <= out) {
						out = s.max
					}
				})
				return out, 0
			},
			text: func(_ *instance, v, _ float64) string { return fmt.Sprintf("a tick was %.0f s late", v) },
		},
	}
}

func worstOf(span time.Duration) func(*instance) (float64, float64) {
	return func(x *instance) (float64, float64) { return worst(x, int(span/pace)), 0 }
}
