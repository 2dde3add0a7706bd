package attacks

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"net/http/httputil"
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
	// said is what it printed until its first row, log what it wrote to standard error.
	said string
	log  *lockedBuffer
	// dial opens a connection to it.
	dial func() (net.Conn, error)
	// lines is the rest of what it prints.
	lines *bufio.Reader
	ended chan struct{}
	err   error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs the program until the test ends, and waits for its first row.
func start(t testing.TB, args ...string) *program {
	t.Helper()
	return startCommand(t, exec.Command(shipped, withDefaults(args)...))
}

// startHub runs a hub until the test ends.
func startHub(t testing.TB, args ...string) *program {
	t.Helper()
	return startCommand(t, exec.Command(shipped, append([]string{"hub"}, withDefaults(args)...)...))
}

// withDefaults adds what every program here is started with, unless the test says other.
func withDefaults(args []string) []string {
	out := []string{"--listen", "127.0.0.1:0"}
	if !strings.Contains(strings.Join(args, " "), "--auth") {
		out = append(out, "--auth", "none")
	}
	return append(out, args...)
}

func startCommand(t testing.TB, cmd *exec.Cmd) *program {
	t.Helper()
	p := &program{t: t, cmd: cmd, ended: make(chan struct{}), log: &lockedBuffer{}}
	if cmd.Stderr == nil {
		cmd.Stderr = p.log
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
	lines := bufio.NewReader(out)
	p.said = readUntil(t, lines, "observes", p.log)
	kill.Stop()
	p.lines = lines
	p.addr = regexp.MustCompile(`open +https?://([^/\s]+)`).FindStringSubmatch(p.said)[1]
	p.dial = func() (net.Conn, error) { return net.DialTimeout("tcp", p.addr, time.Minute) }
	go func() {
		defer close(p.ended)
		// Wait closes the pipe, so that all of it is read first.
		_, _ = io.Copy(io.Discard, lines)
		p.err = cmd.Wait()
	}()
	t.Cleanup(func() {
		p.stop()
		if p.err != nil && cmd.ProcessState.ExitCode() >= 0 {
			t.Errorf("the program ended with %v\n%s", p.err, p.log)
		}
	})
	return p
}

// stop ends the program.
func (p *program) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // one that has ended cannot be told
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.t.Error("the program did not end within 30 s")
	}
}

func readUntil(t testing.TB, r *bufio.Reader, text string, log fmt.Stringer) string {
	t.Helper()
	var all strings.Builder
	for !strings.Contains(all.String(), text) {
		line, err := r.ReadString('\n')
		all.WriteString(line)
		if err != nil {
			t.Fatalf("%v after %q, waiting for %q; it logged\n%s", err, all.String(), text, log)
		}
	}
	return all.String()
}

// logged is how many lines it logged, but for those that say how collectors do: on a busy
// machine they are late now and then.
func (p *program) logged() (lines int) {
	for line := range strings.Lines(p.log.String()) {
		if !strings.Contains(line, `msg="collector health"`) {
			lines++
		}
	}
	return lines
}

// raw sends bytes and returns the whole answer; status is 0 where there is none.
func (p *program) raw(request string) (status int, answer string) {
	p.t.Helper()
	c, err := p.dial()
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		p.t.Fatal(err)
	}
	// It may answer, and close, before it has read everything.
	_, _ = io.WriteString(c, request)
	b, _ := io.ReadAll(c)
	return statusOf(b), unchunked(string(b))
}

// unchunked puts the body of an answer together that was sent in chunks.
func unchunked(answer string) string {
	head, body, found := strings.Cut(answer, "\r\n\r\n")
	if !found || !strings.Contains(strings.ToLower(head), "\r\ntransfer-encoding: chunked") {
		return answer
	}
	// What is cut short stays as far as it came.
	whole, _ := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(body)))
	return head + "\r\n\r\n" + string(whole)
}

// statusOf reads "HTTP/1.1 200 OK".
func statusOf(answer []byte) int {
	if len(answer) < 12 || !bytes.HasPrefix(answer, []byte("HTTP/1.1 ")) {
		return 0
	}
	n, err := strconv.Atoi(string(answer[9:12]))
	if err != nil {
		return 0
	}
	return n
}

// request writes one that ends its connection.
func (p *program) request(method, path string, headers ...string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: " + p.addr + "\r\nConnection: close\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n"
}

// client speaks HTTP to the program, on a connection of its own each time.
func (p *program) client(within time.Duration) *http.Client {
	return &http.Client{Timeout: within, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return p.dial() },
	}}
}

// get returns a body.
func (p *program) get(path string) string {
	p.t.Helper()
	body, err := p.ask(path, time.Minute)
	if err != nil {
		p.t.Fatalf("GET %s: %v", path, err)
	}
	return body
}

func (p *program) ask(path string, within time.Duration) (string, error) {
	res, err := p.client(within).Get("http://" + p.addr + path)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %.200s", res.Status, body)
	}
	return string(body), err
}

// object returns an answer of the API.
func object[T any](p *program, path string) (v T) {
	p.t.Helper()
	body := p.get(path)
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		p.t.Fatalf("GET %s: %v in %.300s", path, err, body)
	}
	return v
}

// healthOf returns how a collector is.
func (p *program) healthOf(collector string) (state, reason string) {
	p.t.Helper()
	for _, h := range p.health().Collectors {
		if h.Collector == collector {
			return h.State, h.Reason
		}
	}
	return "", ""
}

// health is the part of the answer that is looked at.
type health struct {
	Collectors []struct {
		Collector, State, Reason string
		Unavailable              []struct{ Source, Reason string }
	}
	Events     []struct{ Kind, Text string }
	Remembered struct{ Newest uint64 }
	Hub        struct{ Viewers int }
}

func (p *program) health() health { p.t.Helper(); return object[health](p, "/api/v1/health") }

// link is the secret of the printed link.
func (p *program) link() string {
	p.t.Helper()
	found := regexp.MustCompile(`open +\S+/#token=(\S+)\n`).FindStringSubmatch(p.said)
	if found == nil {
		p.t.Fatalf("no link in\n%s", p.said)
	}
	return found[1]
}

// signIn returns the two headers of a new session, its cookie and its key, on two lines.
func (p *program) signIn(secret string) (status int, session string) {
	p.t.Helper()
	return p.signInAs(secret)
}

// signInAs is signIn with further headers.
func (p *program) signInAs(secret string, headers ...string) (status int, session string) {
	p.t.Helper()
	body, err := json.Marshal(map[string]string{"secret": secret})
	if err != nil {
		p.t.Fatal(err)
	}
	headers = append(headers, "Origin: http://"+p.addr, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)))
	status, answer := p.raw(p.request("POST", "/api/v1/session", headers...) + string(body))
	if set := regexp.MustCompile(`(?i)\r\nset-cookie: ([^;]+);`).FindStringSubmatch(answer); set != nil {
		session = "Cookie: " + set[1] + "\r\nDashcam-Key: " + keyIn(answer)
	}
	return status, session
}

// keyIn is the key in the answer to a sign-in, "" for none.
func keyIn(answer string) string {
	found := regexp.MustCompile(`"key":"([\w-]+)"`).FindStringSubmatch(answer)
	if found == nil {
		return ""
	}
	return found[1]
}

// stream opens a socket from its own page, with the topics it subscribes to.
func (p *program) stream(topics ...string) *fastws.Conn {
	p.t.Helper()
	return p.subscribe(wire.Subscribe{Topics: append(topics, wire.TopicMetrics), Window: wire.MaxReach}, nil)
}

// subscribe opens a socket from its own page, with further headers.
func (p *program) subscribe(m wire.Subscribe, headers http.Header) *fastws.Conn {
	p.t.Helper()
	d := fastws.Dialer{
		Subprotocols: []string{wire.Subprotocol}, EnableCompression: true, HandshakeTimeout: time.Minute,
		NetDial: func(string, string) (net.Conn, error) { return p.dial() },
	}
	all := http.Header{"Origin": {"http://" + p.addr}}
	maps.Copy(all, headers)
	if key := all.Get("Dashcam-Key"); key != "" { // where a page can set no header
		all.Del("Dashcam-Key")
		d.Subprotocols = append(d.Subprotocols, "dashcam.key."+key)
	}
	ws, _, err := d.Dial("ws://"+p.addr+"/ws", all)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { ws.Close() })
	m.Type = wire.TypeSubscribe
	if err := ws.WriteJSON(m); err != nil {
		p.t.Fatal(err)
	}
	return ws
}

// socket opens one at a path from its own page, and may be refused.
func (p *program) socket(path string) (*fastws.Conn, error) {
	d := fastws.Dialer{
		Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: time.Minute,
		NetDial: func(string, string) (net.Conn, error) { return p.dial() },
	}
	ws, _, err := d.Dial("ws://"+p.addr+path, http.Header{"Origin": {"http://" + p.addr}})
	return ws, err
}

// peak is the most memory that the program had, in bytes.
func (p *program) peak() int64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		p.t.Fatalf("no VmHWM in %s", text)
	}
	kb, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return kb << 10
}

// residents returns the program's own memory (RssAnon) in bytes, and its open files.
func (p *program) residents() (memory int64, files int) {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	found := regexp.MustCompile(`RssAnon:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		p.t.Fatalf("no RssAnon in %s", text)
	}
	kb, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	return kb << 10, len(list)
}

// processorTime is what the program has taken of the processors so far; 0 where the
// system does not say.
func (p *program) processorTime() time.Duration {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime, counted from state
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			p.t.Fatalf("processor time %q: %v", field, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// waitUntil waits for a condition, at most a minute.
func waitUntil(t testing.TB, what string, ok func() bool) {
	t.Helper()
	waitWithin(t, time.Minute, what, ok)
}

// waitWithin waits for a condition for as long as given.
func waitWithin(t testing.TB, most time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(most)
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", most, what)
		}
		<-every.C
	}
}

// hashOf asks the program for the hash of a password.
func hashOf(t testing.TB, password string) string {
	t.Helper()
	cmd := exec.Command(shipped, "hash-password")
	cmd.Stdin = strings.NewReader(password + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// heap is the least heap that the program reports over the next ten rows.
func (p *program) heap() int64 {
	p.t.Helper()
	least, seen := int64(math.MaxInt64), map[uint64]bool{}
	waitUntil(p.t, "ten rows", func() bool {
		seen[p.health().Remembered.Newest] = true
		least = min(least, p.value("self.memory", "heap"))
		return len(seen) >= 10
	})
	return least
}

// series is what is known of one series.
type series struct {
	ID      int
	Name    string
	Labels  map[string]string
	Quantum float64
}

// value returns the newest value of a series by its name and the value of its label, ""
// for none. It waits until there is one.
func (p *program) value(name, label string) (value int64) {
	p.t.Helper()
	waitUntil(p.t, name+"{"+label+"}", func() bool {
		for _, s := range object[struct{ Series []series }](p, "/api/v1/series").Series {
			found := label == ""
			for _, v := range s.Labels {
				found = found || v == label
			}
			if s.Name != name || !found {
				continue
			}
			at := object[struct{ Value *int64 }](p, fmt.Sprintf("/api/v1/explain?id=%d", s.ID))
			if at.Value != nil {
				value = int64(float64(*at.Value) * s.Quantum)
			}
			return at.Value != nil
		}
		return false
	})
	return value
}
