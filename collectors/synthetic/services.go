package synthetic

import (
	"path"
	"slices"
	"strings"
	"time"

	"dashcam/collectors"
)

const (
	// limited is the service that works at a quota while a processor burns, and greedy the
	// one whose memory runs out at the end of the leak.
	limited      = services + "api.service"
	limitedCores = 3
	greedy       = services + "report.service"
	greedyLimit  = 27 * gib
	killedFor    = 300 // seconds that an OOM kill is shown
)

// unit is a control group of the simulated host.
type unit struct {
	path, name, kind string
	members          []int // indexes of Host.processes
}

// makeUnits groups the processes by control group; threads of the kernel are in none.
func (h *Host) makeUnits() []unit {
	at := map[string]int{}
	var all []unit
	for i := range h.processes {
		p := &h.processes[i]
		if p.kernel {
			continue
		}
		n, known := at[p.cgroup]
		if !known {
			n = len(all)
			at[p.cgroup] = n
			u := unit{path: p.cgroup, name: path.Base(p.cgroup), kind: "systemd"}
			if strings.HasPrefix(u.name, "session-") {
				u.name, u.kind = "session 4 of user 1000", "session"
			}
			all = append(all, u)
		}
		all[n].members = append(all[n].members, i)
	}
	slices.SortFunc(all, func(a, b unit) int { return strings.Compare(a.path, b.path) })
	return all
}

func (h *Host) servicesCollector() *collector {
	c := describe("services", "Services and containers", time.Second)
	c.description.Detached = true
	c.description.Tables = []*collectors.Table{collectors.Services}
	units := h.makeUnits()
	for _, kind := range []string{"systemd", "session"} {
		n := 0
		for i := range units {
			if units[i].kind == kind {
				n++
			}
		}
		c.constant(collectors.ServiceCount, float64(n), kind)
	}
	for _, u := range []string{limited, greedy} {
		for i := range units {
			if units[i].path != u {
				continue
			}
			name := units[i].name
			if u == limited {
				c.gauge(collectors.ServiceThrottled, throttledShare, name)
				continue
			}
			c.gauge(collectors.ServiceMemory, func(m *moment) float64 { return h.memoryOf(m, &units[i]) }, name, "used")
			c.constant(collectors.ServiceMemory, greedyLimit, name, "max")
			c.gauge(collectors.ServiceStalled, func(m *moment) float64 { return 100 * m.memoryWait }, name)
		}
	}
	c.declare(collectors.ServiceOOMKills) // the kill is told by memory.oom_kills and the table
	c.fill = h.fillServices(units)
	return c
}

func (h *Host) fillServices(units []unit) func(b *collectors.Batch, m *moment) {
	at := collectors.Services.Column
	name, kind, parent, tasks := at("name"), at("kind"), at("parent"), at("pids")
	cpu, throttled, cpuLimit := at("cpu"), at("throttled"), at("cpuLimit")
	memory, memoryLimit, swap, oom := at("memory"), at("memoryLimit"), at("swap"), at("oom")
	io, read, write, started := at("io"), at("read"), at("write"), at("started")
	restarts, cgroup := at("restarts"), at("cgroup")
	return func(b *collectors.Batch, m *moment) {
		rows := b.Rows(collectors.Services)
		once := h.sharedOnce(m)
		for i := range units {
			u := &units[i]
			var sum activity
			present, count, start := false, 0, 0.0
			for _, member := range u.members {
				p, a := &h.processes[member], &m.procs[member]
				if !a.present {
					continue
				}
				if !present {
					start = p.start
				}
				present = true
				count += p.threads
				sum.cpu += a.cpu
				sum.memory += a.memory
				sum.read += a.read
				sum.write += a.write
			}
			if !present {
				continue
			}
			w := rows.Add(u.path)
			w.Text(name, u.name)
			w.Text(kind, u.kind)
			w.Text(parent, strings.TrimPrefix(path.Dir(u.path), "/"))
			w.Number(cpu, sum.cpu)
			w.Number(memory, sum.memory*once)
			w.Number(swap, 0)
			w.Number(oom, 0)
			w.Number(restarts, 0)
			w.Text(cgroup, u.path)
			w.Number(read, sum.read)
			w.Number(write, sum.write)
			w.Number(io, sum.read+sum.write)
			w.Number(tasks, float64(count))
			w.Number(started, float64(h.start.Unix())+start)
			switch u.path {
			case limited:
				w.Number(cpuLimit, 100*limitedCores)
				w.Number(throttled, throttledShare(m))
			case greedy:
				w.Number(memoryLimit, greedyLimit)
				if leak.ended(m.t) > leak.ended(m.t-killedFor) {
					w.Number(oom, 1)
				}
			}
		}
	}
}

// throttledShare is in percent of the periods of the limited service.
func throttledShare(m *moment) float64 { return min(100, 45*m.burn) }

// sharedOnce is what the memory of processes is multiplied with, so that pages which
// several of them have count once.
func (h *Host) sharedOnce(m *moment) float64 {
	var resident float64
	for i := range h.processes {
		if m.procs[i].present && !h.processes[i].kernel {
			resident += m.procs[i].memory
		}
	}
	return min(1, m.memory.anon/max(1, resident))
}

func (h *Host) memoryOf(m *moment, u *unit) float64 {
	sum := 0.0
	for _, i := range u.members {
		if m.procs[i].present {
			sum += m.procs[i].memory
		}
	}
	return sum * h.sharedOnce(m)
}
