package synthetic

import (
	"math"
	"slices"
	"strconv"

	"dashcam/collectors"
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

const (
	leakSize  = 26 * gib
	systemd   = "/init.scope"
	services  = "/system.slice/"
	databases = services + "postgresql@16-main.service"
)

// family is a group of processes that differ only in their numbers.
type family struct {
	count              int
	name, user, cgroup string
	threads            int
	memory             float64
	cpu, read, write   float64
	kernel             bool
	role               role
}

// perCPU is the count of threads that exist once per processor.
const perCPU = -1

var families = []family{
	{1, "systemd", "root", systemd, 1, 14 * mib, 0.1, 0, 0, false, worker},
	{1, "kthreadd", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{perCPU, "cpuhp/%", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{perCPU, "migration/%", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{perCPU, "ksoftirqd/%", "root", "/", 1, 0, 0.1, 0, 0, true, worker},
	{perCPU, "idle_inject/%", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{perCPU, "kworker/%:1-events", "root", "/", 1, 0, 0.1, 0, 0, true, worker},
	{perCPU, "kworker/%:0H-kblockd", "root", "/", 1, 0, 0.2, 0, 0, true, worker},
	{1, "rcu_preempt", "root", "/", 1, 0, 0.9, 0, 0, true, worker},
	{1, "kcompactd0", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "kswapd0", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "khugepaged", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "oom_reaper", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "kauditd", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "nvme-wq", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{2, "scsi_eh_%", "root", "/", 1, 0, 0, 0, 0, true, worker},
	{1, "jbd2/dm-0-8", "root", "/", 1, 0, 0.2, 0, 0, true, worker},
	{1, "jbd2/sda1-8", "root", "/", 1, 0, 0, 0, 0, true, flusher},
	{1, "kworker/u33:2+flush-8:0", "root", "/", 1, 0, 0.2, 0, 0, true, flusher},
	{1, "systemd-journald", "root", services + "systemd-journald.service", 1, 96 * mib, 0.6, 0, 22 << 10, false, worker},
	{1, "systemd-udevd", "root", services + "systemd-udevd.service", 1, 9 * mib, 0, 0, 0, false, worker},
	{1, "systemd-logind", "root", services + "systemd-logind.service", 1, 8 * mib, 0, 0, 0, false, worker},
	{1, "systemd-timesyncd", "systemd-timesync", services + "systemd-timesyncd.service", 2, 7 * mib, 0, 0, 0, false, worker},
	{1, "dbus-daemon", "messagebus", services + "dbus.service", 1, 5 * mib, 0, 0, 0, false, worker},
	{1, "cron", "root", services + "cron.service", 1, 3 * mib, 0, 0, 0, false, worker},
	{1, "rsyslogd", "root", services + "rsyslog.service", 4, 12 * mib, 0.2, 0, 14 << 10, false, worker},
	{1, "agetty", "root", services + "getty@tty1.service", 1, 2 * mib, 0, 0, 0, false, worker},
	{3, "sshd", "root", services + "ssh.service", 1, 9 * mib, 0, 0, 0, false, worker},
	{2, "bash", "anna", "/user.slice/user-1000.slice/session-4.scope", 1, 6 * mib, 0, 0, 0, false, worker},
	{1, "nginx", "root", services + "nginx.service", 1, 11 * mib, 0, 0, 0, false, worker},
	{perCPU, "nginx", "www-data", services + "nginx.service", 1, 38 * mib, 2.6, 0, 9 << 10, false, worker},
	{1, "node", "app", services + "api.service", 23, 1400 * mib, 9, 0, 0, false, burner},
	{7, "node", "app", services + "api.service", 11, 420 * mib, 14, 0, 5 << 10, false, worker},
	{12, "python3", "app", services + "worker.service", 4, 310 * mib, 6, 20 << 10, 48 << 10, false, worker},
	{1, "redis-server", "redis", services + "redis-server.service", 6, 3100 * mib, 17, 0, 30 << 10, false, worker},
	{1, "prometheus", "prometheus", services + "prometheus.service", 19, 1900 * mib, 11, 90 << 10, 260 << 10, false, worker},
	{1, "node_exporter", "prometheus", services + "node-exporter.service", 9, 28 * mib, 0.7, 0, 0, false, worker},
	{1, "dockerd", "root", services + "docker.service", 24, 140 * mib, 0.5, 0, 0, false, worker},
	{1, "containerd", "root", services + "containerd.service", 21, 70 * mib, 0.4, 0, 0, false, worker},
	{4, "containerd-shim", "root", services + "containerd.service", 12, 14 * mib, 0.1, 0, 0, false, worker},
	{1, "dashcam", "dashcam", services + "dashcam.service", 9, 61 * mib, 0.4, 0, 0, false, worker},
	{1, "postgres", "postgres", databases, 1, 170 * mib, 0.3, 0, 0, false, worker},
	{1, "postgres", "postgres", databases, 1, 8100 * mib, 1.4, 0, 5 * mib, false, worker},  // checkpointer
	{1, "postgres", "postgres", databases, 1, 900 * mib, 2.2, 0, 1.6 * mib, false, worker}, // wal writer
	{2, "postgres", "postgres", databases, 1, 60 * mib, 0.6, 200 << 10, 60 << 10, false, worker},
	{84, "postgres", "postgres", databases, 1, 240 * mib, 3.4, 60 << 10, 30 << 10, false, worker},
	{1, "postgres", "postgres", databases, 1, 260 * mib, 3, 60 << 10, 30 << 10, false, backend},
	{1, "pg_dump", "postgres", services + "backup.service", 2, 64 * mib, 46, 0, 172 * mib, false, dumper},
	{1, "report-worker", "app", services + "report.service", 8, 640 * mib, 12, 0, 4 << 10, false, leaker},
}

// crowd is what a host with more processes has more of.
var crowd = family{0, "php-fpm", "www-data", services + "php8.2-fpm.service", 1, 48 * mib, 0.1, 0, 2 << 10, false, worker}

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

var stateTexts = [...]string{"R", "S", "D", "T", "Z", "I"}

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
