package embedded

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/events"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/collectors/services"
	"dashcam/collectors/textfile"
)

// source is where the numbers come from: this host, or a synthetic one.
type source struct {
	collectors []collectors.Collector
	// host returns the facts about the host.
	host func() collectors.Host
	// prepare is called before the sampler runs, with the time up to which rows are
	// known. An error is only that of its context.
	prepare func(ctx context.Context, s *sampler.Sampler, known time.Time) error
	// follow keeps what host returns up to date until ctx ends; nil where that is fixed.
	follow func(ctx context.Context)
	// events watches for what happens; nil where nobody does.
	events *events.Collector
}

// newSource gives post what happens; nil for a look of a moment, which waits for nothing.
func newSource(cfg *Config, self host.SelfStats, post func(collectors.Event)) (source, error) {
	if cfg.Demo {
		s := syntheticSource(cfg, self)
		s.collectors = append(s.collectors, cfg.Also...)
		return s, nil
	}
	options := host.Options{
		Root: cfg.HostRoot, HostID: cfg.HostID, Self: self,
		Disks: cfg.Disks, Mounts: cfg.Mounts, Interfaces: cfg.Interfaces, Processes: cfg.Processes, CommandLines: cfg.CommandLines,
	}
	f, err := newFacts(options)
	if err != nil {
		return source{}, err
	}
	s := source{
		collectors: cfg.Collectors, host: f.now, follow: f.follow,
		prepare: func(context.Context, *sampler.Sampler, time.Time) error { return nil },
	}
	if s.collectors == nil {
		who := services.Options{Root: cfg.HostRoot, EngineSocket: cfg.EngineSocket}
		var watch []collectors.Collector
		if post != nil {
			told := events.New(events.Config{Root: cfg.HostRoot, Post: post})
			watch = append(watch, told)
			if !slices.Contains(cfg.Off, events.Name) {
				s.events, who.Post = told, told.Tell
			}
		}
		s.collectors = slices.Concat(host.Collectors(options), []collectors.Collector{services.New(who)}, watch)
	}
	if cfg.Textfile.Dir != "" {
		s.collectors = append(slices.Clone(s.collectors), textfile.New(cfg.Textfile))
	}
	s.collectors = append(slices.Clone(s.collectors), cfg.Also...)
	s.collectors, err = pace(s.collectors, cfg.Every)
	return s, err
}

// paced is a collector that is asked as often as somebody wants.
type paced struct {
	collectors.Collector
	every time.Duration
}

func (p *paced) Describe() collectors.Description {
	d := p.Collector.Describe()
	d.Cadence = p.every
	return d
}

// pace gives collectors, by name, another time between two samples.
func pace(all []collectors.Collector, every map[string]time.Duration) ([]collectors.Collector, error) {
	if len(every) == 0 {
		return all, nil
	}
	out := slices.Clone(all)
	left := maps.Clone(every)
	for i, c := range all {
		if c == nil {
			continue // the sampler refuses it
		}
		name := c.Describe().Name
		d, wanted := every[name]
		if !wanted {
			continue
		}
		if d <= 0 {
			return nil, fmt.Errorf("collector %s every %s: expected more than 0", name, d)
		}
		out[i] = &paced{c, d}
		delete(left, name)
	}
	if len(left) > 0 {
		return nil, fmt.Errorf("no such collectors: %q", slices.Sorted(maps.Keys(left)))
	}
	return out, nil
}
