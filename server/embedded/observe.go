package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/events"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
)

// Observation is one row of a host and what it means.
type Observation struct {
	Host collectors.Host
	Row  collectors.Row
	// Schema explains the row: a value is Row.Value(id) times the quantum of the
	// series' family.
	Schema *collectors.Schema
	// Tables are the newest observations, by name.
	Tables map[string]*collectors.TableData
	// Collectors is the health of each.
	Collectors []collectors.Health
}

// observedRows is how many rows Observe lets go by: rates need two observations and some
// a second between them, and the processes' come a row late.
func observedRows(interval time.Duration) uint64 {
	return 2 + uint64((time.Second+interval-1)/interval)
}

// lateRows is how many rows more Observe waits for collectors that are late.
func lateRows(interval time.Duration) int {
	return int((10*time.Second + interval - 1) / interval)
}

func someLate(health []collectors.Health) bool {
	return slices.ContainsFunc(health, func(h collectors.Health) bool { return h.State == collectors.HealthLate })
}

// observedPast is how much of the past of a simulated host is made up: a real one has none,
// and an hour of it took seconds.
const observedPast = 5 * time.Minute

// Observe watches a host for a moment, without serving anything, and returns the newest
// row. It takes two of cfg's intervals and at least a second; what cfg says about serving and remembering does
// not matter.
func Observe(ctx context.Context, cfg Config) (Observation, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	cfg.History, cfg.StateDir = observedPast, ""
	source, err := newSource(&cfg, host.SelfStats{}, nil)
	if err != nil {
		return Observation{}, err
	}
	ring := newRing(&cfg, source, nil)
	s, err := newSampler(&cfg, source, ring)
	if err != nil {
		return Observation{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := source.prepare(ctx, s, time.Time{}); err != nil {
		return Observation{}, fmt.Errorf("observe: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	waited := ring.Wait(ctx, ring.Bounds().Newest+observedRows(cfg.Interval)-1)
	// On a host that is out of processor time those who take longer are waited for.
	for rows := lateRows(cfg.Interval); waited == nil && rows > 0 && someLate(ring.Health()); rows-- {
		waited = ring.Wait(ctx, ring.Bounds().Newest)
	}
	cancel()
	if err := errors.Join(<-ended, waited); err != nil {
		return Observation{}, fmt.Errorf("observe: %w", err)
	}
	latest := ring.Latest()
	return Observation{Host: source.host(), Row: latest.Row, Schema: latest.Schema, Tables: latest.Tables, Collectors: ring.Health()}, nil
}

func newRing(cfg *Config, s source, kept *store.Store) *history.Ring {
	return history.New(history.Config{
		Interval: cfg.Interval, Age: cfg.History, Memory: cfg.HistoryMemory, MaxSeries: cfg.MaxSeries,
		Panels:    sampler.Panels(collectors.Panels(), s.collectors),
		Resources: collectors.Resources(),
		Tables:    sampler.Tables(s.collectors),
		Store:     kept,
		Info:      s.host,
	})
}

func isEvents(c collectors.Collector) bool { _, is := c.(*events.Collector); return is }

func newSampler(cfg *Config, s source, ring *history.Ring) (*sampler.Sampler, error) {
	off := make(map[string]string, len(cfg.Off))
	for _, name := range cfg.Off {
		if name == events.Name && !slices.ContainsFunc(s.collectors, isEvents) {
			continue // a simulated host has none
		}
		off[name] = "switched off in the settings"
	}
	derived := signs.New(signs.Config{CPUs: s.host().CPUs})
	return sampler.New(sampler.Config{
		Collectors: s.collectors, Ring: ring, Off: off,
		Derivers: []collectors.Deriver{derived, &events.States{Post: ring.Post}}, Thresholds: derived.Thresholds().For,
		Interval: cfg.Interval, Budget: cfg.Budget, Log: cfg.Log,
	})
}
