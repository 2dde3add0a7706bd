package host

import (
	"strconv"

	"dashcam/collectors"
)

// cpuModes are what a processor does, in the order in which /proc/stat counts them. The
// fields after steal (guest and guest_nice) are left out: the kernel adds them to user
// and nice as well.
var cpuModes = [...]string{"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"}

const (
	modeUser = iota
	modeNice
	modeSystem
	modeIdle
	modeIOWait
	modeIRQ
	modeSoftIRQ
	modeSteal
)

// cpuTimes is time spent by mode, in any unit.
type cpuTimes [len(cpuModes)]uint64

// total is the sum of all modes. It wraps where a counter does, and the sampler takes a
// sum that went back as missing.
func (t *cpuTimes) total() uint64 {
	var sum uint64
	for _, v := range t {
		sum += v
	}
	return sum
}

// busy is the time spent working, without waiting and without what was stolen.
func (t *cpuTimes) busy() uint64 {
	return t[modeUser] + t[modeNice] + t[modeSystem] + t[modeIRQ] + t[modeSoftIRQ]
}

// putTimes gives the shares of all processors together.
func putTimes(b *collectors.Batch, t *cpuTimes) {
	total := t.total()
	for i, mode := range cpuModes {
		b.Ratio(b.Slot(collectors.CPUUsage, mode), t[i], total)
	}
}

// putCoreTimes gives the shares of one processor.
func putCoreTimes(b *collectors.Batch, cpu string, t *cpuTimes) {
	total := t.total()
	for i, mode := range cpuModes {
		b.Ratio(b.Slot(collectors.CPUCoreUsage, cpu, mode), t[i], total)
	}
	b.Ratio(b.Slot(collectors.CPUCoreBusy, cpu), t.busy(), total)
}

// numberNames are the names of small numbers, made once.
type numberNames []string

func (n *numberNames) of(id int) string {
	const most = 1 << 14
	if id < 0 || id >= most {
		return strconv.Itoa(id)
	}
	for len(*n) <= id {
		*n = append(*n, strconv.Itoa(len(*n)))
	}
	return (*n)[id]
}
