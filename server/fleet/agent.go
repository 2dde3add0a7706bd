package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
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

func (a *Agent) instance() string { return a.cfg.Ring.Instance() }

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
