package hub

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"dashcam/collectors/history"
	"dashcam/server/wire"
)

// Ring is what the hub reads: a [history.Ring].
type Ring interface {
	history.Reader
	// HealthVersion rises whenever Health would answer differently.
	HealthVersion() uint64
}

// Config says what a hub serves. Ring and Hello are required; zero fields mean their
// defaults.
type Config struct {
	Ring Ring
	// Hello returns what a joining viewer is told first. The hub itself fills in
	// Instance, NowMs, Oldest, OldestT and Newest.
	Hello func() wire.Hello
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

// Hub fans the ring out to viewers.
type Hub struct {
	ring   Ring
	hello  func() wire.Hello
	max    int
	grace  time.Duration
	retry  time.Duration
	log    *slog.Logger
	now    func() time.Time
	view   atomic.Pointer[view]
	counts counts
	pieces pieces

	mu    sync.Mutex
	feeds map[*Feed]struct{}
	empty chan struct{} // closed when the last viewer left after the stop
}

// New returns a hub that serves nothing until Run is called.
func New(c Config) *Hub {
	h := &Hub{
		ring: c.Ring, hello: c.Hello, max: c.MaxViewers, grace: c.Grace, retry: c.Retry, log: c.Log, now: c.Now,
		feeds: make(map[*Feed]struct{}), empty: make(chan struct{}),
	}
	if h.max == 0 {
		h.max = 500
	}
	if h.grace == 0 {
		h.grace = 2 * time.Second
	}
	if h.retry == 0 {
		h.retry = 5 * time.Second
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	h.counts.encodes = make(map[string]uint64)
	h.pieces.making = make(chan struct{}, runtime.GOMAXPROCS(0))
	h.view.Store(&view{superseded: make(chan struct{})})
	return h
}

// Run is the pump: it follows the ring until ctx ends, then tells every viewer
// "stopping" and waits until they have left, at most Config.Grace. It returns nil, or
// an error that says how many did not leave. It is called once.
func (h *Hub) Run(ctx context.Context) error {
	p := &pump{h: h}
	h.publish(p.start())
	for {
		v := h.view.Load()
		if err := h.ring.Wait(ctx, v.newest); err != nil {
			break
		}
		h.publish(p.next(v))
	}
	return h.stop()
}

func (h *Hub) publish(v *view) {
	old := h.view.Swap(v)
	close(old.superseded)
}

func (h *Hub) stop() error {
	last := *h.view.Load()
	last.stopped, last.superseded = true, make(chan struct{})
	h.mu.Lock() // Join looks at stopped under the same lock: nobody slips in
	h.publish(&last)
	if len(h.feeds) == 0 {
		close(h.empty)
	}
	h.mu.Unlock()
	timer := time.NewTimer(h.grace)
	defer timer.Stop()
	select {
	case <-h.empty:
		return nil
	case <-timer.C:
		h.mu.Lock()
		left := len(h.feeds)
		h.mu.Unlock()
		if left == 0 {
			return nil
		}
		return &StuckError{Viewers: left, After: h.grace}
	}
}

// Join adds a viewer. The caller takes its messages with [Feed.Next] from one
// goroutine and must call [Feed.Leave] when done. The error is [ErrFull], or
// [ErrStopping] when the hub has ended.
func (h *Hub) Join() (*Feed, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.view.Load().stopped {
		return nil, ErrStopping
	}
	if len(h.feeds) >= h.max {
		h.counts.refused.Add(1)
		return nil, ErrFull
	}
	f := &Feed{h: h, wake: make(chan struct{}, 1), sinceMs: h.now().UnixMilli(), number: h.counts.joined.Add(1)}
	h.feeds[f] = struct{}{}
	return f, nil
}

// Full is the goodbye to a viewer that Join refused with [ErrFull].
func (h *Hub) Full() (*Message, *CloseError) {
	return h.bye(wire.ByeFull), &CloseError{Code: wire.CloseTryLater, Reason: wire.ByeFull}
}

func (h *Hub) leave(f *Feed) {
	f.mu.Lock()
	f.pieceGone()
	f.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.feeds[f]; !ok {
		return
	}
	delete(h.feeds, f)
	if len(h.feeds) == 0 && h.view.Load().stopped {
		close(h.empty)
	}
}

// lazy returns a shared message that goes through encoding/json.
func (h *Hub) lazy(topic string, build func() any) *lazy {
	return newLazy(func() *Message {
		h.counts.encoded(topic)
		return h.encode(build(), true)
	})
}

// early is lazy for what a joining page waits for.
func (h *Hub) early(topic string, build func() any) *lazy {
	return newLazy(func() *Message {
		h.counts.encoded(topic)
		m := h.encode(build(), true)
		if m != nil {
			m.early = true
		}
		return m
	})
}

// encode returns nil for what cannot be encoded: viewers go without it.
func (h *Hub) encode(m any, shared bool) *Message {
	text, err := wire.Encode(m)
	if err != nil {
		h.log.Error("message not encoded", "err", err)
		return nil
	}
	return &Message{bytes: text, shared: shared}
}

func (h *Hub) bye(reason wire.ByeReason) *Message {
	return h.encode(wire.Bye{Reason: reason, RetryMs: h.retry.Milliseconds()}, false)
}

// knows reports whether name is a table of the schema: other topics are ignored, so
// that a page cannot make the hub remember names.
func (h *Hub) knows(name string) bool {
	for _, t := range h.ring.Schema().Tables {
		if t.Name == name {
			return true
		}
	}
	return false
}
