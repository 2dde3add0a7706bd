package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"dashcam/collectors"
	"dashcam/server/stream"
)

// AgentConfig is what an agent reports, and to whom.
type AgentConfig struct {
	Identity Identity
	// Ring is what summaries and events are taken from.
	Ring collectors.Live
	// Join adds a viewer, whose messages a hub gets while it holds a lease.
	Join func() (*stream.Feed, error)
	// Handler answers the API.
	Handler http.Handler
	// Alerts returns those of the host; nil knows none.
	Alerts func() []Alert
	// Verdict says what is wrong at a moment; nil says nothing. It is asked while something
	// is wrong.
	Verdict  func(ctx context.Context, at int64) (collectors.Verdict, error)
	Version  string
	Labels   map[string]string
	Interval time.Duration
	// Share says what a hub may see: ShareAll where it is empty.
	Share Share
	Log   *slog.Logger

	times agentTimes
}

// agentTimes are how long an agent waits. Tests shorten them.
type agentTimes struct {
	pace, lease, reconnect, ping time.Duration
}

func defaultAgentTimes() agentTimes {
	return agentTimes{pace: time.Second, lease: 10 * time.Second, reconnect: time.Second, ping: 4 * time.Second}
}

// aboutEvery is how often a host introduces itself while nothing changes: a hub that lost
// it has it again.
const aboutEvery = time.Minute

// Agent reports a host to a hub.
type Agent struct {
	cfg     AgentConfig
	id      Identity
	log     *slog.Logger
	key     nkeys.KeyPair
	public  string
	summary summarizer

	// again is when something is to be said to a hub that has just come.
	again chan struct{}
	paced chan time.Duration
	acked chan Control

	// said is why the hub was not reached, as the log was told.
	said atomic.Pointer[string]
	// refused says that the log was told that another machine has the key.
	refused atomic.Bool

	conn      *nats.Conn
	responder *responder
	leases    leases
}

// NewAgent checks what it is given and starts nothing.
func NewAgent(cfg AgentConfig) (*Agent, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.times == (agentTimes{}) {
		cfg.times = defaultAgentTimes()
	}
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	if cfg.Share == "" {
		cfg.Share = ShareAll
	}
	if err := CheckLabels(cfg.Labels); err != nil {
		return nil, err
	}
	key, err := nkeys.FromSeed([]byte(cfg.Identity.Seed))
	if err != nil {
		return nil, fmt.Errorf("key of the host: %w", err)
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("key of the host: %w", err)
	}
	a := &Agent{
		cfg: cfg, id: cfg.Identity, log: cfg.Log, key: key, public: public,
		again: make(chan struct{}, 1), paced: make(chan time.Duration, 1), acked: make(chan Control, 4),
	}
	a.summary = summarizer{ring: cfg.Ring, alerts: cfg.Alerts, version: cfg.Version}
	a.responder = newResponder(a.id.Host, a.instance, cfg.Handler, a.publish, cfg.Log)
	a.leases = newLeases(a)
	return a, nil
}

// Run connects, and reports until the context ends. A hub that is not there, or that is no
// more for a while, is no error.
func (a *Agent) Run(ctx context.Context) error {
	if err := a.connect(); err != nil {
		return err
	}
	defer a.conn.Close()
	defer a.responder.stop()
	defer a.leases.stop()
	if err := a.listen(); err != nil {
		return err
	}
	a.report(ctx)
	return nil
}

// connect begins to connect, and goes on to try.
func (a *Agent) connect() error {
	pinned, err := a.id.tls()
	if err != nil {
		return err
	}
	servers, path, err := a.id.addresses()
	if err != nil {
		return err
	}
	options := []nats.Option{
		nats.Name(a.id.Host), nats.Nkey(a.public, a.key.Sign),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(a.cfg.times.reconnect), nats.ReconnectJitter(a.cfg.times.reconnect, a.cfg.times.reconnect),
		nats.IgnoreAuthErrorAbort(), nats.ReconnectBufSize(-1), nats.Timeout(5 * time.Second),
		nats.PingInterval(a.cfg.times.ping), nats.MaxPingsOutstanding(1), nats.NoEcho(),
		nats.IgnoreDiscoveredServers(), // a hub does not say where else to go
		nats.ConnectHandler(func(c *nats.Conn) { a.connected(c, "connected to the hub") }),
		nats.ReconnectHandler(func(c *nats.Conn) { a.connected(c, "connected to the hub again") }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				a.log.Warn("connection to the hub lost", "hub", a.id.hubs(), "err", err)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) {
			text := err.Error()
			if before := a.said.Swap(&text); before == nil || *before != text {
				a.log.Warn("hub not reached; trying on", "hub", a.id.hubs(), "err", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { a.log.Debug("broker", "err", err) }),
	}
	if path != "" {
		options = append(options, nats.ProxyPath(path))
	}
	if strings.HasPrefix(servers[0], "wss:") || strings.HasPrefix(servers[0], "tls:") {
		options = append(options, nats.Secure(pinned))
	}
	a.conn, err = nats.Connect(strings.Join(servers, ","), options...)
	if err != nil {
		return fmt.Errorf("connect to the hub %s: %w", a.id.hubs(), err)
	}
	return nil
}

func (a *Agent) connected(conn *nats.Conn, what string) {
	a.said.Store(nil)
	a.refused.Store(false)
	a.log.Info(what, "hub", conn.ConnectedUrlRedacted(), "id", a.id.Host)
	select {
	case a.again <- struct{}{}:
	default:
	}
}

// maxAwaiting and maxAwaitingBytes bound what a hub has said that is not read yet. What comes
// beyond is dropped: an honest hub says all of it again.
const (
	maxAwaiting      = 4096
	maxAwaitingBytes = 2 << 20
)

// listen takes what a hub says. These are the only two subjects that an agent reads, and
// leases, paces, acknowledgements and GETs of its API all that it understands.
func (a *Agent) listen() error {
	takes := map[string]func([]byte){subjectLease: a.control}
	if a.cfg.Share == ShareAll {
		takes[subjectHTTP] = a.responder.take
	}
	for word, take := range takes {
		sub, err := a.conn.Subscribe(of(a.id.Host, word), func(m *nats.Msg) { take(m.Data) })
		if err != nil {
			return fmt.Errorf("listen to the hub: %w", err)
		}
		if err := sub.SetPendingLimits(maxAwaiting, maxAwaitingBytes); err != nil {
			return fmt.Errorf("listen to the hub: %w", err)
		}
	}
	return nil
}

func (a *Agent) instance() string { return a.cfg.Ring.Instance() }

func (a *Agent) control(text []byte) {
	c, err := ParseControl(text)
	if err != nil {
		a.log.Debug("message of a hub refused", "err", err)
		return
	}
	switch c.Type {
	case typePace:
		select {
		case a.paced <- time.Duration(c.PaceMs) * time.Millisecond:
		default:
		}
	case typeAck:
		select {
		case a.acked <- c:
		default: // it is said again
		}
	case typeRefused:
		if c.Instance == a.instance() && !a.refused.Swap(true) {
			a.log.Error("refused by the hub: another machine reports with the key of this one; expected a key for each: end dashcam here, remove "+identityFile+" from its state directory, and join by a token of its own", "id", a.id.Host)
		}
	case typeLease:
		if a.cfg.Share == ShareAll && meant(c.Instance, a.instance) {
			a.leases.take(c)
		}
	}
}

// publish sends a message, or says that there is nobody to send it to.
func (a *Agent) publish(subject string, message []byte) error {
	return a.conn.Publish(subject, message)
}

// report sends summaries at the pace that the hub sets, introductions and events.
func (a *Agent) report(ctx context.Context) {
	beat := newHeartbeat(a.cfg.times.pace, a.cfg.Interval)
	defer beat.stop()
	rows, wait := a.followRows(ctx)
	defer wait()
	var introduced time.Time
	out := outbox{ring: a.cfg.Ring}
	present := presenter{alerts: a.cfg.Alerts, verdict: a.cfg.Verdict}
	defer present.wait()
	for {
		select {
		case <-ctx.Done():
			return
		case pace := <-a.paced:
			beat.set(pace)
			continue
		case c := <-a.acked:
			out.ack(c)
			present.ack(c.Rev, c.Instance == a.cfg.Ring.Instance())
			continue
		case <-a.again:
			introduced = time.Time{}
			out.again()
			present.again()
		case <-rows:
			if !beat.row(time.Now()) {
				continue
			}
		case <-beat.timer.C:
			beat.late(time.Now())
		}
		if !a.conn.IsConnected() {
			continue
		}
		if time.Since(introduced) >= aboutEvery {
			introduced = time.Now()
			a.introduce()
		}
		text, ok := a.summary.next()
		if ok {
			_ = a.publish(of(a.id.Host, subjectSummary), text) // the next one says the same
		}
		if a.cfg.Share == ShareMatrix {
			continue
		}
		for _, text := range out.next(time.Now()) {
			_ = a.publish(of(a.id.Host, subjectEvent), text) // it is sent until it is acknowledged
		}
		if ok {
			now := time.Now()
			present.look(ctx, a.summary.levels, a.summary.at, now)
			if p := present.due(now); p != nil {
				_ = a.publish(of(a.id.Host, subjectEvent), p.message(a.cfg.Ring.Instance())) // as events are
			}
		}
	}
}

// followRows tells of rows as they come, until the context ends; the function that it
// returns waits for that.
func (a *Agent) followRows(ctx context.Context) (rows <-chan struct{}, wait func()) {
	told := make(chan struct{}, 1)
	var following sync.WaitGroup
	following.Go(func() {
		for {
			if a.cfg.Ring.Wait(ctx, a.cfg.Ring.Latest().Row.Seq) != nil {
				return
			}
			select {
			case told <- struct{}{}:
			default:
			}
		}
	})
	return told, following.Wait
}

func (a *Agent) introduce() {
	info := a.cfg.Ring.Info()
	text, err := json.Marshal(About{
		Instance: a.cfg.Ring.Instance(), Name: cut(info.Hostname, maxName), OS: cut(info.OS, maxName), Version: cut(a.cfg.Version, maxVersion),
		Labels: a.cfg.Labels, IntervalMs: a.cfg.Interval.Milliseconds(), BootMs: info.BootMs, NowMs: time.Now().UnixMilli(), Share: a.cfg.Share,
	})
	if err != nil { // it is texts and numbers
		panic(err)
	}
	_ = a.publish(of(a.id.Host, subjectAbout), text) // it is said again
}
