package stream

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"dashcam/collectors"
	"dashcam/server/wire"
)

// Config says what a fan-out serves. Ring and Hello are required; zero fields mean their
// defaults.
type Config struct {
	Ring collectors.Live
	// Hello returns what a joining viewer is told first. The fan-out itself fills in
	// Instance, NowMs, Oldest, OldestT and Newest.
	Hello func() wire.Hello
	// Verdict says what is wrong with the host at the time of a row, in Unix milliseconds.
	// It is called by one goroutine at a time. Nobody can look at verdicts without it.
	Verdict func(ctx context.Context, at int64) (collectors.Verdict, error)
	// Partial says that what the ring has in memory is all that can be read here, although
	// there is more behind Bounds.Oldest: that is left to the API, as what lies beyond the
	// reach is. The ring is then one of another host.
	Partial bool
	// MaxViewers bounds the viewers, 500 by default.
	MaxViewers int
	// Grace is how long Run waits for viewers to leave when it ends, 2 s by default.
	Grace time.Duration
	// Retry is when viewers are told to return after a stop or when it is full, 5 s
	// by default.
	Retry time.Duration
	// Log takes what an operator should know; nothing is logged without it.
	Log *slog.Logger
	// Now is the clock; time.Now by default.
	Now func() time.Time
}

// ErrFull says that there are as many viewers as may be.
var ErrFull = errors.New("too many viewers")

// Fanout fans the ring out to viewers.
type Fanout struct {
	ring  collectors.Live
	hello func() wire.Hello
	// partial is Config.Partial.
	partial bool
	max     int
	grace   time.Duration
	retry   time.Duration
	log     *slog.Logger
	now     func() time.Time
	view    atomic.Pointer[view]
	counts  counts

	backfill backfill
	budget   *rate.Limiter // of all viewers
	disk     *disk
	verdicts verdicts
	making   sync.WaitGroup // batches and verdicts
	// work is the context of the batches that many viewers wait for, which none of them
	// may end: it ends with Run.
	work    context.Context
	endWork context.CancelFunc

	mu    sync.Mutex
	feeds map[*Feed]struct{}
	empty chan struct{} // closed when the last viewer left after the stop
}

// New returns a fan-out that serves nothing until Run is called.
func New(c Config) *Fanout {
	fan := &Fanout{
		ring: c.Ring, hello: c.Hello, partial: c.Partial, max: c.MaxViewers, grace: c.Grace, retry: c.Retry, log: c.Log, now: c.Now,
		feeds: make(map[*Feed]struct{}), empty: make(chan struct{}),
	}
	if fan.max == 0 {
		fan.max = 500
	}
	if fan.grace == 0 {
		fan.grace = 2 * time.Second
	}
	if fan.retry == 0 {
		fan.retry = 5 * time.Second
	}
	if fan.log == nil {
		fan.log = slog.New(slog.DiscardHandler)
	}
	if fan.now == nil {
		fan.now = time.Now
	}
	fan.counts.encodes = make(map[string]uint64)
	fan.backfill.encoding = make(chan struct{}, runtime.GOMAXPROCS(0))
	fan.budget = newCommonBudget()
	fan.work, fan.endWork = context.WithCancel(context.Background())
	fan.disk = newDisk(func(r any, stack []byte) {
		fan.log.Error("read of the history panicked", "panic", r, "stack", string(stack))
	})
	fan.verdicts = verdicts{fan: fan, judge: c.Verdict}
	fan.view.Store(&view{superseded: make(chan struct{})})
	return fan
}

// Run is the pump: it follows the ring until ctx ends, then tells every viewer
// "stopping" and waits until they have left, at most Config.Grace. It returns nil, or
// an error that says how many did not leave. It is called once.
func (fan *Fanout) Run(ctx context.Context) error {
	p := &pump{fan: fan}
	fan.publish(p.start())
	for {
		v := fan.view.Load()
		if err := fan.ring.Wait(ctx, v.newest); err != nil {
			break
		}
		fan.publish(p.next(v))
	}
	return fan.stop()
}

func (fan *Fanout) publish(v *view) {
	old := fan.view.Swap(v)
	close(old.superseded)
}

func (fan *Fanout) stop() error {
	defer fan.endWork()
	last := *fan.view.Load()
	last.stopped, last.superseded = true, make(chan struct{})
	fan.mu.Lock() // Join looks at stopped under the same lock: nobody slips in
	fan.publish(&last)
	if len(fan.feeds) == 0 {
		close(fan.empty)
	}
	fan.mu.Unlock()
	timer := time.NewTimer(fan.grace)
	defer timer.Stop()
	select {
	case <-fan.empty:
		fan.endWork()
		fan.making.Wait() // whoever left has cancelled its own, and none is begun any more
		return nil
	case <-timer.C:
		fan.mu.Lock()
		left := len(fan.feeds)
		fan.mu.Unlock()
		if left == 0 {
			return nil
		}
		return &StuckError{Viewers: left, After: fan.grace}
	}
}

// Join adds a viewer. The caller takes its messages with [Feed.Next] from one
// goroutine and must call [Feed.Leave] when done. The error is [ErrFull], or
// [ErrStopping] when the fan-out has ended.
func (fan *Fanout) Join() (*Feed, error) {
	fan.mu.Lock()
	defer fan.mu.Unlock()
	if fan.view.Load().stopped {
		return nil, ErrStopping
	}
	if len(fan.feeds) >= fan.max {
		return nil, ErrFull
	}
	f := &Feed{fan: fan, wake: make(chan struct{}, 1), sinceMs: fan.now().UnixMilli(), number: fan.counts.joined.Add(1)}
	f.budget = newBudget()
	fan.feeds[f] = struct{}{}
	return f, nil
}

// Refuse counts a viewer for whom there is no room, and returns the goodbye to it.
func (fan *Fanout) Refuse() (*Message, *CloseError) {
	fan.counts.refused.Add(1)
	return fan.bye(wire.ByeFull, ""), &CloseError{Code: wire.CloseTryLater, Reason: wire.ByeFull}
}

func (fan *Fanout) leave(f *Feed) {
	f.mu.Lock()
	f.batchLeft()
	f.forgetPending()
	f.mu.Unlock()
	fan.mu.Lock()
	defer fan.mu.Unlock()
	if _, ok := fan.feeds[f]; !ok {
		return
	}
	delete(fan.feeds, f)
	if len(fan.feeds) == 0 && fan.view.Load().stopped {
		close(fan.empty)
	}
}

// lazy returns a shared message that goes through encoding/json.
func (fan *Fanout) lazy(topic string, build func() any) *lazy {
	return newLazy(func() *Message {
		fan.counts.encoded(topic)
		return fan.encode(build(), true)
	})
}

// early is lazy for what a joining page waits for.
func (fan *Fanout) early(topic string, build func() any) *lazy {
	return newLazy(func() *Message {
		fan.counts.encoded(topic)
		m := fan.encode(build(), true)
		if m != nil {
			m.early = true
		}
		return m
	})
}

// encode returns nil for what cannot be encoded: viewers go without it.
func (fan *Fanout) encode(m any, shared bool) *Message {
	text, err := wire.Encode(m)
	if err != nil {
		fan.log.Error("message not encoded", "err", err)
		return nil
	}
	return &Message{bytes: text, shared: shared}
}

func (fan *Fanout) bye(reason wire.ByeReason, text string) *Message {
	return fan.encode(wire.Bye{Reason: reason, Message: text, RetryMs: fan.retry.Milliseconds()}, false)
}

// knows reports whether name is a table of the schema: other topics are ignored, so
// that a page cannot make the fan-out remember names.
func (fan *Fanout) knows(name string) bool {
	for _, t := range fan.ring.Latest().Schema.Tables {
		if t.Name == name {
			return true
		}
	}
	return false
}
