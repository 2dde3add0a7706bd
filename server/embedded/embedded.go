package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
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
	"dashcam/collectors/textfile"
	"dashcam/frontend"
	"dashcam/server"
	"dashcam/server/auth"
	"dashcam/server/prom"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// Config says what is observed, remembered and served. The zero value observes this
// host once a second and serves nothing but what is mounted.
type Config struct {
	// Listen is the address that Run listens on, "" for none. Any other than a
	// loopback address is refused unless people sign in, and TLS, BehindProxy or
	// InsecureHTTP is set.
	Listen string
	// TLS encrypts what is sent on Listen.
	TLS TLS
	// BehindProxy says that others come to Listen through a proxy that encrypts.
	BehindProxy bool
	// TrustedProxies are the addresses and networks ("10.0.0.0/8") from which
	// X-Forwarded-For and X-Forwarded-Proto are believed.
	TrustedProxies []string
	// PublicURL is what browsers see where a proxy stands between, "" for no other
	// address than that of Listen.
	PublicURL string
	// InsecureHTTP allows to listen on addresses that others can reach, although
	// nothing is encrypted.
	InsecureHTTP bool
	// SignIn says who may see the dashboard, also where it is mounted.
	SignIn SignIn

	// Interval is the time between rows: one of Intervals, 1 s by default.
	Interval time.Duration
	// History and HistoryMemory bound what is remembered, whichever ends first: 24 h
	// and 48 MiB by default.
	History       time.Duration
	HistoryMemory int64
	// StateDir is the directory in which the history is kept on disk, "" for none: then
	// it ends with the program. Disk and Retention bound it, whichever ends first: 1 GiB
	// and 30 days by default. New makes the directory and locks it, and Run lets go of it.
	StateDir  string
	Disk      int64
	Retention time.Duration
	// MaxSeries bounds the live series, 5000 by default; MaxViewers the open pages,
	// 500 by default.
	MaxSeries, MaxViewers int

	// Budget is the processor time that all collectors together may take, in percent
	// of one core: 1 by default, no limit where it is negative. Beyond it optional
	// collectors are asked less often, and an event says so.
	Budget float64

	// Collectors replace the built-in ones, which are host.Collectors.
	Collectors []collectors.Collector
	// Also are further collectors, beside the built-in ones or Collectors.
	Also []collectors.Collector
	// EngineSocket is that of a Docker or Podman which is asked for the names of its
	// containers; "" asks nobody.
	EngineSocket string
	// Textfile reads metrics that other programs leave in the files of a directory; none
	// where it names no directory.
	Textfile textfile.Options
	// Off are collectors, by name, that do not run; Every is how often others are asked
	// at the soonest, instead of what they would like.
	Off   []string
	Every map[string]time.Duration
	// Disks, Mounts, Interfaces and Processes select what the built-in collectors show.
	Disks, Mounts, Interfaces, Processes Selection
	// Demo shows a simulated host, made from Seed, instead of a real one.
	Demo bool
	Seed uint64
	// DemoLarge makes the simulated host a large one: see [synthetic.Large].
	DemoLarge bool
	// HostRoot is where the host's file system is seen, "/" by default; a container
	// mounts it elsewhere.
	HostRoot string
	// HostID replaces the id derived from the machine's.
	HostID string

	// CommandLines says what the table of processes shows of how they were started:
	// nothing by default. CommandLinesFull needs SignIn.
	CommandLines CommandLines

	// Metrics says under which names /metrics gives facts: MetricsNode by default.
	Metrics Metrics
	// MetricsServices has /metrics name every service: dashcam_service_*{service,kind}.
	MetricsServices bool
	// PromQL makes what answers Prometheus' HTTP API below prometheus/api/v1/, by package
	// promql, which a program links only if it names it here; nil means that there is no
	// such route, as without Metrics.
	PromQL func(PromQL) (Questions, error)
	// Rules returns what evaluates the user's rules, from what PromQL made, which may be
	// nothing; nil, and a nil Ruler, for none.
	Rules func(Questions) Ruler

	// Notifier makes what sends notices about alerts; nil tells nobody. Where it is set,
	// notices are sent from the start on, otherwise they would be after a day.
	Notifier func(NotifierConfig) (Notifier, error)
	// QuietHours are times in which only what is critical is told, on the clock of this
	// machine: "22:00-07:00", "Mon-Fri 22:00-07:00". Silences keep alerts from being told:
	// "rule=filesystem-*,mount=/backup: it is always full".
	QuietHours, Silences []string
	// Raised returns the alerts that the program raises by itself, with [Dashcam.Raise]:
	// those that are firing, and then the last resolved ones; nil for none.
	Raised func() []alert.Alert
	// Fleet makes the dashboard the hub of many hosts, by package fleet, which a program
	// links only if it names it here. Others are those hosts.
	Fleet  Fleet
	Others Hosts

	// AllowHosts are names by which this machine may be addressed, beside IP
	// addresses, localhost and its own name.
	AllowHosts []string
	// AllowOrigins are the origins of other sites ("https://grafana.example.com") whose
	// pages may use the socket, the API and /metrics; it needs SignIn. AllowEmbed are
	// those that may show the page in a frame.
	AllowOrigins, AllowEmbed []string
	// Assets replace the page that is built in.
	Assets fs.FS
	// Version is that of the program. Build is that of the page, made from its files
	// where it is empty.
	Version, Build string

	// Log gets what an operator should know; nil means slog.Default().
	Log *slog.Logger
	// Started is called once, when Run serves; Observed once, after the first row.
	// Both are called by Run's goroutines and must return soon.
	Started  func(Start)
	Observed func(First)
}

// Selection picks among things of one kind by patterns of their names: Include shows
// single ones, Exclude leaves others out.
type Selection = host.Selection

// Metrics is a choice of names for /metrics.
type Metrics = prom.Mode

// The choices: node_exporter's names where it knows the fact, our own for everything, no
// metrics at all.
const (
	MetricsNode   = prom.ModeNode
	MetricsNative = prom.ModeNative
	MetricsOff    = prom.ModeOff
)

// PromQL is what package promql needs to know of a dashboard.
type PromQL struct {
	Ring    collectors.Live
	Metrics *prom.Exporter
	// Instance is the name of the host.
	Instance string
	Interval time.Duration
}

type (
	// Fleet is what a hub adds to a dashboard.
	Fleet = server.Fleet
	// Hosts are those of a hub.
	Hosts = server.Hosts
	// Host is one host as it is shown.
	Host = server.Host
	// Hello is what a page is told first.
	Hello = wire.Hello
)

// Questions answers Prometheus' HTTP API.
type Questions = server.Questions

// CommandLines is a choice of what is shown of command lines.
type CommandLines = host.CommandLines

// The choices: nothing, what is surely no secret, everything.
const (
	CommandLinesOff      = host.CommandLinesOff
	CommandLinesRedacted = host.CommandLinesRedacted
	CommandLinesFull     = host.CommandLinesFull
)

// ErrCommandLines refuses to show whole command lines, which may hold secrets, where nobody
// has to sign in.
var ErrCommandLines = errors.New("whole command lines, which may hold secrets, are shown only where one has to sign in")

// CheckOrigin reports what is wrong with an origin for AllowOrigins or AllowEmbed.
func CheckOrigin(origin string) error {
	_, err := auth.NewOrigins([]string{origin})
	return err
}

// Intervals are the times between rows that an instance may have.
func Intervals() []time.Duration { return sampler.Intervals() }

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

// AllowHosts replaces Config.AllowHosts, also while Run runs.
func (d *Dashcam) AllowHosts(names ...string) { d.server.AllowHosts(append(ownNames(), names...)...) }

// Post leaves an event: it enters with the next row, cleaned and cut. The program that
// dashcam is part of tells of its own deploys and errors this way.
func (d *Dashcam) Post(e collectors.Event) { d.ring.Post(e) }

// Host is what is shown of the host.
func (d *Dashcam) Host() *Host { return d.server.Host() }

// HostAs returns the dashboard's host under another id and name, as a simulated fleet shows
// it. Nobody is sent anything until its Stream runs.
func (d *Dashcam) HostAs(id, name string) *Host {
	host, judging := *d.server.Host(), new(diagnosis.Judging)
	info := host.Info
	host.ID = id
	host.Info = func() collectors.Host {
		i := info()
		i.Hostname = name
		return i
	}
	hello := func() wire.Hello {
		h := d.hello()
		h.Host = host.Info()
		return h
	}
	host.Stream = stream.New(stream.Config{Ring: d.ring, Hello: hello, MaxViewers: d.cfg.MaxViewers, Log: d.log, Verdict: func(ctx context.Context, at int64) (collectors.Verdict, error) {
		return judging.Judge(ctx, d.ring, at)
	}})
	return &host
}

// Ring is what is remembered of the host, and its present.
func (d *Dashcam) Ring() collectors.Live { return d.ring }

// Join adds a viewer within the program, which takes its messages with Next from one
// goroutine and calls Leave when it is done.
func (d *Dashcam) Join() (*stream.Feed, error) { return d.stream.Join() }

// Hello is what the dashboard's own page is told first.
func (d *Dashcam) Hello() Hello { return d.hello() }

// Fingerprint is that of a certificate that was made here, "" for none.
func (d *Dashcam) Fingerprint() string { return d.fingerprint }

// Certificate returns the one that Listen is encrypted by now, for another listener that
// is known by the same. Its signature is that of [tls.Config.GetCertificate].
func (d *Dashcam) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	switch {
	case d.tls == nil:
		return nil, errors.New("there is no TLS here")
	case d.tls.GetCertificate != nil:
		return d.tls.GetCertificate(hello)
	}
	return &d.tls.Certificates[0], nil
}

// Alerts are those of the host: firing and pending ones, newest first, then the last
// resolved ones. SilencedBy returns the id of the silence that keeps one from being told, or
// "".
func (d *Dashcam) Alerts() []alert.Alert { return d.everyAlert().Alerts() }

// SilencedBy belongs to Alerts.
func (d *Dashcam) SilencedBy(a *alert.Alert) string {
	return d.planner.SilencedBy(a, time.Now().UnixMilli())
}

// Raise takes a change of an alert of Config.Raised. Changes before Run are told with what
// is firing at its start.
func (d *Dashcam) Raise(c alert.Change) { d.alertChanged(c) }

// Verdict says what is wrong with the host at a moment, in Unix milliseconds.
func (d *Dashcam) Verdict(ctx context.Context, at int64) (collectors.Verdict, error) {
	return d.judging.Judge(ctx, d.ring, at)
}

// Newest returns the sequence number of the newest row, 0 while there is none. As long as
// dashcam samples it rises.
func (d *Dashcam) Newest() uint64 { return d.ring.Bounds().Newest }

func closeAll(listeners []net.Listener) error {
	var errs []error
	for _, ln := range listeners {
		errs = append(errs, ln.Close())
	}
	return errors.Join(errs...)
}
