package synthetic

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"dashcam/collectors"
)

// Config says which host it is. The zero value is a host that starts now.
type Config struct {
	// Seed makes one host differ from another.
	Seed uint64
	// CPUs is the number of processors; 0 means 16.
	CPUs int
	// Disks and Links are the numbers of block devices and of network interfaces, 0
	// means 3 and 2. Processes is how many there are at the least.
	Disks, Links, Processes int
	// Start is when the host begins to count; zero means the moment of New. It is
	// taken in whole seconds.
	Start time.Time
	// Now is the clock; nil means the time at which each batch was begun.
	Now func() time.Time
}

// Large is a host on which a page has to make choices: 64 processors, 40 disks, 60
// interfaces and 2000 processes.
func Large(c Config) Config {
	c.CPUs, c.Disks, c.Links, c.Processes = 64, 40, 60, 2000
	return c
}

// What every host has.
const (
	defaultCPUs = 16
	memoryTotal = 64 * gib
	uptime      = 41*24*time.Hour + 7*time.Hour
	gib         = 1 << 30
	mib         = 1 << 20
)

// Host is a machine that does not exist.
type Host struct {
	seed  uint64
	cpus  int
	disks []string
	links []string
	start time.Time
	now   func() time.Time

	collectors []*collector
	processes  []process

	mu      sync.Mutex
	set     time.Time // the moment of At
	seconds [4]second // the newest seconds, by number modulo 4
	newest  int
}

// second is one second of the host's life.
type second struct {
	known  bool
	number int
	moment moment
	// before are the counters when the second began, rise what it adds.
	before, rise []float64
}

// New returns a host. It starts nothing.
func New(c Config) *Host {
	h := &Host{seed: c.Seed, cpus: c.CPUs, start: c.Start, now: c.Now, newest: -1}
	if h.cpus <= 0 {
		h.cpus = defaultCPUs
	}
	if h.start.IsZero() {
		h.start = time.Now()
	}
	h.start = h.start.Truncate(time.Second)
	h.disks, h.links = namesOf(diskNames[:], "nvme%dn1", c.Disks), namesOf(linkNames[:], "eno%d", c.Links)
	h.processes = h.makeProcesses(c.Processes)
	h.collectors = h.makeCollectors()
	return h
}

// namesOf returns the known names, and numbered ones up to a count.
func namesOf(known []string, format string, count int) []string {
	names := slices.Clone(known)
	for i := len(known); i < count; i++ {
		names = append(names, fmt.Sprintf(format, i))
	}
	return names
}

// Collectors returns the host's collectors, named like those of a real one.
func (h *Host) Collectors() []collectors.Collector {
	all := make([]collectors.Collector, len(h.collectors))
	for i, c := range h.collectors {
		all[i] = c
	}
	return all
}

// Facts describes the host.
func (h *Host) Facts() collectors.Host {
	f := collectors.Host{
		ID:       fmt.Sprintf("%016x%016x", h.hash("host id", 1), h.hash("host id", 2)),
		Hostname: "db-01", OS: "Debian 12", Kernel: "6.12.3", Arch: "x86_64",
		CPUs: h.cpus, Memory: memoryTotal, BootMs: h.start.Add(-uptime).UnixMilli(),
		TZ: "UTC", Model: "AMD EPYC 7313P 16-Core Processor",
	}
	if zone, err := time.LoadLocation("Europe/Berlin"); err == nil {
		_, offset := h.start.In(zone).Zone()
		f.TZ, f.UTCOffsetMin = zone.String(), offset/60
	}
	return f
}

// At sets the moment of all further readings; the zero time gives it back to the
// clock.
func (h *Host) At(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.set = t
}

// clock returns the moment of a reading in seconds since the start.
func (h *Host) clock(begun time.Time) float64 {
	t := begun
	switch {
	case !h.set.IsZero():
		t = h.set
	case h.now != nil:
		t = h.now()
	}
	return max(0, t.Sub(h.start).Seconds())
}

// reach returns the second that t lies in.
func (h *Host) reach(t float64) *second {
	n := int(t)
	if s := &h.seconds[n%len(h.seconds)]; s.known && s.number == n {
		return s
	}
	if n < h.newest {
		h.seconds, h.newest = [4]second{}, -1
	}
	for h.newest < n {
		h.step()
	}
	return &h.seconds[n%len(h.seconds)]
}

// step lives through the next second.
func (h *Host) step() {
	n := h.newest + 1
	s := &h.seconds[n%len(h.seconds)]
	if s.before == nil {
		size := 0
		for _, c := range h.collectors {
			size += len(c.counters)
		}
		s.before, s.rise = make([]float64, size), make([]float64, size)
	}
	s.known, s.number = true, n
	var last *second
	if n > 0 {
		last = &h.seconds[(n-1)%len(h.seconds)]
		h.live(&s.moment, float64(n), &last.moment)
	} else {
		h.live(&s.moment, 0, nil)
	}
	i := 0
	for _, c := range h.collectors {
		for _, v := range c.counters {
			s.before[i] = 0
			if last != nil {
				s.before[i] = last.before[i] + last.rise[i]
			}
			s.rise[i] = max(0, v.rate(&s.moment))
			i++
		}
	}
	h.newest = n
}
