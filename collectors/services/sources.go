package services

import (
	"bytes"
	"strconv"
)

// what is a number that the files of a control group tell.
type what uint8

const (
	cpuTime        what = iota // µs that its tasks ran
	periods                    // periods in which there was a quota
	throttled                  // of those, periods in which it was used up
	memoryCurrent              // bytes
	memoryInactive             // bytes of files that nobody used lately
	swapCurrent                // bytes
	oomKills                   // processes killed because the group had no memory left
	limitHits                  // times it was at its memory limit
	ioRead                     // bytes
	ioWritten                  // bytes
	pidsCurrent                // tasks
	cpuStalled                 // µs in which some task waited
	memoryStalled              // µs
	ioStalled                  // µs
	cpuPeriod                  // µs that a quota is for, where a file of its own tells it
	cpuQuota                   // cores × 1e6; 0 is none
	memoryLimit                // bytes; 0 is none
	memoryAround               // bytes, the smallest limit of a group that it is in; 0 is none
	pidsLimit                  // tasks; 0 is none
	whatCount
)

// counter says that a number only rises, so that its rate is of interest.
func (w what) counter() bool {
	switch w {
	case cpuTime, periods, throttled, oomKills, limitHits, ioRead, ioWritten, cpuStalled, memoryStalled, ioStalled:
		return true
	}
	return false
}

// source is a file of a control group.
type source struct {
	controller string // of version 1; "" is the one hierarchy of version 2
	name       string
	// every is how many observations of a unit there are to one reading of it.
	every uint64
	// parse puts what the file tells into n; what it does not tell stays as it is.
	parse func(text []byte, n *numbers)
	tells []what
}

// numbers are one reading of some files.
type numbers struct {
	value [whatCount]uint64
	known [whatCount]bool
}

func (n *numbers) set(w what, v uint64) { n.value[w], n.known[w] = v, true }

// unlimited is what version 1 says where there is no limit: the largest number of pages.
const unlimited = 1 << 62

// version2 are the files of the unified hierarchy (Documentation/admin-guide/cgroup-v2.rst).
var version2 = []source{
	{name: "cpu.stat", every: 1, tells: []what{cpuTime, periods, throttled},
		parse: keyed(map[string]what{"usage_usec": cpuTime, "nr_periods": periods, "nr_throttled": throttled})},
	{name: "memory.current", every: 1, tells: []what{memoryCurrent}, parse: single(memoryCurrent)},
	{name: "io.stat", every: 1, tells: []what{ioRead, ioWritten}, parse: ioStat},
	{name: "memory.events", every: 2, tells: []what{oomKills, limitHits}, parse: keyed(map[string]what{"oom_kill": oomKills, "max": limitHits})},
	{name: "pids.current", every: 4, tells: []what{pidsCurrent}, parse: single(pidsCurrent)},
	{name: "cpu.pressure", every: 2, tells: []what{cpuStalled}, parse: pressure(cpuStalled)},
	{name: "memory.pressure", every: 2, tells: []what{memoryStalled}, parse: pressure(memoryStalled)},
	{name: "io.pressure", every: 2, tells: []what{ioStalled}, parse: pressure(ioStalled)},
	{name: "memory.stat", every: 10, tells: []what{memoryInactive}, parse: keyed(map[string]what{"inactive_file": memoryInactive})},
	{name: "memory.swap.current", every: 10, tells: []what{swapCurrent}, parse: single(swapCurrent)},
	{name: "cpu.max", every: 10, tells: []what{cpuQuota}, parse: cpuMax},
	{name: "memory.max", every: 10, tells: []what{memoryLimit}, parse: limit(memoryLimit)},
	{name: "pids.max", every: 10, tells: []what{pidsLimit}, parse: limit(pidsLimit)},
}

// version1 are the files of the older hierarchies, one for each controller
// (Documentation/admin-guide/cgroup-v1). It tells no pressure.
var version1 = []source{
	{controller: "cpuacct", name: "cpuacct.usage", every: 1, tells: []what{cpuTime}, parse: scaled(cpuTime, 1000)},
	{controller: "cpu", name: "cpu.stat", every: 1, tells: []what{periods, throttled}, parse: keyed(map[string]what{"nr_periods": periods, "nr_throttled": throttled})},
	{controller: "memory", name: "memory.usage_in_bytes", every: 1, tells: []what{memoryCurrent}, parse: single(memoryCurrent)},
	{controller: "blkio", name: blkioBytes, every: 1, tells: []what{ioRead, ioWritten}, parse: blkio},
	{controller: "memory", name: "memory.oom_control", every: 2, tells: []what{oomKills}, parse: keyed(map[string]what{"oom_kill": oomKills})},
	{controller: "memory", name: "memory.failcnt", every: 2, tells: []what{limitHits}, parse: single(limitHits)},
	{controller: "pids", name: "pids.current", every: 4, tells: []what{pidsCurrent}, parse: single(pidsCurrent)},
	{controller: "memory", name: "memory.stat", every: 10, tells: []what{memoryInactive, swapCurrent, memoryAround},
		parse: keyed(map[string]what{"total_inactive_file": memoryInactive, "total_swap": swapCurrent, "hierarchical_memory_limit": memoryAround})},
	{controller: "cpu", name: "cpu.cfs_period_us", every: 10, tells: []what{cpuPeriod}, parse: single(cpuPeriod)},
	{controller: "cpu", name: "cpu.cfs_quota_us", every: 10, tells: []what{cpuQuota}, parse: cfsQuota}, // behind its period
	{controller: "memory", name: "memory.limit_in_bytes", every: 10, tells: []what{memoryLimit}, parse: limit(memoryLimit)},
	{controller: "pids", name: "pids.max", every: 10, tells: []what{pidsLimit}, parse: limit(pidsLimit)},
}

const blkioBytes = "blkio.throttle.io_service_bytes_recursive"

// cfsPeriod is the period of a quota that nobody changed.
const cfsPeriod = 100_000

func single(w what) func([]byte, *numbers) { return scaled(w, 1) }

// scaled is a file that is one number, in a unit that many times smaller than ours.
func scaled(w what, by uint64) func([]byte, *numbers) {
	return func(text []byte, n *numbers) {
		if v, ok := number(text); ok {
			n.set(w, v/by)
		}
	}
}

// limit is a file with a number or "max".
func limit(w what) func([]byte, *numbers) {
	return func(text []byte, n *numbers) {
		text = bytes.TrimSpace(text)
		switch v, ok := number(text); {
		case string(text) == "max":
			n.set(w, 0)
		case ok:
			n.set(w, v)
		}
	}
}

// keyed is a file of lines "name number".
func keyed(names map[string]what) func([]byte, *numbers) {
	return func(text []byte, n *numbers) {
		for len(text) > 0 {
			var line []byte
			line, text, _ = bytes.Cut(text, newline)
			key, value, _ := bytes.Cut(line, space)
			if w, ok := names[string(key)]; ok {
				if v, ok := number(value); ok {
					n.set(w, v)
				}
			}
		}
	}
}

// ioStat is a line for each device: "8:0 rbytes=1 wbytes=2 rios=…". A group that did no I/O
// has none.
func ioStat(text []byte, n *numbers) {
	var read, written uint64
	for field := range bytes.FieldsSeq(text) {
		if v, ok := bytes.CutPrefix(field, []byte("rbytes=")); ok {
			v, _ := number(v)
			read += v
		} else if v, ok := bytes.CutPrefix(field, []byte("wbytes=")); ok {
			v, _ := number(v)
			written += v
		}
	}
	n.set(ioRead, read)
	n.set(ioWritten, written)
}

// blkio is lines "8:0 Read 1" and a total.
func blkio(text []byte, n *numbers) {
	var read, written uint64
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, newline)
		_, rest, _ := bytes.Cut(line, space)
		operation, value, _ := bytes.Cut(rest, space)
		v, ok := number(value)
		switch {
		case !ok:
		case string(operation) == "Read":
			read += v
		case string(operation) == "Write":
			written += v
		}
	}
	n.set(ioRead, read)
	n.set(ioWritten, written)
}

// pressure is "some avg10=… total=µs" and the same for full.
func pressure(w what) func([]byte, *numbers) {
	return func(text []byte, n *numbers) {
		line, _, _ := bytes.Cut(text, newline)
		if i := bytes.Index(line, []byte("total=")); i >= 0 && bytes.HasPrefix(line, []byte("some ")) {
			if v, ok := number(line[i+len("total="):]); ok {
				n.set(w, v)
			}
		}
	}
}

// cpuMax is "quota period" in µs, or "max period".
func cpuMax(text []byte, n *numbers) {
	quota, rest, _ := bytes.Cut(bytes.TrimSpace(text), space)
	if string(quota) == "max" {
		n.set(cpuQuota, 0)
		return
	}
	q, ok := number(quota)
	p, ok2 := number(rest)
	if ok && ok2 && p > 0 {
		n.set(cpuQuota, q*1_000_000/p)
	}
}

// cfsQuota is µs of each period, or -1.
func cfsQuota(text []byte, n *numbers) {
	period := uint64(cfsPeriod)
	if n.known[cpuPeriod] && n.value[cpuPeriod] > 0 {
		period = n.value[cpuPeriod]
	}
	if v, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil {
		n.set(cpuQuota, uint64(max(v, 0))*1_000_000/period)
	}
}

var newline, space = []byte{'\n'}, []byte{' '}

// number is the decimal number that b is, blanks around it aside.
func number(b []byte) (uint64, bool) {
	b = bytes.TrimSpace(b)
	var v uint64
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || v > (1<<64-1-d)/10 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, len(b) > 0
}
