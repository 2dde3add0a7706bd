package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/server/wire"
)

// BenchmarkFirstView is what goes over the network until a page has all that its first
// screen shows of the last five minutes of a demo host of 16 processors: the files that a
// browser loads before it runs, the states of the hour for the overview, and the socket up
// to the newest row. Beside it stands what comes after that: the rest of those rows, the files that it fetches when it is idle, and
// the remembered processes behind its small trails. The baseline is what the socket brings
// a client that asks for the same window without parts.
func BenchmarkFirstView(b *testing.B) {
	p := start(b, binary(b), "--demo", "--seed", "7")
	for b.Loop() {
		first, later := p.pageBytes(b)
		overview, trails := p.apiBytes(b)
		parts := p.firstView(b, true)
		whole := p.firstView(b, false)
		b.ReportMetric(kib(first), "KiB-files")
		b.ReportMetric(kib(parts.live), "KiB-socket-until-live")
		b.ReportMetric(kib(overview), "KiB-overview")
		b.ReportMetric(kib(first+overview+parts.live), "KiB-until-live")
		b.ReportMetric(kib(later), "KiB-files-after")
		b.ReportMetric(kib(trails), "KiB-trails-after")
		b.ReportMetric(kib(parts.all-parts.live), "KiB-socket-after")
		b.ReportMetric(kib(whole.live), "KiB-socket-without-parts")
		b.ReportMetric(float64(parts.live)/float64(whole.live), "ratio")
		b.ReportMetric(float64(parts.series), "series")
	}
}

func kib(bytes int64) float64 { return float64(bytes) / 1024 }

// tally is what all connections of a page read, one after the other.
type tally struct{ n int64 }

func (t *tally) dial(network, addr string) (net.Conn, error) {
	conn, err := net.Dial(network, addr)
	return &tallied{conn, t}, err
}

func (t *tally) dialContext(_ context.Context, network, addr string) (net.Conn, error) {
	return t.dial(network, addr)
}

type tallied struct {
	net.Conn
	all *tally
}

func (c *tallied) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.all.n += int64(n)
	return n, err
}

// client counts what its requests bring.
type client struct {
	http.Client
	all tally
}

func newClient() *client {
	c := &client{}
	c.Transport = &http.Transport{DialContext: c.all.dialContext, DisableCompression: true}
	return c
}

// load returns what is at a path below the root, and the bytes that it took.
func (c *client) load(b *testing.B, p *program, path, encodings string) (string, int64) {
	b.Helper()
	before := c.all.n
	req, err := http.NewRequest(http.MethodGet, "http://"+p.addr+"/"+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", encodings)
	res, err := c.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%q: %s, %v", path, res.Status, err)
	}
	return string(body), c.all.n - before
}

const browserEncodings = "gzip, deflate, br"

var (
	named    = regexp.MustCompile(`(?:src|href)="\./(assets/[^"]+)"`)
	imported = regexp.MustCompile(`(?:from|import)\s*["'` + "`" + `]\./([^"'` + "`" + `]+)["'` + "`" + `]`)
	fetched  = regexp.MustCompile(`import\(["'` + "`" + `]\./([^"'` + "`" + `]+\.js[^"'` + "`" + `]*)["'` + "`" + `]\)`)
	sheets   = regexp.MustCompile(`["'` + "`" + `]\./([\w-]+\.css(?:\?\w+=\w+)?)["'` + "`" + `]`)
)

// pageBytes loads the page as a browser does, and returns the bytes of what it names and
// of what these import, and of what the page itself fetches later.
func (p *program) pageBytes(b *testing.B) (first, later int64) {
	b.Helper()
	c := newClient()
	defer c.CloseIdleConnections()
	seen := make(map[string]bool)
	var waiting []string
	var load func(path string) int64
	load = func(path string) int64 {
		if seen[path] {
			return 0
		}
		seen[path] = true
		_, bytes := c.load(b, p, path, browserEncodings)
		text, _ := c.load(b, p, path, "")
		names := named.FindAllStringSubmatch(text, -1)
		for i := range names {
			bytes += load(names[i][1])
		}
		if file, _, _ := strings.Cut(path, "?"); !strings.HasSuffix(file, ".js") {
			return bytes
		}
		for _, m := range imported.FindAllStringSubmatch(text, -1) {
			bytes += load("assets/" + m[1])
		}
		for _, m := range append(fetched.FindAllStringSubmatch(text, -1), sheets.FindAllStringSubmatch(text, -1)...) {
			waiting = append(waiting, "assets/"+m[1])
		}
		return bytes
	}
	first = load("")
	if len(seen) == 1 || len(waiting) == 0 {
		b.Fatalf("the page names %d files, and fetches %d later", len(seen)-1, len(waiting))
	}
	for _, path := range waiting {
		later += load(path)
	}
	return first, later
}

// apiBytes asks as the page does for the states of the last hour, and for the remembered
// processes of the last five minutes in blocks (src/ui/overview.tsx, src/processes/memory.ts).
func (p *program) apiBytes(b *testing.B) (overview, trails int64) {
	b.Helper()
	const rows, block = 300, 60
	c := newClient()
	defer c.CloseIdleConnections()
	text, _ := c.load(b, p, "api/v1/host", "")
	var host struct {
		NowMs  int64
		Newest int
	}
	if err := json.Unmarshal([]byte(text), &host); err != nil || host.Newest < rows {
		b.Fatalf("the newest row is %d, of 300 at least: %v", host.Newest, err)
	}
	hour := fmt.Sprintf("api/v1/history?from=%d&to=%d&points=600&only=max", host.NowMs-time.Hour.Milliseconds(), host.NowMs)
	for _, resource := range []string{"cpu", "memory", "disk", "network", "limits"} {
		hour += "&match=state." + resource
	}
	_, overview = c.load(b, p, hour, browserEncodings)
	for at := host.Newest / block; at >= (host.Newest-rows+1)/block; at-- {
		_, n := c.load(b, p, fmt.Sprintf("api/v1/processes?from=%d&to=%d", max(1, at*block), min(host.Newest, at*block+block-1)), browserEncodings)
		trails += n
	}
	return overview, trails
}

// view is the bytes on a socket, its handshake included, up to the newest row and the
// table, and up to all that was asked for.
type view struct {
	live, all int64
	series    int
}

func (p *program) firstView(b *testing.B, parts bool) (v view) {
	b.Helper()
	all := &tally{}
	d := fastws.Dialer{Subprotocols: []string{wire.Subprotocol}, EnableCompression: true, ReadBufferSize: 512, NetDial: all.dial}
	ws, _, err := d.Dial("ws://"+p.addr+"/ws", http.Header{"Origin": {"http://" + p.addr}})
	if err != nil {
		b.Fatal(err)
	}
	defer ws.Close()
	err = ws.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics, "processes"}, Window: 301, Parts: parts})
	if err != nil {
		b.Fatal(err)
	}
	state := wire.NewState()
	for rows, table := false, false; !rows || !table || v.all == 0; {
		_, data, err := ws.ReadMessage()
		if err != nil {
			b.Fatal(err)
		}
		if err := state.Apply(data); err != nil {
			b.Fatal(err)
		}
		text := string(data)
		more := strings.Contains(text, `,"more":true`)
		rest := strings.HasSuffix(text, `,"part":"rest"}`)
		switch {
		case strings.HasPrefix(text, `{"type":"table"`):
			table = true
		case strings.HasPrefix(text, `{"type":"history"`) && !more && !rest:
			rows = true
		case rest && !more:
			v.all = all.n
		}
		if rows && table && v.live == 0 {
			v.live = all.n
			if !parts {
				v.all = v.live
			}
		}
	}
	v.series = len(state.Series)
	return v
}
