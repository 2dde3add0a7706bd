package attacks

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// soon is the time in which a healthy client gets its answer on a busy machine too. It is
// less than the 5 s after which the server ends what does not become a request.
const soon = 4 * time.Second

// within reports how long a healthy client waits for an answer.
func (p *program) within(most time.Duration) (took time.Duration, err error) {
	began := time.Now()
	_, err = p.ask("/healthz", most)
	return time.Since(began), err
}

// hold opens connections that each send something and then nothing.
func hold(t *testing.T, addr string, n int, first func(i int) string) []net.Conn {
	t.Helper()
	held := make([]net.Conn, n)
	for i := range held {
		c, err := net.DialTimeout("tcp", addr, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(first(i))); err != nil {
			t.Fatal(err)
		}
		held[i] = c
		t.Cleanup(func() { c.Close() })
	}
	return held
}

// TestHalfOpen holds connections that never become requests: the server must go on to
// serve others meanwhile, and end them by itself.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	const kind, connections = "half-open connections", 300
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--demo", "--history", "1m"}
			if secure {
				args = append(args, "--tls-self-signed")
			}
			p := start(t, args...)
			if secure {
				plain := p.dial
				p.dial = func() (net.Conn, error) {
					c, err := plain()
					if err != nil {
						return nil, err
					}
					return tls.Client(c, &tls.Config{InsecureSkipVerify: true}), nil
				}
			}
			_, before := p.residents()
			held := hold(t, p.addr, connections, func(i int) string {
				return []string{"", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", "\x16\x03\x01\x02", "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"}[i%5]
			})
			took, err := p.within(soon)
			right(t, kind, err == nil, "beside %d half-open connections: %v after %v", connections, err, took)
			// Each is ended by the server: a read returns.
			began := time.Now()
			var ended atomic.Int64
			var all sync.WaitGroup
			for _, c := range held {
				all.Go(func() {
					if err := c.SetReadDeadline(began.Add(time.Minute)); err != nil {
						return
					}
					for b := make([]byte, 512); ; {
						if _, err := c.Read(b); err != nil {
							if e, ok := errors.AsType[net.Error](err); !ok || !e.Timeout() {
								ended.Add(1)
							}
							return
						}
					}
				})
			}
			all.Wait()
			for i := range held {
				attack(t, kind, int64(i) < ended.Load(), "of %d connections the server ended %d within a minute", connections, ended.Load())
			}
			files := 0
			waitUntil(t, "the files to be closed", func() bool { _, files = p.residents(); return files <= before+5 })
			t.Logf("all ended after %v; files %d before, %d after", time.Since(began).Round(time.Millisecond), before, files)
		})
	}
}

// TestSlowHeaders sends a header one byte at a time for as long as the server takes it.
func TestSlowHeaders(t *testing.T) {
	t.Parallel()
	const kind, connections = "slow headers", 50
	p := start(t, "--demo", "--history", "1m")
	held := hold(t, p.addr, connections, func(int) string { return "GET / HTTP/1.1\r\nHost: localhost\r\n" })
	began := time.Now()
	var all sync.WaitGroup
	took := make([]time.Duration, connections)
	for i, c := range held {
		all.Go(func() {
			drip := time.NewTicker(200 * time.Millisecond)
			defer drip.Stop()
			go func() {
				for b := make([]byte, 512); ; {
					if _, err := c.Read(b); err != nil {
						c.Close()
						return
					}
				}
			}()
			for range drip.C {
				if _, err := c.Write([]byte("x")); err != nil || time.Since(began) > time.Minute {
					took[i] = time.Since(began)
					return
				}
			}
		})
	}
	healthy, err := p.within(soon)
	right(t, kind, err == nil, "beside %d slow headers: %v after %v", connections, err, healthy)
	all.Wait()
	for i, d := range took {
		attack(t, kind, d < 30*time.Second, "connection %d could drip for %v", i, d)
	}
	healthy, err = p.within(soon)
	right(t, kind, err == nil, "afterwards: %v after %v", err, healthy)
}

// TestNoFiles leaves the program no file to accept a connection with.
func TestNoFiles(t *testing.T) {
	t.Parallel()
	const kind = "ulimit -n 64"
	p := startCommand(t, exec.Command("sh", append([]string{"-c", `ulimit -n 64 && exec "$@"`, "sh", shipped}, withDefaults(nil)...)...))
	// What it cannot accept waits in the kernel.
	held := hold(t, p.addr, 100, func(int) string { return "" })
	waitUntil(t, "the program to have no file left", func() bool { _, files := p.residents(); return files >= 64 })
	_, err := p.within(300 * time.Millisecond)
	if err == nil {
		t.Error("it answered although it had no file left")
	}
	rows := func() uint64 { return p.health().Remembered.Newest }
	for _, c := range held {
		c.Close()
	}
	took, err := p.within(soon)
	attack(t, kind, err == nil, "after the connections were closed it answered after %v: %v", took, err)
	first := rows()
	waitUntil(t, "further rows", func() bool { return rows() > first })
	ws := p.stream()
	if _, _, err := ws.ReadMessage(); err != nil {
		t.Errorf("no message afterwards: %v", err)
	}
	// What ran out is said, once.
	if n := strings.Count(p.log.String(), "connections have to wait"); n != 1 || !strings.Contains(p.log.String(), "too many open files") {
		t.Errorf("the log says %d times what ran out, want once:\n%s", n, p.log)
	}
}

// TestAbortedConnects connects and leaves, in four ways: 10,000 times where all is required,
// or as often as ATTACKS_CONNECTS says, which is 100,000 in make attacks.
func TestAbortedConnects(t *testing.T) {
	t.Parallel()
	const kind, workers = "aborted connects", 4
	connects := need.Times(t, 10_000, 2000)
	if text := os.Getenv("ATTACKS_CONNECTS"); text != "" {
		var err error
		if connects, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "--demo", "--history", "1m")
	_, filesBefore := p.residents()
	goroutines := func() int64 { return p.value("self.goroutines", "") }
	before := goroutines()
	upgrade := "GET /ws HTTP/1.1\r\nHost: " + p.addr + "\r\nOrigin: http://" + p.addr + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	began := time.Now()
	var all sync.WaitGroup
	var failed atomic.Int64
	for w := range workers {
		all.Go(func() {
			for i := w; i < connects; i += workers {
				c, err := net.DialTimeout("tcp", p.addr, time.Minute)
				if err != nil {
					failed.Add(1)
					continue
				}
				switch {
				case i%100 == 1: // as a page that is closed while it loads
					_, _ = c.Write([]byte(upgrade))
				case i%10 == 2:
					_, _ = c.Write([]byte("GET / HTTP/1.1\r\nHo"))
				}
				if tcp, ok := c.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0) // reset, so that no port stays taken
				}
				c.Close()
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if failed.Load() > 0 {
		t.Errorf("%d of %d connects failed", failed.Load(), connects)
	}
	files, after := 0, int64(0)
	waitUntil(t, "the connections to be gone", func() bool {
		_, files = p.residents()
		after = goroutines()
		return files <= filesBefore+5 && after <= before+5
	})
	t.Logf("%d connects in %v; files %d before, %d after; goroutines %d, %d", connects, took.Round(time.Millisecond), filesBefore, files, before, after)
	counted.add(kind, func(c *counts) { c.tried += connects; c.refused += connects - int(failed.Load()) })
	healthy, err := p.within(soon)
	right(t, kind, err == nil, "afterwards: %v after %v", err, healthy)
	if n := p.logged(); n > 2 {
		t.Errorf("it logged %d lines:\n%.500s", n, p.log)
	}
}

// TestLogsThatCannotBeWritten runs the program with its outputs on a full disk, and on a
// pipe whose reader has gone.
func TestLogsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	const kind = "logs that cannot be written"
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	reader, gone, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	reader.Close()
	for what, output := range map[string]*os.File{"full disk": full, "reader gone": gone} {
		cmd := exec.Command(shipped, withDefaults([]string{"--demo", "--history", "1m", "--log-level", "debug", "--auth", "token"})...)
		cmd.Stderr = output
		p := startCommand(t, cmd)
		for i := range 5 {
			status, _ := p.signIn(fmt.Sprintf("a wrong token, which is logged %d", i))
			attack(t, kind, status == 401, "%s: sign-in %d: %d", what, i, status)
		}
		status, cookie := p.signIn(p.link())
		right(t, kind, status == 200 && cookie != "", "%s: sign-in: %d", what, status)
		_, err := p.within(soon)
		right(t, kind, err == nil, "%s: %v", what, err)
	}
}
