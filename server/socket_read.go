package server

import (
	"errors"
	"io"
	"net"
	"runtime/debug"
	"time"
	"unicode/utf8"

	fastws "github.com/fasthttp/websocket"
	"github.com/gofiber/contrib/websocket"

	"dashcam/server/wire"
)

// recoverSocket keeps a panic of the reader from the library's handler, which would
// send its text to the page.
func (s *Server) recoverSocket(*websocket.Conn) {
	if r := recover(); r != nil {
		s.log.Error("socket reader panicked", "panic", r, "stack", string(debug.Stack()))
	}
}

// read reads until the peer is gone. It reports whether bytes may be left that have to
// be read before closing; see linger.
func (k *socket) read() (unread bool) {
	for {
		err := k.readMessage()
		if err == nil {
			continue
		}
		var c *closing
		if errors.As(err, &c) {
			// Reading goes on until the peer has answered our close frame.
			k.finish(c)
			continue
		}
		return k.lost(err)
	}
}

func (k *socket) readMessage() error {
	kind, r, err := k.ws.NextReader()
	if err != nil {
		return err
	}
	k.readBy(time.Now().Add(messageWait))
	// The library's limit counts compressed bytes; this one what they become.
	data, err := io.ReadAll(io.LimitReader(r, wire.MaxInbound+1))
	if err != nil {
		return err
	}
	if !k.alive() {
		return nil
	}
	switch {
	case len(data) > wire.MaxInbound:
		return &closing{code: wire.CloseTooBig}
	case kind != fastws.TextMessage:
		return &closing{code: fastws.CloseUnsupportedData}
	case !utf8.Valid(data):
		return &closing{code: fastws.CloseInvalidFramePayloadData}
	case !k.messages.Allow():
		return tooMany("messages")
	}
	m, err := k.parse(data)
	if err != nil {
		k.server.log.Debug("message not understood", "peer", k.ws.RemoteAddr().String(), "err", err)
		return &closing{wire.CloseProtocol, wire.ByeProtocol, err.Error()}
	}
	k.feed.Handle(m)
	return nil
}

// parse understands a message on a stack of its own: decoding needs a deep one, which the
// reader would keep for as long as the page is open.
func (k *socket) parse(data []byte) (m any, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				k.server.log.Error("message parser panicked", "panic", r, "stack", string(debug.Stack()))
				err = errors.New("parser panicked")
			}
		}()
		m, err = wire.ParseClient(data)
	}()
	<-done
	return m, err
}

// lost says goodbye after an error of the connection or the library, after which
// nothing more can be read as messages.
func (k *socket) lost(err error) (unread bool) {
	var closed *fastws.CloseError
	var timeout net.Error
	switch {
	case errors.As(err, &closed):
		k.end(&closing{code: closed.Code})
		return false
	case errors.Is(err, errFlood):
		k.finish(tooMany("control frames or bytes"))
	case errors.Is(err, fastws.ErrReadLimit):
		k.end(&closing{code: wire.CloseTooBig})
	case errors.As(err, &timeout) && timeout.Timeout():
		k.slow("was not heard of")
		k.finish(&closing{code: wire.CloseTryLater, bye: wire.ByeSlow})
		return false
	case errors.As(err, &timeout), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		k.cancel(errGone)
		return false
	default:
		// A frame that breaks the rules; the library has said so where it could.
		k.end(&closing{code: fastws.CloseProtocolError})
	}
	return true
}

// onPing notes what is to be answered. Only the newest ping needs an answer (RFC 6455,
// 5.5.3), so a flood of them makes no queue.
func (k *socket) onPing(payload string) error {
	if !k.controls.Allow() {
		return errFlood
	}
	k.mu.Lock()
	k.pong = []byte(payload)
	k.mu.Unlock()
	k.feed.Interrupt()
	return nil
}

func (k *socket) onPong(string) error {
	if !k.controls.Allow() {
		return errFlood
	}
	k.alive()
	return nil
}

// alive renews the time in which the peer must be heard of. It returns false when the
// goodbye is under way.
func (k *socket) alive() bool { return k.readBy(time.Now().Add(k.server.cfg.times.silence)) }

func (k *socket) readBy(deadline time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended {
		return false
	}
	// On a closed connection the next read says so.
	_ = k.ws.SetReadDeadline(deadline)
	return true
}
