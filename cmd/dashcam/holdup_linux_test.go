package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/server/wire"
)

// program is a running dashcam.
type program struct {
	t    testing.TB
	cmd  *exec.Cmd
	addr string
	// ended is closed when it has ended, with the error of its end in err.
	ended chan struct{}
	err   error
}

// start runs the built program and waits until it has observed a row.
func start(t testing.TB, bin string, args ...string) *program {
	t.Helper()
	args = append([]string{"--listen", "127.0.0.1:0", "--log-level", "error", "--auth", "none"}, args...)
	cmd := exec.Command(bin, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, cmd: cmd, ended: make(chan struct{})}
	lines := bufio.NewReader(out)
	said := readUntil(t, lines, "observes")
	p.addr = regexp.MustCompile(`http://(\S+)`).FindStringSubmatch(said)[1]
	go func() {
		defer close(p.ended)
		// Wait closes the pipe, so that all of it is read first.
		_, _ = io.Copy(io.Discard, lines)
		p.err = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // one that has ended cannot be killed
		<-p.ended
	})
	return p
}

// dial opens a socket and subscribes to an hour and to tables.
func (p *program) dial(tables ...string) (*fastws.Conn, error) {
	ws, err := p.open()
	if err != nil {
		return nil, err
	}
	return ws, subscribe(ws, wire.MaxReach, tables...)
}

func subscribe(ws *fastws.Conn, window int, tables ...string) error {
	return ws.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: append(tables, wire.TopicMetrics), Window: window})
}

// open opens a socket.
func (p *program) open() (*fastws.Conn, error) {
	d := fastws.Dialer{Subprotocols: []string{wire.Subprotocol}, EnableCompression: true, HandshakeTimeout: time.Minute}
	ws, _, err := d.Dial("ws://"+p.addr+"/ws", http.Header{"Origin": {"http://" + p.addr}})
	return ws, err
}

// ask makes a request on a connection of its own.
func (p *program) ask(path string, within time.Duration) (string, error) {
	c := http.Client{Timeout: within, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Get("http://" + p.addr + path)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = errors.New(res.Status)
	}
	return string(body), err
}

// stopsWithin is how long a stop may take: TimeoutStopSec of the unit, after which systemd
// kills it. It waits for 3 s at most, and other tests have the processors.
const stopsWithin = 10 * time.Second

func TestProgram_SaysGoodbyeToEveryPage(t *testing.T) {
	const pages = 200
	// With few rows, so that reading them keeps no page from coming in time.
	p := start(t, binary(t), "--interval", "10s")
	ended := make(chan error, pages)
	for range pages {
		ws, err := p.dial("processes")
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		if _, _, err := ws.ReadMessage(); err != nil {
			t.Fatal(err)
		}
		go func() {
			var err error
			for err == nil {
				_, _, err = ws.ReadMessage()
			}
			ended <- err
		}()
	}
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for range pages {
		if err := <-ended; !fastws.IsCloseError(err, wire.CloseStopping) {
			t.Errorf("a page's socket ended with %v, want 1001", err)
		}
	}
	<-p.ended
	took := time.Since(began)
	t.Logf("%d pages got 1001, the program ended after %v: %v", pages, took.Round(time.Millisecond), p.err)
	if p.err != nil || took > stopsWithin {
		t.Errorf("ended after %v with %v, want success within %v", took, p.err, stopsWithin)
	}
}

// BenchmarkNeverReading connects 1000 pages that ask for about an hour of everything and
// read nothing of it, and reports what they cost and when they are gone. Pages that all
// ask for the same rows are given the same messages; with different ones there is
// nothing to share. It takes about 20 s.
func BenchmarkNeverReading(b *testing.B) {
	b.Run("rows=same", func(b *testing.B) { benchmarkNeverReading(b, 0) })
	b.Run("rows=different", func(b *testing.B) { benchmarkNeverReading(b, 2) })
}

// step is by how many rows the page's windows differ.
func benchmarkNeverReading(b *testing.B, step int) {
	const pages = 1000
	for b.Loop() {
		p := start(b, binary(b), "--demo", "--max-viewers", strconv.Itoa(pages+1))
		b.Logf("--max-viewers raised to %d", pages+1)
		healthy, err := p.dial("processes")
		if err != nil {
			b.Fatal(err)
		}
		read := make(chan struct{})
		state := wire.NewState()
		go func() {
			defer close(read)
			for {
				_, text, err := healthy.ReadMessage()
				if err != nil {
					return
				}
				if err := state.Apply(text); err != nil {
					b.Errorf("the healthy page: %v", err)
				}
			}
		}()
		waitUntil(b, "the healthy page to be live", func() bool { return p.health(b).Hub.Ledger.Frames > 1 })
		before := p.memory()
		socketsBefore := socketMemory(b)
		var all sync.WaitGroup
		conns := make([]*fastws.Conn, pages)
		began := time.Now()
		for w := range 8 {
			all.Go(func() {
				for i := w; i < pages; i += 8 {
					ws, err := p.open()
					if err != nil {
						b.Errorf("dial: %v", err)
						return
					}
					conns[i] = ws
				}
			})
		}
		all.Wait()
		connected := time.Now()
		for i, ws := range conns {
			if err := subscribe(ws, wire.MaxReach-step*i, "processes"); err != nil {
				b.Fatal(err)
			}
		}
		var most, sockets int64
		waitUntil(b, "the stuck pages to be gone", func() bool {
			most = max(most, p.memory()-before)
			sockets = max(sockets, socketMemory(b)-socketsBefore)
			return p.health(b).Hub.SlowCloses >= pages
		})
		gone := time.Now()
		waitUntil(b, "one more frame", func() bool { return p.health(b).Hub.Viewers == 1 })
		b.ReportMetric(float64(most)/(1<<20), "MB-process")
		b.ReportMetric(float64(sockets)/(1<<20), "MB-kernel-sockets")
		b.ReportMetric(gone.Sub(connected).Seconds(), "s-until-all-dropped")
		b.ReportMetric(connected.Sub(began).Seconds(), "s-to-connect")
		health := p.health(b)
		healthy.Close()
		<-read
		lost := 0
		newest := state.Hello.Newest
		for seq := range state.Rows {
			newest = max(newest, seq)
		}
		for seq := state.Hello.Newest - 600; seq <= newest; seq++ {
			if _, ok := state.Rows[seq]; !ok {
				lost++
			}
		}
		b.ReportMetric(float64(lost), "rows-lost-by-the-healthy")
		b.ReportMetric(float64(health.Hub.SlowCloses), "counted-slow")
		for _, ws := range conns {
			if ws != nil {
				ws.Close()
			}
		}
	}
}

// health is the part of the answer that is looked at.
type health struct {
	Hub struct {
		Viewers    int
		SlowCloses int
		Ledger     struct{ Frames, Lost int }
	}
}

func (p *program) health(t testing.TB) (h health) {
	t.Helper()
	body, err := p.ask("/api/v1/health", 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(body), &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// memory returns the private memory of the program in bytes.
func (p *program) memory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return kilobytes(p.t, string(text), "RssAnon:") << 10
}

// socketMemory returns what the kernel holds for TCP, of all programs, in bytes.
func socketMemory(t testing.TB) int64 {
	text, err := os.ReadFile("/proc/net/sockstat")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`TCP:.* mem (\d+)`).FindStringSubmatch(string(text))
	if m == nil {
		t.Fatalf("no memory of TCP in %q", text)
	}
	pages, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

func kilobytes(t testing.TB, text, name string) int64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no %s", name)
	return 0
}

// BenchmarkWire follows the topic metrics of a running program for 15 s, plain and
// compressed, and reports the bytes on the network per series and second, everything
// included: frames, their heads, events, pings. "host" is this machine, idle but for
// the benchmark; "demo" is a busy one.
func BenchmarkWire(b *testing.B) {
	for _, host := range []string{"host", "demo"} {
		b.Run(host, func(b *testing.B) {
			var args []string
			if host == "demo" {
				args = []string{"--demo"}
			}
			p := start(b, binary(b), args...)
			for b.Loop() {
				var measured sync.WaitGroup
				for name, deflate := range map[string]bool{"raw": false, "deflated": true} {
					measured.Go(func() {
						perSecond, series := p.traffic(b, deflate, 15*time.Second)
						b.ReportMetric(perSecond/float64(series), "B/series/s-"+name)
						if deflate {
							b.ReportMetric(float64(series), "series")
						}
					})
				}
				measured.Wait()
			}
		})
	}
}

// traffic returns the bytes per second that a page receives once it is live.
func (p *program) traffic(b *testing.B, deflate bool, during time.Duration) (perSecond float64, series int) {
	counted := &counter{}
	d := fastws.Dialer{
		Subprotocols: []string{wire.Subprotocol}, EnableCompression: deflate,
		NetDial: func(network, addr string) (net.Conn, error) {
			c, err := net.Dial(network, addr)
			counted.Conn = c
			return counted, err
		},
	}
	ws, _, err := d.Dial("ws://"+p.addr+"/ws", http.Header{"Origin": {"http://" + p.addr}})
	if err != nil {
		b.Error(err)
		return 0, 1
	}
	defer ws.Close()
	if err := ws.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics}, Window: 1}); err != nil {
		b.Error(err)
		return 0, 1
	}
	state := wire.NewState()
	var began time.Time
	for began.IsZero() || time.Since(began) < during {
		_, text, err := ws.ReadMessage()
		if err != nil {
			b.Error(err)
			return 0, 1
		}
		if err := state.Apply(text); err != nil {
			b.Error(err)
		}
		if began.IsZero() && strings.HasPrefix(string(text), `{"type":"frame"`) {
			began, counted.n = time.Now(), 0
		}
	}
	return float64(counted.n) / time.Since(began).Seconds(), len(state.Series)
}

// counter counts what is read.
type counter struct {
	net.Conn
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n += int64(n)
	return n, err
}
