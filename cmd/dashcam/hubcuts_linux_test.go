package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/wire"
)

// cutsVariable is how often each way is cut, where make cuts says so.
const cutsVariable = "FLEET_CUTS"

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
	d := fastws.Dialer{Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: time.Minute, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
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
		if m.Instance == r.instance {
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

// count returns how many rows behind one, or behind the first, are lost up to the newest, and
// how many came more than once.
func (r *resuming) count(behind uint64) (lost, twice int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for seq := max(r.first, behind+1); seq <= r.newest; seq++ {
		switch n := r.times[seq]; {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	return lost, twice
}

func (r *resuming) upTo() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newest
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

// cuts is how often each way is cut in this run.
func cuts(t *testing.T) int {
	t.Helper()
	text := os.Getenv(cutsVariable)
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q: expected a number of cuts", cutsVariable, text)
	}
	return n
}

// cutTable is what was cut, and what that did.
type cutTable struct {
	t    *testing.T
	text strings.Builder
	// least is how often each way is cut at least.
	least int
}

// run cuts one way many times, while a viewer watches. cut returns when the way was there
// again; from then on it is counted how long it takes until a row is shown that was sampled
// after that.
func (c *cutTable) run(what string, viewer *resuming, cut func() time.Time) {
	c.t.Helper()
	if c.text.Len() == 0 {
		fmt.Fprintf(&c.text, "%-44s %6s %8s %6s %6s %14s %9s\n", "what was cut", "cuts", "rows", "lost", "twice", "live after p50", "at most")
	}
	begin := viewer.upTo()
	var took []time.Duration
	for range max(c.least, cuts(c.t)) {
		back := cut()
		took = append(took, viewer.live(c.t, back, time.Minute))
	}
	viewer.live(c.t, time.Now().Add(500*time.Millisecond), time.Minute) // what is on the way has come
	slices.Sort(took)
	lost, twice := viewer.count(begin)
	fmt.Fprintf(&c.text, "%-44s %6d %8d %6d %6d %12.1f s %7.1f s\n", what, len(took), viewer.upTo()-begin, lost, twice, took[len(took)/2].Seconds(), took[len(took)-1].Seconds())
	if lost+twice > 0 {
		c.t.Errorf("%s: %d rows are lost, %d came twice; %s", what, lost, twice, viewer.said)
	}
}

// print shows the table to whoever runs the tests with -v.
func (c *cutTable) print() {
	if c.text.Len() > 0 {
		c.t.Logf("\n%s", c.text.String())
	}
}

// way forwards connections, and can be cut.
type way struct {
	addr, to string
	held     sync.RWMutex // for writing while nothing passes

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// wayTo forwards what comes until the test ends.
func wayTo(t *testing.T, to string) *way {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &way{addr: ln.Addr().String(), to: to, conns: make(map[net.Conn]struct{})}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			from, err := ln.Accept()
			if err != nil {
				return
			}
			running.Go(func() { w.forward(from) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		w.cut()
		running.Wait()
	})
	return w
}

func (w *way) forward(from net.Conn) {
	defer from.Close()
	to, err := net.DialTimeout("tcp", w.to, 5*time.Second)
	if err != nil {
		return
	}
	defer to.Close()
	w.mu.Lock()
	w.conns[from], w.conns[to] = struct{}{}, struct{}{}
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.conns, from)
		delete(w.conns, to)
		w.mu.Unlock()
	}()
	var both sync.WaitGroup
	pass := func(dst, src net.Conn) {
		defer dst.Close()
		defer src.Close()
		buf := make([]byte, 1<<10) // small, so that a cut falls within messages
		for {
			n, err := src.Read(buf)
			if n > 0 {
				w.held.RLock()
				_, err = dst.Write(buf[:n])
				w.held.RUnlock()
			}
			if err != nil {
				return
			}
		}
	}
	both.Go(func() { pass(to, from) })
	both.Go(func() { pass(from, to) })
	both.Wait()
}

// cut ends every connection in whatever is being said. What was on the way is lost.
func (w *way) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it is reset
		}
		_ = c.Close()
	}
}

// hold lets nothing pass for a while, and then resets what waited.
func (w *way) hold(d time.Duration) {
	w.held.Lock()
	<-time.After(d)
	w.cut()
	w.held.Unlock()
}

// TestHub_LosesNothingByCuts cuts every way between a host, its hub and a viewer at random
// moments, and kills the hub. make cuts does so 50 times each.
func TestHub_LosesNothingByCuts(t *testing.T) {
	t.Parallel()
	hubDir, hostDir := t.TempDir(), t.TempDir()
	listen := "127.0.0.1:" + need.Port(t, "127.0.0.1")
	startHub := func() *part {
		return startPart(t, "dcjoin_", binary(t), "hub", "--listen", listen, "--auth", "none", "--state-dir", hubDir)
	}
	hub := startHub()
	ofHost, ofViewer := wayTo(t, listen), wayTo(t, listen)
	dashcam(t, nil, "join", "http://"+ofHost.addr, hub.join, "--state-dir", hostDir, "--host-id", "hosta")
	startPart(t, "observes", binary(t), "--demo", "--interval", "100ms", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", hostDir)
	hub.await(t, "hosta", true)
	viewer := watchResuming(t, &part{url: "http://" + ofViewer.addr}, "/h/hosta")
	viewer.live(t, time.Now(), time.Minute)
	soon := func() { <-time.After(rand.N(time.Second)) } // anywhere in what is being said
	table := &cutTable{t: t}
	table.run("connection of the host reset", viewer, func() time.Time {
		soon()
		ofHost.cut()
		return time.Now()
	})
	table.run("connection of the viewer reset", viewer, func() time.Time {
		soon()
		ofViewer.cut()
		return time.Now()
	})
	table.run("host cut off for up to 8 s, nobody is told", viewer, func() time.Time {
		ofHost.hold(rand.N(8 * time.Second))
		return time.Now()
	})
	table.run("hub, and the broker in it, killed", viewer, func() time.Time {
		soon()
		hub.kill()
		soon() // it is away for a while
		hub = startHub()
		return time.Now()
	})
	table.print()
}
