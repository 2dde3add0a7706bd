package server

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/server/hub"
	"dashcam/server/wire"
)

// compressFrom is the length from which a message is compressed: below it deflate
// saves less than a packet.
const compressFrom = 256

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
	nextPing := time.Now().Add(pingEvery)
	idleAt := time.Now().Add(subscribeWithin)
	wait, cancel := context.WithDeadline(ctx, nextPing)
	defer func() { cancel() }()
	for {
		now := time.Now()
		if err := k.control(now, &nextPing); err != nil {
			k.failed(err)
			return
		}
		if !idleAt.IsZero() && !now.Before(idleAt) {
			if !k.feed.Subscribed() {
				k.finish(&closing{wire.CloseIdle, wire.ByeProtocol})
			}
			idleAt = time.Time{}
		}
		wake := nextPing
		if !idleAt.IsZero() && idleAt.Before(wake) {
			wake = idleAt
		}
		// A wait is made anew only when it has ended, not for every message.
		if wait.Err() != nil {
			cancel()
			wait, cancel = context.WithDeadline(ctx, wake)
		}
		k.interruptible(cancel)
		m, err := k.feed.Next(wait)
		var ended *hub.CloseError
		switch {
		case err == nil:
			if err := k.send(m); err != nil {
				k.failed(err)
				return
			}
		case errors.As(err, &ended):
			k.hurry()
			sayClose(k.ws, ended.Code)
			return
		case ctx.Err() != nil:
			answerClose(k.ws, context.Cause(ctx))
			return
		}
	}
}

// interruptible makes cancel what ends the coming wait when there is something to do.
func (k *socket) interruptible(cancel context.CancelFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kick = cancel
	if k.pong != nil { // it came since control looked
		cancel()
	}
}

// control sends the ping that is due and the pong that is owed.
func (k *socket) control(now time.Time, nextPing *time.Time) error {
	k.mu.Lock()
	pong := k.pong
	k.pong = nil
	k.mu.Unlock()
	if pong != nil {
		if err := k.ws.WriteControl(fastws.PongMessage, pong, now.Add(writeWait)); err != nil {
			return err
		}
	}
	if now.Before(*nextPing) {
		return nil
	}
	*nextPing = now.Add(pingEvery)
	return k.ws.WriteControl(fastws.PingMessage, nil, now.Add(writeWait))
}

// send writes one message. A shared one was framed and compressed once for everybody.
func (k *socket) send(m *hub.Message) error {
	text := m.Bytes()
	k.ws.EnableWriteCompression(len(text) >= compressFrom)
	if err := k.ws.SetWriteDeadline(k.writeBy()); err != nil {
		return err
	}
	if !m.Shared() {
		return k.ws.WriteMessage(fastws.TextMessage, text)
	}
	p, ok := m.Prepared(prepare).(*fastws.PreparedMessage)
	if !ok {
		return errors.New("a shared message cannot be framed")
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
	return time.Now().Add(writeWait)
}

// failed is called when a write did not work: nothing more can be said to this peer.
func (k *socket) failed(err error) {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		k.feed.CountSlow()
		k.server.log.Info("viewer dropped", "peer", k.ws.RemoteAddr().String(), "why", "did not read in time")
	}
	if errors.Is(err, fastws.ErrCloseSent) {
		return // the library has said goodbye; the reader is on its way out
	}
	k.drop()
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
		sayClose(ws, c.code)
	}
}

// sayClose sends a close frame. Whether it arrives is not ours to know.
func sayClose(ws *fastws.Conn, code int) {
	_ = ws.WriteControl(fastws.CloseMessage, fastws.FormatCloseMessage(code, ""), time.Now().Add(goodbyeWait))
}
