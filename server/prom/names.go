package prom

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"dashcam/collectors"
)

// prefix begins the names of our own.
const prefix = "dashcam_"

// names knows how facts are called. It does not change.
type names struct {
	node nodeNames
	own  map[string]ownName
	// The metrics that are no series.
	build, host, boot, up, rowTime, time, uname, success, textfile *prometheus.Desc
}

// ownName is an exception from how names are made of families.
type ownName struct {
	// stem replaces what is made of the family's name.
	stem string
	// counted is the unit of a counter or ratio's first number, and factor what one
	// count is in it.
	counted string
	factor  float64
}

func newNames(mode Mode, tick float64) *names {
	n := &names{
		own: map[string]ownName{
			collectors.CPUUsage.Name:     {stem: "cpu", counted: "seconds", factor: tick},
			collectors.CPUCoreUsage.Name: {stem: "cpu_core", counted: "seconds", factor: tick},
			collectors.CPUCoreBusy.Name:  {counted: "seconds", factor: tick},
			collectors.DiskWait.Name:     {counted: "seconds", factor: 1e-3},
			collectors.DiskQueue.Name:    {counted: "seconds", factor: 1e-3},
			collectors.ProcessCount.Name: {stem: "processes"},
			collectors.TasksTotal.Name:   {stem: "tasks"},
		},
		build:   prometheus.NewDesc(prefix+"build_info", "The program that answers; always 1.", []string{"version", "goversion"}, nil),
		host:    prometheus.NewDesc(prefix+"host_info", "The monitored host; always 1.", []string{"id", "hostname", "os", "kernel", "arch"}, nil),
		boot:    prometheus.NewDesc(prefix+"host_boot_timestamp_seconds", "When the host was booted.", nil, nil),
		up:      prometheus.NewDesc(prefix+"collector_up", "Whether a collector answers.", []string{"collector"}, nil),
		rowTime: prometheus.NewDesc(prefix+"row_timestamp_seconds", "When the row that is given was observed.", nil, nil),
	}
	if mode == ModeNode {
		n.node = newNodeNames(tick)
		n.boot = prometheus.NewDesc("node_boot_time_seconds", "When the host was booted.", nil, nil)
		n.time = prometheus.NewDesc("node_time_seconds", "When the row that is given was observed.", nil, nil)
		n.success = prometheus.NewDesc("node_scrape_collector_success", "Whether a collector answers.", []string{"collector"}, nil)
		n.textfile = prometheus.NewDesc("node_textfile_scrape_error", "Whether a file with metrics could not be used.", nil, nil)
		n.uname = prometheus.NewDesc("node_uname_info", "The monitored host; always 1.", []string{"nodename", "release", "machine", "sysname"}, nil)
	}
	return n
}

// resolve gives every family of a schema a stem of its own. Families of other people may
// have names that differ only in what Prometheus does not allow; of those the first in
// the alphabet keeps the plain stem.
func (n *names) resolve(schema *collectors.Schema) map[*collectors.Family]string {
	stems := make(map[*collectors.Family]string)
	var families []*collectors.Family
	for i := range schema.Series {
		f := schema.Series[i].Family
		if _, known := stems[f]; !known {
			stems[f] = ""
			families = append(families, f)
		}
	}
	slices.SortFunc(families, func(a, b *collectors.Family) int { return cmp.Compare(a.Name, b.Name) })
	taken := map[string]bool{"build_info": true, "host_info": true, "host_boot_timestamp_seconds": true, "collector_up": true, "row_timestamp_seconds": true}
	for _, f := range families {
		stem := n.own[f.Name].stem
		if stem == "" {
			stem = strings.TrimSuffix(strings.ToLower(identifier(f.Name)), "_total")
		}
		level, _ := levelUnit(f.Unit)
		total, _ := totalUnit(f)
		if own := n.own[f.Name]; own.counted != "" {
			total = own.counted
		}
		free := stem
		// OpenMetrics knows a counter by its name without _total, so both forms of a
		// name have to be free.
		for i := 2; taken[join(free, level)] || taken[join(free, total)] || taken[levelName(join(free, level))]; i++ {
			free = fmt.Sprintf("%s_%d", stem, i)
		}
		taken[join(free, level)], taken[join(free, total)], taken[levelName(join(free, level))] = true, true, true
		stems[f] = prefix + free
	}
	return stems
}

// levelUnit returns what a name of a gauge ends with, and what a value is multiplied with
// to be in that unit. Prometheus wants base units: shares of 1, bytes.
func levelUnit(u collectors.Unit) (suffix string, factor float64) {
	switch u {
	case collectors.Percent:
		return "ratio", 1.0 / 100
	case collectors.BytesPerSecond:
		return "bytes_per_second", 1
	case collectors.BitsPerSecond:
		return "bytes_per_second", 1.0 / 8
	case collectors.PerSecond:
		return "per_second", 1
	case collectors.Timestamp:
		return "timestamp_seconds", 1
	case collectors.Count, collectors.NoUnit:
		return "", 1
	}
	return strings.Trim(strings.ToLower(identifier(string(u))), "_"), 1
}

// totalUnit returns what a name of a counter has before "_total", and what its raw
// reading is multiplied with. A family's unit is that of the rate per second times
// Family.Scale; a share of time is a rate of seconds.
func totalUnit(f *collectors.Family) (suffix string, factor float64) {
	scale := f.Scale
	if scale == 0 {
		scale = 1
	}
	switch f.Unit {
	case collectors.Percent:
		return "seconds", scale / 100
	case collectors.BytesPerSecond:
		return "bytes", scale
	case collectors.BitsPerSecond:
		return "bytes", scale / 8
	case collectors.PerSecond:
		return "", scale
	}
	suffix, factor = levelUnit(f.Unit)
	return suffix, factor * scale
}

// join puts a unit behind a stem that does not have it yet.
func join(stem, unit string) string {
	if unit == "" || stem == unit || strings.HasSuffix(stem, "_"+unit) {
		return stem
	}
	return stem + "_" + unit
}

// levelName keeps a gauge from ending like a part of a counter, histogram or info.
func levelName(name string) string {
	for _, reserved := range []string{"_total", "_count", "_sum", "_bucket", "_created", "_info"} {
		if strings.HasSuffix(name, reserved) {
			return name + "_value"
		}
	}
	return name
}

// statesText says what the numbers of a state mean.
func statesText(f *collectors.Family) string {
	if f.Kind != collectors.KindState {
		return ""
	}
	var b strings.Builder
	for i, state := range f.States {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %d %s", i, state)
	}
	return b.String() + "."
}

// identifier replaces what may not stand in a name of Prometheus.
func identifier(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '_'
	}, s)
}

// labelName makes a name fit for a label: no digit first, none of the names that
// Prometheus keeps to itself.
func labelName(s string) string {
	s = identifier(s)
	switch {
	case s == "", s[0] >= '0' && s[0] <= '9', s == "le", s == "quantile":
		return "label_" + s
	case strings.HasPrefix(s, "__"):
		return "label" + s
	}
	return s
}

// clean returns s as valid UTF-8: Prometheus takes nothing else.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func pageBytes() float64 { return float64(os.Getpagesize()) }
