package services

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"dashcam/collectors"
)

// services observes every unit of the host.
type services struct {
	root      string
	hierarchy hierarchy
	why       string // there is none
	tree      *tree
	units     map[string]*usage
	allow     *allowance
	names     names
	engine    *engine
	host      totals
	booted    float64
	round     uint64
	buf       []byte
	columns   columns
}

func newServices(o Options) *services {
	root := o.Root
	return &services{
		root: root, engine: newEngine(o.EngineSocket), units: map[string]*usage{}, allow: newAllowance(), names: names{root: root}, host: newTotals(root), columns: columnsOf(collectors.Services),
	}
}

// Sample implements [collectors.Collector].
func (s *services) Sample(ctx context.Context, b *collectors.Batch) error {
	now := b.At()
	if s.tree == nil {
		if s.hierarchy, s.why = findHierarchy(s.root); s.why != "" {
			b.Unavailable("control groups", s.why)
			return nil
		}
		s.tree = newTree(s.hierarchy.tree)
		s.booted = s.names.boot()
	}
	if err := s.tree.refresh(now); err != nil {
		return fmt.Errorf("list control groups: %w", err)
	}
	s.round++
	if s.engine.refresh(ctx, now); s.engine != nil && s.engine.why != "" {
		b.Unavailable("the container engine's socket", s.engine.why)
	}
	s.follow()
	cpu, memory := s.host.read(now, &s.buf)
	for path, u := range s.units {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if u.rests(s.round) {
			continue
		}
		if !u.read(s.hierarchy.sources, now, &s.buf) {
			u.close()
			delete(s.units, path) // its directory is removed in a moment
			continue
		}
		s.learn(u, now)
	}
	s.put(b, cpu, memory)
	return nil
}

// follow makes the units those of the tree.
func (s *services) follow() {
	for path, u := range s.units {
		d := s.tree.groups[path]
		if d == nil || key(d) != u.key || d.role != unit && s.branches(path) {
			u.close()
			delete(s.units, path)
		}
	}
	for path, d := range s.tree.groups {
		if s.units[path] != nil || path == "" || d.role == aside {
			continue
		}
		if d.role == group {
			// A group of nobody's kind is a unit where processes are and no other group is.
			if (s.round+d.inode)%restEvery != 0 && s.round > 1 || s.branches(path) || len(members(s.hierarchy.procs(path))) == 0 {
				continue
			}
		}
		u := &usage{identity: d.identity, path: path, key: key(d), parent: path[:max(0, strings.LastIndexByte(path, '/'))], files: s.hierarchy.files(path, s.allow), rest: d.inode % restEvery}
		if d.role == group {
			u.name = path
		}
		s.units[path] = u
	}
}

// branches reports whether there are groups below a path.
func (s *services) branches(path string) bool {
	for other := range s.tree.groups {
		if strings.HasPrefix(other, path+"/") {
			return true
		}
	}
	return false
}

// learn looks for what hardly ever changes, and reads the network.
func (s *services) learn(u *usage, now time.Time) {
	if c, ok := s.engine.named(u.id); ok {
		u.named.name, u.named.image, u.named.state, u.named.found = c.name, c.image, c.state, true
	}
	nameless := !u.named.found && now.Sub(u.named.tried) >= nameAgain
	if !nameless && u.readings%networkEvery != 0 {
		return
	}
	pids := members(s.hierarchy.procs(u.path))
	if nameless || u.named.tried.IsZero() {
		s.names.look(u, pids, s.booted, now)
	}
	u.network.read(s.root, pids, now)
}

func key(d *directory) string { return strconv.FormatUint(d.inode, 10) }

// procs is the file with the processes of a group.
func (h *hierarchy) procs(path string) string { return h.tree + "/" + path + "/cgroup.procs" }

func (u *usage) close() {
	for i := range u.files {
		u.files[i].close()
	}
}

// put writes the table: a row for each unit, and one for what none accounts for.
func (s *services) put(b *collectors.Batch, cpu, memory float64) {
	rows, c := b.Rows(collectors.Services), &s.columns
	counts, named := map[kind]int{}, map[string]bool{}
	all := make([]*usage, 0, len(s.units))
	for _, u := range s.units {
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b *usage) int { return cmp.Compare(a.path, b.path) })
	var cpuSum, memorySum float64
	for _, u := range all {
		counts[u.kind]++
		use, held := u.rate(cpuTime)/1e4, u.workingSet()
		cpuSum += known(use)
		memorySum += known(held)
		w := rows.Add(u.key)
		w.Text(c.name, cmp.Or(u.named.name, u.name, u.path))
		w.Text(c.kind, string(u.kind))
		w.Text(c.parent, u.parent)
		w.Number(c.cpu, use)
		w.Number(c.throttled, u.throttledShare())
		w.Number(c.cpuLimit, u.limited(cpuQuota)/1e4)
		w.Number(c.memory, held)
		w.Number(c.memoryLimit, u.limited(memoryLimit))
		w.Number(c.swap, u.gauge(swapCurrent))
		if u.latest.known[oomKills] {
			w.Number(c.oom, float64(len(u.kills)))
		}
		w.Number(c.io, u.rate(ioRead)+u.rate(ioWritten))
		w.Number(c.read, u.rate(ioRead))
		w.Number(c.write, u.rate(ioWritten))
		w.Number(c.pids, u.gauge(pidsCurrent))
		w.Number(c.pidsLimit, u.limited(pidsLimit))
		w.Number(c.pressureCPU, u.rate(cpuStalled)/1e4)
		w.Number(c.pressureMemory, u.rate(memoryStalled)/1e4)
		w.Number(c.pressureIO, u.rate(ioStalled)/1e4)
		if u.network.own && u.network.seen {
			w.Number(c.netIn, u.network.in.rate)
			w.Number(c.netOut, u.network.out.rate)
		}
		w.Text(c.image, u.named.image)
		w.Text(c.state, u.named.state)
		if u.named.started > 0 {
			w.Number(c.started, u.named.started)
		}
		if name := cmp.Or(u.named.name, u.name, u.path); !named[name] {
			named[name] = true
			u.putLimits(b, collectors.CleanLabel(name), held)
		}
	}
	w := rows.Add("host")
	w.Text(c.name, "kernel and unaccounted")
	w.Text(c.kind, "host")
	// The two are not read in the same instant: a difference below zero is none.
	w.Number(c.cpu, max(0, cpu-cpuSum))
	w.Number(c.memory, max(0, memory-memorySum))
	if s.tree.cut {
		rows.Partial(fmt.Sprintf("more than %d control groups", most))
	}
	for _, k := range []kind{kindDocker, kindPodman, kindKubernetes, kindContainerd, kindLXC, kindSystemd, kindSession, kindVM, kindCgroup} {
		if counts[k] > 0 {
			b.Gauge(b.Slot(collectors.ServiceCount, string(k)), float64(counts[k]))
		}
	}
}

// putLimits gives the series of a unit that has limits. Of two with the same name the
// first one has them.
func (u *usage) putLimits(b *collectors.Batch, name string, held float64) {
	if limit := u.limited(memoryLimit); !math.IsNaN(limit) {
		b.Gauge(b.Slot(collectors.ServiceMemory, name, "used"), held)
		b.Gauge(b.Slot(collectors.ServiceMemory, name, "max"), limit)
		if stalled := u.rate(memoryStalled) / 1e4; !math.IsNaN(stalled) {
			b.Gauge(b.Slot(collectors.ServiceStalled, name), stalled)
		}
		if u.latest.known[oomKills] {
			b.Counter(b.Slot(collectors.ServiceOOMKills, name), u.latest.value[oomKills])
		}
	}
	if !math.IsNaN(u.limited(cpuQuota)) {
		b.Gauge(b.Slot(collectors.ServiceThrottled, name), u.throttledShare())
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
	pressureCPU, pressureMemory, pressureIO, netIn, netOut, image, state, started                                  int
}

func columnsOf(t *collectors.Table) columns {
	at := t.Column
	return columns{
		name: at("name"), kind: at("kind"), parent: at("parent"), cpu: at("cpu"), throttled: at("throttled"), cpuLimit: at("cpuLimit"),
		memory: at("memory"), memoryLimit: at("memoryLimit"), swap: at("swap"), oom: at("oom"), io: at("io"), read: at("read"), write: at("write"),
		pids: at("pids"), pidsLimit: at("pidsLimit"), pressureCPU: at("pressureCpu"), pressureMemory: at("pressureMemory"), pressureIO: at("pressureIo"),
		netIn: at("netIn"), netOut: at("netOut"), image: at("image"), state: at("state"), started: at("started"),
	}
}
