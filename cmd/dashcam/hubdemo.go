package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"dashcam/server/embedded"
	"dashcam/server/fleet"
)

// simulatedHub serves a simulated fleet.
func (c *cli) simulatedHub(ctx context.Context, s *settings, o *hubOptions, cfg embedded.Config, why string, wall *fleet.Wall, later *toDashboard) error {
	simulated := fleet.NewDemo(wall, o.demoHosts, s.seed, version(), time.Now())
	cfg.Fleet = simulatedFleet{fleet.API{Wall: wall}}
	others := &simulatedHosts{wall: wall}
	cfg.Others = others
	built := func(cam *embedded.Dashcam) (wait func()) {
		later.set(cam)
		work, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		others.set(cam, func(run func(context.Context) error) { running.Go(func() { _ = run(work) }) })
		running.Go(func() { simulated.Run(work) })
		return func() {
			stop()
			running.Wait()
		}
	}
	return watch(ctx, cfg, why, c.stdout, newSupervisor(c.environ), built)
}

// simulatedFleet is a fleet that nobody can join.
type simulatedFleet struct{ api fleet.API }

func (simulatedFleet) Tunnel() (net.Conn, error) { return nil, errors.New("the fleet is simulated") }

func (f simulatedFleet) Answer(ctx context.Context, method, path string, query url.Values, body []byte, from netip.Addr) (int, []byte) {
	return f.api.Answer(ctx, method, path, query, body, from)
}

// simulatedHosts have the page of the one simulated host behind them, each under its name.
type simulatedHosts struct {
	wall *fleet.Wall

	mu  sync.Mutex
	cam *embedded.Dashcam
	// begin runs a function until the dashboard ends.
	begin func(run func(context.Context) error)
	are   map[string]*embedded.Host
}

func (h *simulatedHosts) set(cam *embedded.Dashcam, begin func(run func(context.Context) error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cam, h.begin, h.are = cam, begin, make(map[string]*embedded.Host)
}

func (h *simulatedHosts) Lookup(id string) *embedded.Host {
	known, is := h.wall.Host(id)
	if !is {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cam == nil {
		return nil
	}
	if h.are[id] == nil {
		h.are[id] = h.under(id, known.Name)
	}
	return h.are[id]
}

// under is the simulated host with another name. Its viewers begin when the first one comes.
func (h *simulatedHosts) under(id, name string) *embedded.Host {
	host := h.cam.HostAs(id, name)
	var once sync.Once
	host.Ready = func(context.Context) { once.Do(func() { h.begin(host.Stream.Run) }) }
	return host
}

func (h *simulatedHosts) List() (all []*embedded.Host) {
	for _, id := range h.wall.IDs() {
		if host := h.Lookup(id); host != nil {
			all = append(all, host)
		}
	}
	return all
}
