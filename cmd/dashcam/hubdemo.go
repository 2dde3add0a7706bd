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
func (c *cli) simulatedHub(ctx context.Context, s *settings, o *hubOptions, cfg embedded.Config, why string, wall *fleet.Wall, later *postLater) error {
	simulated := fleet.NewDemo(wall, o.demoHosts, s.seed, version(), time.Now())
	cfg.Fleet = simulatedFleet{fleet.API{Wall: wall}}
	others := &simulatedHosts{wall: wall}
	cfg.Others = others
	built := func(cam *embedded.Dashcam) (wait func()) {
		later.set(cam)
		others.set(cam.Host())
		work, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
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
