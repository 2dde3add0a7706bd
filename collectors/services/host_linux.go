package services

import (
	"bytes"
	"math"
	"time"
)

// totals are what the whole host uses, so that what no unit accounts for can be told.
type totals struct {
	root string
	stat kept
	mem  kept
	busy reading // µs that processors worked

	vmstat kept
	kills  reading // OOM kills
}

func newTotals(root string) totals {
	allow := newAllowance()
	return totals{root: root, stat: kept{path: root + "/proc/stat", allow: allow, often: true}, mem: kept{path: root + "/proc/meminfo", allow: allow, often: true}, vmstat: kept{path: root + "/proc/vmstat", allow: allow, often: true}}
}

// read returns the processor time of the host in percent of a core, and its used memory.
func (h *totals) read(now time.Time, buf *[]byte) (cpu, memory float64) {
	cpu, memory = math.NaN(), math.NaN()
	if text, state := h.stat.read(buf); state == fileRead {
		line, _, _ := bytes.Cut(text, newline)
		fields := bytes.Fields(line)
		if len(fields) >= 8 && string(fields[0]) == "cpu" {
			var ticks uint64
			for _, i := range []int{1, 2, 3} { // user, nice, system: what tasks account for
				v, _ := number(fields[i])
				ticks += v
			}
			h.busy.next(ticks*10_000, true, now)
			cpu = h.busy.rate / 1e4
		}
	}
	if text, state := h.mem.read(buf); state == fileRead {
		total, ok := field(text, "MemTotal:")
		available, ok2 := field(text, "MemAvailable:")
		if ok && ok2 && available <= total {
			memory = float64(total-available) * 1024
		}
	}
	return cpu, memory
}

// killed returns how many processes were killed since the last reading because memory ran
// out, of the whole host or of a control group (/proc/vmstat, since Linux 4.13).
func (h *totals) killed(now time.Time, buf *[]byte) uint64 {
	text, state := h.vmstat.read(buf)
	if state != fileRead {
		return 0
	}
	_, after, _ := bytes.Cut(text, []byte("\noom_kill "))
	line, _, _ := bytes.Cut(after, newline)
	v, ok := number(line)
	h.kills.next(v, ok, now)
	return h.kills.step
}

// field is a number of /proc/meminfo, in KiB.
func field(text []byte, name string) (uint64, bool) {
	_, after, found := bytes.Cut(text, []byte(name))
	if !found {
		return 0, false
	}
	line, _, _ := bytes.Cut(after, newline)
	return number(bytes.TrimSuffix(bytes.TrimSpace(line), []byte(" kB")))
}
