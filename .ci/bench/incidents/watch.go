package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/events"
	"dashcam/collectors/history"
	"dashcam/collectors/host"
	"dashcam/collectors/recorded"
	"dashcam/collectors/sampler"
	"dashcam/collectors/services"
	"dashcam/collectors/signs"
)

// watch is dashcam as it watches this host, without a server and without a limit of its
// own: nobody asks less often than once a second.
type watch struct {
	ring    *history.Ring
	cancel  context.CancelFunc
	running sync.WaitGroup
	err     error
	stopped sync.Once
}

func startWatch(ctx context.Context) (*watch, error) {
	facts, err := host.Facts(ctx, host.Options{})
	if err != nil {
		return nil, fmt.Errorf("read the host's facts: %w", err)
	}
	// What tells this machine from others of its kind is of no interest.
	facts.ID, facts.BootID, facts.BootMs, facts.Hostname = "", "", 0, "machine"
	w := &watch{}
	told := events.New(events.Config{Post: func(e collectors.Event) { w.ring.Post(e) }})
	all := append(host.Collectors(host.Options{}), services.New(services.Options{}), told)
	w.ring = history.New(history.Config{
		Memory: 256 << 20, Panels: collectors.Panels(), Tables: sampler.Tables(all), Info: func() collectors.Host { return facts },
	})
	derived := signs.New(signs.Config{CPUs: facts.CPUs})
	s, err := sampler.New(sampler.Config{
		Collectors: all, Ring: w.ring, Budget: -1,
		Derivers: []collectors.Deriver{derived, &events.States{Post: w.ring.Post}}, Thresholds: derived.Thresholds().For,
	})
	if err != nil {
		return nil, err
	}
	ctx, w.cancel = context.WithCancel(ctx)
	w.running.Go(func() { told.Run(ctx) })
	w.running.Go(func() {
		if err := s.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			w.err = err
		}
	})
	return w, nil
}

func (w *watch) newest() uint64 { return w.ring.Bounds().Newest }

// recording is what was seen from a row on.
func (w *watch) recording(ctx context.Context, first uint64) (*recorded.Recording, error) {
	r, err := recorded.Of(ctx, w.ring, collectors.Window{First: first}, time.Second)
	if err != nil {
		return nil, err
	}
	r.Host = fmt.Sprintf("%s, Linux %s, %d processors", r.Info.OS, r.Info.Kernel, r.Info.CPUs)
	return r, nil
}

func (w *watch) stop() error {
	w.stopped.Do(func() { w.cancel(); w.running.Wait() })
	return w.err
}
