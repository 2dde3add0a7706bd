package server

import (
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"
)

// pipeFleet has a broker that is the other end of a pipe.
type pipeFleet struct {
	noFleet
	broker chan net.Conn
}

func (f pipeFleet) Tunnel() (net.Conn, error) {
	near, far := net.Pipe()
	f.broker <- far
	return near, nil
}

// A buffer of 32 KiB was made for each message of an agent, which was most of what a hub of
// a thousand hosts allocated.
func TestTunnel_MakesNoBufferForEachMessage(t *testing.T) {
	fleet := pipeFleet{broker: make(chan net.Conn, 1)}
	r := newRig(t, func(c *Config) { c.Fleet = fleet })
	ws, res, err := (&fastws.Dialer{HandshakeTimeout: time.Minute}).Dial("ws://"+r.addr+"/fleet", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	defer ws.Close()
	broker := <-fleet.broker
	message, got := make([]byte, 300), make([]byte, 300)
	pass := func(n int) {
		t.Helper()
		for range n {
			if err := ws.WriteMessage(fastws.BinaryMessage, message); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(broker, got); err != nil {
				t.Fatal(err)
			}
		}
	}
	pass(10)
	const messages, most = 1000, 2 << 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	pass(messages)
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / messages; each > most {
		t.Errorf("%d bytes are allocated for a message of %d, want at most %d", each, len(message), most)
	}
	// And back, also what is longer than a buffer.
	long := make([]byte, 5*tunnelBuffer)
	for i := range long {
		long[i] = byte(i % 251)
	}
	go func() { _, _ = broker.Write(long) }()
	var back []byte
	for len(back) < len(long) {
		_, part, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, part...)
	}
	if string(back) != string(long) {
		t.Errorf("%d bytes came back, want the %d that were sent", len(back), len(long))
	}
}
