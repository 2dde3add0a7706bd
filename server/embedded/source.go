package embedded

import (
	"context"
	"fmt"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
)

// source is where the numbers come from: this host, or a synthetic one.
type source struct {
	collectors []collectors.Collector
	// host returns the facts about the host.
	host func() collectors.Host
	// prepare is called before the sampler runs. An error is only that of its context.
	prepare func(context.Context, *sampler.Sampler) error
}

func newSource(cfg *Config, self host.SelfStats) (source, error) {
	if cfg.Demo {
		return syntheticSource(cfg, self), nil
	}
	options := host.Options{Root: cfg.HostRoot, HostID: cfg.HostID, Self: self}
	f, err := newFacts(options)
	if err != nil {
		return source{}, err
	}
	s := source{
		collectors: cfg.Collectors, host: f.now,
		prepare: func(context.Context, *sampler.Sampler) error { return nil },
	}
	if s.collectors == nil {
		s.collectors = host.Collectors(options)
	}
	return s, nil
}

// facts keeps the facts about the host for a minute: a machine is renamed, given
// memory, or moved across a change of the clock while we run.
type facts struct {
	options host.Options

	mu    sync.Mutex
	known collectors.Host
	at    time.Time
}

const (
	factsAge  = time.Minute
	factsWait = 5 * time.Second
)

func newFacts(o host.Options) (*facts, error) {
	f := &facts{options: o}
	if err := f.read(); err != nil {
		return nil, fmt.Errorf("read the host's facts: %w", err)
	}
	return f, nil
}

func (f *facts) read() error {
	ctx, cancel := context.WithTimeout(context.Background(), factsWait)
	defer cancel()
	h, err := host.Facts(ctx, f.options)
	f.at = time.Now()
	if err == nil {
		f.known = h
	}
	return err
}

func (f *facts) now() collectors.Host {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.at) > factsAge {
		// What cannot be read now is shown as it was; the collectors' health says
		// what is wrong with the host's files.
		_ = f.read()
	}
	return f.known
}
