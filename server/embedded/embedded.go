package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/diagnosis"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
	"dashcam/collectors/host"
	"dashcam/collectors/sampler"
	"dashcam/frontend"
	"dashcam/server"
	"dashcam/server/auth"
	"dashcam/server/prom"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// Dashcam is a dashboard and everything behind it.
type Dashcam struct {
	cfg     Config
	log     *slog.Logger
	source  source
	store   *store.Store // nil without StateDir
	before  uint64       // the last row of earlier instances
	ring    *history.Ring
	stream  *stream.Fanout
	judging diagnosis.Judging
	server  *server.Server
	sampler *sampler.Sampler
	inner   *memory
	alerts  *alert.Engine
	ruler   Ruler // nil where the user has no rules
	planner *alert.Planner
	// notifier is nil where nobody is told; notices are those that it has yet to take.
	notifier      Notifier
	notices       []Notice
	noticesFailed bool
	// alertsChanged says that there is something to write, alertsFailed that the last time
	// it was not.
	alertsChanged chan struct{}
	alertsFailed  bool
	// tls is nil where Listen is not encrypted; fingerprint is that of a certificate
	// that was made here.
	tls         *tls.Config
	fingerprint string
	// link is the secret of the link that is shown at the start, "" for none.
	link string
}

// New builds a dashboard. It reads the page and the facts about the host, so that what
// cannot work (an unreadable HostRoot) is an error at once, and starts nothing.
func New(cfg Config) (*Dashcam, error) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	if cfg.Assets == nil {
		cfg.Assets = frontend.FS()
	}
	if err := cfg.mayListen(); err != nil {
		return nil, err
	}
	if cfg.CommandLines == CommandLinesFull && (cfg.SignIn.Mode == "" || cfg.SignIn.Mode == SignInNone) {
		return nil, ErrCommandLines
	}
	d := &Dashcam{cfg: cfg, log: cfg.Log, inner: newMemory(), alertsChanged: make(chan struct{}, 1)}
	if err := d.build(); err != nil {
		return nil, errors.Join(err, d.closeStore())
	}
	return d, nil
}

// build puts the parts together. They know each other only through functions that are
// called later, which is why d's fields may be filled in one after the other.
func (d *Dashcam) build() error {
	cfg := d.cfg
	var err error
	if d.source, err = newSource(&cfg, d.selfStats(), func(e collectors.Event) { d.ring.Post(e) }); err != nil {
		return err
	}
	if d.store, err = newStore(&cfg, d.source); err != nil {
		return err
	}
	d.ring = newRing(&cfg, d.source, d.store)
	d.before = d.ring.Bounds().Newest
	d.stream = stream.New(stream.Config{Ring: d.ring, Hello: d.hello, MaxViewers: cfg.MaxViewers, Log: d.log, Verdict: d.Verdict})
	d.alerts = d.newAlerts()
	if err := d.newPlanner(); err != nil {
		return err
	}
	metrics, err := d.metrics()
	if err != nil {
		return err
	}
	var questions Questions
	if cfg.PromQL != nil && metrics != nil {
		questions, err = cfg.PromQL(PromQL{Ring: d.ring, Metrics: metrics, Instance: d.source.host().Hostname, Interval: cfg.Interval})
		if err != nil {
			return err
		}
	}
	d.newRuler(questions)
	authenticator, link, err := cfg.SignIn.authenticator()
	if err != nil {
		return err
	}
	d.link = link
	proxy, err := auth.NewProxy(cfg.TrustedProxies, cfg.PublicURL)
	if err != nil {
		return err
	}
	if d.tls, d.fingerprint, err = cfg.TLS.config(cfg.Listen, d.log); err != nil {
		return err
	}
	d.server, err = server.New(server.Config{
		Assets: cfg.Assets, Ring: d.ring, Store: d.storeStats(), Stream: d.stream, Host: d.source.host, Interval: cfg.Interval,
		Version: cfg.Version, Build: cfg.Build, Demo: cfg.Demo,
		AllowHosts: append(ownNames(), cfg.AllowHosts...), AllowOrigins: cfg.AllowOrigins, AllowEmbed: cfg.AllowEmbed,
		Authenticator: authenticator,
		Proxy:         proxy,
		Metrics:       metrics,
		Post:          d.ring.Post,
		Questions:     questions,
		Alerts:        d.everyAlert(),
		Backtest:      d.backtest(),
		Planner:       d.planner,
		Deliveries:    d.notifier,
		Fleet:         cfg.Fleet,
		Others:        cfg.Others,
		Log:           d.log,
	})
	if err != nil {
		return err
	}
	d.sampler, err = newSampler(&cfg, d.source, d.ring)
	return err
}

// metrics returns what answers /metrics, nil where nothing shall.
func (d *Dashcam) metrics() (*prom.Exporter, error) {
	if d.cfg.Metrics == MetricsOff {
		return nil, nil
	}
	cfg := prom.Config{Ring: d.ring, Mode: d.cfg.Metrics, Host: d.source.host, Services: d.cfg.MetricsServices, Version: d.cfg.Version}
	if d.cfg.Demo {
		cfg.CPUTick = 1.0 / 100 // the simulated host is a Linux, wherever it runs
	} else {
		cfg.ScrapeOnly = func() []collectors.ScrapeOnly { return host.ScrapeOnly(host.Options{Root: d.cfg.HostRoot}) }
		cfg.Interrupts = func() []collectors.ScrapeOnly { return host.Interrupts(host.Options{Root: d.cfg.HostRoot}) }
	}
	return prom.New(cfg)
}

func (d *Dashcam) hello() wire.Hello {
	return wire.Hello{
		Version: d.cfg.Version, Build: d.server.Build(), Host: d.source.host(),
		IntervalMs: d.cfg.Interval.Milliseconds(), Demo: d.cfg.Demo, First: d.first(), Starts: d.starts(),
	}
}

// selfStats tells the host collectors what only the other parts know.
func (d *Dashcam) selfStats() host.SelfStats {
	stats := host.SelfStats{
		Viewers:         func() int { return d.stream.Viewers() },
		SentBytes:       func() uint64 { return d.stream.Stats().Bytes },
		RememberedBytes: func() int64 { return d.ring.Bounds().Bytes },
		RememberedFor: func() time.Duration {
			b := d.ring.Bounds()
			return time.Duration(b.NewestT-b.OldestT) * time.Millisecond
		},
	}
	if d.cfg.StateDir != "" {
		stats.OnDisk = d.onDisk
	}
	return stats
}

// Mount adds the dashboard below prefix to a Fiber app that has not begun to listen.
// It sets KeepHijackedConns on that app's server, without which sockets would be mixed
// up.
func (d *Dashcam) Mount(app *server.App, prefix string) { d.server.Mount(app, prefix) }

// Run samples and serves until ctx ends or a part fails. It returns nil when it was
// stopped by its context and everything has ended in time.
func (d *Dashcam) Run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, d.closeStore()) }()
	listeners := []net.Listener{d.inner}
	start := d.start()
	if d.cfg.Listen != "" {
		ln, err := new(net.ListenConfig).Listen(ctx, "tcp", d.cfg.Listen)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", d.cfg.Listen, err)
		}
		start.Addr = ln.Addr()
		if d.tls != nil {
			ln = tls.NewListener(ln, d.tls)
		}
		listeners = append(listeners, ln)
	}
	if err := d.source.prepare(ctx, d.sampler, time.UnixMilli(d.ring.Bounds().NewestT)); err != nil {
		// It was stopped before it began.
		return closeAll(listeners)
	}
	// Whatever ends first ends the others. The sampler is told together with the
	// server, because it may wait for a collector; it is joined last.
	work, stop := context.WithCancel(ctx)
	defer stop()
	pump, stopPump := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPump()
	keep, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopKeeping()
	var sampling, pumping, watching, keeping sync.WaitGroup
	var sampleErr, pumpErr, keepErr error
	if d.store != nil {
		// What cannot be kept ends nothing: health says so.
		keeping.Go(func() { keepErr = d.store.Run(keep, d.ring) })
	}
	sampling.Go(func() {
		defer stop()
		sampleErr = d.sampler.Run(work)
	})
	pumping.Go(func() {
		defer stop()
		pumpErr = d.stream.Run(pump)
	})
	if d.cfg.Started != nil {
		d.cfg.Started(start) // before Observed, which may follow at once
	}
	watching.Go(func() { d.watchFirstRow(work) })
	watching.Go(func() { d.runAlerts(work) })
	if d.source.follow != nil {
		watching.Go(func() { d.source.follow(work) })
	}
	if d.source.events != nil {
		watching.Go(func() { d.source.events.Run(work) })
	}
	d.tellStart()
	serveErr := d.server.Run(work, listeners...)
	stop()
	stopPump()
	pumping.Wait()
	sampling.Wait()
	watching.Wait()
	if d.source.events != nil {
		d.source.events.Close()
	}
	stopKeeping() // when there are no more rows
	keeping.Wait()
	return errors.Join(serveErr, pumpErr, sampleErr, keepErr)
}

func closeAll(listeners []net.Listener) error {
	var errs []error
	for _, ln := range listeners {
		errs = append(errs, ln.Close())
	}
	return errors.Join(errs...)
}
