package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors"
	"dashcam/server/embedded"
	"dashcam/server/fleet"
)

// hubCommand serves many hosts.
func (c *cli) hubCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hub",
		Short: "Show many hosts, which report to this one: a wall, and the page of each",
		Args:  cobra.NoArgs,
	}
	var o hubOptions
	cmd.Flags().IntVar(&o.demoHosts, "demo-hosts", 40, "with --demo: how many hosts are simulated")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error { return c.hub(ctx, s, &o) }, "listen", "auth", "state-dir", "demo")
}

// hubOptions are the flags of a hub.
type hubOptions struct {
	demoHosts int
}

// hub runs a hub until the context ends.
func (c *cli) hub(ctx context.Context, s *settings, o *hubOptions) error {
	if o.demoHosts < 1 || o.demoHosts > 5000 {
		return usagef("--demo-hosts is %d: expected 1 to 5000", o.demoHosts)
	}
	if !s.demo {
		return errors.New("hub: only with --demo in this build")
	}
	signal.Ignore(syscall.SIGPIPE) // see serve
	log, _ := s.logger(c.stderr)
	cfg := s.config(log)
	var why string
	cfg.SignIn, why = s.signIn.choose(&s.options, look())
	limitMemory(s.historyMemory, log)
	var later postLater
	wall := fleet.NewWall(version(), later.post)
	simulated := fleet.NewDemo(wall, o.demoHosts, s.seed, version(), time.Now())
	cfg.Also = append(cfg.Also, wall.Collector())
	cfg.Fleet = simulatedFleet{fleet.API{Wall: wall}}
	others := &simulatedHosts{wall: wall}
	cfg.Others = others
	built := func(cam *embedded.Dashcam) (wait func()) {
		later.set(cam.Post)
		others.set(cam.Host())
		ctx, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		running.Go(func() { simulated.Run(ctx) })
		return func() {
			stop()
			running.Wait()
		}
	}
	return watch(ctx, cfg, why, c.stdout, newSupervisor(c.environ), built)
}

// postLater passes events on to what is built after it.
type postLater struct {
	mu sync.Mutex
	to func(collectors.Event)
}

func (p *postLater) set(to func(collectors.Event)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = to
}

func (p *postLater) post(e collectors.Event) {
	p.mu.Lock()
	to := p.to
	p.mu.Unlock()
	if to != nil {
		to(e)
	}
}

// simulatedFleet is a fleet that nobody can join.
type simulatedFleet struct{ api fleet.API }

func (simulatedFleet) Tunnel() (net.Conn, error) { return nil, errors.New("the fleet is simulated") }

func (f simulatedFleet) Answer(ctx context.Context, method, path string, query url.Values, body []byte, from netip.Addr) (int, []byte) {
	return f.api.Answer(ctx, method, path, query, body, from)
}

// simulatedHosts have the page of the one simulated host behind them.
type simulatedHosts struct {
	wall *fleet.Wall

	mu  sync.Mutex
	own *embedded.Host
	are map[string]*embedded.Host
}

func (h *simulatedHosts) set(own *embedded.Host) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own, h.are = own, make(map[string]*embedded.Host)
}

func (h *simulatedHosts) Lookup(id string) *embedded.Host {
	if _, known := h.wall.Record(id); !known {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.own == nil {
		return nil
	}
	if h.are[id] == nil {
		host := *h.own
		host.ID = id
		h.are[id] = &host
	}
	return h.are[id]
}

func (h *simulatedHosts) List() (all []*embedded.Host) {
	for _, id := range h.wall.IDs() {
		if host := h.Lookup(id); host != nil {
			all = append(all, host)
		}
	}
	return all
}
