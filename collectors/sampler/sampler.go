package sampler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/signs"
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
	// Signs judges every row; nil leaves signs out.
	Signs *signs.Signs
	// Interval is the time between rows: one of Intervals, 1 s by default.
	Interval time.Duration
	// Off are collectors that were switched off, by name, with the reason.
	Off map[string]string
	// Log takes changes of health; nil discards them.
	Log *slog.Logger
}

// Sampler fills a ring with rows.
type Sampler struct {
	interval time.Duration
	ring     *history.Ring
	signs    *signs.Signs
	log      *slog.Logger

	runners  []*runner
	finished chan *runner
	own      *source // filled by the sampler itself
	derived  *source // filled by the signs

	clock  clock
	ticks  uint64
	rows   rowBuilder
	spare  []history.Reading
	events []collectors.Event
}

// New checks the collectors' descriptions and returns a sampler that has not begun.
func New(cfg Config) (*Sampler, error) {
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	if !slices.Contains(Intervals(), cfg.Interval) {
		return nil, fmt.Errorf("interval %s: want one of %v", cfg.Interval, Intervals())
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sampler{
		interval: cfg.Interval, ring: cfg.Ring, signs: cfg.Signs, log: cfg.Log,
		own: newSource("sampler"), derived: newSource("signs"),
		clock: newClock(cfg.Interval),
	}
	seen := make(map[string]bool)
	for i, c := range cfg.Collectors {
		d := c.Describe()
		if err := validate(d, seen); err != nil {
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
	s.finished = make(chan *runner, len(s.runners))
	s.rows.sources = append(s.rows.sources, s.own)
	for _, r := range s.runners {
		s.rows.sources = append(s.rows.sources, r.source)
	}
	if s.signs != nil {
		s.rows.thresholds = s.signs.Thresholds().For
	}
	s.rows.ring, s.rows.log = s.ring, s.log
	return s, nil
}

func validate(d collectors.Description, seen map[string]bool) error {
	if d.Name == "" {
		return errors.New("a collector has no name")
	}
	if seen[d.Name] {
		return fmt.Errorf("two collectors are called %q", d.Name)
	}
	seen[d.Name] = true
	for _, f := range d.Families {
		if err := f.Validate(); err != nil {
			return fmt.Errorf("collector %s: %w", d.Name, err)
		}
	}
	return nil
}

// Panels returns the panels that the given collectors bring with them: those they
// declare, and a plain one for every family that no panel shows.
func Panels(catalog []collectors.Panel, cs []collectors.Collector) []collectors.Panel {
	shown := make(map[string]bool)
	out := slices.Clone(catalog)
	for _, c := range cs {
		out = append(out, c.Describe().Panels...)
	}
	for _, p := range out {
		for _, f := range p.Families {
			shown[f] = true
		}
	}
	known := make(map[string]bool)
	for _, f := range collectors.Families() {
		known[f.Name] = true
	}
	for _, c := range cs {
		d := c.Describe()
		for _, f := range d.Families {
			if shown[f.Name] || known[f.Name] || f.Kind == collectors.KindState {
				continue
			}
			shown[f.Name] = true
			out = append(out, collectors.Panel{ID: f.Name, Title: f.Name, Subtitle: f.Help, Section: d.Name, Families: []string{f.Name}, Scale: collectors.ScaleFree})
		}
	}
	return out
}

// Run samples until ctx ends. It returns after every collector has returned, or
// names those that are stuck in the log.
func (s *Sampler) Run(ctx context.Context) error {
	if len(s.runners) == 0 {
		return errors.New("no collector is enabled: nothing to sample")
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	for _, r := range s.runners {
		go r.run(work, s.finished)
	}
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
			s.tick(ctx, now, now.Round(0))
			timer.Reset(s.untilNext())
		}
	}
}

// untilNext returns the time until the next tick.
func (s *Sampler) untilNext() time.Duration {
	now := time.Now()
	return s.clock.untilNext(now, now.Round(0))
}

// join waits for the goroutines of the runners.
func (s *Sampler) join() {
	deadline := time.NewTimer(joinTimeout)
	defer deadline.Stop()
	for _, r := range s.runners {
		select {
		case <-r.gone:
		case <-deadline.C:
			for _, r := range s.runners {
				select {
				case <-r.gone:
				default:
					s.log.Warn("collector abandoned", "collector", r.describe.Name, "since", r.startedAt)
				}
			}
			return
		}
	}
}

// tick makes one row. now and wall are the same instant, see clock.
func (s *Sampler) tick(ctx context.Context, now, wall time.Time) {
	stamp := s.clock.stamp(now, wall)
	s.events = append(s.events[:0], stamp.events...)
	s.drain(now)
	waiting := 0
	for _, r := range s.runners {
		if r.wake(s.ticks, now) && !r.describe.Detached {
			waiting++
		}
	}
	s.await(ctx, waiting)
	s.ticks++
	s.close(now, stamp)
}

// drain takes the observations that finished after their row had closed.
func (s *Sampler) drain(now time.Time) {
	for {
		select {
		case r := <-s.finished:
			r.consume(now, false)
		default:
			return
		}
	}
}

// await takes observations until none is waited for or the row has to close.
func (s *Sampler) await(ctx context.Context, waiting int) {
	deadline := time.NewTimer(min(s.interval/4, 250*time.Millisecond))
	defer deadline.Stop()
	for waiting > 0 {
		select {
		case r := <-s.finished:
			r.consume(time.Now(), true)
			if !r.describe.Detached {
				waiting--
			}
		case <-deadline.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// close judges, builds and commits the row.
func (s *Sampler) close(now time.Time, stamp stamp) {
	for _, r := range s.runners {
		r.judge(time.Now())
		if r.healthChanged {
			r.healthChanged = false
			s.report(r)
		}
	}
	s.observeSelf(now, stamp)
	s.rows.refresh()
	if s.signs != nil {
		s.derived.batch.Begin(now)
		s.signs.Eval(s.rows.view(stamp.t, stamp.elapsed), s.derived.batch)
		s.derived.consume(now)
		s.rows.addDerived(s.derived)
	}
	commit := history.Commit{
		Row:    collectors.Row{T: stamp.t, Missed: stamp.missed, Why: stamp.why},
		Events: s.events,
	}
	commit.Row.IDs, commit.Row.Q, commit.Readings = s.rows.build(s.spare[:0])
	for _, r := range s.runners {
		commit.Tables = append(commit.Tables, r.takeTables()...)
	}
	_, s.spare = s.ring.Append(commit)
}

// report publishes a change of a collector's health, and logs it when the state or
// its reason changed.
func (s *Sampler) report(r *runner) {
	h := r.health
	s.ring.SetHealth(h)
	if !r.stateChanged {
		return
	}
	r.stateChanged = false
	level := slog.LevelInfo
	if h.State != collectors.HealthOK && h.State != collectors.HealthOff {
		level = slog.LevelWarn
	}
	s.log.Log(context.Background(), level, "collector health", "collector", h.Collector, "state", string(h.State), "reason", h.Reason)
}

// observeSelf fills the families that the sampler itself answers for.
func (s *Sampler) observeSelf(now time.Time, stamp stamp) {
	b := s.own.batch
	b.Begin(now)
	b.Gauge(b.Slot(collectors.SamplerDelay), stamp.delay.Seconds())
	b.Gauge(b.Slot(collectors.SamplerAhead), stamp.ahead.Seconds())
	for _, r := range s.runners {
		name := r.describe.Name
		b.Counter(b.Slot(collectors.CollectorErrors, name), r.failures)
		b.Counter(b.Slot(collectors.CollectorLate, name), r.lateCount)
		if r.observed {
			b.Gauge(b.Slot(collectors.CollectorDuration, name), r.outcome.took.Seconds())
			b.Gauge(b.Slot(collectors.CollectorCPU, name), 100*r.outcome.cpu.Seconds()/r.cadence.Seconds())
		}
	}
	s.own.consume(now)
}

// Backfill makes rows for every interval from first until last, without waiting, as
// if they had been sampled then. at moves the world to each moment before it is
// sampled. It serves hosts whose past can be computed (the synthetic one) and tests,
// and must not run at the same time as Run.
func (s *Sampler) Backfill(ctx context.Context, first, last time.Time, at func(time.Time)) error {
	for t := first; t.Before(last); t = t.Add(s.interval) {
		if err := ctx.Err(); err != nil {
			return err
		}
		at(t)
		for _, r := range s.runners {
			if r.isDue(s.ticks) {
				r.sampleNow(ctx, t)
				r.consume(t, true)
			}
		}
		s.events = s.events[:0]
		s.ticks++
		s.close(t, s.clock.backfill(t))
	}
	return nil
}
