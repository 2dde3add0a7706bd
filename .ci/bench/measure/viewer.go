package measure

import (
	"encoding/json"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"

	"dashcam/server/wire"
)

// Viewer is an open page of dashcam, but for the drawing: it asks for what the page asks
// for and reads what it is sent.
type Viewer struct {
	socket *websocket.Conn
	reader sync.WaitGroup
	mu     sync.Mutex
	err    error
	// Messages and Bytes are all that it was sent, inflated; Frames are the messages with a
	// row, of which Newest is the last.
	Messages, Bytes, Frames, Newest atomic.Uint64
}

// Watch opens a page at the address. Topics are beside the metrics.
func Watch(addr string, topics ...string) (*Viewer, error) {
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, EnableCompression: true, HandshakeTimeout: 10 * time.Second}
	socket, resp, err := d.Dial("ws://"+addr+"/ws", http.Header{"Origin": {"http://" + addr}})
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	const window = 301 // five minutes, as the page asks at first
	err = socket.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: append([]string{wire.TopicMetrics}, topics...), Window: window, Parts: true})
	if err != nil {
		_ = socket.Close()
		return nil, err
	}
	v := &Viewer{socket: socket}
	v.reader.Go(v.read)
	return v, nil
}

func (v *Viewer) read() {
	for {
		_, data, err := v.socket.ReadMessage()
		var frame struct {
			Type string          `json:"type"`
			Seq  json.RawMessage `json:"seq"`
		}
		if err == nil {
			err = json.Unmarshal(data, &frame)
		}
		if err == nil && frame.Type == wire.TypeFrame {
			var seq uint64
			err = json.Unmarshal(frame.Seq, &seq)
			v.Newest.Store(seq)
			v.Frames.Add(1)
		}
		if err != nil {
			v.mu.Lock()
			v.err = err
			v.mu.Unlock()
			return
		}
		v.Messages.Add(1)
		v.Bytes.Add(uint64(len(data)))
	}
}

// Err says why it was sent nothing more, nil while it is.
func (v *Viewer) Err() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.err
}

// Close closes the page.
func (v *Viewer) Close() {
	_ = v.socket.Close()
	v.reader.Wait()
}
