package embedded

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	fastws "github.com/fasthttp/websocket"
	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"dashcam/collectors"
	"dashcam/server/wire"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// These live as long as the process and belong to nobody's Run: the date, the
		// pool of connections, and the workers that compress large answers.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp/stackless.funcWorker"),
	)
}

// counter is a collector of one series.
type counter struct{ n float64 }

var ticks = &collectors.Family{Name: "test.ticks", Help: "Samples taken.", Unit: collectors.Count, Kind: collectors.KindGauge, Quantum: 1}

func (c *counter) Describe() collectors.Description {
	return collectors.Description{Name: "test", Title: "Test", Families: []*collectors.Family{ticks}}
}

func (c *counter) Sample(_ context.Context, b *collectors.Batch) error {
	c.n++
	b.Gauge(b.Slot(ticks), c.n)
	return nil
}

func quick(change func(*Config)) Config {
	cfg := Config{
		Interval: 100 * time.Millisecond, Collectors: []collectors.Collector{&counter{}}, Version: "1",
		Assets: fstest.MapFS{"index.html": {Data: []byte("page")}, "app.js": {Data: []byte("script")}},
		Log:    slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&cfg)
	}
	return cfg
}

// running starts an instance and returns it with its address; it is stopped at the
// end, cleanly and soon.
func running(t *testing.T, change func(*Config)) (*Dashcam, string) {
	t.Helper()
	addr := make(chan string, 1)
	cfg := quick(change)
	cfg.Started = func(s Start) {
		if s.Addr == nil {
			addr <- ""
			return
		}
		addr <- s.Addr.String()
	}
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		began := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("stopping took %v", took)
		}
	})
	return d, <-addr
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// watch opens a socket at base ("http://host/prefix") and reads up to a live frame.
func watch(t *testing.T, base string, dialer *fastws.Dialer) *fastws.Conn {
	t.Helper()
	origin := base
	if i := strings.IndexByte(base[len("https://"):], '/'); i >= 0 {
		origin = base[:len("https://")+i]
	}
	dialer.Subprotocols = []string{wire.Subprotocol}
	dialer.EnableCompression = true
	ws, res, err := dialer.Dial("ws"+strings.TrimPrefix(base, "http")+"/ws", http.Header{"Origin": {origin}})
	if err != nil {
		t.Fatalf("%s: %v %+v", base, err, res)
	}
	t.Cleanup(func() { ws.Close() })
	if err := ws.WriteMessage(fastws.TextMessage, []byte(`{"type":"subscribe","topics":["metrics"],"window":5}`)); err != nil {
		t.Fatal(err)
	}
	if err := ws.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for {
		var m map[string]any
		if err := ws.ReadJSON(&m); err != nil {
			t.Fatal(err)
		}
		if m["type"] == wire.TypeFrame {
			return ws
		}
	}
}

func TestRun_ListensAndStreams(t *testing.T) {
	_, addr := running(t, func(c *Config) { c.Listen = "127.0.0.1:0" })
	if status, body := get(t, "http://"+addr+"/"); status != 200 || body != "page" {
		t.Errorf("%d %q", status, body)
	}
	watch(t, "http://"+addr, &fastws.Dialer{})
}

func TestRun_StopsWithSocketsOpenAndSays1001(t *testing.T) {
	cfg := quick(func(c *Config) { c.Listen = "127.0.0.1:0" })
	addr := make(chan string, 1)
	cfg.Started = func(s Start) { addr <- s.Addr.String() }
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	base := "http://" + <-addr
	direct := watch(t, base, &fastws.Dialer{})
	outer := httptest.NewServer(d.Handler())
	defer outer.Close()
	through := watch(t, outer.URL, &fastws.Dialer{})
	cancel()
	for name, ws := range map[string]*fastws.Conn{"direct": direct, "through Handler": through} {
		for {
			_, _, err := ws.ReadMessage()
			if err == nil {
				continue
			}
			if !fastws.IsCloseError(err, wire.CloseStopping) {
				t.Errorf("%s: %v, want close code 1001", name, err)
			}
			break
		}
	}
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	if status, body := get(t, outer.URL+"/healthz"); status != 503 || !strings.Contains(body, `"not_running"`) {
		t.Errorf("Handler after Run: %d %s", status, body)
	}
}

func TestTwoInstancesInOneProcess(t *testing.T) {
	_, one := running(t, func(c *Config) { c.Listen = "127.0.0.1:0" })
	_, two := running(t, func(c *Config) { c.Listen = "127.0.0.1:0" })
	watch(t, "http://"+one, &fastws.Dialer{})
	watch(t, "http://"+two, &fastws.Dialer{})
	_, hostOne := get(t, "http://"+one+"/api/v1/host")
	_, hostTwo := get(t, "http://"+two+"/api/v1/host")
	if hostOne == hostTwo {
		t.Errorf("both say %s", hostOne)
	}
}

func TestMount_UnderAPrefixOfAFiberApp(t *testing.T) {
	d, _ := running(t, nil)
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/dashboard", func(c *fiber.Ctx) error { return c.SendString("theirs") })
	app.Post("/dash-post", func(c *fiber.Ctx) error { return c.SendString("theirs") })
	d.Mount(app, "/dash")
	if !app.Server().KeepHijackedConns {
		t.Error("KeepHijackedConns is not set")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(ln) }()
	base := "http://" + ln.Addr().String()
	for path, want := range map[string]string{
		"/dash/": "page", "/dash": "page", "/dash/app.js": "script", "/dash/healthz": "ok\n", "/dashboard": "theirs",
		"/dash/nothing": `{"error":{"code":"not_found","message":"there is nothing here","expected":"the page at /, or the API under api/v1/"}}` + "\n",
	} {
		if _, got := get(t, base+path); got != want {
			t.Errorf("GET %s: %q, want %q", path, got, want)
		}
	}
	res, err := http.Post(base+"/dash-post", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("a route of the program's own: %d", res.StatusCode)
	}
	watch(t, base+"/dash", &fastws.Dialer{}).Close()
	http.DefaultClient.CloseIdleConnections()
	if err := app.ShutdownWithTimeout(time.Minute); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestHandler_UnderAPrefixOfNetHTTP(t *testing.T) {
	d, _ := running(t, nil)
	mux := http.NewServeMux()
	mux.Handle("/dash/", http.StripPrefix("/dash", d.Handler()))
	outer := httptest.NewServer(mux)
	defer outer.Close()
	if status, body := get(t, outer.URL+"/dash/"); status != 200 || body != "page" {
		t.Errorf("%d %q", status, body)
	}
	ws := watch(t, outer.URL+"/dash", &fastws.Dialer{})
	ws.Close()
}

func TestHandler_OverTLSHasTheSchemeOfTheConnection(t *testing.T) {
	d, _ := running(t, nil)
	outer := httptest.NewTLSServer(d.Handler())
	defer outer.Close()
	insecure := &tls.Config{InsecureSkipVerify: true} // the test server's own certificate
	watch(t, outer.URL, &fastws.Dialer{TLSClientConfig: insecure}).Close()
	d2 := fastws.Dialer{TLSClientConfig: insecure, Subprotocols: []string{wire.Subprotocol}}
	_, res, err := d2.Dial("wss"+strings.TrimPrefix(outer.URL, "https")+"/ws", http.Header{"Origin": {"http" + strings.TrimPrefix(outer.URL, "https")}})
	if err == nil || res == nil || res.StatusCode != 403 {
		t.Errorf("an http page over TLS: %v %v, want 403", err, res)
	}
}

func TestMemory_CarriesThePeerAndNoHeaderDoes(t *testing.T) {
	m := newMemory()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := m.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	want := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 4242}
	ours, err := m.dial(context.Background(), peer{addr: want, tls: &tls.ConnectionState{Version: tls.VersionTLS13}})
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs := <-accepted
	defer theirs.Close()
	if diff := cmp.Diff(want.String(), theirs.RemoteAddr().String()); diff != "" {
		t.Errorf("remote address (-want +got)\n%s", diff)
	}
	if s, ok := theirs.(interface{ ConnectionState() tls.ConnectionState }); !ok || s.ConnectionState().Version != tls.VersionTLS13 {
		t.Error("the TLS state is lost")
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept after close: %v", err)
	}
	if _, err := m.dial(context.Background(), peer{}); !errors.Is(err, errNotRunning) {
		t.Errorf("dial after close: %v", err)
	}
}

func TestDemo_HasAPastAndNoHole(t *testing.T) {
	began := time.Now()
	// Ten rows a second would come nearly as fast as the race detector lets them be made up.
	d, addr := running(t, func(c *Config) {
		c.Demo, c.Listen, c.Collectors, c.Seed, c.Interval = true, "127.0.0.1:0", nil, 7, time.Second
	})
	watch(t, "http://"+addr, &fastws.Dialer{})
	took := time.Since(began)
	if _, body := get(t, "http://"+addr+"/api/v1/host"); !strings.Contains(body, `"demo":true`) {
		t.Errorf("%s", body)
	}
	if b := d.ring.Bounds(); b.Newest < demoRows {
		t.Errorf("%d rows, want at least %d", b.Newest, demoRows)
	}
	// The time that it takes to make up the past is most of the time until there is a live row.
	// A busy machine may miss a tick behind it.
	rows, _ := d.ring.Rows(demoRows-10, 20)
	missed := 0
	for _, r := range rows {
		if missed += r.Missed; r.Seq <= demoRows && r.Missed != 0 {
			t.Errorf("row %d of the past comes after %d that are missing: %s", r.Seq, r.Missed, r.Why)
		}
	}
	if gap := time.Duration(missed) * d.cfg.Interval; gap > took/2 {
		t.Errorf("%v are missing after the past, which was made up within %v", gap, took)
	}
}

func TestNew_RefusesAddressesThatOthersCanReach(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:0": true, "localhost:0": true, "[::1]:0": true, "127.8.9.10:0": true, "": true,
		":7272": false, "0.0.0.0:7272": false, "[::]:7272": false, "192.0.2.1:7272": false,
	} {
		_, err := New(quick(func(c *Config) { c.Listen = listen }))
		var open *OpenListenError
		if got := !errors.As(err, &open); got != want {
			t.Errorf("listen %q: %v", listen, err)
		}
		if _, err := New(quick(func(c *Config) { c.Listen, c.InsecureHTTP = listen, true })); errors.Is(err, ErrNoSignIn) == want {
			t.Errorf("listen %q without sign-in: %v", listen, err)
		}
		if _, err := New(quick(func(c *Config) { c.Listen, c.SignIn.Mode = listen, SignInToken })); errors.Is(err, ErrNoTLS) == want {
			t.Errorf("listen %q in the clear: %v", listen, err)
		}
		if _, err := New(quick(func(c *Config) { c.Listen, c.InsecureHTTP, c.SignIn.Mode = listen, true, SignInToken })); err != nil {
			t.Errorf("listen %q with sign-in and InsecureHTTP: %v", listen, err)
		}
	}
	if _, err := New(quick(func(c *Config) { c.Listen = "nonsense" })); err == nil {
		t.Error("an address without a port is accepted")
	}
}

func TestNew_UnreadableRootIsAnError(t *testing.T) {
	if _, err := New(quick(func(c *Config) { c.HostRoot = t.TempDir() })); err == nil || !strings.Contains(err.Error(), "host") {
		t.Errorf("%v, want an error about the host's files", err)
	}
}

func TestRun_TakenPortIsAnError(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	d, err := New(quick(func(c *Config) { c.Listen = ln.Addr().String() }))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("%v, want an error about the taken port", err)
	}
}

func TestFullNames(t *testing.T) {
	hosts := "127.0.0.1 localhost\n127.0.1.1\tdb-01.example.com db-01 # db-01.comment\n\n# db-01.other\n192.0.2.1 db-012.example.com\n10.0.0.1 DB-01.lan.\n"
	want := []string{"db-01.example.com", "DB-01.lan."}
	if diff := cmp.Diff(want, fullNames(bufio.NewScanner(strings.NewReader(hosts)), "db-01")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMetrics_UnderTheNamesAskedFor(t *testing.T) {
	for mode, want := range map[Metrics]struct {
		status   int
		has, not string
	}{
		"":            {200, "node_time_seconds ", "dashcam_host_boot"},
		MetricsNode:   {200, "node_time_seconds ", "dashcam_host_boot"},
		MetricsNative: {200, "dashcam_test_ticks ", "\nnode_"},
		MetricsOff:    {404, "not_found", "dashcam_"},
	} {
		observed := make(chan First, 1)
		_, addr := running(t, func(c *Config) {
			c.Listen, c.Metrics = "127.0.0.1:0", mode
			c.Observed = func(f First) { observed <- f }
		})
		<-observed
		if status, body := get(t, "http://"+addr+"/metrics"); status != want.status || !strings.Contains(body, want.has) || strings.Contains(body, want.not) {
			t.Errorf("%q: %d without %q or with %q: %s", mode, status, want.has, want.not, body)
		}
	}
	if _, err := New(quick(func(c *Config) { c.Metrics = "both" })); err == nil || !strings.Contains(err.Error(), `"both"`) {
		t.Errorf("an unknown choice: %v", err)
	}
}
