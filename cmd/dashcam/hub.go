package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors/alert"
	"dashcam/server/embedded"
	"dashcam/server/fleet"
)

// hubOptions are the flags of a hub.
type hubOptions struct {
	nats       []string
	natsCreds  string
	natsDomain string
	natsListen string
	demoHosts  int
	pace       time.Duration
}

// hubCommand serves many hosts, and has the commands about them.
func (c *cli) hubCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "hub",
		Short:   "Show many hosts, which report to this one: a wall, and the page of each",
		Example: "  dashcam hub --state-dir /var/lib/dashcam --listen :7272 --auth token --tls-self-signed",
		Args:    cobra.NoArgs,
	}
	var o hubOptions
	f := cmd.Flags()
	f.StringSliceVar(&o.nats, "nats", nil, "`URL` where a node of a NATS that several hubs share takes leaf nodes; such as tls://nats-a:7422; may be repeated")
	f.StringVar(&o.natsCreds, "nats-creds", "", "`file` to sign in to --nats by: credentials, or the seed of an nkey")
	f.StringVar(&o.natsDomain, "nats-domain", fleet.DefaultDomain, "`domain` of the JetStream of --nats")
	f.StringVar(&o.natsListen, "nats-listen", "", "`address` for hosts that come by NATS itself; on loopback, or with TLS")
	f.DurationVar(&o.pace, "pace", 0, "`time` between two summaries of a host; 1s up to 200 hosts, 2s to 1000, 5s beyond where it is not given")
	f.IntVar(&o.demoHosts, "demo-hosts", 40, "with --demo: how many hosts are simulated")
	cmd = c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error { return c.hub(ctx, s, &o) }, "listen", "auth", "state-dir", "demo", "tls-cert", "tls-key", "tls-self-signed", "public-url")
	cmd.AddCommand(c.hubHostsCommand(), c.hubRemoveCommand(), c.hubLabelCommand(), c.hubTokenCommand())
	return cmd
}

// hub runs a hub until the context ends.
func (c *cli) hub(ctx context.Context, s *settings, o *hubOptions) error {
	if o.demoHosts < 1 || o.demoHosts > 5000 {
		return usagef("--demo-hosts is %d: expected 1 to 5000", o.demoHosts)
	}
	if o.natsCreds != "" && len(o.nats) == 0 {
		return usagef("--nats-creds is given, and no --nats: expected where to sign in by it")
	}
	if o.pace != 0 && (o.pace < fleet.MinPaceMs*time.Millisecond || o.pace > fleet.MaxPaceMs*time.Millisecond) {
		return usagef("--pace is %s: expected %s to %s", o.pace, fleet.MinPaceMs*time.Millisecond, fleet.MaxPaceMs*time.Millisecond)
	}
	signal.Ignore(syscall.SIGPIPE) // see serve
	log, _ := s.logger(c.stderr)
	cfg := s.config(log)
	var why string
	cfg.SignIn, why = s.signIn.choose(&s.options, look())
	if cfg.TLS.SelfSigned {
		cfg.TLS.Dir = s.stateDir
	}
	limitMemory(s.historyMemory, log)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	later := new(toDashboard)
	wall := fleet.NewWall(version(), later.raise)
	cfg.Raised = wall.Unreachable
	wall.KeepPace(o.pace)
	cfg.Also = append(cfg.Also, wall.Collector())
	asked := &askedFleet{wall: wall, own: later.id}
	cfg.PromQL = promQL(s.alerting.loaded, asked)
	if s.demo {
		return c.simulatedHub(ctx, s, o, cfg, why, wall, later)
	}
	broker := fleet.BrokerConfig{Dir: s.stateDir, Listen: o.natsListen, Cluster: o.nats, Credentials: o.natsCreds, Domain: o.natsDomain}
	pin, err := s.pin()
	if err != nil {
		return err
	}
	if s.encrypt.enabled() { // hosts know both ports by one certificate
		broker.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: later.certificate}
	}
	hub, err := fleet.NewHub(fleet.HubConfig{Wall: wall, Broker: broker, Hello: later.hello, Log: log})
	if err != nil {
		return err
	}
	asked.hub = hub
	cfg.Fleet, cfg.Others = hub, &hubHosts{hub: hub, are: make(map[string]mirrored)}
	started := make(chan embedded.Start, 1)
	cfg.Started = func(s embedded.Start) { started <- s }
	var failed error
	built := func(cam *embedded.Dashcam) (wait func()) {
		later.set(cam)
		if made, err := hex.DecodeString(strings.ReplaceAll(cam.Fingerprint(), ":", "")); err == nil && len(made) == sha256.Size {
			pin = [sha256.Size]byte(made)
		}
		hub.Is(cam.Ring().Info().ID, pin)
		work, stopWork := context.WithCancel(ctx)
		var running sync.WaitGroup
		running.Go(func() {
			defer stop() // one is nothing without the other
			failed = hub.Run(work)
		})
		running.Go(func() {
			wall.Follow(work, fleet.Own{Ring: cam.Ring(), Alerts: fleetAlerts(cam), Verdict: cam.Verdict, Version: version(), Interval: s.interval})
		})
		running.Go(func() { limitByHosts(work, hub, s.historyMemory) })
		running.Go(func() { c.invite(work, hub, started, log) })
		return func() {
			stopWork()
			running.Wait()
		}
	}
	return errors.Join(watch(ctx, cfg, why, c.stdout, newSupervisor(c.environ), built), failed)
}

// limitByHosts keeps the memory limit where the hosts need it. One that is too low has the
// runtime collect garbage all the time.
func limitByHosts(ctx context.Context, hub *fleet.Hub, history byteSize) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for had := int64(0); ; {
		if needs := hub.Memory(); needs != had {
			had = needs
			limitMemory(history+byteSize(needs), slog.New(slog.DiscardHandler)) // it was warned at the start
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// inviteFor is how long the token that a hub prints at its start is good for.
const inviteFor = time.Hour

// invite prints the line to paste on a host.
func (c *cli) invite(ctx context.Context, hub *fleet.Hub, started <-chan embedded.Start, log *slog.Logger) {
	var s embedded.Start
	select {
	case s = <-started:
	case <-ctx.Done():
		return
	}
	select {
	case <-hub.Ready():
	case <-ctx.Done():
		return
	}
	token, _, err := hub.Registry.NewToken(ctx, 1, inviteFor)
	if err != nil {
		log.Warn("no join token made", "err", err)
		return
	}
	c.printf("  join      dashcam join %s %s --state-dir DIR   on a host, once within %s\n", joinAddress(&s), token, inviteFor)
	c.printf("  or        dashcam --hub %s --join-token %s --state-dir DIR   where no dashcam runs yet\n", joinAddress(&s), token)
}

// joinAddress is the address of a hub as hosts should use it.
func joinAddress(s *embedded.Start) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	scheme := "http"
	if s.TLS {
		scheme = "https"
	}
	host, port := reachable(s.Addr)
	if ip, _, err := net.SplitHostPort(s.Addr.String()); err == nil && net.ParseIP(ip).IsUnspecified() {
		host = s.Hostname
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// pin returns the fingerprint of the certificate of the files where no authority that this
// machine knows vouches for it.
func (s *settings) pin() (pin [sha256.Size]byte, err error) {
	if s.encrypt.certFile == "" {
		return pin, nil
	}
	loaded, err := tls.LoadX509KeyPair(s.encrypt.certFile, s.encrypt.keyFile)
	if err != nil {
		return pin, fmt.Errorf("read certificate: %w", err)
	}
	chain := x509.NewCertPool()
	for _, der := range loaded.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			chain.AddCert(c)
		}
	}
	if _, err := loaded.Leaf.Verify(x509.VerifyOptions{Intermediates: chain}); err != nil {
		pin = fleet.Fingerprint(loaded.Leaf)
	}
	return pin, nil
}

// mirrored is a host as the server shows it, by the mirror that it stands on.
type mirrored struct {
	mirror *fleet.Mirror
	host   *embedded.Host
}

// hubHosts are the hosts of a hub.
type hubHosts struct {
	hub *fleet.Hub

	mu  sync.Mutex
	are map[string]mirrored
}

func (h *hubHosts) Lookup(id string) *embedded.Host {
	m := h.hub.Mirror(id)
	h.mu.Lock()
	defer h.mu.Unlock()
	if m == nil {
		delete(h.are, id)
		return nil
	}
	if have := h.are[id]; have.mirror == m {
		return have.host
	}
	host := &embedded.Host{
		ID: id, Ring: m.Ring(), Stream: m.Stream(), Info: m.Ring().Info, Ready: m.Ready,
		Remote: func() http.RoundTripper { return h.hub.Transport(id) },
	}
	h.are[id] = mirrored{m, host}
	return host
}

func (h *hubHosts) List() (all []*embedded.Host) {
	for _, id := range h.hub.Wall.IDs() {
		if host := h.Lookup(id); host != nil {
			all = append(all, host)
		}
	}
	return all
}

// toDashboard passes on to the dashboard what is built before it.
type toDashboard struct {
	mu  sync.Mutex
	cam *embedded.Dashcam
}

func (p *toDashboard) set(cam *embedded.Dashcam) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cam = cam
}

func (p *toDashboard) get() *embedded.Dashcam {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cam
}

func (p *toDashboard) raise(c alert.Change) {
	if cam := p.get(); cam != nil {
		cam.Raise(c)
	}
}

// certificate is the one that the hub's own port has now.
func (p *toDashboard) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return p.get().Certificate(hello)
}

// id is that of the host that the hub runs on, "" while that is not known.
func (p *toDashboard) id() string {
	if cam := p.get(); cam != nil {
		return cam.Ring().Info().ID
	}
	return ""
}

// hello is what the hub's own page is told first.
func (p *toDashboard) hello() embedded.Hello { return p.get().Hello() }
