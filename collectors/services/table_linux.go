package services

import (
	"fmt"
	"math"
	"time"

	"dashcam/collectors"
)

// kinds are all, in the order in which they are counted.
var kinds = [...]kind{kindDocker, kindPodman, kindKubernetes, kindContainerd, kindLXC, kindSystemd, kindSession, kindVM, kindCgroup}

// tableWriter writes what is known of the units into the table and the series.
type tableWriter struct {
	columns columns
	counts  map[kind]int
	limited map[string]bool // titles whose limits are series in this observation
}

func newTableWriter() tableWriter {
	return tableWriter{columns: columnsOf(collectors.Services), counts: map[kind]int{}, limited: map[string]bool{}}
}

// put writes the table: a row for each unit, one for who was killed and is gone, and one for
// what none accounts for.
func (s *services) put(b *collectors.Batch, now time.Time, cpu, memory float64) {
	t, rows := &s.table, b.Rows(collectors.Services)
	clear(t.counts)
	clear(t.limited)
	var cpuSum, memorySum float64
	for _, u := range s.inOrder() {
		u.kills, u.restarts = recent(u.kills, now), recent(u.restarts, now)
		t.counts[u.kind]++
		use, held := u.rate(cpuTime)/1e4, u.workingSet()
		cpuSum += known(use)
		memorySum += known(held)
		t.row(rows.Add(u.key), u, use, held, s.noIO)
		t.limits(b, u, held)
	}
	for _, u := range s.ended.shown() {
		t.gone(rows.Add(u.key), u)
	}
	w := rows.Add("host")
	w.Text(t.columns.name, "kernel and unaccounted")
	w.Text(t.columns.kind, "host")
	// The two are not read in the same instant: a difference below zero is none.
	w.Number(t.columns.cpu, max(0, cpu-cpuSum))
	w.Number(t.columns.memory, max(0, memory-memorySum))
	if s.tree.cut {
		rows.Partial(fmt.Sprintf("more than %d control groups", most))
	}
	for _, k := range kinds {
		if n := t.counts[k]; n > 0 {
			b.Gauge(b.Slot(collectors.ServiceCount, string(k)), float64(n))
		}
	}
}

// row writes what a unit uses.
func (t *tableWriter) row(w collectors.RowWriter, u *usage, use, held float64, noIO bool) {
	c := &t.columns
	t.identity(w, u)
	if !noIO {
		w.Number(c.io, u.rate(ioRead)+u.rate(ioWritten))
		w.Number(c.read, u.rate(ioRead))
		w.Number(c.write, u.rate(ioWritten))
	}
	w.Number(c.cpu, use)
	w.Number(c.throttled, u.throttledShare())
	w.Number(c.cpuLimit, u.limited(cpuQuota)/1e4)
	w.Number(c.memory, held)
	w.Number(c.memoryLimit, u.memoryMost())
	w.Number(c.swap, u.gauge(swapCurrent))
	if u.latest.known[oomKills] {
		w.Number(c.oom, float64(len(u.kills)))
	}
	w.Number(c.restarts, float64(len(u.restarts)))
	w.Number(c.pids, u.gauge(pidsCurrent))
	w.Number(c.pidsLimit, u.limited(pidsLimit))
	w.Number(c.pressureCPU, u.rate(cpuStalled)/1e4)
	w.Number(c.pressureMemory, u.rate(memoryStalled)/1e4)
	w.Number(c.pressureIO, u.rate(ioStalled)/1e4)
	if u.network.own && u.network.seen {
		w.Number(c.netIn, u.network.in.rate)
		w.Number(c.netOut, u.network.out.rate)
	}
	w.Text(c.state, u.named.state)
}

func (t *tableWriter) identity(w collectors.RowWriter, u *usage) {
	c := &t.columns
	w.Text(c.name, u.title)
	w.Text(c.kind, string(u.kind))
	w.Text(c.parent, u.shownParent)
	w.Text(c.image, u.named.image)
	w.Text(c.cgroup, u.shownPath)
	if u.named.started > 0 {
		w.Number(c.started, u.named.started)
	}
}

// gone writes the row of a unit that was killed and is not there any more: it uses nothing.
func (t *tableWriter) gone(w collectors.RowWriter, u *usage) {
	t.identity(w, u)
	w.Number(t.columns.oom, float64(len(u.kills)))
	w.Number(t.columns.restarts, float64(len(u.restarts)))
	w.Text(t.columns.state, "ended")
}

// limits gives the series of a unit that has limits. Of two with the same title the first
// one has them.
func (t *tableWriter) limits(b *collectors.Batch, u *usage, held float64) {
	limit, quota := u.limited(memoryLimit), u.limited(cpuQuota)
	if math.IsNaN(limit) && math.IsNaN(quota) || t.limited[u.title] {
		return
	}
	t.limited[u.title] = true
	if !math.IsNaN(limit) {
		b.Gauge(b.Slot(collectors.ServiceMemory, u.title, "used"), held)
		b.Gauge(b.Slot(collectors.ServiceMemory, u.title, "max"), limit)
		if stalled := u.rate(memoryStalled) / 1e4; !math.IsNaN(stalled) {
			b.Gauge(b.Slot(collectors.ServiceStalled, u.title), stalled)
		}
		if u.latest.known[oomKills] {
			b.Counter(b.Slot(collectors.ServiceOOMKills, u.title), u.latest.value[oomKills])
		}
	}
	if !math.IsNaN(quota) {
		b.Gauge(b.Slot(collectors.ServiceThrottled, u.title), u.throttledShare())
	}
}

// known is v, or 0 where it is not known.
func known(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// columns are the places of the table's columns.
type columns struct {
	name, kind, parent, cpu, throttled, cpuLimit, memory, memoryLimit, swap, oom, io, read, write, pids, pidsLimit int
	pressureCPU, pressureMemory, pressureIO, netIn, netOut, image, state, started, restarts, cgroup                int
}

func columnsOf(t *collectors.Table) columns {
	at := t.Column
	return columns{
		name: at("name"), kind: at("kind"), parent: at("parent"), cpu: at("cpu"), throttled: at("throttled"), cpuLimit: at("cpuLimit"),
		memory: at("memory"), memoryLimit: at("memoryLimit"), swap: at("swap"), oom: at("oom"), io: at("io"), read: at("read"), write: at("write"),
		pids: at("pids"), pidsLimit: at("pidsLimit"), pressureCPU: at("pressureCpu"), pressureMemory: at("pressureMemory"), pressureIO: at("pressureIo"),
		netIn: at("netIn"), netOut: at("netOut"), image: at("image"), state: at("state"), started: at("started"), restarts: at("restarts"), cgroup: at("cgroup"),
	}
}
