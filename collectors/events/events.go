package events

import (
	"context"
	"strings"
	"sync"
	"time"

	"dashcam/collectors"
)

// Name is the collector's.
const Name = "events"

// The kinds of events.
const (
	KindExec       = "exec"       // a program started
	KindExit       = "exit"       // a process ended with an error or by a signal
	KindOOM        = "oom"        // a process was killed because memory was short
	KindPressure   = "pressure"   // a resource was waited for too long within a second
	KindLink       = "link"       // a network interface went up or down, came or went
	KindMount      = "mount"      // a file system was mounted, unmounted or made read-only
	KindSwap       = "swap"       // an area of swap came or went
	KindDevice     = "device"     // a device was added or removed
	KindAddress    = "address"    // an address or a default route came or went
	KindArray      = "array"      // an array of disks lost one or has it again
	KindSettings   = "settings"   // a file of /etc that matters was changed
	KindFilesystem = "filesystem" // a file system found that it is damaged
	KindKernel     = "kernel"     // the kernel complains
	KindUnit       = "unit"       // a service of systemd started, stopped, failed or is started again
	KindSession    = "session"    // somebody logged in or out
	KindPackage    = "package"    // a package was installed, upgraded or removed
	KindBoot       = "boot"       // the host was started anew
	KindCrash      = "crash"      // dashcam was killed
	KindStop       = "stop"       // dashcam was stopped
	KindLost       = "lost"       // the kernel could not deliver what happened
)

// Config says where events are looked for and who gets them. The zero value looks at this
// host and tells nobody.
type Config struct {
	// Root is where the host's file system is seen, "/" by default.
	Root string
	// Post gets the events, from any goroutine.
	Post func(collectors.Event)
	// Now is the clock; time.Now where it is nil.
	Now func() time.Time
}

// source is one origin of events, which is asked at every sample.
type source interface {
	// name is the file or interface, as health lists it.
	name() string
	// poll tells what happened since the last call and does not wait. An error says why
	// the source cannot be read now.
	poll(tell func(collectors.Event)) error
	close()
}

// Collector watches for events. Make it with [New].
type Collector struct {
	cfg     Config
	fold    *folder
	sources []source
	opened  bool
	procs   *processes
	bus     *bus

	mu      sync.Mutex
	running bool
	procErr error // why there are no events of processes
}

// New returns a collector. It opens nothing.
func New(cfg Config) *Collector {
	if cfg.Post == nil {
		cfg.Post = func(collectors.Event) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Collector{cfg: cfg, fold: newFolder(cfg.Post, cfg.Now)}
	c.procs, c.bus = newProcesses(cfg, c.fold), newBus(cfg, c.fold)
	return c
}

// Tell takes an event that another collector noticed, and folds it with those before. What
// becomes of a unit of systemd is left to systemd, where that tells.
func (c *Collector) Tell(e collectors.Event) {
	if e.Kind == collectors.EventService && e.Level == "" && e.Resolves == "" && strings.HasSuffix(e.About.Name, ".service") && c.bus.off(unitSource) == nil {
		return
	}
	c.fold.addNumbered(e)
}

// Describe says what the collector is. It fills no family: events are no values.
func (c *Collector) Describe() collectors.Description {
	return collectors.Description{Name: Name, Title: "Events", Cadence: time.Second, Optional: true}
}

// Sample asks every source what happened.
func (c *Collector) Sample(_ context.Context, b *collectors.Batch) error {
	if !c.opened {
		c.opened = true
		c.sources = newSources(c.cfg, c.procs, c.bus)
	}
	for _, s := range c.sources {
		if err := s.poll(c.fold.add); err != nil {
			b.Unavailable(s.name(), err.Error())
		}
	}
	if err := c.processesOff(); err != nil {
		b.Unavailable(processSource, err.Error())
	}
	c.fold.flush()
	return nil
}

// Close lets go of what Sample opened. It is called when nothing samples any more.
func (c *Collector) Close() {
	for _, s := range c.sources {
		s.close()
	}
	c.sources = nil
}

// Run tells of processes and of what the system bus says until ctx ends. Where the kernel
// or the bus does not tell, health says why.
func (c *Collector) Run(ctx context.Context) {
	var listening sync.WaitGroup
	listening.Go(func() { c.bus.run(ctx) })
	c.setProcesses(true, nil)
	err := c.procs.run(ctx)
	c.setProcesses(false, err)
	listening.Wait()
}

func (c *Collector) setProcesses(running bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running, c.procErr = running, err
}

func (c *Collector) processesOff() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.procErr != nil:
		return c.procErr
	case !c.running:
		return errNotRunning
	}
	return nil
}
