package embedded

import (
	"context"
	"sync/atomic"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/collectors/synthetic"
)

// demoRows is how many rows of the simulated host's past are made at the start, so that
// there is something to look back at.
const demoRows = 3600

// demoPast is how long ago the simulated host began to live: no longer than is remembered.
func demoPast(cfg *Config) time.Duration {
	past := demoRows * cfg.Interval
	if cfg.StateDir == "" && cfg.History > 0 {
		past = min(past, cfg.History)
	}
	return past
}

// syntheticSource is the simulated host.
func syntheticSource(cfg *Config, own host.SelfStats) source {
	past := demoPast(cfg)
	begin := time.Now().Add(-past).Truncate(max(cfg.Interval, time.Second))
	made := synthetic.Config{Seed: cfg.Seed, Start: begin}
	if cfg.DemoLarge {
		made = synthetic.Large(made)
	}
	h := synthetic.New(made)
	facts := h.Facts()
	self := &awake{Collector: host.Self(host.Options{Self: own})}
	return source{
		collectors: append(h.Collectors(), self),
		host:       func() collectors.Host { return facts },
		prepare: func(ctx context.Context, s *sampler.Sampler, known time.Time) error {
			defer func() {
				h.At(time.Time{})
				self.up.Store(true)
			}()
			if known.After(begin) {
				return nil // there is a past on disk, and where it breaks off it does
			}
			// Making up the past takes a moment, which is past too when it is done.
			for next := begin; ; {
				until := time.Now().Truncate(cfg.Interval).Add(cfg.Interval)
				if !next.Before(until) {
					return nil
				}
				if err := s.Backfill(ctx, next, until, h.At); err != nil {
					return err
				}
				next = until
			}
		},
	}
}

// awake keeps a collector quiet until it is up: what dashcam costs while it makes up the
// past of another host says nothing about that past.
type awake struct {
	collectors.Collector
	up atomic.Bool
}

func (a *awake) Sample(ctx context.Context, b *collectors.Batch) error {
	if !a.up.Load() {
		return nil
	}
	return a.Collector.Sample(ctx, b)
}
