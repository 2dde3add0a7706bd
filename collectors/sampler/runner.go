package sampler

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"dashcam/collectors"
)

// runner owns one collector. A worker of the queue samples it and then hands the batch
// over; from there until it is due again the batch belongs to the tick, so that no lock is
// needed.
type runner struct {
	*source
	collector collectors.Collector
	describe  collectors.Description
	interval  time.Duration
	place     uint64 // among the collectors
	phase     uint64

	row uint64 // of the queue, for which it was begun
	// threadTime returns the processor time of the calling thread, -1 where that is
	// not known.
	threadTime func() time.Duration

	result outcome // written by the worker before it hands over

	// Belong to the tick.
	next      uint64 // the tick at which it is due
	woken     uint64 // the tick of the last observation
	startedAt time.Time
	running   bool
	begins    bool // at this tick, and is not in the queue yet
	expected  bool // the row waits for the observation that was begun for it
	answered  bool // has answered since the row before
	onTime    bool // and did so before its row closed
	observed  bool
	outcome   outcome // of the last observation
	panics    int     // in a row
	// spent is the processor time of the observations of the governor's span,
	// lastSpent that of the newest one.
	lastSpent    time.Duration
	spent        time.Duration
	observations int
	failures     uint64
	lateCount    uint64

	unavailable []collectors.Unavailable
	failing     string
	tables      []*collectors.TableData
	gaveTables  bool

	health        collectors.Health
	healthChanged bool // to be published
	toldStuck     bool // in an event
	logged        logged
}

// outcome is how an observation went.
type outcome struct {
	err error
	// panicked is what it panicked with, and stack where. They are for the log alone: what
	// a panic says may quote what was read, and the health is on the page.
	panicked string
	stack    []byte
	took     time.Duration
	cpu      time.Duration
}

// errPanicked is all that the page is told of a panic.
var errPanicked = errors.New("broke down (a panic, which the log shows)")

func newRunner(c collectors.Collector, d collectors.Description, interval time.Duration, index int) *runner {
	r := &runner{
		source: newSource(d.Name, interval), collector: c, describe: d, interval: interval, place: uint64(index),
		threadTime: threadTime, logged: logged{state: collectors.HealthOK},
	}
	r.health = collectors.Health{
		Collector: d.Name, Title: d.Title, State: collectors.HealthOK, SinceMs: time.Now().UnixMilli(),
	}
	r.setCadence(uint64(max((d.Cadence+interval-1)/interval, 1)))
	return r
}

// cadence is the time between two observations.
func (r *runner) cadence() time.Duration { return time.Duration(r.every) * r.interval }

// sample makes one observation. What the collector spends is its thread's time.
func (r *runner) sample(ctx context.Context, at time.Time) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began, spent := time.Now(), r.threadTime()
	defer func() {
		if v := recover(); v != nil {
			r.result.err, r.result.panicked, r.result.stack = errPanicked, fmt.Sprint(v), debug.Stack()
		}
		r.result.took = time.Since(began)
		r.result.cpu = r.result.took
		if spent >= 0 {
			r.result.cpu = r.threadTime() - spent
		}
	}()
	r.result = outcome{}
	r.batch.Begin(at)
	r.result.err = r.collector.Sample(ctx, r.batch)
}

// sampleNow makes an observation on the caller's goroutine if one is due.
func (r *runner) sampleNow(ctx context.Context, tick uint64, at time.Time) {
	if !r.takeDue(tick) {
		return
	}
	r.running, r.startedAt = true, at
	r.sample(ctx, at)
	r.consume(true)
}

// wake has an observation begin if one is due and none is under way.
func (r *runner) wake(tick uint64, now time.Time) {
	if !r.takeDue(tick) || r.running {
		return
	}
	r.running, r.startedAt = true, now
	r.begins, r.expected = true, !r.describe.Detached
}

// takeDue reports whether an observation is due at a tick, and moves on to when the
// next one is: at least one cadence later, at the collector's own phase.
func (r *runner) takeDue(tick uint64) bool {
	if tick < r.next {
		return false
	}
	if !r.running {
		r.woken = tick
	}
	r.next = tick + r.every
	r.next += (r.every - (r.next+r.phase)%r.every) % r.every
	return true
}

// consume takes the observation that the worker has handed over, either before
// its row closed or, late, for the next one.
func (r *runner) consume(onTime bool) {
	more := r.answered
	if r.observed {
		// The first observation finds everything out and says nothing about the
		// others.
		r.lastSpent = r.result.cpu
		r.spent += r.lastSpent
		r.observations++
	}
	r.running, r.expected, r.answered, r.observed = false, false, true, true
	r.onTime = onTime || r.describe.Detached
	r.outcome = r.result
	if r.outcome.stack == nil {
		r.panics = 0
	} else {
		r.backOff()
	}
	if r.outcome.err != nil {
		r.failures++
		r.lose()
		return
	}
	r.source.consume(more)
	r.unavailable = append(r.unavailable[:0], r.batch.TakeUnavailable()...)
	r.failing = r.batch.TakeFailing()
	if r.refused > 0 {
		r.unavailable = append(r.unavailable, r.refusal())
	}
	for _, rows := range r.batch.TakeTables() {
		r.gaveTables = true
		r.tables = append(r.tables, rows.Data())
	}
}

// maxBackOff is the longest time until a collector that panicked is tried again.
const maxBackOff = time.Minute

// backOff leaves a collector that panicked alone for 2, 4, 8 … cadences: what it
// keeps may be broken, and a panic costs more than an observation.
func (r *runner) backOff() {
	r.panics++
	longest := max(r.every, uint64(maxBackOff/r.interval))
	wait := min(r.every<<min(r.panics, 16), longest)
	r.next = max(r.next, r.woken+wait)
	r.outcome.err = fmt.Errorf("%w; tried again after %s", r.outcome.err, time.Duration(wait)*r.interval)
}

// takeTables appends what was observed since the last commit to dst.
func (r *runner) takeTables(dst []*collectors.TableData) []*collectors.TableData {
	dst = append(dst, r.tables...)
	clear(r.tables)
	r.tables = r.tables[:0]
	return dst
}
