package server

import (
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"dashcam/server/wire"
)

// The buffers of a socket. What a page sends is short, and what it gets is written
// from the shared message, so that neither needs much.
const (
	readBuffer  = 512
	writeBuffer = 1024
	// sendBuffer is what the kernel may hold for a page that does not read.
	sendBuffer = 32 << 10
)

// clientLocal marks a handshake with the netip.Addr of whoever asks.
const clientLocal = "dashcam.client"

// requestLocal marks a handshake with its *fasthttp.Request.
const requestLocal = "dashcam.request"

// versionLocal marks a handshake for another version of the protocol.
const versionLocal = "dashcam.version"

// handshake checks what the library does not, or answers in a way of its own, and
// upgrades. Host and Origin were checked before.
func (s *Server) handshake(c *fiber.Ctx) *apiError { return s.upgraded(c, s.upgrade) }

// upgraded is handshake for any handler of the library.
func (s *Server) upgraded(c *fiber.Ctx, upgrade fiber.Handler) *apiError {
	ctx := c.Context()
	h := &ctx.Request.Header
	switch {
	case !websocket.IsWebSocketUpgrade(c):
		return &apiError{
			status: fasthttp.StatusUpgradeRequired, Code: "upgrade", Message: "this is a socket",
			Expected: "a WebSocket handshake", header: [2]string{fasthttp.HeaderUpgrade, "websocket"},
		}
	case string(h.Peek("Sec-WebSocket-Version")) != "13":
		return &apiError{
			status: fasthttp.StatusUpgradeRequired, Code: "websocket_version", Message: "this WebSocket version is unknown",
			Expected: "Sec-WebSocket-Version: 13", header: [2]string{"Sec-WebSocket-Version", "13"},
		}
	case !validKey(string(h.Peek("Sec-WebSocket-Key"))):
		return &apiError{
			status: fasthttp.StatusBadRequest, Code: "websocket_key", Message: "Sec-WebSocket-Key is missing or wrong",
			Expected: "16 bytes in base64",
		}
	case !alone(ctx):
		ctx.SetConnectionClose()
		return &apiError{
			status: fasthttp.StatusBadRequest, Code: "early_frames", Message: "something follows the handshake",
			Expected: "frames after the answer to the handshake (RFC 6455, 4.1)",
		}
	case s.sockets.stopping():
		return errStopping()
	case !s.limiter.Handshake(peerOf(ctx.RemoteAddr()), s.client(ctx), time.Now()):
		return &apiError{
			status: fasthttp.StatusTooManyRequests, Code: "too_many_handshakes", Message: "too many handshakes from this address",
			Expected: "a pause of a second", header: [2]string{fasthttp.HeaderRetryAfter, "1"},
		}
	}
	compressed, valid := deflateOffered(headers(ctx, "Sec-WebSocket-Extensions"))
	if !valid {
		return &apiError{
			status: fasthttp.StatusBadRequest, Code: "websocket_extensions", Message: "Sec-WebSocket-Extensions is malformed",
			Expected: permessageDeflate + " with parameters that it has (RFC 7692, 7.1)",
		}
	}
	h.Del("Sec-WebSocket-Extensions")
	if compressed {
		h.Set("Sec-WebSocket-Extensions", permessageDeflate)
	}
	c.Locals(clientLocal, s.client(ctx))
	c.Locals(requestLocal, &ctx.Request)
	if chosen, known := chooseProtocol(string(h.Peek("Sec-WebSocket-Protocol"))); chosen != "" {
		ctx.Response.Header.Set("Sec-WebSocket-Protocol", chosen)
		c.Locals(versionLocal, known)
	} else {
		c.Locals(versionLocal, true)
	}
	if err := upgrade(c); err != nil {
		return &apiError{status: fasthttp.StatusUpgradeRequired, Code: "upgrade", Message: "the handshake is incomplete"}
	}
	return nil
}

// alone reports whether nothing was read behind the handshake. A peer waits for the answer;
// what it sends before would come to the socket past the checks of a [conn].
func alone(ctx *fasthttp.RequestCtx) bool {
	switch c := ctx.Conn().(type) {
	case *conn:
		return c.readHead()
	case *secureConn:
		return c.readHead()
	}
	return true // a connection of a program that mounts us
}

// chooseProtocol picks from the subprotocols that a page offers. One that is only of
// another version is accepted as if it were known, and told so over the socket: a
// browser would not let its page see the reason of a refusal. A client that offers
// none gets ours. The key of a session is none, and never sent back.
func chooseProtocol(offered string) (chosen string, known bool) {
	for p := range strings.SplitSeq(offered, ",") {
		p = strings.TrimSpace(p)
		if strings.HasPrefix(p, keyProtocol) {
			continue
		}
		if p == wire.Subprotocol {
			return p, true
		}
		if chosen == "" {
			chosen = p
		}
	}
	return chosen, false
}

func validKey(key string) bool {
	b, err := base64.StdEncoding.DecodeString(key)
	return err == nil && len(b) == 16
}

// upgrader returns the library's handler. Without Subprotocols in its configuration it
// sends the Sec-WebSocket-Protocol that stands in the response already.
func (s *Server) upgrader() fiber.Handler {
	return websocket.New(s.serveSocket, websocket.Config{
		ReadBufferSize:    readBuffer,
		WriteBufferSize:   writeBuffer,
		WriteBufferPool:   &sync.Pool{},
		EnableCompression: true,
		RecoverHandler:    s.recoverSocket,
	})
}
