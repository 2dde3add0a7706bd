package main

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/server/wire"
)

// cutsVariable is how often each way is cut, where make cuts says so.
const cutsVariable = "DASHCAM_CUTS"

// resuming is a viewer that comes back by itself, as a page does: with the last row that it
// has. It counts every row that it gets.
type resuming struct {
	p      *part
	prefix string

	mu       sync.Mutex
	times    map[uint64]int
	first    uint64
	newest   uint64
	newestT  int64
	instance string
	// sockets is how often it came, others how often to something that was not that host.
	sockets, others int
	said            string
}

// watchResuming watches a host by a hub until the test ends.
func watchResuming(t *testing.T, p *part, prefix string) *resuming {
	t.Helper()
	r := &resuming{p: p, prefix: prefix, times: make(map[uint64]int)}
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		again := time.NewTicker(100 * time.Millisecond)
		defer again.Stop()
		for {
			r.watch(stop)
			select {
			case <-again.C:
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-ended
	})
	return r
}

// watch takes one socket until it ends.
func (r *resuming) watch(stop <-chan struct{}) {
	d := fastws.Dialer{Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: 20 * time.Second, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	header := http.Header{}
	if r.p.token != "" {
		header.Set("Authorization", "Bearer "+r.p.token)
	}
	ws, res, err := d.Dial("ws"+strings.TrimPrefix(r.p.url, "http")+r.prefix+"/ws", header)
	if err != nil {
		return
	}
	_ = res.Body.Close()
	done := make(chan struct{})
	defer func() {
		_ = ws.Close()
		close(done)
	}()
	go func() {
		select {
		case <-stop:
			_ = ws.Close()
		case <-done:
		}
	}()
	r.mu.Lock()
	r.sockets++
	ask := wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics}, Window: 1}
	if r.instance != "" {
		ask.Window, ask.Since = 0, &wire.Since{Instance: r.instance, Seq: r.newest}
	}
	r.mu.Unlock()
	if ws.WriteJSON(ask) != nil {
		return
	}
	for {
		_, text, err := ws.ReadMessage()
		if err != nil || !r.take(text) {
			return
		}
	}
}

// take counts the rows of a message. It is false for a socket of something else.
func (r *resuming) take(text []byte) bool {
	var m struct {
		Type     string
		Instance string
		Seq, T   json.RawMessage
	}
	if json.Unmarshal(text, &m) != nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch m.Type {
	case wire.TypeHello:
		if m.Instance == r.instance || r.times == nil {
			return true
		}
		if r.newest > 0 { // the host is not there yet
			r.others++
			return false
		}
		r.instance = m.Instance
	case wire.TypeFrame:
		var seq uint64
		var at int64
		if json.Unmarshal(m.Seq, &seq) == nil && json.Unmarshal(m.T, &at) == nil {
			r.row(seq, at)
		}
	case wire.TypeHistory:
		var seqs []uint64
		var at []int64
		if json.Unmarshal(m.Seq, &seqs) == nil && json.Unmarshal(m.T, &at) == nil && len(at) == len(seqs) {
			for i := range seqs {
				r.row(seqs[i], at[i])
			}
		}
		if strings.Contains(string(text), `"older"`) || strings.Contains(string(text), `"gap"`) {
			r.said = string(text[max(0, len(text)-200):])
		}
	}
	return true
}

func (r *resuming) row(seq uint64, at int64) {
	if r.times[seq]++; r.first == 0 {
		r.first = seq
	}
	if seq > r.newest {
		r.newest, r.newestT = seq, at
	}
}

// live waits for a row that was sampled after a moment, and returns how long after it the
// row was here.
func (r *resuming) live(t *testing.T, since time.Time, within time.Duration) time.Duration {
	t.Helper()
	eventually(t, within, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.newestT > since.UnixMilli()
	}, func() string {
		r.mu.Lock()
		defer r.mu.Unlock()
		return "no row since; the newest is " + time.UnixMilli(r.newestT).Format(time.StampMilli) + " " + r.said
	})
	return time.Since(since)
}

// count returns how many rows of those between the first and the newest are lost, and how
// many came more than once.
func (r *resuming) count() (lost, twice int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for seq := r.first; seq <= r.newest; seq++ {
		switch n := r.times[seq]; {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	return lost, twice
}

func (r *resuming) rows() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int(r.newest - r.first + 1)
}

// eventually waits for a condition, and says why it is not so when it waited in vain.
func eventually(t *testing.T, within time.Duration, is func() bool, why func() string) {
	t.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		if time.Now().After(deadline) {
			t.Fatalf("after %s: %s", within, why())
		}
		<-tick.C
	}
}
