package fleet

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// BrokerConfig says how the broker of a hub is run.
type BrokerConfig struct {
	// Dir keeps what outlives the hub; "" keeps it in memory.
	Dir string
	// Listen is an address for agents that come by NATS itself, "" for none: they come
	// through the hub's own port. It needs TLS but on loopback.
	Listen string
	TLS    *tls.Config
	// Cluster are the addresses of a NATS that several hubs share, as a leaf of which the
	// broker runs, and Credentials the file with what it signs in by. The registry is
	// kept there then.
	Cluster     []string
	Credentials string
	// Domain is that of the JetStream of the cluster, DefaultDomain where it is empty.
	Domain string
	// Host returns the id of the host with a public key.
	Host func(publicKey string) (id string, known bool)
	Log  *slog.Logger
}

// broker is the NATS server that runs in the hub. It knows who each connection is by its
// key, and lets a host use its own subjects and no others.
type broker struct {
	cfg    BrokerConfig
	server *natsserver.Server
	key    nkeys.KeyPair // of the hub itself, new at every start
	public string

	mu    sync.Mutex
	conns map[string][]uint64 // by public key: those that were let in last
}

// The bounds of a connection of a host.
const (
	keptConns      = 4
	brokerPing     = 5 * time.Second
	brokerPending  = 16 << 20
	brokerDeadline = 5 * time.Second
	brokerStart    = 15 * time.Second
)

func newBroker(cfg BrokerConfig) (*broker, error) {
	key, err := nkeys.CreateUser()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	b := &broker{cfg: cfg, key: key, public: public, conns: make(map[string][]uint64)}
	opts, err := b.options()
	if err != nil {
		return nil, err
	}
	if b.server, err = natsserver.NewServer(opts); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	b.server.SetLoggerV2(&brokerLog{cfg.Log}, false, false, false)
	return b, nil
}

func (b *broker) options() (*natsserver.Options, error) {
	cfg := &b.cfg
	opts := &natsserver.Options{
		ServerName: "dashcam-" + b.public[len(b.public)-8:], NoSigs: true, DontListen: cfg.Listen == "",
		CustomClientAuthentication: b, AlwaysEnableNonce: true,
		MaxPayload: MaxPayload + 4<<10, MaxPending: brokerPending,
		PingInterval: brokerPing, MaxPingsOut: 2, WriteDeadline: brokerDeadline, AuthTimeout: 5,
		DisableShortFirstPing: true,
	}
	if cfg.Listen != "" {
		host, port, err := net.SplitHostPort(cfg.Listen)
		if err != nil {
			return nil, fmt.Errorf("address of the broker %q: %w", cfg.Listen, err)
		}
		if opts.Port, err = strconv.Atoi(port); err != nil {
			return nil, fmt.Errorf("address of the broker %q: %w", cfg.Listen, err)
		}
		if opts.Port == 0 {
			opts.Port = natsserver.RANDOM_PORT
		}
		opts.Host, opts.TLSConfig = host, cfg.TLS
		if cfg.TLS != nil {
			opts.TLSTimeout = 5
		} else if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
			return nil, fmt.Errorf("address of the broker %q: expected TLS, or an address of loopback", cfg.Listen)
		}
	}
	if len(cfg.Cluster) == 0 {
		opts.JetStream, opts.StoreDir = true, cfg.Dir
		opts.JetStreamMaxMemory, opts.JetStreamMaxStore = 64<<20, 256<<20
		return opts, nil
	}
	remote, err := cfg.remote()
	if err != nil {
		return nil, err
	}
	opts.LeafNode.Remotes = []*natsserver.RemoteLeafOpts{remote}
	opts.LeafNode.ReconnectInterval = time.Second
	return opts, nil
}

// start runs the broker until stop.
func (b *broker) start() error {
	b.server.Start()
	if !b.server.ReadyForConnections(brokerStart) {
		b.stop()
		return errors.New("the broker did not start")
	}
	return nil
}

func (b *broker) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

// Check lets a connection in whose other end has the private key of the hub or of a host
// that is known, and gives it the subjects that are its own.
func (b *broker) Check(c natsserver.ClientAuthentication) bool {
	opts := c.GetOpts()
	if opts.Nkey == "" || !signed(opts.Nkey, opts.Sig, c.GetNonce()) {
		return false
	}
	if sameHash(opts.Nkey, b.public) {
		c.RegisterUser(&natsserver.User{Username: "hub"})
		return true
	}
	// Together with what removes a host, so that it finds every connection.
	b.mu.Lock()
	defer b.mu.Unlock()
	host, known := b.cfg.Host(opts.Nkey)
	if !known {
		return false
	}
	conns := append(b.conns[opts.Nkey], c.GetID())
	b.conns[opts.Nkey] = conns[max(0, len(conns)-keptConns):]
	for _, old := range conns[:max(0, len(conns)-keptConns)] {
		go func() { _ = b.server.DisconnectClientByID(old) }() // it has long gone, or is one too many
	}
	c.RegisterUser(&natsserver.User{Username: host, Permissions: &natsserver.Permissions{
		Publish:   &natsserver.SubjectPermission{Allow: mayPublish(host)},
		Subscribe: &natsserver.SubjectPermission{Allow: maySubscribe(host)},
	}})
	return true
}

// signed reports whether a nonce was signed by the private key that belongs to a public one.
func signed(public, signature string, nonce []byte) bool {
	sig, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		if sig, err = base64.StdEncoding.DecodeString(signature); err != nil {
			return false
		}
	}
	key, err := nkeys.FromPublicKey(public)
	return err == nil && len(nonce) > 0 && key.Verify(nonce, sig) == nil
}

// cut ends the connections of a key, which must not be known any more.
func (b *broker) cut(publicKey string) {
	b.mu.Lock()
	conns := b.conns[publicKey]
	delete(b.conns, publicKey)
	b.mu.Unlock()
	for _, id := range conns {
		_ = b.server.DisconnectClientByID(id) // it may have gone
	}
}

// tunnel returns a connection for an agent that comes through the hub's own port.
func (b *broker) tunnel() (net.Conn, error) { return b.server.InProcessConn() }

// connect is the hub's own connection.
func (b *broker) connect(ctx context.Context, closed func(error)) (*nats.Conn, error) {
	options := []nats.Option{
		nats.Name("hub"), nats.InProcessServer(b.server), nats.MaxReconnects(-1), nats.ReconnectWait(100 * time.Millisecond),
		nats.Nkey(b.public, b.key.Sign), nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { closed(err) }),
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nats.Connect("", options...)
}

// brokerLog passes on what the broker says.
type brokerLog struct{ log *slog.Logger }

func (l *brokerLog) say(level slog.Level, format string, a []any) {
	l.log.Log(context.Background(), level, "broker", "says", fmt.Sprintf(format, a...))
}

func (l *brokerLog) Noticef(format string, a ...any) { l.say(slog.LevelDebug, format, a) }
func (l *brokerLog) Warnf(format string, a ...any)   { l.say(slog.LevelInfo, format, a) }
func (l *brokerLog) Fatalf(format string, a ...any)  { l.say(slog.LevelError, format, a) }
func (l *brokerLog) Errorf(format string, a ...any)  { l.say(slog.LevelWarn, format, a) }
func (l *brokerLog) Debugf(format string, a ...any)  { l.say(slog.LevelDebug, format, a) }
func (l *brokerLog) Tracef(format string, a ...any)  { l.say(slog.LevelDebug, format, a) }
