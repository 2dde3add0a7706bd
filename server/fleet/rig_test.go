package fleet

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// eventually waits for a condition.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after a minute still not: %s", what)
		}
	}
}

// running runs something until the test or stop ends it.
func running(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("ended with %v", err)
				}
			case <-time.After(time.Minute):
				t.Error("did not end")
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// testHub is a hub with a broker on loopback.
type testHub struct {
	*Hub
	wall *Wall
	addr string
	stop func()
}

func startHub(t *testing.T, dir, addr string) *testHub {
	t.Helper()
	wall := NewWall("0.1.0", nil)
	if addr == "" {
		addr = freeAddr(t)
	}
	h, err := NewHub(HubConfig{
		Wall: wall, Broker: BrokerConfig{Dir: dir, Listen: addr}, Hello: func() wire.Hello { return wire.Hello{Build: "of the hub"} },
		Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	th := &testHub{Hub: h, wall: wall, addr: addr}
	th.stop = running(t, h.Run)
	select {
	case <-h.Ready():
	case <-time.After(time.Minute):
		t.Fatal("the registry was not read")
	}
	return th
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	if w.t.Context().Err() == nil { // nothing is logged behind the end
		w.t.Log(string(p))
	}
	return len(p), nil
}

func freeAddr(t *testing.T) string {
	t.Helper()
	return "127.0.0.1:" + need.Port(t, "127.0.0.1")
}

// join makes a key, and has the registry take it up by a token.
func (h *testHub) join(t *testing.T, id string) Identity {
	t.Helper()
	text, _, err := h.registry.NewToken(t.Context(), 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := h.joinWith(t, text, id)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func (h *testHub) joinWith(t *testing.T, text, id string) (Identity, error) {
	t.Helper()
	token, err := ParseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	j := joinBody{Token: token.Secret(), Host: id, Name: "name-" + id}
	if j.PublicKey, j.Proof, err = proof(key, joinProof(j.Token, j.Host)); err != nil {
		t.Fatal(err)
	}
	got, err := h.registry.Join(t.Context(), j, netip.MustParseAddr("192.0.2.7"))
	return Identity{URL: "https://hub.invalid", NATS: "nats://" + h.addr, Host: got, Seed: string(seed)}, err
}

// testHost is a host with a ring of its own, of which every row is given by the test.
type testHost struct {
	ring *history.Ring
	fan  *stream.Fanout
	ids  []collectors.SeriesID
	mu   sync.Mutex
	next int
	mux  *http.ServeMux
	// alerts and verdict are what is wrong with it.
	alerts  []Alert
	verdict string
	share   Share
	// log is that of its agent, nil for the test's.
	log *slog.Logger
}

// wrong says what is wrong with the host from now on.
func (h *testHost) wrong(verdict string, alerts ...Alert) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.verdict, h.alerts = verdict, alerts
}

var testTable = &collectors.Table{
	Name: "processes", Title: "Processes", Help: "Some.", Rank: []string{"cpu"}, Top: 3,
	Columns: []collectors.Column{{Name: "name", Kind: collectors.ColumnText}, {Name: "cpu", Kind: collectors.ColumnNumber, Quantum: 1}},
}

func newHost(t *testing.T) *testHost {
	t.Helper()
	h := &testHost{mux: http.NewServeMux()}
	info := func() collectors.Host {
		return collectors.Host{ID: "own", Hostname: "db-01", OS: "Debian 12", TZ: "UTC"}
	}
	h.ring = history.New(history.Config{Info: info, Tables: []*collectors.Table{testTable}})
	for _, f := range []*collectors.Family{collectors.UseCPU, collectors.StateCPU, collectors.SinceCPU, collectors.SatDisk} {
		id, err := h.ring.Intern(collectors.Series{Family: f})
		if err != nil {
			t.Fatal(err)
		}
		h.ids = append(h.ids, id)
	}
	h.fan = stream.New(stream.Config{Ring: h.ring, Hello: func() wire.Hello { return wire.Hello{Build: "of the host", Host: info(), IntervalMs: 1000} }})
	running(t, h.fan.Run)
	return h
}

// row appends a row. Its values follow from its number alone.
func (h *testHost) row(events ...collectors.Event) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	n := int64(h.next)
	q := []int64{n, n % 3, 1795186000, n * n % 97}
	if n%7 == 0 {
		q[3] = collectors.Missing
	}
	data := &collectors.TableData{Table: testTable}
	for i := range 3 {
		data.Rows = append(data.Rows, collectors.TableRow{Key: fmt.Sprint(i, ".", (n+int64(i))/5), Cells: []collectors.Cell{{Text: fmt.Sprint("p", i), Q: collectors.Missing}, {Q: n + int64(i)}}})
	}
	row, _ := h.ring.Append(history.Commit{Row: collectors.Row{T: 1795186288000 + n*1000, IDs: h.ids, Q: q}, Tables: []*collectors.TableData{data}, Events: events})
	return row.Seq
}

func (h *testHost) rows(n int) {
	for range n {
		h.row()
	}
}

// every appends a row every so often until stop is called. At 200 a second a mirror on a busy
// machine never has all of them, and shows none before it has.
func (h *testHost) every(t *testing.T, d time.Duration) (stop func()) {
	return running(t, func(ctx context.Context) error {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				h.row()
			}
		}
	})
}

// agent reports the host by an identity.
func (h *testHost) agent(t *testing.T, id Identity) (stop func()) {
	t.Helper()
	a, err := NewAgent(AgentConfig{
		Identity: id, Ring: h.ring, Join: h.fan.Join, Handler: h.mux, Version: "0.1.0", Labels: map[string]string{"role": "db"}, Share: h.share,
		Alerts: func() []Alert {
			h.mu.Lock()
			defer h.mu.Unlock()
			return slices.Clone(h.alerts)
		},
		Verdict: func(context.Context, int64) (collectors.Verdict, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return collectors.Verdict{Level: collectors.VerdictCritical, Text: h.verdict}, nil
		},
		Log:   cmp.Or(h.log, slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))),
		times: agentTimes{pace: 50 * time.Millisecond, lease: 10 * time.Second, reconnect: 50 * time.Millisecond, ping: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	return running(t, a.Run)
}

// ready waits until a mirror has caught up, however long that takes here: who looks is shown
// what there is after some seconds.
func ready(t *testing.T, m *Mirror) {
	t.Helper()
	eventually(t, "the mirror has caught up", func() bool {
		m.Ready(t.Context())
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.is
	})
}

// same compares rows of a mirror with those of its host, number by number.
func same(t *testing.T, host, mirror collectors.Live, after uint64) (n int) {
	t.Helper()
	newest := mirror.Bounds().Newest
	for seq := after; seq < newest; {
		want, gap := host.Rows(seq, 100)
		got, gapHere := mirror.Rows(seq, 100)
		if gap != nil || gapHere != nil || len(got) == 0 {
			t.Fatalf("behind %d: gaps %v, %v; %d rows", seq, gap, gapHere, len(got))
		}
		for i := range got {
			w, g := want[i], got[i]
			if w.Seq != g.Seq || w.T != g.T || w.Rev != g.Rev || w.Missed != g.Missed {
				t.Fatalf("row %+v, expected %+v", g, w)
			}
			for _, id := range w.IDs {
				if w.Value(id) != g.Value(id) {
					t.Fatalf("row %d, series %d: %d, expected %d", w.Seq, id, g.Value(id), w.Value(id))
				}
			}
			n++
		}
		seq = got[len(got)-1].Seq
	}
	return n
}

// natsAs connects by the key of an identity.
func natsAs(t *testing.T, id Identity, options ...nats.Option) (*nats.Conn, error) {
	t.Helper()
	key, err := nkeys.FromSeed([]byte(id.Seed))
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := nats.Connect(id.NATS, append(options, nats.Nkey(public, key.Sign), nats.NoReconnect())...)
	if err == nil {
		t.Cleanup(conn.Close)
	}
	return conn, err
}

func mustSeed(t *testing.T) string {
	t.Helper()
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return string(seed)
}

// Online reports whether summaries of a host come.
func (w *Wall) Online(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[id]
	return h != nil && !h.seen.IsZero() && !h.silent
}

// Instance is that of the host.
func (m *Mirror) Instance() string { return m.instance }

// Filled returns how many rows came after interruptions, and how many of those there were.
func (m *Mirror) Filled() (rows, interruptions uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.filled, max(m.sessions, 1) - 1
}
