package synthetic

import (
	"slices"
	"strconv"
)

// role is what a process has to do with the incidents.
type role uint8

const (
	worker  role = iota
	burner       // keeps one processor full during burn
	leaker       // grows during leak and is killed
	dumper       // writes the backup; exists during dump only
	backend      // reads for it
	flusher      // kernel thread that waits for the rotating disk
)

// process is a process, or a thread of the kernel.
type process struct {
	name, user, cgroup string
	pid, parent        int
	start              float64 // seconds since the start of the host, mostly negative
	threads            int
	memory             float64 // bytes
	cpu                float64 // percent of one processor
	read, write        float64 // bytes per second
	kernel             bool
	role               role
	noise              string // names its waves
	key                string
}

// activity is what a process does in one second.
type activity struct {
	present     bool
	state       byte
	cpu, memory float64
	read, write float64
	lives       int // how often it was started: a new life is a new process
}

// makeProcesses gives every process its number, in the order in which they began; there
// are at least so many.
func (h *Host) makeProcesses(least int) []process {
	var all []process
	pid := 0
	for _, f := range append(slices.Clone(families), crowd) {
		n := f.count
		switch {
		case n == perCPU:
			n = h.cpus
		case f == crowd:
			n = max(0, least-len(all))
		}
		for i := range n {
			pid += 1 + int(h.hash("pid", pid)%9)
			if f.kernel || len(all) == 0 {
				pid = len(all) + 1 // the first process, and threads made one after the other
			}
			p := process{
				name: numbered(f.name, i), user: f.user, cgroup: f.cgroup, pid: pid, parent: 1,
				start:   -uptime.Seconds() + float64(pid)/100,
				threads: f.threads, cpu: f.cpu * float64(h.cpus) / defaultCPUs, read: f.read, write: f.write,
				memory: f.memory * (0.7 + 0.6*h.uniform("memory", pid)),
				kernel: f.kernel, role: f.role, noise: f.name + strconv.Itoa(pid),
			}
			switch {
			case pid == 1, f.name == "kthreadd":
				p.parent = 0
			case f.kernel:
				p.parent = 2
			}
			p.key = processKey(p.pid, p.start+uptime.Seconds())
			all = append(all, p)
		}
	}
	return all
}

// numbered replaces the % of a name.
func numbered(name string, i int) string {
	for at := range len(name) {
		if name[at] == '%' {
			return name[:at] + strconv.Itoa(i) + name[at+1:]
		}
	}
	return name
}

// processKey is pid and start in clock ticks since the boot, as on Linux.
func processKey(pid int, sinceBoot float64) string {
	return strconv.Itoa(pid) + "." + strconv.FormatUint(uint64(100*sinceBoot), 10)
}

func (h *Host) liveProcesses(m *moment) {
	if m.procs == nil {
		m.procs = make([]activity, len(h.processes))
	}
	m.threads, m.states = 0, [6]float64{}
	for i := range h.processes {
		p, a := &h.processes[i], &m.procs[i]
		*a = activity{present: true, state: 'S', cpu: p.cpu, memory: p.memory, read: p.read, write: p.write}
		if a.cpu > 0 {
			a.cpu *= h.vary(p.noise, m.t, 0.95)
		}
		if a.read+a.write > 0 {
			f := h.vary(p.noise, m.t+7919, 0.95)
			a.read, a.write = a.read*f, a.write*f
		}
		h.liveRole(p, a, m)
		if !a.present {
			continue
		}
		if a.state == 'S' {
			a.state = h.stateOf(p, a, m.t)
		}
		m.threads += float64(p.threads)
		m.states[stateIndex(a.state)]++
	}
}

// liveRole lets the processes of an incident do their part in it.
func (h *Host) liveRole(p *process, a *activity, m *moment) {
	waits := m.dump > 0 && h.uniform(p.noise, int(m.t)) < 0.8
	switch p.role {
	case burner:
		a.cpu = max(a.cpu, 100*m.burn*h.vary(p.noise, m.t, 0.004))
	case leaker:
		// Killed, it is started again a quarter of a minute later.
		a.lives = leak.ended(m.t - 15)
		a.present = a.lives == leak.ended(m.t)
		if m.leak > 0 {
			a.memory += m.leak * leakSize
			a.cpu += 60 * m.leak
		}
	case dumper:
		a.present = m.dump > 0
		a.lives = m.dumps
		a.write *= m.dump
		if waits {
			a.state = 'D'
		}
	case backend:
		a.read += 168 * mib * m.dump * h.vary("dump read", m.t, 0.2)
		a.cpu += 35 * m.dump
		if waits {
			a.state = 'D'
		}
	case flusher:
		a.cpu += 3 * m.dump
		if waits {
			a.state = 'D'
		}
	}
}

// stateOf draws the state of a process that is not waiting for a disk.
func (h *Host) stateOf(p *process, a *activity, t float64) byte {
	switch {
	case 100*h.uniform(p.noise, int(t)) < a.cpu:
		return 'R'
	case p.kernel && len(p.name) > 7 && p.name[:7] == "kworker":
		return 'I'
	}
	return 'S'
}

var stateNames = [...]string{"running", "sleeping", "blocked", "stopped", "zombie", "idle"}

func stateIndex(state byte) int {
	switch state {
	case 'R':
		return 0
	case 'D':
		return 2
	case 'I':
		return 5
	}
	return 1
}
