package server

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"strings"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/server/stream"
	"dashcam/server/wire"
)

// compressFrom is the length from which a message is compressed: below it deflate
// saves less than a packet.
const compressFrom = 256

// The levels of compression: what a page waits for before it shows anything is made a
// tenth smaller in three times the time, once for all pages.
const (
	fastLevel  = 1
	earlyLevel = 6
)

// write is the writer: the only goroutine that writes messages, pings and our side of
// the close handshake. It ends when the feed has, when the context is done, or when a
// write fails.
func (k *socket) write(ctx context.Context) {
	defer func() {
		if r := recover(); r != nil {
			k.server.log.Error("socket writer panicked", "panic", r, "stack", string(debug.Stack()))
			k.drop()
		}
	}()
	nextPing := time.Now().Add(k.server.cfg.times.ping)
	idleAt := time.Now().Add(k.server.cfg.times.subscribe)
	timer := time.AfterFunc(k.server.cfg.times.ping, k.feed.Interrupt)
	defer timer.Stop()
	rung := false // the timer is set anew when it has rung, not for every message
	pace := pace{backlog: k.server.cfg.times.backlog}
	for {
		now := time.Now()
		if err := k.control(now, &nextPing); err != nil {
			k.failed(err)
			return
		}
		if !idleAt.IsZero() && !now.Before(idleAt) {
			k.expectSubscribed()
			idleAt = time.Time{}
		}
		if rung {
			rung = false
			wake := nextPing
			if !idleAt.IsZero() && idleAt.Before(wake) {
				wake = idleAt
			}
			timer.Reset(time.Until(wake))
		}
		m, err := k.feed.Next(ctx)
		asked := time.Now()
		var ended *stream.CloseError
		switch {
		case err == nil:
			if err := k.send(m); err != nil {
				k.failed(err)
				return
			}
			if pace.wrote(asked.Sub(now), time.Since(asked)) {
				k.slow("could not keep up")
				k.feed.End(wire.CloseTryLater, wire.ByeSlow, "")
			}
		case errors.Is(err, stream.ErrInterrupted):
			rung = true
		case errors.As(err, &ended):
			k.hurry()
			sayClose(k.ws, ended.Code, ended.Text)
			return
		case ctx.Err() != nil:
			answerClose(k.ws, context.Cause(ctx))
			return
		}
	}
}

// expectSubscribed ends a viewer that wants nothing. It stands apart from the loop, whose frame
// every idle viewer keeps: a few bytes more are a stack of twice the size.
func (k *socket) expectSubscribed() {
	if !k.feed.Subscribed() {
		k.finish(&closing{wire.CloseIdle, wire.ByeProtocol, "nothing was subscribed to: expected a subscribe within " + k.server.cfg.times.subscribe.String()})
	}
}

// control sends the ping that is due and the pong that is owed.
func (k *socket) control(now time.Time, nextPing *time.Time) error {
	k.mu.Lock()
	pong := k.pong
	k.pong = nil
	k.mu.Unlock()
	if pong != nil {
		if err := k.ws.WriteControl(fastws.PongMessage, pong, now.Add(k.server.cfg.times.write)); err != nil {
			return err
		}
	}
	if now.Before(*nextPing) {
		return nil
	}
	*nextPing = now.Add(k.server.cfg.times.ping)
	if !k.signedIn(now) {
		k.finish(signedOut())
	}
	return k.ws.WriteControl(fastws.PingMessage, nil, now.Add(k.server.cfg.times.write))
}

// send writes one message. A shared one was framed and compressed once for everybody.
func (k *socket) send(m *stream.Message) error {
	text := m.Bytes()
	k.ws.EnableWriteCompression(len(text) >= compressFrom)
	level := fastLevel
	if m.Early() {
		level = earlyLevel
	}
	if err := k.ws.SetCompressionLevel(level); err != nil {
		return err
	}
	if err := k.ws.SetWriteDeadline(k.writeBy()); err != nil {
		return err
	}
	if !m.Shared() && len(text) < compressFrom {
		return k.ws.WriteMessage(fastws.TextMessage, text)
	}
	// Long messages of one viewer are prepared too. The library would otherwise hold
	// its compressor while it waits for a peer that does not read, and send fragments
	// of a kilobyte each.
	var prepared any
	if m.Shared() {
		prepared = m.Prepared(prepare)
	} else {
		prepared = prepare(text)
	}
	p, ok := prepared.(*fastws.PreparedMessage)
	if !ok {
		return errors.New("a message cannot be framed")
	}
	return k.ws.WritePreparedMessage(p)
}

// prepare returns a *fastws.PreparedMessage, or the error that kept it from one.
func prepare(text []byte) any {
	p, err := fastws.NewPreparedMessage(fastws.TextMessage, text)
	if err != nil {
		return err
	}
	return p
}

func (k *socket) writeBy() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended {
		return time.Now().Add(goodbyeWait)
	}
	return time.Now().Add(k.server.cfg.times.write)
}

// failed is called when a write did not work: nothing more can be said to this peer.
func (k *socket) failed(err error) {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		k.slow("did not read in time")
	}
	if errors.Is(err, fastws.ErrCloseSent) {
		return // the library has said goodbye; the reader is on its way out
	}
	k.drop()
}

// slow counts a viewer that is dropped.
func (k *socket) slow(why string) {
	k.feed.CountSlow()
	k.server.log.Info("viewer dropped", "peer", k.ws.RemoteAddr().String(), "why", why)
}

// drop closes the connection under the reader.
func (k *socket) drop() {
	k.hurry()
	k.cancel(errGone)
	_ = k.ws.Close()
}

// answerClose sends the close frame that the end of the writer's context asks for.
func answerClose(ws *fastws.Conn, cause error) {
	var c *closing
	if errors.As(cause, &c) {
		sayClose(ws, c.code, c.text)
	}
}

// sayClose sends a close frame. Whether it arrives is not ours to know.
func sayClose(ws *fastws.Conn, code int, text string) {
	text = strings.ToValidUTF8(text[:min(len(text), maxCloseText)], "")
	_ = ws.WriteControl(fastws.CloseMessage, fastws.FormatCloseMessage(code, text), time.Now().Add(goodbyeWait))
}

// maxCloseText is how long the reason of a close frame may be (RFC 6455, 5.5).
const maxCloseText = 125 - 2
