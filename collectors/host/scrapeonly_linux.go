package host

import (
	"bytes"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// ScrapeOnly reads what node_exporter tells by default and no collector here does, under
// node_exporter's names. It opens a dozen files, so it is for whoever asks now and then. A
// file that cannot be read leaves its facts out.
func ScrapeOnly(o Options) []collectors.ScrapeOnly {
	d := &scrapeOnly{root: o.root()}
	d.memory()
	d.counters("snmp")
	d.counters("netstat")
	d.sockets("sockstat")
	d.sockets("sockstat6")
	d.softnet()
	d.disks()
	d.links()
	d.linkFiles()
	d.guests()
	d.neighbours()
	d.release()
	d.number("/proc/sys/kernel/random/entropy_avail", "node_entropy_available_bits", "Bits of entropy that are available.")
	d.number("/proc/sys/kernel/random/poolsize", "node_entropy_pool_size_bits", "Bits of the entropy pool.")
	d.number("/proc/sys/kernel/threads-max", "node_processes_max_threads", "Limit of threads.")
	if d.root.own() { // the clock is this kernel's, whatever the root is, but a test's root is none
		d.clock()
	}
	return d.out
}

// scrapeOnly collects facts of files that are read once.
type scrapeOnly struct {
	root root
	out  []collectors.ScrapeOnly
}

func (d *scrapeOnly) add(metric, help string, counter bool, v float64, labels ...string) {
	pairs := make([][2]string, 0, len(labels)/2)
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, [2]string{labels[i], labels[i+1]})
	}
	d.out = append(d.out, collectors.ScrapeOnly{Metric: metric, Help: help, Counter: counter, Labels: pairs, Value: v})
}

// lines calls fn with the fields of every line of a file.
func (d *scrapeOnly) lines(name string, fn func(fields []string)) {
	text, err := d.root.readFile(name)
	if err != nil {
		return
	}
	for line := range bytes.Lines(text) {
		if fields := strings.Fields(string(line)); len(fields) > 0 {
			fn(fields)
		}
	}
}

func (d *scrapeOnly) number(file, metric, help string) {
	if v, err := d.root.readUint(file); err == nil {
		d.add(metric, help, false, float64(v))
	}
}

// float returns the number in a field, NaN for what is none.
func float(fields []string, i int) float64 {
	if i >= len(fields) {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(fields[i], 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// memory reads "Active(anon):  1234 kB" of meminfo.
func (d *scrapeOnly) memory() {
	d.lines("/proc/meminfo", func(f []string) {
		name := strings.NewReplacer("(", "_", ")", "").Replace(strings.TrimSuffix(f[0], ":"))
		v, suffix := float(f, 1), ""
		if len(f) == 3 && f[2] == "kB" {
			v, suffix = v*1024, "_bytes"
		}
		d.add("node_memory_"+name+suffix, "Field "+name+" of /proc/meminfo.", false, v)
	})
}

// toldCounters are those of the network stack that node_exporter tells by default.
var toldCounters = regexp.MustCompile(`^(.*_(InErrors|InErrs)|Ip_Forwarding|IpExt_(InOctets|OutOctets)|Icmp_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab|MaxConn)|Udp_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$`)

// counters reads snmp and netstat: a line of names before one of numbers.
func (d *scrapeOnly) counters(file string) {
	var names []string
	d.lines(d.root.net(file), func(f []string) {
		if len(names) != len(f) || names[0] != f[0] {
			names = f
			return
		}
		for i := 1; i < len(f); i++ {
			if name := strings.TrimSuffix(f[0], ":") + "_" + names[i]; toldCounters.MatchString(name) {
				d.add("node_netstat_"+name, "Statistic "+name+" of the network stack.", false, float(f, i))
			}
		}
		names = nil
	})
}

// disks reads what the disk collector leaves out of diskstats
// (Documentation/admin-guide/iostats.rst).
func (d *scrapeOnly) disks() {
	d.lines("/proc/diskstats", func(f []string) {
		for _, c := range []struct {
			metric, help string
			field        int
			factor       float64
			gauge        bool
		}{
			{"node_disk_reads_merged_total", "Reads that were merged.", 4, 1, false},
			{"node_disk_writes_merged_total", "Writes that were merged.", 8, 1, false},
			{"node_disk_io_now", "Requests in progress.", 11, 1, true},
			{"node_disk_discards_completed_total", "Discards that completed.", 14, 1, false},
			{"node_disk_discards_merged_total", "Discards that were merged.", 15, 1, false},
			{"node_disk_discarded_sectors_total", "Sectors that were discarded.", 16, 1, false},
			{"node_disk_discard_time_seconds_total", "Time of all discards.", 17, 1e-3, false},
			{"node_disk_flush_requests_total", "Flushes that completed.", 18, 1, false},
			{"node_disk_flush_requests_time_seconds_total", "Time of all flushes.", 19, 1e-3, false},
		} {
			if v := float(f, c.field); !math.IsNaN(v) {
				d.add(c.metric, c.help, !c.gauge, v*c.factor, "device", f[2])
			}
		}
	})
}

// guests reads what processors gave to virtual machines (proc_stat(5)).
func (d *scrapeOnly) guests() {
	d.lines("/proc/stat", func(f []string) {
		cpu, ok := strings.CutPrefix(f[0], "cpu")
		if !ok || cpu == "" {
			return
		}
		for i, mode := range []string{"user", "nice"} {
			if v := float(f, 9+i); !math.IsNaN(v) {
				d.add("node_cpu_guest_seconds_total", "Time that processors gave to virtual machines.", true, v/100, "cpu", cpu, "mode", mode)
			}
		}
	})
}

// release reads what the distribution calls itself (os-release(5)).
func (d *scrapeOnly) release() {
	known := make(map[string]string)
	for _, file := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		text, err := d.root.readFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
				known[name] = strings.Trim(value, `"'`)
			}
		}
		break
	}
	if len(known) == 0 {
		return
	}
	var labels []string
	for _, name := range []string{"build_id", "id", "id_like", "image_id", "image_version", "name", "pretty_name", "variant", "variant_id", "version", "version_codename", "version_id"} {
		labels = append(labels, name, collectors.CleanLabel(known[strings.ToUpper(name)]))
	}
	d.add("node_os_info", "What the distribution calls itself; always 1.", false, 1, labels...)
}

// clock asks the kernel how its clock is kept (adjtimex(2)), which changes nothing.
func (d *scrapeOnly) clock() {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return
	}
	fine := 1e-6
	if t.Status&unix.STA_NANO != 0 {
		fine = 1e-9
	}
	synced := 1.0
	if state == unix.TIME_ERROR {
		synced = 0
	}
	const ppm16 = 1000000 * 65536
	for _, c := range []struct {
		name, help string
		v          float64
	}{
		{"offset_seconds", "Time between the clock and its reference.", float64(t.Offset) * fine},
		{"frequency_adjustment_ratio", "How the clock's speed is adjusted.", 1 + float64(t.Freq)/ppm16},
		{"maxerror_seconds", "Largest error of the clock.", float64(t.Maxerror) * 1e-6},
		{"estimated_error_seconds", "Estimated error of the clock.", float64(t.Esterror) * 1e-6},
		{"status", "Bits of the clock's status.", float64(t.Status)},
		{"loop_time_constant", "Constant of the phase-locked loop.", float64(t.Constant)},
		{"tick_seconds", "Time between two ticks.", float64(t.Tick) * 1e-6},
		{"tai_offset_seconds", "Time between atomic time and the clock.", float64(t.Tai)},
		{"sync_status", "Whether the clock is kept by a reference.", synced},
	} {
		d.add("node_timex_"+c.name, c.help+" (adjtimex)", false, c.v)
	}
}
