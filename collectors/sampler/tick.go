package sampler

import (
	"context"
	"log/slog"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// makeRow makes the row of one tick. now and wall are the same instant, see clock.
// When ctx ends there is none: what the collectors could not answer any more would
// look as if it were missing.
func (s *Sampler) makeRow(ctx context.Context, now, wall time.Time) {
	if ctx.Err() != nil {
		return
	}
	begins := !s.clock.begun
	stamp := s.clock.stamp(now, wall)
	s.events = append(s.events[:0], stamp.events...)
	if begins {
		s.events = append(s.events, collectors.Event{Kind: collectors.EventStart, Text: "dashcam began to watch"})
	}
	s.tick += uint64(stamp.missed)
	s.consume(false)
	for _, r := range s.runners {
		r.wake(s.tick, now)
	}
	s.tick++
	if s.queue.start(ctx, s.runners) > 0 && !s.await(ctx) {
		return
	}
	s.consume(true)
	if did := s.governor.govern(now, s.runners); did != "" {
		s.log.Info("budget governor", "did", did)
		s.events = append(s.events, collectors.Event{Kind: collectors.EventGovernor, Text: did})
	}
	s.close(now, stamp)
}

// consume takes the observations that have finished: for the row that is open, or after
// theirs had closed.
func (s *Sampler) consume(open bool) {
	s.done = s.queue.finished(s.done[:0])
	for _, r := range s.done {
		// Another's late answer to an earlier row may be among them.
		r.consume(open && r.expected)
	}
	clear(s.done)
}

// await waits until all that the row waits for are done, or until it has to close. It
// returns false when ctx ended, also where collectors were done by then: they may have
// returned because of it.
func (s *Sampler) await(ctx context.Context) bool {
	left := min(s.interval/4, 250*time.Millisecond)
	pause := heldUp(s.interval)
	defer s.deadline.Stop()
	for left > 0 {
		s.deadline.Reset(min(pause, left))
		select {
		case <-s.queue.complete:
			left = 0
		case <-ctx.Done():
			return false
		case <-s.deadline.C:
			left -= pause
			if !s.queue.hurry(ctx) {
				pause = left
			}
		}
	}
	return ctx.Err() == nil
}

// close judges, builds and commits the row.
func (s *Sampler) close(now time.Time, stamp stamp) {
	s.tables = s.tables[:0]
	for _, r := range s.runners {
		r.judge(now)
		s.report(r, now)
		s.tables = r.takeTables(s.tables)
	}
	s.observeSelf(now, stamp)
	s.rows.begin()
	for i, d := range s.derivers {
		s.derive(d, s.rows.view(i, stamp.t, stamp.elapsed), now)
		s.rows.take(s.rows.read + i)
	}
	commit := history.Commit{
		Row:    collectors.Row{T: stamp.t, Missed: stamp.missed, Why: stamp.why},
		Tables: s.tables, Events: s.events,
	}
	commit.Row.IDs, commit.Row.Q, commit.Readings = s.rows.build(s.readings[:0])
	_, s.readings = s.ring.Append(commit)
	clear(s.tables)
}

// report publishes a change of a collector's health, and logs it when the state or
// its reason changed.
func (s *Sampler) report(r *runner, now time.Time) {
	if r.healthChanged {
		r.healthChanged = false
		s.ring.SetHealth(r.health)
		s.tellStuck(r)
	}
	if !r.toLog(now) {
		return
	}
	h := &r.health
	level := slog.LevelInfo
	if h.State != collectors.HealthOK && h.State != collectors.HealthOff {
		level = slog.LevelWarn
	}
	attrs := []any{"collector", h.Collector, "state", string(h.State), "reason", h.Reason}
	if h.State == collectors.HealthFailing && r.outcome.stack != nil {
		attrs = append(attrs, "panic", r.outcome.panicked, "stack", string(r.outcome.stack))
	}
	s.log.Log(context.Background(), level, "collector health", attrs...)
}

// tellStuck makes an event of a collector that does not return, and of its return.
func (s *Sampler) tellStuck(r *runner) {
	stuck := r.health.State == collectors.HealthStuck
	if stuck == r.toldStuck {
		return
	}
	r.toldStuck = stuck
	e := collectors.Event{
		Kind: collectors.EventStuck, Level: collectors.LevelWarning, Text: "collector " + r.describe.Name + " is stuck: " + r.health.Reason,
		About: collectors.About{Kind: "collector", Name: r.describe.Name},
	}
	if !stuck {
		e.Level, e.Text = collectors.LevelInfo, "collector "+r.describe.Name+" goes on"
	}
	s.events = append(s.events, e)
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
			b.Gauge(b.Slot(collectors.CollectorCPU, name), 100*r.outcome.cpu.Seconds()/r.cadence().Seconds())
		}
	}
	s.own.consume(false)
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
			r.sampleNow(ctx, s.tick, t)
		}
		s.events = s.events[:0]
		s.tick++
		s.close(t, s.clock.backfill(t))
	}
	return nil
}
