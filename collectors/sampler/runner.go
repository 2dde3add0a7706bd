package sampler

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"dashcam/collectors"
)

// runner owns one collector. Its goroutine samples when woken and then hands the
// batch over through the finished channel; from there until the next wake the batch
// belongs to the tick, so that no lock is needed.
type runner struct {
	*source
	collector collectors.Collector
	describe  collectors.Description
	cadence   time.Duration
	every     uint64 // cadence in ticks
	phase     uint64

	start chan struct{}
	gone  chan struct{}

	result outcome // written by the goroutine before it hands over

	// Belong to the tick.
	running       bool
	begun         bool
	awaited       bool // was due for this row
	answered      bool // has answered since the row before
	onTime        bool // and did so before its row closed
	observed      bool
	outcome       outcome // of the last observation
	unavailable   []collectors.Unavailable
	startedAt     time.Time
	failures      uint64
	lateCount     uint64
	health        collectors.Health
	healthChanged bool // to be published
	stateChanged  bool // and to be logged
	tables        []*collectors.TableData
	gaveTables    bool
}

// outcome is how an observation went.
type outcome struct {
	err  error
	took time.Duration
	cpu  time.Duration
}

func newRunner(c collectors.Collector, d collectors.Description, interval time.Duration, index int) *runner {
	every := uint64(max((d.Cadence+interval-1)/interval, 1))
	r := &runner{
		source: newSource(d.Name), collector: c, describe: d,
		every: every, cadence: time.Duration(every) * interval, phase: uint64(index) % every,
		start: make(chan struct{}, 1), gone: make(chan struct{}),
	}
	r.health = collectors.Health{
		Collector: d.Name, Title: d.Title, State: collectors.HealthOK, SinceMs: time.Now().UnixMilli(),
		CadenceMs: r.cadence.Milliseconds(),
	}
	r.healthChanged = true
	return r
}

// run samples whenever it is woken, until ctx ends.
func (r *runner) run(ctx context.Context, finished chan<- *runner) {
	defer close(r.gone)
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.start:
			r.sample(ctx, time.Now())
			finished <- r // has room for every runner
		}
	}
}

// sample makes one observation. What the collector spends is its thread's time.
func (r *runner) sample(ctx context.Context, at time.Time) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began, spent := time.Now(), threadTime()
	defer func() {
		if v := recover(); v != nil {
			r.result.err = fmt.Errorf("panic: %v", v)
		}
		r.result.took = time.Since(began)
		r.result.cpu = r.result.took
		if spent >= 0 {
			r.result.cpu = threadTime() - spent
		}
	}()
	r.result.err = nil
	r.batch.Begin(at)
	r.result.err = r.collector.Sample(ctx, r.batch)
}

// sampleNow makes an observation on the caller's goroutine.
func (r *runner) sampleNow(ctx context.Context, at time.Time) {
	r.begun, r.running, r.startedAt = true, true, at
	r.sample(ctx, at)
}

func (r *runner) isDue(tick uint64) bool {
	return !r.begun || (tick+r.phase)%r.every == 0
}

// wake starts an observation if one is due and none is under way, and reports
// whether the row has to wait for it.
func (r *runner) wake(tick uint64, now time.Time) bool {
	r.awaited = r.isDue(tick)
	if !r.awaited {
		return false
	}
	if r.running {
		return false
	}
	r.begun, r.running, r.startedAt = true, true, now
	r.start <- struct{}{}
	return true
}

// consume takes the observation that the goroutine has handed over, either before
// its row closed or, late, for the next one.
func (r *runner) consume(now time.Time, onTime bool) {
	r.running, r.answered, r.observed = false, true, true
	r.onTime = onTime || r.describe.Detached
	r.outcome = r.result
	if r.outcome.err != nil {
		r.failures++
		r.lose()
		return
	}
	r.source.consume(now)
	r.unavailable = append(r.unavailable[:0], r.batch.TakeUnavailable()...)
	for _, rows := range r.batch.TakeTables() {
		r.gaveTables = true
		r.tables = append(r.tables, rows.Data())
	}
}

// judge closes the row for this collector: values it did not give are repeated or
// missing, and its health is decided.
func (r *runner) judge(now time.Time) {
	answered := r.answered
	r.answered = false
	switch {
	case answered && r.outcome.err != nil:
		r.setHealth(now, collectors.HealthFailing, r.outcome.err.Error())
	case r.running && now.Sub(r.startedAt) >= r.patience():
		r.lose()
		r.setHealth(now, collectors.HealthStuck, "has not answered since "+r.startedAt.UTC().Format(time.RFC3339))
	case answered:
		if !slices.Equal(r.unavailable, r.health.Unavailable) {
			r.health.Unavailable = slices.Clone(r.unavailable)
			r.healthChanged = true
		}
		switch {
		case r.empty() && len(r.health.Unavailable) > 0:
			r.setHealth(now, collectors.HealthOff, r.health.Unavailable[0].Reason)
		case r.onTime || r.health.State != collectors.HealthLate:
			r.setHealth(now, collectors.HealthOK, "")
		}
	case r.awaited && r.running && !r.describe.Detached:
		r.lateCount++
		r.lose()
		r.setHealth(now, collectors.HealthLate, "missed its row")
	default:
		r.repeat()
	}
}

// empty reports whether the last observation gave nothing at all.
func (r *runner) empty() bool {
	for i := range r.tracks {
		if r.tracks[i].last.valid {
			return false
		}
	}
	return !r.gaveTables
}

// patience is how long an observation may take before the collector counts as stuck.
func (r *runner) patience() time.Duration {
	return min(max(3*r.cadence, time.Second), 10*time.Second)
}

func (r *runner) setHealth(now time.Time, state collectors.HealthState, reason string) {
	if r.health.State == state && r.health.Reason == reason {
		return
	}
	if r.health.State != state {
		r.health.SinceMs = now.UnixMilli()
	}
	r.health.State, r.health.Reason = state, reason
	r.healthChanged, r.stateChanged = true, true
}

func (r *runner) takeTables() []*collectors.TableData {
	t := r.tables
	r.tables = nil
	return t
}
