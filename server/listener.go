package server

import (
	"crypto/tls"
	"errors"
	"iter"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

// listener accepts connections for the server. Other than a plain one it survives a
// machine that ran out of files or memory for a moment (fasthttp stops for good at the
// first error), and it can end connections that do not end by themselves.
type listener struct {
	net.Listener
	log    *slog.Logger
	closed chan struct{}
	once   sync.Once
	// complained is when the log last said that connections have to wait.
	complained time.Time

	mu    sync.Mutex
	conns map[*conn]struct{}
}

func newListener(ln net.Listener, log *slog.Logger) *listener {
	return &listener{Listener: ln, log: log, closed: make(chan struct{}), conns: make(map[*conn]struct{})}
}

// The wait after a passing error of Accept: it doubles from the first to the second.
const (
	acceptPause    = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

func (l *listener) Accept() (net.Conn, error) {
	pause := acceptPause
	for {
		c, err := l.Listener.Accept()
		if err == nil {
			return l.track(c), nil
		}
		if !passing(err) {
			return nil, err
		}
		l.complain(err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-l.closed:
			timer.Stop()
			return nil, net.ErrClosed
		}
		pause = min(2*pause, acceptPauseMax)
	}
}

// complainEvery bounds how often the log says that connections have to wait.
const complainEvery = time.Minute

// complain says once what keeps connections waiting. A client that went away is nothing
// to speak of.
func (l *listener) complain(err error) {
	if errors.Is(err, syscall.ECONNABORTED) {
		return
	}
	if now := time.Now(); now.Sub(l.complained) >= complainEvery {
		l.complained = now
		l.log.Warn("connections have to wait", "err", err)
	}
}

// passing reports whether Accept may work again later: no files, no memory, or a
// client that went away before it was accepted.
func passing(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// Close ends accepting. It may be called more than once: fasthttp closes its listeners
// again when it shuts down.
func (l *listener) Close() error {
	var err error
	l.once.Do(func() {
		close(l.closed)
		err = l.Listener.Close()
	})
	return err
}

// closeConns cuts off every connection that was accepted here and is still open.
func (l *listener) closeConns() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		// A failing close has nobody left to tell. The set is left to whoever
		// serves the connection, who closes it again.
		cutOff(c.Conn)
	}
}

// cutOff ends a connection at once. Closing one over TLS politely waits for up to 5 s
// until a peer that does not read takes the goodbye.
func cutOff(c net.Conn) {
	_ = underneath(c).Close() // it cannot be more than closed
}

// underneath returns the connection that all the others are wrapped around.
func underneath(c net.Conn) net.Conn {
	for c = range wrapped(c) {
	}
	return c
}

// wrapped yields a connection and those that it is wrapped around.
func wrapped(c net.Conn) iter.Seq[net.Conn] {
	return func(yield func(net.Conn) bool) {
		for c != nil && yield(c) {
			switch v := c.(type) {
			case interface{ UnsafeConn() net.Conn }: // fasthttp's hijacked connection
				c = v.UnsafeConn()
			case interface{ NetConn() net.Conn }: // ours, tls.Conn
				c = v.NetConn()
			default:
				return
			}
		}
	}
}

// drain waits until whoever serves them has closed all connections, or until the
// deadline, and returns how many are left.
func (l *listener) drain(deadline time.Time) int {
	for {
		l.mu.Lock()
		left := len(l.conns)
		l.mu.Unlock()
		if left == 0 || !time.Now().Before(deadline) {
			return left
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// track returns c as a connection that is counted. A connection over TLS stays one in
// the eyes of fasthttp, which looks for its methods.
func (l *listener) track(nc net.Conn) net.Conn {
	c := &conn{Conn: nc, owner: l}
	l.mu.Lock()
	l.conns[c] = struct{}{}
	l.mu.Unlock()
	if t, ok := nc.(tlsConn); ok {
		return &secureConn{conn: c, tlsConn: t}
	}
	return c
}

// conn is an accepted connection.
type conn struct {
	net.Conn
	owner *listener
	// inbound, once set, bounds what is read.
	inbound atomic.Pointer[inbound]
	// last are the bytes that were read last, until inbound is set.
	last [4]byte
}

// inbound is what the peer of a socket may send.
type inbound struct {
	// bytes is the only thing that stops a message of endless empty continuation frames:
	// the websocket library reads them in a loop of its own.
	bytes  *rate.Limiter
	frames frameCheck // the reader's
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	in := c.inbound.Load()
	switch {
	case in == nil:
		c.note(p[:n])
	case !in.bytes.AllowN(time.Now(), n):
		return 0, errFlood
	case !in.frames.ok(p[:n]):
		return 0, errFrame
	}
	return n, err
}

func (c *conn) Close() error {
	c.owner.mu.Lock()
	delete(c.owner.conns, c)
	c.owner.mu.Unlock()
	return c.Conn.Close()
}

// limitInbound bounds what is read from now on.
func (c *conn) limitInbound() {
	c.inbound.Store(&inbound{bytes: rate.NewLimiter(bytesPerSecond, byteBurst)})
}

// note keeps the end of what was read.
func (c *conn) note(p []byte) {
	if len(p) >= len(c.last) {
		copy(c.last[:], p[len(p)-len(c.last):])
		return
	}
	copy(c.last[:], c.last[len(p):])
	copy(c.last[len(c.last)-len(p):], p)
}

// readHead reports whether what was read ends with the head of a request, so that nothing
// of what follows it has been read.
func (c *conn) readHead() bool {
	return string(c.last[2:]) == "\n\n" || string(c.last[:]) == "\r\n\r\n"
}

// NetConn returns the connection underneath, as tls.Conn does.
func (c *conn) NetConn() net.Conn { return c.Conn }

// tlsConn is how fasthttp recognises a connection over TLS.
type tlsConn interface {
	Handshake() error
	ConnectionState() tls.ConnectionState
}

// secureConn is an accepted connection over TLS.
type secureConn struct {
	*conn
	tlsConn
}

// errFlood ends a socket whose page sends more bytes than its messages could need.
var errFlood = errors.New("more bytes than a page may send")
