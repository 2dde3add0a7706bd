package sampler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// Intervals are the row intervals an instance may have.
func Intervals() []time.Duration {
	return []time.Duration{
		100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second,
	}
}

// joinTimeout is how long Run waits for collectors that are still sampling when its
// context ends.
const joinTimeout = 2 * time.Second

// Config says what is sampled, how often, and where rows go.
type Config struct {
	Collectors []collectors.Collector
	Ring       *history.Ring
	// Derivers compute further values of every row, each from what was read and from
	// what those before it gave.
	Derivers []collectors.Deriver
	// Thresholds says from which values on a series counts as bad; nil for none.
	Thresholds func(*collectors.Series) (warn, crit float64)
	// Interval is the time between rows: one of Intervals, 1 s by default.
	Interval time.Duration
	// Budget is what all collectors together may take, in percent of one core:
	// DefaultBudget where it is 0, no limit where it is negative. Beyond it optional
	// collectors are asked less often.
	Budget float64
	// Off are collectors that were switched off, by name, with the reason.
	Off map[string]string
	// Log takes changes of health; nil discards them.
	Log *slog.Logger
}

// Sampler fills a ring with rows.
type Sampler struct {
	interval time.Duration
	ring     *history.Ring
	log      *slog.Logger

	ran      atomic.Bool
	runners  []*runner
	queue    queue
	deadline *time.Timer // of the present row; made by begin
	own      *source     // filled by the sampler itself
	derivers []*deriver

	clock    clock
	tick     uint64 // of the next row; skipped ones count
	rows     rowBuilder
	governor governor

	// Used again at every tick.
	done     []*runner
	readings []collectors.Reading
	events   []collectors.Event
	tables   []*collectors.TableData
}

// New checks the collectors' descriptions and returns a sampler that has not begun.
func New(cfg Config) (*Sampler, error) {
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	if !slices.Contains(Intervals(), cfg.Interval) {
		return nil, fmt.Errorf("interval %s: want one of %v", cfg.Interval, Intervals())
	}
	if cfg.Budget == 0 {
		cfg.Budget = DefaultBudget
	}
	if cfg.Ring == nil {
		return nil, errors.New("there is no ring for the rows")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sampler{
		interval: cfg.Interval, ring: cfg.Ring, log: cfg.Log,
		own: newSource("sampler", cfg.Interval), clock: newClock(cfg.Interval),
		governor: governor{budget: cfg.Budget},
	}
	known := newCheck()
	for i, c := range cfg.Collectors {
		d, err := describe(c)
		if err == nil {
			err = known.add(&d)
		}
		if err != nil {
			return nil, err
		}
		r := newRunner(c, d, cfg.Interval, i)
		if why, off := cfg.Off[d.Name]; off {
			r.setHealth(time.Now(), collectors.HealthOff, why)
			s.ring.SetHealth(r.health)
			continue
		}
		s.runners = append(s.runners, r)
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Off)) {
		if !known.names[name] {
			return nil, fmt.Errorf("collector %q is to be off: want one of %q", name, slices.Sorted(maps.Keys(known.names)))
		}
	}
	read := []*source{s.own}
	for _, r := range s.runners {
		read = append(read, r.source)
	}
	var derived []*source
	for i, d := range cfg.Derivers {
		k, err := newDeriver(d, i, cfg.Interval)
		if err != nil {
			return nil, err
		}
		s.derivers, derived = append(s.derivers, k), append(derived, k.source)
	}
	s.rows = newRowBuilder(read, derived)
	s.rows.thresholds = cfg.Thresholds
	s.rows.ring, s.rows.log = s.ring, s.log
	return s, nil
}

// Run samples until ctx ends. It returns after every collector has returned, or
// names those that are stuck in the log. It can be called once.
func (s *Sampler) Run(ctx context.Context) error {
	if len(s.runners) == 0 {
		return errors.New("no collector is enabled: nothing to sample")
	}
	if s.ran.Swap(true) {
		return errors.New("the sampler has run already")
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	s.begin()
	first := time.Duration(0)
	if s.clock.begun { // by Backfill, which has made the present tick
		first = s.untilNext()
	}
	timer := time.NewTimer(first)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			stop()
			s.join()
			return nil
		case <-timer.C:
			now := time.Now()
			s.makeRow(work, now, now.Round(0))
			timer.Reset(s.untilNext())
		}
	}
}

// begin makes what the ticks need.
func (s *Sampler) begin() {
	s.queue.init()
	s.deadline = time.NewTimer(0)
	s.deadline.Stop()
}

// untilNext returns the time until the next tick.
func (s *Sampler) untilNext() time.Duration {
	now := time.Now()
	return s.clock.untilNext(now, now.Round(0))
}

// join waits for the collectors that are still sampling.
func (s *Sampler) join() {
	if s.queue.abandon(joinTimeout) {
		return
	}
	s.done = s.queue.finished(s.done[:0])
	for _, r := range s.runners {
		if r.running && !slices.Contains(s.done, r) {
			s.log.Warn("collector abandoned", "collector", r.describe.Name, "since", r.startedAt)
		}
	}
}
