package synthetic

import "math"

// moment is what the host does in one second.
type moment struct {
	t float64 // seconds since the start

	dump, burn, leak, flaky float64 // incidents, from 0 to 1
	dumps                   int     // how often it has begun
	killed                  bool    // the leaking process is killed in this second

	procs   []activity // in the order of Host.processes
	threads float64
	states  [6]float64 // running, sleeping, blocked, stopped, zombie, idle

	cores                  [][modes]float64 // share of the second by mode
	busy                   float64          // share of all processors
	runnable, blocked      float64
	load                   [3]float64
	switches, interrupts   float64
	forks, runDelay        float64
	memory                 memoryMoment
	cpuWait                float64 // share of time some task waited
	memoryWait, memoryHalt float64 // some, full
	ioWait, ioHalt         float64
	disks                  []diskMoment
	links                  []linkMoment
	tcp                    tcpMoment
	varUsed                float64 // bytes
}

const (
	user = iota
	nice
	system
	idle
	iowait
	irq
	softirq
	steal
	modes
)

// live fills m for the second that begins at t. Only the load averages need the
// second before.
func (h *Host) live(m *moment, t float64, last *moment) {
	m.t = t
	if m.disks == nil {
		m.disks, m.links = make([]diskMoment, len(h.disks)), make([]linkMoment, len(h.links))
	}
	m.dump, m.dumps = dump.at(t)
	m.burn, _ = burn.at(t)
	m.leak, _ = leak.at(t)
	m.flaky, _ = flaky.at(t)
	m.killed = leak.ends(t)

	h.liveProcesses(m)
	h.liveMemory(m)
	h.liveDisks(m)
	h.liveNetwork(m)
	h.liveCPU(m)
	h.liveLoad(m, last)
	h.liveFilesystems(m)
}

// burning is the processor that the burning process runs on.
func (h *Host) burning() int { return h.cpus / 3 }

// liveCPU spreads what the processes use over the processors.
func (h *Host) liveCPU(m *moment) {
	if m.cores == nil {
		m.cores = make([][modes]float64, h.cpus)
	}
	used := 0.0
	for i := range m.procs {
		used += m.procs[i].cpu / 100
	}
	used -= m.burn // it has a processor to itself
	share := used / float64(h.cpus)
	m.busy = 0
	for i := range m.cores {
		c := &m.cores[i]
		// Lower processors get more, as schedulers and interrupts have it.
		lean := 1.35 - 0.7*float64(i)/float64(max(1, h.cpus-1))
		work := share * lean * h.vary(coreNames[i%len(coreNames)], m.t, 0.8)
		if i == h.burning() {
			work = max(work, m.burn)
		}
		soft := 0.006 + 0.02*lean*m.links[0].share
		hard := 0.002
		work = min(work, 0.995-soft-hard)
		wait := (1 - work - soft - hard) * min(0.9, 0.004+0.45*m.ioHalt*lean)
		*c = [modes]float64{
			user: work * 0.74, nice: work * 0.02, system: work * 0.24,
			iowait: wait, irq: hard, softirq: soft, steal: 0,
		}
		c[idle] = 1 - work - soft - hard - wait
		m.busy += (work + soft + hard) / float64(h.cpus)
	}
}

// liveLoad fills what the scheduler tells.
func (h *Host) liveLoad(m *moment, last *moment) {
	n := float64(h.cpus)
	m.runnable = 1 + math.Round(m.busy*n*h.vary("runnable", m.t, 0.6))
	m.blocked = math.Round(h.uniform("blocked", int(m.t))*0.6 + m.dump*(4+3*h.wave("blocked", m.t, 5)))
	m.cpuWait = 0.4*m.busy*m.busy*h.vary("cpu wait", m.t, 0.7) + 0.03*m.burn + 0.05*m.leak*m.leak
	m.runDelay = m.cpuWait * 0.3 // of each processor's time
	m.switches = 21000*h.vary("switches", m.t, 0.35) + 9000*m.dump
	m.interrupts = 12500*h.vary("interrupts", m.t, 0.3) + 14000*m.dump
	m.forks = 9 * h.vary("forks", m.t, 0.8)
	tasks := m.runnable - 1 + m.blocked
	for i, minutes := range [...]float64{1, 5, 15} {
		if last == nil {
			m.load[i] = tasks
			continue
		}
		fade := math.Exp(-1 / (60 * minutes))
		m.load[i] = last.load[i]*fade + tasks*(1-fade)
	}
}

// memoryMoment is in bytes, and events per second.
type memoryMoment struct {
	free, available, buffers, cached, shmem float64
	slabReclaimable, slabUnreclaimable      float64
	anon, mapped, pageTables, stack         float64
	dirty, writeback                        float64
	swapTotal, swapUsed                     float64
	swapIn, swapOut, faults, major, stalls  float64
	pagedIn, pagedOut                       float64 // KiB/s
}

// liveMemory makes the parts add up to the whole: what grows takes free memory
// first, then cache, then what is in swap.
func (h *Host) liveMemory(m *moment) {
	v := &m.memory
	const kernel = 1.6 * gib // page tables, stacks and what cannot be taken back
	v.slabUnreclaimable = 0.55 * gib * h.vary("slab kernel", m.t, 0.05)
	v.slabReclaimable = 1.9 * gib * h.vary("slab", m.t, 0.1)
	v.pageTables, v.stack = 0.42*gib, 0.03*gib
	v.shmem = 8.3 * gib
	v.buffers = 0.7 * gib * h.vary("buffers", m.t, 0.1)
	v.anon = 28*gib*h.vary("anon", m.t, 0.04) + m.leak*leakSize
	v.swapTotal = 8 * gib
	squeeze := max(0, m.leak-0.75) * 4 // from 0 to 1 in the last quarter
	v.swapUsed = 0.4*gib + squeeze*5*gib
	v.anon -= squeeze * 5 * gib

	wanted := 20*gib*h.vary("cached", m.t, 0.06) + 3*gib*m.dump
	room := memoryTotal - v.anon - kernel - v.slabReclaimable - v.buffers - 0.5*gib
	v.cached = v.shmem + max(0.25*gib, min(wanted, room-v.shmem))
	v.free = max(0.2*gib, memoryTotal-v.anon-kernel-v.slabReclaimable-v.buffers-v.cached)
	v.available = v.free + 0.9*(v.cached-v.shmem+v.buffers) + 0.6*v.slabReclaimable
	v.available = min(v.available, memoryTotal-v.anon-kernel-v.shmem)
	v.available = max(v.available, 0.15*gib)
	v.mapped = 9.1 * gib
	v.dirty = (45*h.vary("dirty", m.t, 0.8) + 2600*m.dump) * mib
	v.writeback = (0.5*h.vary("writeback", m.t, 1) + 190*m.dump*h.vary("writeback", m.t, 0.3)) * mib

	m.memoryWait = 0.55*squeeze*h.vary("memory wait", m.t, 0.25) + 0.001*h.uniform("memory wait", int(m.t))
	m.memoryHalt = 0.4 * m.memoryWait * squeeze
	v.swapOut = 9000 * squeeze * h.vary("swap out", m.t, 0.5)
	v.swapIn = 2500 * squeeze * h.vary("swap in", m.t, 0.8)
	v.stalls = 120 * squeeze
	v.faults = 28000*h.vary("faults", m.t, 0.4) + 90000*m.leak
	v.major = 3*h.vary("major", m.t, 1) + 700*squeeze + 40*m.dump
}

// Disks: a fast one with the database, a rotating one for backups, and the volume
// on the fast one that /var is on. More of them are fast ones with a share of that work.
var diskNames = [...]string{"nvme0n1", "sda", "dm-0"}

// diskMoment is per second: bytes, operations, milliseconds.
type diskMoment struct {
	readBytes, writeBytes, reads, writes float64
	readMs, writeMs, busyMs, weightedMs  float64
}

func (h *Host) liveDisks(m *moment) {
	fast, slow := &m.disks[0], &m.disks[1]
	fast.readBytes = 6*mib*h.vary("nvme read", m.t, 0.8) + 168*mib*m.dump*h.vary("dump read", m.t, 0.2)
	fast.writeBytes = 11 * mib * h.vary("nvme write", m.t, 0.7)
	fast.reads, fast.writes = fast.readBytes/(28<<10), fast.writeBytes/(18<<10)
	fast.wait(0.16+0.3*m.dump, 0.09+0.12*m.dump)
	fast.busyMs = min(1000, 28*h.vary("nvme busy", m.t, 0.6)+340*m.dump)

	slow.readBytes = 0.08 * mib * h.vary("sda read", m.t, 1)
	slow.writeBytes = 0.6*mib*h.vary("sda write", m.t, 0.9) + 172*mib*m.dump*h.vary("dump write", m.t, 0.12)
	slow.reads, slow.writes = slow.readBytes/(16<<10), slow.writeBytes/(412<<10)+1
	slow.wait(7+60*m.dump, 9+300*m.dump*h.vary("sda wait", m.t, 0.25))
	slow.busyMs = min(1000, 14*h.vary("sda busy", m.t, 0.7)+978*m.dump)

	volume := &m.disks[2]
	*volume = *fast
	volume.readBytes, volume.writeBytes = fast.readBytes*0.9, fast.writeBytes*0.95
	volume.reads, volume.writes = fast.reads*0.9, fast.writes*0.95
	volume.wait(0.18+0.3*m.dump, 0.1+0.12*m.dump)

	for i := len(diskNames); i < len(m.disks); i++ {
		d, share := &m.disks[i], h.uniform(h.disks[i], 0)
		d.readBytes = share * 6 * mib * h.vary(h.disks[i]+" read", m.t, 0.8)
		d.writeBytes = share * 11 * mib * h.vary(h.disks[i]+" write", m.t, 0.7)
		d.reads, d.writes = d.readBytes/(28<<10), d.writeBytes/(18<<10)
		d.wait(0.16, 0.09)
		d.busyMs = share * 28 * h.vary(h.disks[i]+" busy", m.t, 0.6)
	}

	m.memory.pagedIn = (fast.readBytes + slow.readBytes) / 1024
	m.memory.pagedOut = (fast.writeBytes + slow.writeBytes) / 1024
	m.ioWait = 0.012*h.vary("io wait", m.t, 0.9) + 0.6*m.dump*h.vary("dump wait", m.t, 0.15) + 0.2*m.memoryWait
	m.ioHalt = 0.35*m.ioWait*m.dump + 0.1*m.ioWait
}

// wait fills the times of a disk from the mean times per operation, in ms.
func (d *diskMoment) wait(read, write float64) {
	d.readMs, d.writeMs = d.reads*read, d.writes*write
	d.weightedMs = d.readMs + d.writeMs
}

var linkNames = [...]string{"eno1", "lo"}

const linkSpeed = 10e9 // of eno1, bit/s

// linkMoment is per second.
type linkMoment struct {
	in, out, packetsIn, packetsOut float64
	errors, dropped, share         float64
}

type tcpMoment struct {
	established, waiting, segmentsIn, segmentsOut float64
	retransmits, opens, resets                    float64
}

func (h *Host) liveNetwork(m *moment) {
	l := &m.links[0]
	l.in = 5.2e6 * h.vary("net in", m.t, 0.7)
	l.out = 19e6*h.vary("net out", m.t, 0.7) + 6e6*m.burn
	l.packetsIn, l.packetsOut = l.in/640, l.out/1120
	l.share = 8 * max(l.in, l.out) / linkSpeed
	// A quarter of an hour's three damaged packets, one in each third of the incident.
	l.errors = m.flaky / 8
	l.dropped = 0.05 * h.uniform("net dropped", int(m.t))
	lo := &m.links[1]
	lo.in = 2.4e6 * h.vary("lo", m.t, 0.5)
	lo.out = lo.in
	lo.packetsIn, lo.packetsOut = lo.in/900, lo.in/900

	for i := len(linkNames); i < len(m.links); i++ {
		l, share := &m.links[i], h.uniform(h.links[i], 0)
		l.in = share * 3e6 * h.vary(h.links[i]+" in", m.t, 0.7)
		l.out = share * 8e6 * h.vary(h.links[i]+" out", m.t, 0.7)
		l.packetsIn, l.packetsOut = l.in/640, l.out/1120
		l.share = 8 * max(l.in, l.out) / linkSpeed
	}

	c := &m.tcp
	c.established = math.Round(312*h.vary("established", m.t, 0.25) + 60*m.burn)
	c.waiting = math.Round(95 * h.vary("waiting", m.t, 0.5))
	c.segmentsIn = (l.packetsIn + lo.packetsIn) * 0.97
	c.segmentsOut = (l.packetsOut + lo.packetsOut) * 0.96
	c.retransmits = c.segmentsOut * (0.0006*h.vary("retransmits", m.t, 0.8) + 0.034*m.flaky*h.vary("flaky", m.t, 0.3))
	c.opens = 36 * h.vary("opens", m.t, 0.5)
	c.resets = 0.8*h.vary("resets", m.t, 0.9) + 4*m.flaky
}

// /var fills at a steady pace and is cleaned up every six hours.
const (
	varSize    = 500 * gib
	varCleaned = 6 * 3600
	varRate    = 0.07 * varSize / (14 * 3600) // bytes per second
)

func (h *Host) liveFilesystems(m *moment) {
	m.varUsed = 0.93*varSize + math.Mod(m.t, varCleaned)*varRate + mib*h.wave("var", m.t, 30)
}
