package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/auth"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// liveServer is a running server on a ring whose rows the test makes as fast as it likes,
// and the model of what was ever committed.
type liveServer struct {
	t      testing.TB
	ring   *history.Ring
	stream *stream.Fanout
	srv    *Server
	addr   string
	// stop ends everything. It may be called more than once.
	stop func()

	mu      sync.Mutex
	rand    *rand.Rand
	ids     []collectors.SeriesID
	last    []int64
	rows    map[uint64]wire.StateRow // nil where there is no model
	stamped bool
}

// streamOptions say which stream. Zero fields have the servers' own defaults.
type streamOptions struct {
	instance string // "one" by default
	// remembers is how many rows the ring holds at least, all of them by default.
	remembers int
	series    int // 20 by default
	viewers   int
	addr      string
	retry     time.Duration
	limits    auth.Limits
	times     times
	noModel   bool
	// stamped rows say in their first value when they were committed, in Unix µs.
	stamped bool
}

func newStream(t testing.TB, o streamOptions) *liveServer {
	t.Helper()
	s := &liveServer{t: t, rand: rand.New(rand.NewPCG(3, 7)), rows: make(map[uint64]wire.StateRow), stamped: o.stamped}
	if o.noModel {
		s.rows = nil
	}
	if o.instance == "" {
		o.instance = "one"
	}
	if o.addr == "" {
		o.addr = "127.0.0.1:0"
	}
	if o.series == 0 {
		o.series = 20
	}
	s.ring = history.New(history.Config{
		Instance: o.instance, Age: time.Duration(o.remembers) * time.Second, Tables: []*collectors.Table{top},
	})
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	s.stream = stream.New(stream.Config{
		Ring: s.ring, Log: log, MaxViewers: o.viewers, Retry: o.retry, Grace: time.Minute,
		Hello: func() wire.Hello { return wire.Hello{Version: "1", Build: "b", IntervalMs: 1000} },
	})
	var err error
	s.srv, err = New(Config{
		Assets: page(), Ring: s.ring, Stream: s.stream, Version: "1", Build: "b", Log: log, Limits: o.limits, times: o.times,
		Host: func() collectors.Host { return collectors.Host{ID: "9f", Hostname: "db-01", CPUs: 2} },
	})
	if err != nil {
		t.Fatal(err)
	}
	// fasthttp keeps goroutines that wait for the next connection for 10 s; tests that
	// count goroutines would have to wait as long.
	s.srv.app.Server().MaxIdleWorkerDuration = 100 * time.Millisecond
	// Hundreds of pages that connect at once on a busy machine take longer to ask than one.
	s.srv.app.Server().ReadTimeout = time.Minute
	for i := range o.series {
		id, err := s.ring.Intern(collectors.Series{Family: busy, Labels: collectors.LabelsOf(fmt.Sprint(i)), Max: 100})
		if err != nil {
			t.Fatal(err)
		}
		s.ids = append(s.ids, id)
	}
	s.last = make([]int64, o.series)
	ln, err := net.Listen("tcp", o.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.addr = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served, pumped := make(chan error, 1), make(chan error, 1)
	go func() { served <- s.srv.Run(ctx, ln) }()
	pump, stopPump := context.WithCancel(context.Background())
	go func() { pumped <- s.stream.Run(pump) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("run: %v", err)
		}
		stopPump()
		if err := <-pumped; err != nil {
			t.Errorf("stream: %v", err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

// tick commits a row in which about 40 % of the values differ from the row before, some
// by being missing.
func (s *liveServer) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := make([]int64, len(s.ids))
	for i := range q {
		switch n := s.rand.IntN(100); {
		case n < 36:
			s.last[i] = s.rand.Int64N(3200)
		case n < 40:
			s.last[i] = collectors.Missing
		}
		q[i] = s.last[i]
	}
	if s.stamped {
		q[0] = time.Now().UnixMicro()
	}
	var missed int
	var why string
	if s.rand.IntN(50) == 0 {
		missed, why = 1+s.rand.IntN(3), "the sampler was late"
	}
	seq := s.ring.Bounds().Newest + 1
	row, _ := s.ring.Append(history.Commit{
		Row: collectors.Row{T: 1_795_186_288_000 + int64(seq)*1000, Missed: missed, Why: why, IDs: s.ids, Q: q},
	})
	if s.rows == nil {
		return
	}
	values := make(map[collectors.SeriesID]int64)
	for i, v := range row.Q {
		if v != collectors.Missing {
			values[row.IDs[i]] = v
		}
	}
	s.rows[row.Seq] = wire.StateRow{T: row.T, Missed: row.Missed, Why: row.Why, Values: values}
}

// ticks commits n rows and waits until viewers can have them.
func (s *liveServer) ticks(n int) {
	s.t.Helper()
	for range n {
		s.tick()
	}
	waitFor(s.t, "the stream to have seen the rows", func() bool { return s.stream.Stats().Newest == s.newest() })
}

func (s *liveServer) newest() uint64 { return s.ring.Bounds().Newest }

// model returns every row that was ever committed.
func (s *liveServer) model() map[uint64]wire.StateRow {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.rows)
}

// dialer opens sockets as a page does.
func dialer(compress bool) *fastws.Dialer {
	return &fastws.Dialer{
		Subprotocols: []string{wire.Subprotocol}, EnableCompression: compress, HandshakeTimeout: time.Minute,
		WriteBufferPool: &sync.Pool{}, ReadBufferSize: 4096,
	}
}

func (s *liveServer) dial(d *fastws.Dialer) (*fastws.Conn, error) {
	ws, res, err := d.Dial("ws://"+s.addr+"/ws", http.Header{"Origin": {"http://" + s.addr}})
	if err != nil && res != nil {
		return nil, fmt.Errorf("%w: %s", err, res.Status)
	}
	return ws, err
}

// watcher is a page: it decodes into the wire's reference state and counts on the way
// how often each row came.
type watcher struct {
	t     testing.TB
	s     *liveServer
	ws    *fastws.Conn
	state *wire.State
	// arrived counts the arrivals of each row of the present instance, last is the
	// newest row.
	arrived map[uint64]int
	last    uint64
	// frames and filled count rows of the present socket.
	frames, filled uint64
}

func (s *liveServer) watcher() *watcher {
	return &watcher{t: s.t, s: s, state: wire.NewState(), arrived: make(map[uint64]int)}
}

// connect opens a socket and resumes where the watcher stands, or begins with a window.
func (w *watcher) connect(compress bool) {
	w.t.Helper()
	ws, err := w.s.dial(dialer(compress))
	if err != nil {
		w.t.Fatalf("dial: %v", err)
	}
	w.ws, w.frames, w.filled = ws, 0, 0
	m := wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics}, Window: wire.MaxReach}
	if w.state.Hello != nil {
		m.Since = &wire.Since{Instance: w.state.Hello.Instance, Seq: w.last}
	}
	if err := ws.WriteJSON(m); err != nil {
		w.t.Fatalf("subscribe: %v", err)
	}
}

// read takes one message. An error is the socket's.
func (w *watcher) read() error {
	w.t.Helper()
	if err := w.ws.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	_, text, err := w.ws.ReadMessage()
	if err != nil {
		return err
	}
	h := headOf(w.t, text)
	if h.Type == wire.TypeHello && w.state.Hello != nil && w.state.Hello.Instance != h.Instance {
		clear(w.arrived)
		w.last = 0
	}
	if err := w.state.Apply(text); err != nil {
		w.t.Fatalf("apply %.200s: %v", text, err)
	}
	for _, seq := range h.rows(w.t) {
		w.arrived[seq]++
		if w.arrived[seq] > 1 {
			w.t.Fatalf("row %d came %d times", seq, w.arrived[seq])
		}
		w.last = max(w.last, seq)
	}
	switch h.Type {
	case wire.TypeFrame:
		w.frames++
	case wire.TypeHistory:
		w.filled += uint64(len(h.rows(w.t)))
	}
	return nil
}

// until reads until the condition holds.
func (w *watcher) until(ok func() bool) {
	w.t.Helper()
	for !ok() {
		if err := w.read(); err != nil {
			w.t.Fatalf("read: %v", err)
		}
	}
}

// catchUp reads until the watcher has the newest row.
func (w *watcher) catchUp() {
	w.t.Helper()
	w.until(func() bool { return w.last == w.s.newest() })
}

// reset cuts the connection without a word, and what is on its way with it.
func reset(ws *fastws.Conn) {
	if tcp, ok := ws.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a connection that cannot be told is cut all the same
	}
	_ = ws.Close()
}

// head is what a message says of itself.
type head struct {
	Type     string
	Instance string
	Seq      json.RawMessage
	Gap      *wire.Gap
	More     bool
	Reason   wire.ByeReason
	RetryMs  int64
}

func headOf(t testing.TB, text []byte) head {
	t.Helper()
	var h head
	if err := json.Unmarshal(text, &h); err != nil {
		t.Fatalf("parse %.80q: %v", text, err)
	}
	return h
}

// rows returns the rows in a message.
func (h head) rows(t testing.TB) []uint64 {
	t.Helper()
	var err error
	switch h.Type {
	case wire.TypeFrame:
		var seq uint64
		err = json.Unmarshal(h.Seq, &seq)
		if err == nil {
			return []uint64{seq}
		}
	case wire.TypeHistory:
		var seqs []uint64
		err = json.Unmarshal(h.Seq, &seqs)
		if err == nil {
			return seqs
		}
	}
	if err != nil {
		t.Fatalf("rows of %s: %v", h.Type, err)
	}
	return nil
}
