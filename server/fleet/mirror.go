package fleet

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

const (
	// mirrorWindow is how many rows of the past a mirror begins with.
	mirrorWindow = 300
	// mirrorMemory bounds what a mirror remembers.
	mirrorMemory = 12 << 20
	mirrorAge    = 2 * time.Hour
	// renewEvery is how often a lease is renewed, and also how many messages may come
	// before that.
	renewEvery    = 3 * time.Second
	renewMessages = 16
	renewBytes    = maxInFlight / 4
	// quiet is how long a live stream may say nothing before it is begun anew.
	quiet = 4 * time.Second
	// lookedAt is how long a lease is held when nobody looks any more, and keptFor how long
	// the mirror is kept then.
	lookedAt = 15 * time.Second
	keptFor  = 10 * time.Minute
	// readyWait is how long a viewer waits for the first rows.
	readyWait = 5 * time.Second
)

// Mirror is the hub's ring of one instance of a host. Viewers stand on it as on the ring of
// a host of its own, and cost the host one stream, however many they are.
type Mirror struct {
	host, instance string
	hub            mirrorHub
	log            *slog.Logger
	ring           *history.Ring
	live           *mirrorLive
	fan            *stream.Fanout
	// decoder and schema belong to run.
	decoder *decoder
	schema  *collectors.Schema
	// poked says that the host has just come.
	poked atomic.Bool

	wanted chan struct{}
	begin  sync.Once
	end    context.CancelFunc
	ctx    context.Context //nolint:containedctx // that of the mirror's life

	mu    sync.Mutex
	hello wire.Hello
	ready chan struct{} // closed while the mirror has caught up
	is    bool
	// shown says that pages may have been told what is here.
	shown bool
	// filled counts the rows that came as history after an interruption.
	filled, sessions uint64
	used             time.Time
}

// mirrorHub is what a mirror needs of its hub.
type mirrorHub struct {
	conn *nats.Conn
	// begun runs a function until it returns, and waits for it at the end.
	begun func(func())
	// ended is told when the mirror is no more.
	ended func(m *Mirror)
	hello func() wire.Hello
	info  func(host string) collectors.Host
	// silent says that a host is known to be away: nothing is waited for.
	silent func(host string) bool
	stats  *hubStats
	log    *slog.Logger
}

func newMirror(ctx context.Context, host, instance string, interval time.Duration, hub mirrorHub) *Mirror {
	m := &Mirror{host: host, instance: instance, hub: hub, log: hub.log.With("host", host), wanted: make(chan struct{}, 1), ready: make(chan struct{}), used: time.Now(), decoder: newDecoder()}
	m.ctx, m.end = context.WithCancel(ctx)
	m.ring = history.New(history.Config{
		Instance: instance, Interval: interval, Age: mirrorAge, Memory: mirrorMemory, MaxSeries: maxSeries,
		Info: m.info,
	})
	m.live = &mirrorLive{Ring: m.ring}
	m.fan = stream.New(stream.Config{Ring: m.live, Hello: m.said, Partial: true, Grace: time.Second, Retry: time.Second, Log: m.log})
	return m
}

// Ring and Stream are what viewers stand on.
func (m *Mirror) Ring() collectors.Live { return m.live }

// Stream is the fan-out of the mirror.
func (m *Mirror) Stream() *stream.Fanout { return m.fan }

// said is the hello of the host, with the page of the hub.
func (m *Mirror) said() wire.Hello {
	own := m.hub.hello()
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.hello
	h.Build = own.Build
	if h.Instance == "" { // it has never been here
		h = own
		h.Host, h.Starts, h.First = m.hub.info(m.host), nil, 0
	}
	return h
}

func (m *Mirror) info() collectors.Host {
	m.mu.Lock()
	h := m.hello
	m.mu.Unlock()
	if h.Instance == "" {
		return m.hub.info(m.host)
	}
	return h.Host
}

// Ready begins to mirror, where nobody has looked, and waits until the mirror has caught up:
// at most for readyWait, and not at all while the host is silent. Who looks then is shown
// what is here.
func (m *Mirror) Ready(ctx context.Context) {
	m.begin.Do(func() { m.hub.begun(m.run) })
	m.mu.Lock()
	m.used = time.Now()
	m.mu.Unlock()
	select {
	case m.wanted <- struct{}{}:
	default:
	}
	m.awaitRows(ctx)
}

// awaitRows waits until the mirror has caught up, at most for readyWait.
func (m *Mirror) awaitRows(ctx context.Context) {
	if m.hub.silent(m.host) {
		return
	}
	m.mu.Lock()
	ready := m.ready
	m.mu.Unlock()
	timer := time.NewTimer(readyWait)
	defer timer.Stop()
	select {
	case <-ready:
	case <-timer.C:
	case <-ctx.Done():
	case <-m.ctx.Done():
	}
}

func (m *Mirror) caughtUp(is bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if is == m.is {
		return
	}
	if m.is = is; is {
		close(m.ready)
	} else {
		m.ready = make(chan struct{})
	}
}

// Poke says that the host has just connected.
func (m *Mirror) Poke() { m.poked.Store(true) }

// run follows the host while somebody looks, until the mirror ends.
func (m *Mirror) run() {
	defer m.hub.ended(m)
	defer m.end()
	m.hub.stats.mirrors.Add(1)
	defer m.hub.stats.mirrors.Add(-1)
	var fanning sync.WaitGroup
	fanning.Go(func() {
		// A page that joins is told of panels and tables once: not before they are known.
		m.awaitRows(m.ctx)
		m.mu.Lock()
		m.shown = true
		m.mu.Unlock()
		if err := m.fan.Run(m.ctx); err != nil {
			m.log.Warn("viewers of a host left behind", "err", err)
		}
	})
	defer fanning.Wait()
	defer m.end()
	idle := time.NewTicker(lookedAt / 3)
	defer idle.Stop()
	pause := time.Duration(0)
	for m.ctx.Err() == nil {
		if !m.looked() {
			m.caughtUp(false)
			select {
			case <-m.wanted:
			case <-idle.C:
				if m.unused() > keptFor {
					return
				}
			case <-m.ctx.Done():
			}
			continue
		}
		newest := m.ring.Bounds().Newest
		err := m.session(pause)
		m.caughtUp(false)
		if errors.Is(err, errAnew) {
			return
		}
		if err != nil && m.ctx.Err() == nil {
			m.hub.stats.broken.Add(1)
		}
		if pause = pauseAfter(pause, m.ring.Bounds().Newest > newest); err == nil || errors.Is(err, errBack) {
			pause = 0
		}
	}
}

// The pauses before a lease is tried again.
const (
	shortestPause = 50 * time.Millisecond
	longestPause  = time.Second
)

// pauseAfter is how long to wait after a lease that broke off: hardly at all where rows came,
// since then something was lost on a way that is there again, and else longer each time.
func pauseAfter(last time.Duration, rows bool) time.Duration {
	if rows {
		return shortestPause
	}
	return min(max(2*last, shortestPause), longestPause)
}

// looked reports whether somebody looks, or did a moment ago.
func (m *Mirror) looked() bool {
	if m.fan.Viewers() > 0 {
		m.mu.Lock()
		m.used = time.Now()
		m.mu.Unlock()
		return true
	}
	return m.unused() < lookedAt
}

func (m *Mirror) unused() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Since(m.used)
}

func (m *Mirror) isShown() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shown
}

// begun reports whether somebody has ever looked.
func (m *Mirror) begun() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sessions > 0
}
