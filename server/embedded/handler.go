package embedded

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"sync"
	"time"
)

// Handler returns the dashboard for net/http, the socket included. Below a prefix it
// stands behind http.StripPrefix with a pattern that ends in a slash, because the
// page's URLs are relative.
func (d *Dashcam) Handler() http.Handler { return d.handler(false) }

// Inside is Handler for the program's own questions, which need no sign-in: what it gives
// to others is the program's to decide.
func (d *Dashcam) Inside() http.Handler { return d.handler(true) }

func (d *Dashcam) handler(inside bool) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "dashcam"
			r.Out.Host = r.In.Host
			// The proxy drops these; the server decides whether to believe them.
			for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto"} {
				if values, given := r.In.Header[name]; given {
					r.Out.Header[name] = values
				}
			}
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				p, _ := ctx.Value(peerKey{}).(peer)
				return d.inner.dial(ctx, p)
			},
			// A connection speaks for one peer.
			DisableKeepAlives: true, DisableCompression: true,
		},
		FlushInterval: -1,
		ErrorHandler:  d.notServed,
		ErrorLog:      slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := peer{tls: r.TLS, inside: inside}
		if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			p.addr = net.TCPAddrFromAddrPort(ap)
		}
		proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), peerKey{}, p)))
	})
}

// notServed answers when the request did not reach the server.
func (d *Dashcam) notServed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		d.log.Debug("request not served", "err", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Retry-After", "2")
	w.WriteHeader(http.StatusServiceUnavailable)
	body := map[string]map[string]string{"error": {"code": "not_running", "message": "dashcam is not running"}}
	// Whoever has gone does not read the answer.
	_ = json.NewEncoder(w).Encode(body)
}

// peer is the other end of a request to Handler.
type peer struct {
	addr net.Addr
	tls  *tls.ConnectionState
	// inside says that the program itself asks.
	inside bool
}

// peerKey is the key of a peer in a request's context. A transport dials with the
// values of the request that it dials for.
type peerKey struct{}

// memory is a listener whose connections never leave the process.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// dialWait is how long a request waits for Run to begin.
const dialWait = 2 * time.Second

var errNotRunning = errors.New("dashcam is not running")

func newMemory() *memory {
	return &memory{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (m *memory) dial(ctx context.Context, p peer) (net.Conn, error) {
	ours, theirs := net.Pipe()
	if p.addr == nil {
		p.addr = theirs.RemoteAddr()
	}
	var c net.Conn = &plainConn{theirs, p.addr, p.inside}
	if p.tls != nil {
		c = &secureConn{c, *p.tls}
	}
	timer := time.NewTimer(dialWait)
	defer timer.Stop()
	var err error
	select {
	case m.conns <- c:
		return ours, nil
	case <-m.closed:
		err = errNotRunning
	case <-timer.C:
		err = errNotRunning
	case <-ctx.Done():
		err = ctx.Err()
	}
	closeBoth(ours, theirs)
	return nil, err
}

func closeBoth(a, b io.Closer) {
	_ = a.Close() // a pipe's Close cannot fail
	_ = b.Close()
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }

// plainConn is a connection in memory that comes from the real peer's address.
type plainConn struct {
	net.Conn
	remote net.Addr
	inside bool
}

// SignedIn says that whoever asks need not sign in.
func (c *plainConn) SignedIn() bool { return c.inside }

func (c *plainConn) RemoteAddr() net.Addr { return c.remote }

// secureConn is one whose real peer came over TLS. fasthttp recognises it by its
// methods, and the server takes its scheme from that.
type secureConn struct {
	net.Conn
	state tls.ConnectionState
}

func (c *secureConn) Handshake() error                     { return nil }
func (c *secureConn) ConnectionState() tls.ConnectionState { return c.state }
