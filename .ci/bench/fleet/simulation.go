package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"dashcam/server/embedded"
	"dashcam/server/fleet"
)

// simulation is many hosts in this process. What they report are simulated hosts of
// different seeds, each of which many agents share: an agent, its key and its connection
// are real and its own.
type simulation struct {
	log     *slog.Logger
	cams    []*embedded.Dashcam
	end     context.CancelFunc
	running sync.WaitGroup
}

// simulatedHosts is how many different ones there are.
const simulatedHosts = 4

func newSimulation(ctx context.Context, log *slog.Logger) (*simulation, error) {
	s := &simulation{log: log}
	ctx, s.end = context.WithCancel(context.WithoutCancel(ctx))
	for seed := range simulatedHosts {
		cam, err := embedded.New(embedded.Config{Demo: true, Seed: uint64(seed + 1), Log: log})
		if err != nil {
			s.stop()
			return nil, err
		}
		s.cams = append(s.cams, cam)
		s.running.Go(func() {
			if err := cam.Run(ctx); err != nil {
				log.Error("simulated host ended", "err", err)
			}
		})
	}
	return s, nil
}

func (s *simulation) stop() {
	s.end()
	s.running.Wait()
}

// agents are hosts that report to one hub.
type agents struct {
	from    *simulation
	hub     *hub
	token   string
	ctx     context.Context //nolint:containedctx // that of the agents' lives
	end     context.CancelFunc
	running sync.WaitGroup
	joined  int
	// refused counts tries to join that were not taken.
	refused atomic.Int64
	mu      sync.Mutex
	why     string // the last refusal
}

func (s *simulation) agents(ctx context.Context, h *hub) (*agents, error) {
	token, err := h.token(ctx, 10_000)
	if err != nil {
		return nil, err
	}
	a := &agents{from: s, hub: h, token: token}
	a.ctx, a.end = context.WithCancel(context.WithoutCancel(ctx))
	return a, nil
}

func (a *agents) stop() {
	a.end()
	a.running.Wait()
}

// simulatedID is that of the nth of the hosts of a hub.
func simulatedID(n int) string { return fmt.Sprintf("sim%04d", n) }

// join has n more hosts join and report, at most so many of them at the same time, and
// returns when the hub has taken up all of them.
func (a *agents) join(n, atOnce int) error {
	places := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	var failed atomic.Int64
	for i := range n {
		number := a.joined + i
		wait.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			if !a.one(number) {
				failed.Add(1)
			}
		})
	}
	wait.Wait()
	a.joined += n
	if n := failed.Load(); n > 0 {
		return fmt.Errorf("%d hosts were not taken: %s", n, a.lastRefusal())
	}
	return nil
}

func (a *agents) lastRefusal() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.why
}

// joinTries is how often a host asks to be taken up, and joinAgain how long it waits
// after a refusal.
const (
	joinTries = 5
	joinAgain = 2 * time.Second
)

// one has a host join, and starts its agent.
func (a *agents) one(n int) bool {
	var id fleet.Identity
	var err error
	for try := range joinTries {
		id, err = fleet.Join(a.ctx, a.hub.url, a.token, fleet.JoinAs{ID: simulatedID(n), Name: fmt.Sprintf("host-%04d", n), NATS: a.hub.nats})
		if err == nil {
			break
		}
		a.refused.Add(1)
		a.mu.Lock()
		a.why = err.Error()
		a.mu.Unlock()
		if try+1 == joinTries {
			return false
		}
		select {
		case <-time.After(joinAgain):
		case <-a.ctx.Done():
			return false
		}
	}
	cam := a.from.cams[n%len(a.from.cams)]
	agent, err := fleet.NewAgent(fleet.AgentConfig{
		Identity: id, Ring: cam.Ring(), Join: cam.Join, Handler: cam.Inside(), Version: "0.1.0",
		Labels: map[string]string{"role": []string{"db", "web", "worker", "cache"}[n%4], "site": []string{"fra", "ams", "iad"}[n%3]}, Log: a.from.log,
	})
	if err != nil {
		a.from.log.Error("agent", "err", err)
		return false
	}
	a.running.Go(func() {
		if err := agent.Run(a.ctx); err != nil {
			a.from.log.Error("agent", "err", err)
		}
	})
	return true
}
