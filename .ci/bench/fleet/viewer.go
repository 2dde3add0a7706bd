package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fasthttp/websocket"

	"dashcam/server/wire"
)

// viewer is an open page, but for the drawing. It notes when each row came.
type viewer struct {
	socket *websocket.Conn
	reader sync.WaitGroup

	mu     sync.Mutex
	past   map[uint64]bool      // rows that came as history
	frames map[uint64]time.Time // when each came that came live
	newest uint64
	err    error
}

// viewWindow is five minutes and the row of now, as a page asks at first.
const viewWindow = 301

// watch opens a page of a host: url is that of a dashcam, prefix "" or /h/{id}.
func watch(url, prefix string) (*viewer, error) {
	d := websocket.Dialer{
		Subprotocols: []string{wire.Subprotocol}, EnableCompression: true, HandshakeTimeout: 20 * time.Second,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // it is a loopback address
	}
	socket, res, err := d.Dial("ws"+strings.TrimPrefix(url, "http")+prefix+"/ws", http.Header{"Origin": {url}})
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	err = socket.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics, "processes"}, Window: viewWindow, Parts: true})
	if err != nil {
		_ = socket.Close()
		return nil, err
	}
	v := &viewer{socket: socket, past: make(map[uint64]bool), frames: make(map[uint64]time.Time)}
	v.reader.Go(v.read)
	return v, nil
}

func (v *viewer) read() {
	for {
		_, text, err := v.socket.ReadMessage()
		now := time.Now()
		var m struct {
			Type string          `json:"type"`
			Seq  json.RawMessage `json:"seq"`
		}
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		v.mu.Lock()
		switch m.Type {
		case wire.TypeFrame:
			var seq uint64
			if err = json.Unmarshal(m.Seq, &seq); err == nil {
				v.frames[seq], v.newest = now, max(v.newest, seq)
			}
		case wire.TypeHistory:
			var seqs []uint64
			if err = json.Unmarshal(m.Seq, &seqs); err == nil {
				for _, seq := range seqs { // those of the remaining columns are the same
					v.past[seq] = true
				}
			}
		}
		v.err = err
		v.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// has reports how many rows of history and how many live ones came.
func (v *viewer) has() (history, live int, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.past), len(v.frames), v.err
}

// arrivals returns when each live row came.
func (v *viewer) arrivals() map[uint64]time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	came := make(map[uint64]time.Time, len(v.frames))
	for seq, at := range v.frames {
		came[seq] = at
	}
	return came
}

func (v *viewer) close() error {
	err := v.socket.Close()
	v.reader.Wait()
	if _, live, _ := v.has(); live == 0 {
		return fmt.Errorf("a page was sent no live row")
	}
	return err
}
