package fleet

import (
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

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
