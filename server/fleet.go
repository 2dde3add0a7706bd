package server

import (
	"context"
	"io"
	"net"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	fastws "github.com/fasthttp/websocket"
	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// Fleet is what a hub of many hosts adds, as package fleet does. This package does not know
// it, so that only a program that wants it links a broker.
type Fleet interface {
	// Tunnel returns a connection to the broker, for an agent that comes by fleet. The
	// broker knows who it is: nobody has to sign in before.
	Tunnel() (net.Conn, error)
	// Answer answers what stands behind api/v1/: hosts and what is below it to whoever may
	// see the dashboard, join and leave to anybody. It answers by a status and JSON.
	Answer(ctx context.Context, method, path string, query url.Values, body []byte, from netip.Addr) (status int, answer []byte)
}

const (
	fleetPath      = "/fleet"
	methodsOfHosts = "GET, HEAD, POST, PATCH, DELETE"
	methodsOfJoin  = "POST"
)

// fleetRoutes adds those of a hub.
func (s *Server) fleetRoutes(r fiber.Router) {
	if s.cfg.Fleet == nil {
		return
	}
	for _, path := range []string{"/api/v1/hosts", "/api/v1/hosts/*"} {
		r.All(path, s.guarded(access{methods: methodsOfHosts}, s.fleetAnswer))
	}
	for _, path := range []string{"/api/v1/join", "/api/v1/leave"} {
		// A host has no session: it has a token, or its key.
		r.All(path, s.guarded(access{open: true, reads: true, methods: methodsOfJoin}, s.fleetAnswer))
	}
	if all, ok := s.cfg.Questions.(Federation); ok {
		r.All(federatePath, s.guarded(access{shared: true}, takes(s.federate(all), "match[]*")))
	}
	upgrade := websocket.New(s.serveTunnel, websocket.Config{
		ReadBufferSize: tunnelBuffer, WriteBufferSize: tunnelBuffer, WriteBufferPool: &sync.Pool{}, RecoverHandler: s.recoverSocket,
	})
	r.All(fleetPath, s.guarded(access{socket: true, open: true}, func(c *fiber.Ctx) *apiError { return s.upgraded(c, upgrade) }))
}

func (s *Server) fleetAnswer(c *fiber.Ctx) *apiError {
	ctx := c.Context()
	query := make(url.Values)
	for key, value := range ctx.QueryArgs().All() {
		query.Add(string(key), string(value))
	}
	path := fleetTail(string(ctx.Path()))
	status, body := s.cfg.Fleet.Answer(context.Background(), c.Method(), path, query, ctx.Request.Body(), s.client(ctx))
	ctx.SetStatusCode(status)
	writeBody(ctx, "application/json", body)
	return nil
}

// fleetTail returns what stands behind api/v1/ of a path.
func fleetTail(path string) string {
	_, tail, _ := strings.Cut(path, "/api/v1/")
	return tail
}

// The bounds of a tunnel. The broker asks its peers whether they are there.
const (
	tunnelBuffer  = 4 << 10
	tunnelMessage = 4 << 20
	tunnelWrite   = 10 * time.Second
)

// tunnels are the agents' sockets that are open, so that the end of the server can join
// them.
type tunnels struct {
	running sync.WaitGroup
	mu      sync.Mutex
	ended   bool
	open    map[*fastws.Conn]struct{}
}

func (t *tunnels) add(ws *fastws.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	if t.open == nil {
		t.open = make(map[*fastws.Conn]struct{})
	}
	t.open[ws] = struct{}{}
	t.running.Add(1)
	return true
}

func (t *tunnels) remove(ws *fastws.Conn) {
	t.mu.Lock()
	delete(t.open, ws)
	t.mu.Unlock()
	t.running.Done()
}

// stop cuts every tunnel off and waits for its end. Agents come back by themselves.
func (t *tunnels) stop() {
	t.mu.Lock()
	t.ended = true
	for ws := range t.open {
		cutOff(ws.NetConn())
	}
	t.mu.Unlock()
	t.running.Wait()
}

// serveTunnel passes what an agent sends on to the broker, and back.
func (s *Server) serveTunnel(c *websocket.Conn) {
	ws := c.Conn
	defer func() { _ = ws.Close() }() // the peer may have closed it
	if request, ok := c.Locals(requestLocal).(*fasthttp.Request); ok {
		request.Header = fasthttp.RequestHeader{} // see serveSocket
	}
	if !s.tunnels.add(ws) {
		return
	}
	defer s.tunnels.remove(ws)
	broker, err := s.cfg.Fleet.Tunnel()
	if err != nil {
		s.log.Warn("agent not taken", "err", err)
		return
	}
	ws.SetReadLimit(tunnelMessage)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer s.recoverTunnel()
		defer cutOff(ws.NetConn()) // so that the reader ends, too
		fromBroker(ws, broker)
	}()
	// The writer must have ended before this function returns: see serveSocket.
	defer func() {
		_ = broker.Close() // it is a pipe
		<-done
	}()
	toBroker(broker, ws)
}

// toBroker passes messages on until either end closes. The buffer is its own: io.Copy would
// make one of 32 KiB for each message.
func toBroker(broker net.Conn, ws *fastws.Conn) {
	buf := make([]byte, tunnelBuffer)
	for {
		kind, r, err := ws.NextReader()
		if err != nil || kind != fastws.BinaryMessage {
			return
		}
		if _, err := io.CopyBuffer(broker, io.LimitReader(r, tunnelMessage), buf); err != nil {
			return
		}
	}
}

func (s *Server) recoverTunnel() {
	if r := recover(); r != nil {
		s.log.Error("tunnel panicked", "panic", r, "stack", string(debug.Stack()))
	}
}

func fromBroker(ws *fastws.Conn, broker net.Conn) {
	buf := make([]byte, tunnelBuffer)
	for {
		n, err := broker.Read(buf)
		if n > 0 {
			if ws.SetWriteDeadline(time.Now().Add(tunnelWrite)) != nil || ws.WriteMessage(fastws.BinaryMessage, buf[:n]) != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
