package stream

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// Feed is one viewer: cursors and flags, and no queue. What it must be sent next is
// computed when it is asked for, so that a viewer that does not read costs nothing.
//
// Next belongs to one goroutine; every other method may be called from any.
type Feed struct {
	fan     *Fanout
	wake    chan struct{}
	number  uint64
	sinceMs int64

	mu sync.Mutex
	// greeted and schema say what was sent of the beginning; notices are cursors.
	greeted           bool
	schema            *collectors.Schema
	healthNo, eventNo uint64
	metrics           metrics
	tables            []tableCursor // ascending by name
	verdicts          verdictCursor
	ping              *wire.Ping
	ending            *ending
	subscribedOnce    bool
	slow              bool
	ledger            Ledger
	catchUps          uint64
	messages, bytes   uint64
	// pending is the batch of history that the viewer waits for, budget what it may make
	// the program work for. subscription counts what it asked for.
	pending      *asked
	budget       budget
	subscription uint64
	// waitsUntil is when it may have the next batch; zero where it does not wait.
	waitsUntil time.Time
	// inFlight is the length of a batch of its own that may not have left yet.
	inFlight int64
	// interrupted makes Next return.
	interrupted bool
}

type tableCursor struct {
	name string
	seq  uint64 // the last observation sent, 0 for none
}

// ending is how a feed ends: a bye, where it was not said yet, then the error.
type ending struct {
	said bool
	err  error
}

// Subscribe adds topics. For metrics, since and window say where the rows begin; a
// since that the fan-out does not know (another instance, a row to come) counts as a fresh
// start with window rows, all that may be had when it names none. A subscription with
// neither begins at the newest row, and changes nothing when there is one already.
// Topics that do not exist are ignored.
func (f *Feed) Subscribe(m wire.Subscribe) {
	f.mu.Lock()
	f.subscribedOnce = true
	for _, topic := range m.Topics {
		if topic == wire.TopicMetrics {
			if !f.metrics.on || m.Since != nil || m.Window > 0 {
				f.metrics = metrics{on: true, request: &m}
				f.subscription++
				f.budget.charge(subscriptionRows, time.Now())
			}
			continue
		}
		if topic == wire.TopicVerdict {
			f.verdicts.on = f.fan.verdicts.judge != nil
			continue
		}
		if i, ok := f.findTable(topic); !ok && f.fan.knows(topic) {
			f.tables = slices.Insert(f.tables, i, tableCursor{name: topic})
		}
	}
	f.mu.Unlock()
	f.poke()
}

// Unsubscribe ends topics; those that were not subscribed are ignored.
func (f *Feed) Unsubscribe(m wire.Unsubscribe) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, topic := range m.Topics {
		if topic == wire.TopicMetrics {
			f.metrics = metrics{}
			f.subscription++
			continue
		}
		if topic == wire.TopicVerdict {
			f.verdicts = verdictCursor{}
			continue
		}
		if i, ok := f.findTable(topic); ok {
			f.tables = slices.Delete(f.tables, i, i+1)
		}
	}
}

// Ping asks for a pong. Only the newest ping is answered: a page that sends a second
// one before the first was answered no longer waits for that.
func (f *Feed) Ping(m wire.Ping) {
	f.mu.Lock()
	f.ping = &m
	f.mu.Unlock()
	f.poke()
}

// Handle does what a message from [wire.ParseClient] asks for; nil is ignored.
func (f *Feed) Handle(message any) {
	switch m := message.(type) {
	case wire.Subscribe:
		f.Subscribe(m)
	case wire.Unsubscribe:
		f.Unsubscribe(m)
	case wire.Ping:
		f.Ping(m)
	}
}

// Subscribed reports whether the viewer ever subscribed to anything.
func (f *Feed) Subscribed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.subscribedOnce
}

// End makes Next return a bye with the given reason and text and then a [*CloseError]
// with the code. The first call counts.
func (f *Feed) End(code int, reason wire.ByeReason, text string) {
	f.mu.Lock()
	if f.ending == nil {
		f.ending = &ending{err: &CloseError{Code: code, Reason: reason, Text: text}}
	}
	f.mu.Unlock()
	f.poke()
}

// CountSlow records, once, that the viewer is dropped because it did not read in time
// or was not heard of.
func (f *Feed) CountSlow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.slow {
		f.slow = true
		f.fan.counts.slowCloses.Add(1)
	}
}

// ErrInterrupted is what Next returns after [Feed.Interrupt].
var ErrInterrupted = errors.New("interrupted")

// Interrupt makes Next, the one that waits or the next one, return [ErrInterrupted]: its
// caller has something else to do. It costs less than a context of its own for each wait.
func (f *Feed) Interrupt() {
	f.mu.Lock()
	f.interrupted = true
	f.mu.Unlock()
	f.poke()
}

// Leave gives the viewer's place back. It may be called more than once.
func (f *Feed) Leave() { f.fan.leave(f) }

// Next returns what the viewer must be sent next, and waits for it when there is
// nothing. The order is: hello, the schema; then, as subscribed, history and frames row by
// row, events, tables and the verdict, each only after the schema that describes it; then health, and
// the remaining columns of partial rows.
// It returns the context's error, [ErrInterrupted], or a [*CloseError] once the feed has
// ended. No lock is held while it waits, or while rows are read and encoded.
func (f *Feed) Next(ctx context.Context) (*Message, error) {
	for {
		v := f.fan.view.Load()
		f.mu.Lock()
		if f.interrupted {
			f.interrupted = false
			f.mu.Unlock()
			return nil, ErrInterrupted
		}
		f.batchLeft()
		m, err := f.step(v)
		if m != nil {
			f.messages++
			f.bytes += uint64(len(m.bytes))
		}
		var made <-chan struct{}
		if f.pending != nil {
			made = f.pending.done
		}
		until, judged := f.waitsUntil, f.verdicts.made
		f.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if m != nil {
			f.fan.counts.messages.Add(1)
			f.fan.counts.bytes.Add(uint64(len(m.bytes)))
			return m, nil
		}
		if err := f.wait(ctx, v, made, judged, until); err != nil {
			return nil, err
		}
	}
}

// wait returns when there may be something to send.
func (f *Feed) wait(ctx context.Context, v *view, made, judged <-chan struct{}, until time.Time) error {
	var ready <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		ready = timer.C
	}
	select {
	case <-made:
	case <-judged:
	case <-v.superseded:
	case <-f.wake:
	case <-ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// poke wakes Next for something that concerns this viewer alone.
func (f *Feed) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *Feed) findTable(name string) (int, bool) {
	return slices.BinarySearchFunc(f.tables, name, func(c tableCursor, n string) int {
		if c.name < n {
			return -1
		}
		if c.name > n {
			return 1
		}
		return 0
	})
}
