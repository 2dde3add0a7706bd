package server

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	fastws "github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/history/store"
	"dashcam/server/auth"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// busy is a family whose help is long enough for a schema to be compressed.
var busy = &collectors.Family{
	Name: "disk.busy", Help: "Time the device was busy.", Unit: collectors.Percent, Kind: collectors.KindGauge,
	Labels: []string{"device"}, Quantum: 0.5, Max: 100, Source: "/proc/diskstats", Formula: "rise of io_ticks / time",
}

var top = &collectors.Table{
	Name: processTable, Title: "Processes", Help: "All of them.", Rank: []string{"cpu"}, Top: 1,
	Columns: []collectors.Column{
		{Name: "name", Title: "Name", Kind: collectors.ColumnText},
		{Name: "cpu", Title: "CPU", Kind: collectors.ColumnNumber, Quantum: 1, Sum: true},
	},
}

// rig is a running server on a ring that the test fills.
type rig struct {
	t      *testing.T
	ring   *history.Ring
	stream *stream.Fanout
	srv    *Server
	addr   string
	ids    []collectors.SeriesID
	now    int64
	// stop ends Run and returns its error.
	stop func() error
}

// page is a small page; app.js is worth compressing, tiny.txt is not.
func page() fstest.MapFS {
	return fstest.MapFS{
		"index.html":    {Data: []byte(`<!doctype html><meta name="dashcam-build" content=""><script src="assets/app.js"></script>`)},
		"assets/app.js": {Data: []byte("// " + string(make([]byte, 4096)))},
		"tiny.txt":      {Data: []byte("x")},
		// What files of incidents are made with; it is not served.
		"incident/page.js.gz":  {Data: fasthttp.AppendGzipBytes(nil, []byte("show()"))},
		"incident/page.css.gz": {Data: fasthttp.AppendGzipBytes(nil, []byte("body{}"))},
	}
}

func newRig(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	return newRigOn(t, newRing("test", nil), change)
}

// newRing makes a ring, in a store where there is one.
func newRing(instance string, store *store.Store) *history.Ring {
	return history.New(history.Config{Instance: instance, Tables: []*collectors.Table{top}, Store: store})
}

func newRigOn(t *testing.T, ring *history.Ring, change func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, now: 1_795_186_288_000, ring: ring}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r.stream = stream.New(stream.Config{
		Ring: r.ring, Log: log, Grace: time.Minute,
		Hello: func() wire.Hello { return wire.Hello{Version: "1", Build: r.srv.Build(), IntervalMs: 1000} },
	})
	cfg := Config{
		Assets: page(), Ring: r.ring, Stream: r.stream, Version: "1", Log: log, AllowHosts: []string{"db-01"},
		Host: func() collectors.Host { return collectors.Host{ID: "9f", Hostname: "db-01", CPUs: 2} },
	}
	if change != nil {
		change(&cfg)
	}
	r.stream = cfg.Stream
	var err error
	if r.srv, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served, pumped := make(chan error, 1), make(chan error, 1)
	go func() { served <- r.srv.Run(ctx, ln) }()
	pump, stopPump := context.WithCancel(context.Background())
	go func() { pumped <- r.stream.Run(pump) }()
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		err := <-served
		stopPump()
		if pumpErr := <-pumped; pumpErr != nil {
			t.Errorf("stream: %v", pumpErr)
		}
		return err
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return r
}

// commit adds rows with the given values of disk.busy of sda, and none of sdb, and waits
// until viewers can have them.
func (r *rig) commit(values ...int64) {
	r.t.Helper()
	for _, v := range values {
		if r.ids == nil {
			for _, device := range []string{"sda", "sdb"} {
				id, err := r.ring.Intern(collectors.Series{Family: busy, Labels: collectors.LabelsOf(device), Max: 100})
				if err != nil {
					r.t.Fatal(err)
				}
				r.ids = append(r.ids, id)
			}
		}
		rows := collectors.NewRows(top)
		w := rows.Add("1.100")
		w.Text(0, "init</script>")
		w.Number(1, float64(v))
		rows.Add("2.200").Number(1, 1)
		r.ring.Append(history.Commit{
			Row: collectors.Row{T: r.now, IDs: r.ids, Q: []int64{v, collectors.Missing}},
			Readings: []collectors.Reading{
				{ID: r.ids[0], Form: collectors.FormRatio, Num: uint64(v), Den: 1000, At: time.UnixMilli(r.now)},
			},
			Tables: []*collectors.TableData{rows.Data()},
		})
		r.now += 1000
	}
	waitFor(r.t, "the stream to have seen the rows", func() bool { return r.stream.Stats().Newest == r.ring.Bounds().Newest })
}

// do makes a request with the given headers ("Host" among them) and returns the
// answer with its whole body, not decompressed.
func (r *rig) do(method, path string, headers map[string]string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, "http://"+r.addr+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for k, v := range headers {
		if k == "Host" {
			req.Host = v
			continue
		}
		req.Header.Set(k, v)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return res, string(body)
}

func (r *rig) get(path string) (*http.Response, string) { return r.do("GET", path, nil) }

// raw sends bytes and returns all that comes back until the server closes.
func (r *rig) raw(request string) string {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.WriteString(c, request); err != nil {
		r.t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil && len(answer) == 0 { // a reset after the answer is what unread bytes cause
		r.t.Fatalf("%.80q: %v", request, err)
	}
	return string(answer)
}

// dial opens a socket as the page does.
func (r *rig) dial() *client {
	r.t.Helper()
	c, res, err := r.tryDial(http.Header{"Origin": {"http://" + r.addr}})
	if err != nil {
		r.t.Fatalf("dial: %v (%v)", err, res)
	}
	return c
}

func (r *rig) tryDial(h http.Header) (*client, *http.Response, error) {
	d := fastws.Dialer{Subprotocols: []string{wire.Subprotocol}, EnableCompression: true, HandshakeTimeout: time.Minute}
	if offered := h.Values("Sec-WebSocket-Protocol"); len(offered) > 0 {
		d.Subprotocols = offered
		h.Del("Sec-WebSocket-Protocol")
	}
	ws, res, err := d.Dial("ws://"+r.addr+"/ws", h)
	if err != nil {
		return nil, res, err
	}
	c := &client{t: r.t, ws: ws}
	r.t.Cleanup(func() { ws.Close() })
	return c, res, nil
}

// client is a page.
type client struct {
	t  *testing.T
	ws *fastws.Conn
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(fastws.TextMessage, []byte(text)); err != nil {
		c.t.Fatalf("send %s: %v", text, err)
	}
}

// next returns the next message, or the error that ended the socket.
func (c *client) next() (map[string]any, error) {
	c.t.Helper()
	if err := c.ws.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		c.t.Fatal(err)
	}
	var m map[string]any
	if err := c.ws.ReadJSON(&m); err != nil {
		return nil, err
	}
	return m, nil
}

// until reads up to a message of the given type.
func (c *client) until(kind string) map[string]any {
	c.t.Helper()
	for {
		m, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if m["type"] == kind {
			return m
		}
	}
}

// closed reads to the end and returns the close code and the reason of the bye before
// it, "" for none.
func (c *client) closed() (code int, bye string) {
	c.t.Helper()
	for {
		m, err := c.next()
		if err == nil {
			if m["type"] == wire.TypeBye {
				bye, _ = m["reason"].(string)
			}
			continue
		}
		if ce, ok := errors.AsType[*fastws.CloseError](err); ok {
			return ce.Code, bye
		}
		c.t.Fatalf("waiting for a close frame: %v", err)
	}
}

// withViewers bounds the viewers of a rig.
func withViewers(most int) func(*Config) {
	return func(c *Config) {
		ring, ok := c.Ring.(*history.Ring)
		if !ok {
			panic("the rig has another ring")
		}
		c.Stream = stream.New(stream.Config{Ring: ring, Log: c.Log, Grace: time.Minute, MaxViewers: most, Hello: func() wire.Hello { return wire.Hello{} }})
	}
}

// limits of an address for a rig.
func withLimits(l auth.Limits) func(*Config) { return func(c *Config) { c.Limits = l } }

// csvOf reads CSV.
func csvOf(t *testing.T, text string) [][]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// Viewers returns how many pages are watching.
func (s *Server) Viewers() int { return s.cfg.Stream.Viewers() }
