package synthetic

import (
	"math"

	"dashcam/collectors"
)

// columns are the indexes of the process table, found by name.
type columns struct{ pid, parent, start, name, user, state, cpu, memory, io, read, write, threads, cgroup int }

func processColumns() columns {
	at := collectors.Processes.Column
	return columns{at("pid"), at("ppid"), at("start"), at("name"), at("user"), at("state"), at("cpu"), at("memory"),
		at("io"), at("read"), at("write"), at("threads"), at("cgroup")}
}

func (h *Host) fillProcesses(cols columns) func(b *collectors.Batch, m *moment) {
	return func(b *collectors.Batch, m *moment) {
		rows := b.Rows(collectors.Processes)
		for i := range h.processes {
			p, a := &h.processes[i], &m.procs[i]
			if !a.present {
				continue
			}
			pid, start, key := p.pid, p.start, p.key
			if a.lives > 0 {
				pid, start = p.pid+61*a.lives, h.born(p, a.lives)
				key = processKey(pid, start+uptime.Seconds())
			}
			w := rows.Add(key)
			w.Number(cols.pid, float64(pid))
			w.Number(cols.parent, float64(p.parent))
			w.Number(cols.start, float64(h.start.Unix())+math.Floor(start))
			w.Text(cols.name, p.name)
			w.Text(cols.user, p.user)
			w.Text(cols.state, stateTexts[stateIndex(a.state)])
			w.Text(cols.cgroup, p.cgroup)
			w.Number(cols.threads, float64(p.threads))
			w.Number(cols.cpu, a.cpu)
			if p.kernel {
				continue
			}
			w.Number(cols.memory, a.memory)
			w.Number(cols.read, a.read)
			w.Number(cols.write, a.write)
			w.Number(cols.io, a.read+a.write)
		}
	}
}

// born returns when the given life of a process began.
func (h *Host) born(p *process, life int) float64 {
	if p.role == dumper {
		return dump.first + float64(life-1)*dump.period
	}
	return leak.first + float64(life-1)*leak.period + leak.length + 15
}

var stateTexts = [...]string{"R", "S", "D", "T", "Z", "I"}
