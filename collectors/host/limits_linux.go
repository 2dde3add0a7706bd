package host

import (
	"context"

	"dashcam/collectors"
)

// limits reads what the whole kernel can run out of, and the memory limit of the control
// group that dashcam itself is in.
type limits struct {
	fileNr, loadavg, pidMax          file
	conntrack, conntrackMax, ctTable file
	own                              bool // conntrack's sysctl is about our own network
	group                            cgroupLimit
}

func newLimits(o Options) collectors.Collector {
	r := o.root()
	return &limits{
		fileNr:       r.file("/proc/sys/fs/file-nr"),
		loadavg:      r.file("/proc/loadavg"),
		pidMax:       r.file("/proc/sys/kernel/pid_max"),
		conntrack:    r.file("/proc/sys/net/netfilter/nf_conntrack_count"),
		conntrackMax: r.file("/proc/sys/net/netfilter/nf_conntrack_max"),
		ctTable:      r.file(r.net("stat/nf_conntrack")),
		own:          r.own(),
		group:        cgroupLimit{files: files{root: o.selfRoot()}},
	}
}

func (c *limits) Sample(_ context.Context, b *collectors.Batch) error {
	c.files(b)
	c.connections(b)
	c.tasks(b)
	c.group.sample(b)
	return nil
}

// pair gives how much of a limit is used. A limit that no host can reach is none.
func pair(b *collectors.Batch, f *collectors.Family, used, most uint64) {
	const unlimited = 1 << 52
	b.Gauge(b.Slot(f, "used"), float64(used))
	if most == 0 || most >= unlimited {
		return
	}
	b.Gauge(b.Slot(f, "max"), float64(most))
	b.Max(b.Slot(f, "used"), float64(most))
}

func (c *limits) files(b *collectors.Batch) {
	used, most, err := readFileNr(&c.fileNr)
	if err != nil {
		unavailable(b, c.fileNr.name, err)
		return
	}
	pair(b, collectors.KernelFiles, used, most)
}

func (c *limits) tasks(b *collectors.Batch) {
	l, err := parsed(&c.loadavg, parseLoad)
	if err != nil {
		unavailable(b, c.loadavg.name, err)
		return
	}
	most, err := c.pidMax.uint()
	if err != nil {
		unavailable(b, c.pidMax.name, err)
	}
	pair(b, collectors.KernelPIDs, l.tasks, most)
}

// connections gives the connections that the firewall tracks. The sysctl always answers
// for the network namespace of whoever reads it; below another root the count is that of
// the first process's namespace. The maximum is one for the whole kernel.
func (c *limits) connections(b *collectors.Batch) {
	used, err := c.conntrack.uint()
	source := c.conntrack.name
	if !c.own {
		used, err = parsed(&c.ctTable, parseConntrackTable)
		source = c.ctTable.name
	}
	if err != nil {
		if absent(err) {
			b.Unavailable(source, "no connections are tracked: no firewall asked for it, or the file may not be read")
			return
		}
		unavailable(b, source, err)
		return
	}
	most, err := c.conntrackMax.uint()
	if err != nil {
		unavailable(b, c.conntrackMax.name, err)
	}
	pair(b, collectors.KernelConntrack, used, most)
}

func readFileNr(f *file) (used, most uint64, err error) {
	b, err := f.read()
	if err != nil {
		return 0, 0, err
	}
	return parseFileNr(f.name, b)
}

// parseFileNr reads "593 0 2466170": allocated, allocated but unused, maximum
// (Documentation/admin-guide/sysctl/fs.rst).
func parseFileNr(name string, b []byte) (used, most uint64, err error) {
	allocated, rest, ok := nextUint(trim(b))
	unused, rest, ok2 := nextUint(rest)
	most, _, ok3 := nextUint(rest)
	if !ok || !ok2 || !ok3 || unused > allocated {
		return 0, 0, malformed(name, b)
	}
	return allocated - unused, most, nil
}

// parseConntrackTable reads the first column, "entries", of /proc/net/stat/nf_conntrack:
// hexadecimal, and the same total in the row of every processor.
func parseConntrackTable(name string, b []byte) (uint64, error) {
	header, rest := nextLine(b)
	if title, _ := nextField(header); string(title) != "entries" {
		return 0, malformed(name, b)
	}
	for line := range lines(rest) {
		field, _ := nextField(line)
		v, ok := parseHex(field)
		if !ok {
			return 0, malformed(name, line)
		}
		return v, nil
	}
	return 0, malformed(name, b)
}
