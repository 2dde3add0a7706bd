package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"dashcam/server/wire"
)

// HubConfig is what a hub needs. Wall and Hello are required.
type HubConfig struct {
	Wall *Wall
	// Broker says how the broker is run. Its Host is the hub's own to fill in.
	Broker BrokerConfig
	// Hello is what the hub's own page is told first.
	Hello func() wire.Hello
	Log   *slog.Logger
}

// Hub takes hosts up and shows them: broker, registry, wall and mirrors.
type Hub struct {
	API
	cfg      HubConfig
	log      *slog.Logger
	registry *registry
	limits   hostLimits
	broker   *broker
	running  sync.WaitGroup
	ready    chan struct{}
	remove   func() error
	// dir keeps what is known of hosts over a restart, "" for nowhere.
	dir string

	mu      sync.Mutex
	conn    *nats.Conn
	ctx     context.Context //nolint:containedctx // that of Run, which mirrors live in
	mirrors map[string]*Mirror
	pace    time.Duration
}

// NewHub builds a hub, and starts nothing.
func NewHub(cfg HubConfig) (*Hub, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Hub{cfg: cfg, log: cfg.Log, registry: newRegistry(), ready: make(chan struct{}), mirrors: make(map[string]*Mirror), remove: func() error { return nil }}
	h.API = API{Wall: cfg.Wall, Registry: h.registry}
	h.registry.set = func(r Record) { cfg.Wall.Set(r, time.Now()) }
	h.registry.removed = h.hostRemoved
	h.registry.cut = func(key string) { h.broker.cut(key) }
	b := cfg.Broker
	b.Host, b.Log = h.registry.hostOf, cfg.Log
	if b.Dir == "" && len(b.Cluster) == 0 {
		// JetStream wants a directory even for what it keeps in memory.
		dir, err := os.MkdirTemp("", "dashcam-hub-")
		if err != nil {
			return nil, fmt.Errorf("directory of the broker: %w", err)
		}
		b.Dir = dir
		h.remove = func() error { return os.RemoveAll(dir) }
	} else if b.Dir != "" {
		b.Dir = filepath.Join(b.Dir, "fleet")
		if err := os.MkdirAll(b.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("directory of the hub: %w", err)
		}
		h.dir = b.Dir
		h.recall(h.dir)
	}
	var err error
	if h.broker, err = newBroker(b); err != nil {
		return nil, errors.Join(err, h.remove())
	}
	return h, nil
}

// Is says which host the hub runs on, whose id nobody else can have, and by which
// fingerprint its certificate is known: zero where an authority vouches for it, or none is
// needed. It is called before Run.
func (h *Hub) Is(own string, fingerprint [32]byte) {
	h.registry.own, h.registry.fingerprint = own, fingerprint
}

// Ready is closed when the registry has been read.
func (h *Hub) Ready() <-chan struct{} { return h.ready }

// Run runs broker and hub until the context ends.
func (h *Hub) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, h.remove()) }()
	if err := h.broker.start(); err != nil {
		return err
	}
	defer h.broker.stop()
	conn, err := h.broker.connect(ctx, func(err error) { h.log.Debug("broker", "err", err) })
	if err != nil {
		return fmt.Errorf("connect to the broker: %w", err)
	}
	defer conn.Close()
	work, stop := context.WithCancel(ctx)
	defer h.running.Wait()
	defer stop()
	h.mu.Lock()
	h.conn, h.ctx = conn, work
	h.mu.Unlock()
	for word, take := range map[string]func(host string, text []byte, now time.Time) error{
		subjectSummary: h.summary, subjectAbout: h.about, subjectEvent: h.event,
	} {
		sub, err := conn.Subscribe(prefix+"*."+word, func(m *nats.Msg) {
			host, ok := hostOf(m.Subject)
			if !ok || !h.limits.allow(host, word) {
				return
			}
			h.cfg.Wall.stats.of(word).add(len(m.Data))
			if err := take(host, m.Data, time.Now()); err != nil {
				h.cfg.Wall.stats.refused.Add(1)
				h.log.Debug("message of a host refused", "host", host, "subject", word, "err", err)
			}
		})
		if err == nil {
			err = sub.SetPendingLimits(100_000, 64<<20)
		}
		if err != nil {
			return fmt.Errorf("listen to hosts: %w", err)
		}
	}
	h.running.Go(func() { h.follow(work, conn) })
	if h.dir != "" {
		h.running.Go(func() { h.keep(work, h.dir) })
	}
	h.watch(work)
	return nil
}

// follow follows the registry, and tries again while it is not there, as that of a cluster
// may be.
func (h *Hub) follow(ctx context.Context, conn *nats.Conn) {
	js, err := h.cfg.Broker.jetStream(conn)
	if err != nil {
		h.log.Error("registry not opened", "err", err)
		return
	}
	storage := jetstream.FileStorage
	if h.cfg.Broker.Dir == "" && len(h.cfg.Broker.Cluster) == 0 {
		storage = jetstream.MemoryStorage
	}
	var once sync.Once
	for failed := 1; ctx.Err() == nil; failed++ {
		err := h.registry.follow(ctx, js, storage, len(h.cfg.Broker.Cluster) > 0, func() { once.Do(func() { h.cfg.Wall.forget(time.Now()); close(h.ready) }) })
		if err == nil {
			return
		}
		if failed == 3 { // that of a cluster takes a moment
			h.log.Warn("registry not there; trying on", "err", err)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// watch looks every second for hosts that are silent, and for the pace to keep.
func (h *Hub) watch(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			h.cfg.Wall.Watch(now)
			h.setPace()
		}
	}
}

// setPace tells every host when the pace changes.
func (h *Hub) setPace() {
	pace := h.cfg.Wall.PaceNow()
	h.mu.Lock()
	changed := h.pace != pace
	h.pace = pace
	h.mu.Unlock()
	if changed {
		for _, id := range h.cfg.Wall.IDs() {
			h.say(id, Control{Type: typePace, PaceMs: pace.Milliseconds()})
		}
	}
}

func (h *Hub) say(host string, c Control) {
	text, err := json.Marshal(c)
	if err != nil { // it is texts and numbers
		panic(err)
	}
	h.mu.Lock()
	conn := h.conn
	h.mu.Unlock()
	_ = conn.Publish(of(host, subjectLease), text) // it is said again
}

func (h *Hub) summary(host string, text []byte, now time.Time) error {
	s, err := ParseSummary(text)
	if err != nil {
		return err
	}
	if !h.cfg.Wall.Summarized(host, s, now) {
		if h.cfg.Wall.refuses(host, s.Instance) {
			h.say(host, Control{Type: typeRefused, Instance: s.Instance})
		}
		return refuse("instance %s is not the host: another machine has its key", s.Instance)
	}
	h.endOther(host, s.Instance)
	return nil
}

// about answers a host that introduces itself: at which pace it may speak, and which of its
// events are here.
func (h *Hub) about(host string, text []byte, now time.Time) error {
	a, err := ParseAbout(text)
	if err != nil {
		return err
	}
	h.cfg.Wall.Introduced(host, a, now)
	h.say(host, Control{Type: typePace, PaceMs: h.cfg.Wall.PaceNow().Milliseconds()})
	h.say(host, h.cfg.Wall.ackOf(host, a.Instance))
	h.mu.Lock()
	m := h.mirrors[host]
	h.mu.Unlock()
	if m != nil {
		m.Poke()
	}
	return nil
}

func (h *Hub) event(host string, text []byte, _ time.Time) error {
	m, err := ParseEvents(text)
	if err != nil {
		return err
	}
	if _, known := h.cfg.Wall.Happened(host, m); known {
		h.say(host, h.cfg.Wall.ackOf(host, m.Instance))
	}
	return nil
}

// memoryOfHost is what a host may take on its hub: its connection with TLS, the strips of a
// day, and as much again before it is collected.
const memoryOfHost = 320 << 10

// Memory is about what the hosts may take now, and the mirrors of those that are looked at.
func (h *Hub) Memory() int64 {
	needs := int64(h.cfg.Wall.Len()) * memoryOfHost
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.mirrors {
		if m.begun() {
			needs += 2 * mirrorMemory
		}
	}
	return needs
}

// Tunnel returns a connection to the broker, for an agent that comes by the hub's port.
func (h *Hub) Tunnel() (net.Conn, error) { return h.broker.tunnel() }

// Answer answers the API of the hub.
func (h *Hub) Answer(ctx context.Context, method, path string, query url.Values, body []byte, from netip.Addr) (int, []byte) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	return h.API.Answer(ctx, method, path, query, body, from)
}
