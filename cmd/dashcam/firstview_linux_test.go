package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	fastws "github.com/fasthttp/websocket"

	"dashcam/server/wire"
)

// BenchmarkFirstView is what goes over the network until a page has all that its first
// screen shows of the last five minutes of a demo host of 16 processors: its own files,
// and the socket up to the newest row. Beside it stand the bytes until it has the rest of
// those rows too, and, as the baseline, what the socket brings a client that asks for the
// same window without parts.
func BenchmarkFirstView(b *testing.B) {
	p := start(b, binary(b), "--demo", "--seed", "7")
	for b.Loop() {
		files := p.pageBytes(b)
		parts := p.firstView(b, true)
		whole := p.firstView(b, false)
		b.ReportMetric(kib(files), "KiB-files")
		b.ReportMetric(kib(parts.live), "KiB-socket-until-live")
		b.ReportMetric(kib(files+parts.live), "KiB-until-live")
		b.ReportMetric(kib(parts.all), "KiB-socket-until-all")
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

// pageBytes loads the page and what it names, as a browser does, and returns the bytes.
func (p *program) pageBytes(b *testing.B) int64 {
	b.Helper()
	all := &tally{}
	client := http.Client{Transport: &http.Transport{DialContext: all.dialContext, DisableCompression: true}}
	load := func(path, encodings string) string {
		req, err := http.NewRequest(http.MethodGet, "http://"+p.addr+"/"+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", encodings)
		res, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			b.Fatalf("%q: %s, %v", path, res.Status, err)
		}
		return string(body)
	}
	names := regexp.MustCompile(`(?:src|href)="(?:\./)?(assets/[^"]+)"`).FindAllStringSubmatch(load("", ""), -1)
	if len(names) == 0 {
		b.Fatal("the page names no files")
	}
	all.n = 0
	load("", "gzip, deflate, br")
	seen := make(map[string]bool)
	for _, name := range names {
		if !seen[name[1]] {
			load(name[1], "gzip, deflate, br")
		}
		seen[name[1]] = true
	}
	client.CloseIdleConnections()
	return all.n
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
