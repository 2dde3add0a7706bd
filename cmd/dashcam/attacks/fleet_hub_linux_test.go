package attacks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"dashcam/server/fleet"
)

// hostileHub is a broker that knows nobody and lets everybody do everything, with a host
// that believes to have joined it.
type hostileHub struct {
	*program // the host
	t        *testing.T
	conn     *nats.Conn
	mu       sync.Mutex
	said     map[string]int // messages of the host by the word of their subject
	parts    map[string][][]byte
	order    []string // of the ids that got an answer
}

func newHostileHub(t *testing.T) *hostileHub {
	t.Helper()
	server, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, MaxPayload: 8 << 20, AlwaysEnableNonce: true})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(func() {
		server.Shutdown()
		server.WaitForShutdown()
	})
	if !server.ReadyForConnections(time.Minute) {
		t.Fatal("NATS did not start")
	}
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	id := fleet.Identity{URL: "https://hub.invalid", NATS: server.ClientURL(), Host: "hosta", Seed: string(seed)}
	if err := id.Save(dir); err != nil {
		t.Fatal(err)
	}
	h := &hostileHub{t: t, said: make(map[string]int), parts: make(map[string][][]byte)}
	if h.conn, err = nats.Connect(server.ClientURL()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.conn.Close)
	sub, err := h.conn.Subscribe("dashcam.v1.>", func(m *nats.Msg) {
		words := strings.Split(m.Subject, ".")
		h.mu.Lock()
		defer h.mu.Unlock()
		word := strings.Join(words[2:min(len(words), 4)], ".")
		if h.said[word]++; words[3] == "reply" || words[3] == "live" {
			if id := strings.Join(words[4:], "."); words[3] == "reply" && len(h.parts["reply."+id]) == 0 {
				h.order = append(h.order, id)
			}
			key := words[3] + "." + strings.Join(words[4:], ".")
			h.parts[key] = append(h.parts[key], m.Data)
		}
	})
	if err == nil {
		err = sub.SetPendingLimits(-1, -1)
	}
	if err != nil {
		t.Fatal(err)
	}
	h.program = startCommand(t, exec.Command(shipped, withDefaults([]string{"--demo", "--state-dir", dir})...))
	waitUntil(t, "the host to come", func() bool { return h.count("hosta.summary") > 1 })
	return h
}

func (h *hostileHub) count(word string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.said[word]
}

// answered are the ids that got an answer, in the order of the first part of each.
func (h *hostileHub) answered() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.order)
}

func (h *hostileHub) partsOf(subject string) [][]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.parts[subject]
}

func (h *hostileHub) say(word string, message any) {
	h.t.Helper()
	text, ok := message.(string)
	if !ok {
		b, err := json.Marshal(message)
		if err != nil {
			h.t.Fatal(err)
		}
		text = string(b)
	}
	publish(h.t, h.conn, "dashcam.v1.hosta."+word, []byte(text))
}

// status is that of the answer to a request, 0 while there is none.
func (h *hostileHub) status(id string) int {
	for _, part := range h.partsOf("reply." + id) {
		var head struct{ Status int }
		if len(part) > 5 && part[0] == 'H' && json.Unmarshal(part[5:], &head) == nil {
			return head.Status
		}
	}
	return 0
}

// get asks and waits for the answer. After it everything that was said before is read.
func (h *hostileHub) get(id, path string) (status int) {
	h.t.Helper()
	tried := 0
	waitWithin(h.t, 3*time.Minute, "an answer to "+path, func() bool { // behind a flood of half a GB
		if tried%50 == 0 { // 429 while it has answered much
			h.say("http", map[string]any{"type": "request", "id": fmt.Sprintf("%s-%d", id, tried), "method": "GET", "path": path})
		}
		tried++
		// On a busy machine the answer comes after the same has been asked again.
		for asked := 0; asked < tried; asked += 50 {
			if status = h.status(fmt.Sprintf("%s-%d", id, asked)); status != 0 && status != http.StatusTooManyRequests {
				return true
			}
		}
		return false
	})
	return status
}

// TestFleet_AHostileHub has a host that has joined a hub which is another's now: it can ask
// for what the host's page shows, at a bounded rate, and for nothing else.
func TestFleet_AHostileHub(t *testing.T) {
	t.Parallel()
	const kind = "fleet: a hostile hub towards a host"
	h := newHostileHub(t)
	rowBefore := h.health().Remembered.Newest
	events := func() string { return h.program.get("/api/v1/events?from=0&to=9999999999999") }
	status := h.get("honest", "/api/v1/host")
	right(t, kind, status == 200, "GET /api/v1/host: %d", status)

	// What is no question gets no answer.
	asked := 0
	ask := func(what string, q map[string]any) {
		t.Helper()
		asked++
		id := fmt.Sprint("q", asked)
		if _, has := q["id"]; !has {
			q["id"] = id
		}
		if q["type"] == nil {
			q["type"] = "request"
		}
		h.say("http", q)
		h.get("after"+id, "/healthz")
		got := h.status(id)
		attack(t, kind, got == 0 || got == 404, "%s: %d", what, got)
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "get", "", "GET /x HTTP/1.1\r\nX: y", "PROPFIND"} {
		ask("method "+method, map[string]any{"method": method, "path": "/api/v1/events", "body": `{"kind":"mark","text":"hostile"}`})
	}
	for _, path := range []string{
		"", "api/v1/host", "http://169.254.169.254/latest/meta-data", "//evil.example/api/v1/host", "/api/v1/host HTTP/1.1\r\nX: y", "/api/v1/host#x", "/api\x00/v1/host",
		"/", "/index.html", "/assets/app.js", "/ws", "/fleet", "/h/hosta/api/v1/host", "/api/v1/session", "/api/v1/session/", "/metricsx", "/debug/pprof/", "/etc/passwd",
		"/api/../../../etc/passwd", "/api/%2e%2e/%2e%2e/etc/passwd", "/api/v1/..%2f..%2f..%2fetc%2fpasswd", "/api/v1/session/../session", "/API/v1/host", "/api\\v1\\host",
		"/api/v1/" + strings.Repeat("x", 9<<10), "/api/v1/" + strings.Repeat("x", 1<<20),
	} {
		ask(fmt.Sprintf("path %.60q", path), map[string]any{"method": "GET", "path": path})
	}
	for _, id := range []string{"", "a.b", ">", "*", strings.Repeat("x", 65), "../x", "x y"} {
		before := h.answered()
		h.say("http", map[string]any{"type": "request", "id": id, "method": "GET", "path": "/healthz"})
		h.get(fmt.Sprintf("afterid%d", asked), "/healthz")
		asked++
		var more []string
		for _, to := range h.answered()[len(before):] {
			// What was asked before may be answered only now: those ids are q1, afterq1, afterid1.
			if !strings.HasPrefix(to, "after") && !strings.HasPrefix(to, "q") {
				more = append(more, to)
			}
		}
		attack(t, kind, more == nil, "answers to %q, asked for by %.20q", more, id)
	}
	for _, text := range []string{"", "{", "null", "[]", "\xff\xfe", strings.Repeat("x", 7<<20), strings.Repeat(`{"x":`, 100_000), `{"type":"exec","id":"a","method":"GET","path":"/bin/sh","cmd":"id"}`, `{"type":"request","id":7}`} {
		for _, word := range []string{"http", "lease"} {
			publish(t, h.conn, "dashcam.v1.hosta."+word, []byte(text))
			status := h.get(fmt.Sprint("malformed", word, asked), "/healthz")
			asked++
			attack(t, kind, status == 200, "%s: malformed %.40q: then %d", word, text, status)
		}
	}
	attack(t, kind, !strings.Contains(events(), "hostile"), "an event was posted")

	// Absurd paces: summaries come as before.
	for _, pace := range []any{0, 1, 499, -1, 60_001, 1e18, "1"} {
		h.say("lease", map[string]any{"type": "pace", "paceMs": pace})
	}
	n, row := h.count("hosta.summary"), h.health().Remembered.Newest
	waitUntil(t, "three rows", func() bool { return h.health().Remembered.Newest >= row+3 })
	rows := int(h.health().Remembered.Newest - row)
	came := h.count("hosta.summary") - n
	attack(t, kind, came <= 2*rows+2, "%d summaries in %d s after absurd paces", came, rows)

	// Leases: at most four, whatever they ask for; absurd ones and those of others not at all.
	for _, lease := range []map[string]any{
		{"lease": ""}, {"lease": ">"}, {"lease": "a.b"}, {"lease": strings.Repeat("x", 65)}, {"lease": "far", "window": 1_000_000_000}, {"lease": "behind", "window": -1},
		{"lease": "since", "since": map[string]any{"instance": "../x", "seq": 1}}, {"lease": "received", "received": uint64(1) << 63},
	} {
		lease["type"] = "lease"
		h.say("lease", lease)
	}
	h.get("afterleases", "/healthz")
	attack(t, kind, h.count("hosta.live") == 0, "%d live messages by absurd leases", h.count("hosta.live"))
	for i := range 100 {
		h.say("lease", map[string]any{"type": "lease", "lease": fmt.Sprint("L", i), "window": 300})
	}
	publish(t, h.conn, "dashcam.v1.hostb.lease", []byte(`{"type":"lease","lease":"B1","window":300}`))
	waitUntil(t, "a lease to be served", func() bool { return len(h.partsOf("live.L0")) > 0 })
	row = h.health().Remembered.Newest
	waitUntil(t, "two rows", func() bool { return h.health().Remembered.Newest >= row+2 })
	served := 0
	for i := range 100 {
		if len(h.partsOf(fmt.Sprint("live.L", i))) > 0 {
			served++
		}
	}
	attack(t, kind, served <= 4, "%d of 100 leases are served", served)
	right(t, kind, served > 0, "a lease is served")
	attack(t, kind, h.count("hostb.live") == 0, "the lease of another host")

	// An answer that nobody takes stays on the host, but for what may be in flight.
	h.say("http", map[string]any{"type": "request", "id": "stuck", "method": "GET", "path": "/api/v1/history?from=0&to=9999999999999&points=2000"})
	waitUntil(t, "its first parts", func() bool { return len(h.partsOf("reply.stuck")) > 0 })
	h.get("afterstuck", "/healthz")
	attack(t, kind, len(h.partsOf("reply.stuck")) <= 18, "%d parts without credit", len(h.partsOf("reply.stuck")))
	h.say("http", map[string]any{"type": "credit", "id": "stuck", "received": uint32(1<<32 - 1)})
	h.say("http", map[string]any{"type": "cancel", "id": "stuck"})

	// Floods: most are refused, and the host goes on.
	peak := h.peak()
	const flood = 20_000
	for i := range flood {
		if err := h.conn.Publish("dashcam.v1.hosta.http", fmt.Appendf(nil, `{"type":"request","id":"F%d","method":"GET","path":"/api/v1/host"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	status = h.get("afterflood", "/healthz")
	right(t, kind, status == 200, "GET /healthz after a flood: %d", status)
	answered := 0
	for i := range flood {
		if h.status(fmt.Sprint("F", i)) == 200 {
			answered++
		}
	}
	most := 200 + 50*int(time.Since(began).Seconds()+30) // the burst, and what is answered in a second
	attack(t, kind, answered <= most, "%d of %d questions at once are answered, at most %d", answered, flood, most)
	t.Logf("%d of %d questions at once are answered", answered, flood)
	var flooding sync.WaitGroup
	var sent atomic.Int64
	for _, message := range []string{
		`{"type":"pace","paceMs":1000}`, `{"type":"ack","instance":"AAA","seq":18446744073709551615}`, `{"type":"lease","lease":"L0","received":1}`, strings.Repeat("x", 1<<20),
	} {
		flooding.Go(func() {
			n := 50_000
			if len(message) > 1<<10 {
				n = 500
			}
			for range n {
				if h.conn.Publish("dashcam.v1.hosta.lease", []byte(message)) == nil {
					sent.Add(1)
				}
			}
		})
	}
	flooding.Wait()
	status = h.get("afterfloods", "/healthz")
	attack(t, kind, status == 200, "after %d messages: %d", sent.Load(), status)
	after := h.peak()
	t.Logf("the host had at most %d MiB, %d before the floods", after>>20, peak>>20)
	attack(t, kind, after-peak < 128<<20, "its memory grew from %d to %d MiB", peak>>20, after>>20)
	row = h.health().Remembered.Newest
	waitUntil(t, "rows to go on", func() bool { return h.health().Remembered.Newest >= row+2 })
	right(t, kind, row > rowBefore, "rows go on")
}
