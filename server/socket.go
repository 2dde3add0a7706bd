package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	fastws "github.com/fasthttp/websocket"
	"github.com/gofiber/contrib/websocket"
	"github.com/valyala/fasthttp"
	"golang.org/x/time/rate"

	"dashcam/server/auth"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// times are how long a socket waits for its peer. Tests shorten them.
type times struct {
	// ping is how often the peer is asked whether it is there, silence how long it
	// may leave that unanswered: a dead one is gone within 10 s.
	ping, silence time.Duration
	// write bounds every write.
	write time.Duration
	// subscribe is how long a page may watch nothing.
	subscribe time.Duration
	// backlog is how long, in all, writes may have to wait for a peer that was up to
	// date before, beyond the time in which nothing was to be written.
	backlog time.Duration
}

func defaultTimes() times {
	return times{
		ping: 3 * time.Second, silence: 9 * time.Second, write: 5 * time.Second,
		subscribe: 10 * time.Second, backlog: 10 * time.Second,
	}
}

// Other times of a socket.
const (
	// messageWait is the time from the first to the last frame of a message.
	messageWait = 2 * time.Second
	// goodbyeWait bounds the last writes, closeWait the wait for the peer's answer to
	// our close frame.
	goodbyeWait = 500 * time.Millisecond
	closeWait   = time.Second
)

// The rates of what a page may send: so many at once, and so many per second.
const (
	messageBurst     = 2 * wire.MaxPerSecond
	controlBurst     = 20
	controlPerSecond = 5
	// byteBurst and bytesPerSecond are well above what the messages can need.
	byteBurst      = 64 << 10
	bytesPerSecond = 32 << 10
)

// socket is one page that watches. Its reader is the handler's goroutine.
type socket struct {
	server *Server
	// ws is the library's connection. The wrapper around it belongs to a pool as soon
	// as the handler returns, so nothing holds on to that.
	ws   *fastws.Conn
	feed *stream.Feed
	// session is the one that lets the page in; nil where none is needed.
	session *auth.SessionID

	// cancel ends the writer. When its cause is a *closing, a close frame with that
	// code is the last thing written.
	cancel context.CancelCauseFunc

	messages, controls *rate.Limiter

	mu sync.Mutex
	// pong is the payload of a ping that is to be answered.
	pong []byte
	// ended says that the goodbye is under way: deadlines are not renewed any more.
	ended bool
}

// closing is why a socket ends: the code of the close frame, and the reason that is
// said before, if any, with what was wrong.
type closing struct {
	code int
	bye  wire.ByeReason
	text string
}

func (c *closing) Error() string { return "closing: " + string(c.bye) }

func tooMany(what string) *closing {
	return &closing{wire.CloseTooMany, wire.ByeProtocol, fmt.Sprintf("too many %s: expected at most %d messages a second", what, wire.MaxPerSecond)}
}

// errGone is the cause when there is nobody to say goodbye to.
var errGone = errors.New("peer gone")

// serveSocket is the upgraded handler. When it returns, its writer has ended, its
// place is free and the connection is closed.
func (s *Server) serveSocket(c *websocket.Conn) {
	ws := c.Conn
	known, _ := c.Locals(versionLocal).(bool)
	session, _ := c.Locals(sessionLocal).(*auth.SessionID)
	defer func() {
		// Closing what the peer closed first is an error that says nothing.
		_ = ws.Close()
	}()
	// fasthttp keeps the request for as long as the socket is open, and all its lines
	// and headers with it; nobody reads them any more.
	if request, ok := c.Locals(requestLocal).(*fasthttp.Request); ok {
		request.Header = fasthttp.RequestHeader{}
	}
	bound(ws.NetConn())
	ws.SetReadLimit(wire.MaxInbound)

	client, _ := c.Locals(clientLocal).(netip.Addr)
	release, err := s.limiter.Acquire(client)
	if err != nil {
		s.refuse(ws)
		return
	}
	defer release()
	if s.ready != nil {
		s.ready(context.Background()) // it has a bound of its own
	}
	feed, err := s.cfg.Stream.Join()
	if errors.Is(err, stream.ErrFull) {
		s.refuse(ws)
		return
	}
	if err != nil {
		sayClose(ws, wire.CloseStopping, "")
		linger(ws.NetConn())
		return
	}
	defer feed.Leave()

	k := &socket{server: s, ws: ws, feed: feed, session: session}
	k.messages = rate.NewLimiter(wire.MaxPerSecond, messageBurst)
	k.controls = rate.NewLimiter(controlPerSecond, controlBurst)
	var ctx context.Context
	ctx, k.cancel = context.WithCancelCause(context.Background())
	defer k.cancel(errGone)
	ws.SetPingHandler(k.onPing)
	ws.SetPongHandler(k.onPong)
	// The close frame is the writer's to answer.
	ws.SetCloseHandler(func(int, string) error { return nil })
	k.alive()

	if !s.sockets.add(k) {
		sayClose(ws, wire.CloseStopping, "")
		linger(ws.NetConn())
		return
	}
	defer s.sockets.remove(k)
	// The session may have ended since the handshake, before the socket was listed.
	if !k.signedIn(time.Now()) {
		k.finish(signedOut())
	}
	if !known {
		k.finish(&closing{wire.CloseVersion, wire.ByeProtocol, "another subprotocol: expected " + wire.Subprotocol})
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		k.write(ctx)
	}()
	// The writer must have ended before this function returns, also by a panic: the
	// connection's next owner would get what it still writes.
	defer func() {
		k.cancel(errGone)
		<-written
	}()
	unread := k.read()
	// However it ended, the writer has been told, and says what is to be said: a
	// cancelled context must not overtake the goodbye.
	<-written
	if unread {
		linger(ws.NetConn())
	}
}

// signedIn reports whether the session that lets the page in goes on. An open page uses
// its session.
func (k *socket) signedIn(now time.Time) bool {
	return k.session == nil || k.server.cfg.Authenticator.Alive(*k.session, now)
}

// refuse says that there is no room.
func (s *Server) refuse(ws *fastws.Conn) {
	m, closed := s.cfg.Stream.Refuse()
	if m != nil {
		// Whoever does not even read its refusal is closed all the same. Compressing what
		// is this short would cost more than its sending, in a storm of pages too much.
		ws.EnableWriteCompression(false)
		_ = ws.SetWriteDeadline(time.Now().Add(goodbyeWait))
		_ = ws.WriteMessage(fastws.TextMessage, m.Bytes())
	}
	sayClose(ws, closed.Code, "")
	linger(ws.NetConn())
}

// finish says goodbye with a reason where there is one, and gives the peer a moment to
// answer.
func (k *socket) finish(c *closing) {
	k.hurry()
	if c.bye == "" {
		k.cancel(c)
		return
	}
	k.feed.End(c.code, c.bye, c.text)
}

// end lets the writer close with a code and nothing before it.
func (k *socket) end(c *closing) {
	k.hurry()
	k.cancel(c)
}

// hurry bounds what is still to come: a write that hangs, and the wait for the peer.
func (k *socket) hurry() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended {
		return
	}
	k.ended = true
	now := time.Now()
	conn := k.ws.NetConn()
	_ = conn.SetWriteDeadline(now.Add(goodbyeWait))
	_ = conn.SetReadDeadline(now.Add(goodbyeWait + closeWait))
}

// bound limits what the kernel holds for this peer, and the bytes it may send.
func bound(c net.Conn) {
	for c := range wrapped(c) {
		switch v := c.(type) {
		case *net.TCPConn:
			// A socket that cannot be told works, it only may hold more.
			_ = v.SetWriteBuffer(sendBuffer)
		case interface{ limitInbound() }:
			v.limitInbound()
		}
	}
}

// linger reads what the peer has sent in the meantime. Closing a TCP connection with
// unread bytes resets it, and the reset can overtake our close frame.
func linger(c net.Conn) {
	if h, ok := c.(interface{ UnsafeConn() net.Conn }); ok {
		c = h.UnsafeConn()
	}
	if ours, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = ours.NetConn() // without the bound on bytes
	}
	const most = 1 << 20
	_ = c.SetReadDeadline(time.Now().Add(closeWait))
	_, _ = io.CopyN(io.Discard, c, most)
}
