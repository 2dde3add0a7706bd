package attacks

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"dashcam/server/wire"
)

// TestFleet_AHostileHost is a host that was let in and sends what it likes: the hub refuses
// it, keeps its memory, and goes on to show the others.
func TestFleet_AHostileHost(t *testing.T) {
	t.Parallel()
	const kind = "fleet: a hostile host towards a hub"
	h := newFleetHub(t)
	evil, honest := h.come(t, h.join(t, "evil")), h.come(t, h.join(t, "honest"))
	seq := 0
	hears := func(what string) {
		t.Helper()
		seq++
		publish(t, honest, "dashcam.v1.honest.summary", summaryOf(seq, fmt.Sprint("seq", seq)))
		heard := func() bool { return h.host("honest").Top.Process == fmt.Sprint("seq", seq) }
		waitUntil(t, "the honest host to be heard "+what, heard)
		right(t, kind, true, "the honest host is heard %s", what)
	}
	hears("before")
	publish(t, evil, "dashcam.v1.evil.summary", summaryOf(10, "first"))
	waitUntil(t, "its first summary", func() bool { return h.host("evil").Top.Process == "first" })
	now := time.Now().UnixMilli()
	deep := strings.Repeat(`{"x":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	for subject, texts := range map[string][]string{
		"summary": {
			"", "{", "[]", "null", "\x00\xff", strings.Repeat("x", 401), strings.Repeat(" ", 1<<20), deep,
			fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[[0,0,1e309,0],null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[[0,0,NaN,0],null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[[0,0,1e300,0],null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[[0.5,0,1,0],null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[[3,0,1,0],null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[[0,-5,1,0],null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"AAA","q":-1,"t":%d,"s":[null,null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"AAA","q":18446744073709551615,"t":%d,"s":[null,null,null,null,null],"p":"evil"}`, now),
			`{"i":"AAA","q":11,"t":-1,"s":[null,null,null,null,null],"p":"evil"}`, `{"i":"AAA","q":11,"t":1e17,"s":[null,null,null,null,null],"p":"evil"}`,
			fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[],"p":"evil"}`, now), fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[null,null,null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"../x","q":11,"t":%d,"s":[null,null,null,null,null],"p":"evil"}`, now), fmt.Sprintf(`{"i":"","q":11,"t":%d,"s":[null,null,null,null,null],"p":"evil"}`, now),
			fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[null,null,null,null,null],"p":"evil","a":-1}`, now), fmt.Sprintf(`{"i":"AAA","q":11,"t":%d,"s":[null,null,null,null,null],"p":"evil","a":1e9}`, now),
			fmt.Sprintf(`{"i":"AAA","q":9,"t":%d,"s":[null,null,null,null,null],"p":"evil"}`, now), // behind what it said
		},
		"about": {
			"", "{", strings.Repeat("x", 5<<10), `{"instance":"AAA","name":"evil","nowMs":1,"intervalMs":0}`, `{"instance":"AAA","name":"evil","nowMs":1e300,"intervalMs":1000}`,
			`{"instance":"A/A","name":"evil","nowMs":1,"intervalMs":1000}`, `{"instance":"AAA","name":"evil","nowMs":1,"intervalMs":1000,"labels":{"a b":"c"}}`,
			`{"instance":"AAA","name":"evil","nowMs":1,"intervalMs":1000,"labels":{"a":"\u001b[2J"}}`, `{"instance":"AAA","name":"evil","nowMs":1,"intervalMs":1000,"bootMs":-1}`,
		},
		"event": {
			"", "{", strings.Repeat("x", 1<<20), `{"instance":"AAA","events":[{"seq":0,"t":1,"kind":"mark","text":"evil"}]}`, `{"instance":"AAA","events":[{"seq":5,"t":-1,"kind":"mark","text":"evil"}]}`,
			`{"instance":"AAA","events":[{"seq":5,"t":1,"kind":"mark","text":"evil"},{"seq":4,"t":1,"kind":"mark","text":"evil"}]}`,
			`{"instance":"AAA","events":[` + strings.TrimSuffix(strings.Repeat(`{"seq":5,"t":1,"kind":"mark","text":"evil"},`, 1001), ",") + `]}`,
		},
	} {
		for _, text := range texts {
			publish(t, evil, "dashcam.v1.evil."+subject, []byte(text))
		}
		hears("after malformed " + subject)
		wall := h.get("/api/v1/hosts/evil") + h.get("/api/v1/hosts/events")
		for _, text := range texts {
			attack(t, kind, !strings.Contains(wall, `"process":"evil"`) && !strings.Contains(wall, `"name":"evil"`) && !strings.Contains(wall, `"text":"evil"`), "%s %.80q: %s", subject, text, wall)
		}
	}
	err := evil.Publish("dashcam.v1.evil.event", make([]byte, 2<<20))
	attack(t, kind, err != nil, "a message of 2 MiB")

	// Names are shown literally, as one line of valid text.
	for i, name := range []string{
		"<script>alert(1)</script>", "</td><img src=x onerror=alert(1)>", "a\u202eb", "a\u2028b", "a\x1b[31mb\x1b[0m", "a\nb\r\nc", "a\x00b", "\xff\xfe", "'; DROP TABLE hosts; --", "${jndi:ldap://x}", strings.Repeat("é", 300),
	} {
		text, err := json.Marshal(map[string]any{"instance": "AAA", "name": name, "os": name, "version": name, "nowMs": time.Now().UnixMilli(), "intervalMs": 1000})
		if err != nil {
			t.Fatal(err)
		}
		publish(t, evil, "dashcam.v1.evil.about", text)
		publish(t, evil, "dashcam.v1.evil.summary", summaryOf(100+i, "named"+fmt.Sprint(i)))
		waitUntil(t, "the name", func() bool { return h.host("evil").Top.Process == fmt.Sprint("named", i) })
		shown := h.host("evil")
		attack(t, kind, !strings.ContainsAny(shown.Name+shown.OS, "\x1b\n\r\x00\u202e\u2028") && len(shown.Name) <= 128, "the name %q is shown as %q", name, shown.Name)
	}
	memory := h.peak()

	// A flood on every subject that it has, by four connections of its own.
	var flooding sync.WaitGroup
	stop := make(chan struct{})
	sent := new(atomic.Int64)
	for _, subject := range []string{"summary", "about", "event", "live.X", "reply.X"} {
		flooding.Go(func() {
			text := summaryOf(5000, "flood")
			for {
				select {
				case <-stop:
					return
				default:
				}
				for range 1000 {
					_ = evil.Publish("dashcam.v1.evil."+subject, text) // the broker may end it
				}
				sent.Add(1000)
				_ = evil.FlushTimeout(10 * time.Second)
			}
		})
	}
	waitUntil(t, "a flood", func() bool { return sent.Load() > 100_000 })
	hears("in a flood")
	close(stop)
	flooding.Wait()
	hears("after a flood")
	attack(t, kind, true, "%d messages at once", sent.Load())

	hostileStream(t, kind, h, evil)
	hostileAnswers(t, kind, h, evil)
	hears("after all of that")
	after := h.peak()
	t.Logf("the hub had at most %d MiB, %d before", after>>20, memory>>20)
	attack(t, kind, after-memory < 256<<20, "its memory grew from %d to %d MiB", memory>>20, after>>20)
}

// hostileStream answers each lease of the hub with something else. The hub gives the lease
// back, which says that it has refused it.
func hostileStream(t *testing.T, kind string, h *fleetHub, evil *nats.Conn) {
	t.Helper()
	const hello = `{"type":"hello","v":1,"instance":"AAA","intervalMs":1000,"host":{"id":"evil","hostname":"evil"}}`
	schema := func(n, from int, add string) string {
		var b strings.Builder
		fmt.Fprintf(&b, `{"type":"schema","rev":%d,"panels":[],"resources":[],"tables":[],%q:[`, from+1, add)
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":%d,"name":"x.y","kind":"gauge","quantum":1,"labels":{"a":"%d"}}`, from+i, from+i)
		}
		b.WriteString("]}")
		return b.String()
	}
	bomb := func(size int) []byte {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestCompression)
		if err == nil {
			_, err = io.CopyN(w, spaces{}, int64(size))
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return append([]byte("1z"), b.Bytes()...)
	}
	packed := func(lines string) []byte {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestSpeed)
		if err == nil {
			_, err = io.WriteString(w, "\n"+lines)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return append([]byte("1z"), b.Bytes()...)
	}
	payloads := []struct {
		what string
		text []byte
	}{
		{"nothing", nil}, {"no number", []byte("\n{}")}, {"another number", []byte("7\n" + hello)}, {"an endless number", []byte(strings.Repeat("9", 1000) + "\n{}")},
		{"no JSON", []byte("1\n" + hello + "\n{")}, {"half a megabyte of nothing", bytes.Repeat([]byte("1"), 512<<10)},
		{"a hello of another instance", []byte("1\n" + strings.Replace(hello, "AAA", "../..", 1))},
		{"a frame before any schema", []byte("1\n" + hello + "\n" + `{"type":"frame","rev":1,"seq":1,"t":1,"d":[1,5]}`)},
		{"250 MB that are 250 KB", bomb(250 << 20)},
		{"25,000 series", packed(hello + "\n" + schema(25_000, 1, "series"))},
		{"10^6 series, by and by", packed(hello + "\n" + schema(15_000, 1, "series") + "\n" + schema(15_000, 15_001, "add"))},
		{"10^6 series at once", packed(hello + "\n" + schema(1_000_000, 1, "series"))},
		{"a number beyond all", packed(hello + "\n" + schema(2, 1, "series") + "\n" + `{"type":"frame","rev":2,"seq":1,"t":1,"d":[1,1e308]}`)},
		{"a gap beyond all series", packed(hello + "\n" + schema(2, 1, "series") + "\n" + `{"type":"frame","rev":2,"seq":1,"t":1,"d":[9007199254740991,5]}`)},
	}
	var mu sync.Mutex
	given := make(map[string]int) // by lease, which payload it got
	ended := make([]bool, len(payloads))
	sub, err := evil.Subscribe("dashcam.v1.evil.lease", func(m *nats.Msg) {
		var c struct {
			Type, Lease string
			End         bool
		}
		if json.Unmarshal(m.Data, &c) != nil || c.Type != "lease" {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		i, known := given[c.Lease]
		switch {
		case known && c.End:
			ended[i] = true
		case !known && !c.End && len(given) < len(payloads):
			i = len(given)
			given[c.Lease] = i
			_ = evil.Publish("dashcam.v1.evil.live."+c.Lease, payloads[i].text) // it is looked at whether it ends
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	stop := make(chan struct{})
	var looking sync.WaitGroup
	shown := new(atomic.Int64)
	looking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			// The page of the host is opened again and again, since the hub gives it up.
			_, _ = h.ask("/h/evil/api/v1/health", 5*time.Second) // it need not answer
			ws, err := h.socket("/h/evil/ws")
			if err != nil {
				continue
			}
			_ = ws.WriteJSON(wire.Subscribe{Type: wire.TypeSubscribe, Topics: []string{wire.TopicMetrics}, Window: 10})
			_ = ws.SetReadDeadline(time.Now().Add(2 * time.Second))
			for {
				_, text, err := ws.ReadMessage()
				if err != nil {
					break
				}
				if strings.HasPrefix(string(text), `{"type":"frame"`) {
					shown.Add(1)
				}
			}
			_ = ws.Close()
		}
	})
	publish(t, evil, "dashcam.v1.evil.summary", summaryOf(6000, "streams"))
	all := func() bool {
		_ = evil.Publish("dashcam.v1.evil.summary", summaryOf(6000, "streams")) // it stays online
		mu.Lock()
		defer mu.Unlock()
		for _, is := range ended {
			if !is {
				return false
			}
		}
		return true
	}
	waitWithin(t, 2*time.Minute, "all of what it streams to be refused", all)
	close(stop)
	looking.Wait()
	for i, p := range payloads {
		attack(t, kind, ended[i] && shown.Load() == 0, "a stream of %s: refused %v, %d rows were shown", p.what, ended[i], shown.Load())
	}
}

// spaces are without end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// hostileAnswers answers what the hub asks with what is no answer.
func hostileAnswers(t *testing.T, kind string, h *fleetHub, evil *nats.Conn) {
	t.Helper()
	part := func(kind byte, number uint32, body string) []byte {
		b := append([]byte{kind}, 0, 0, 0, 0)
		binary.BigEndian.PutUint32(b[1:], number)
		return append(b, body...)
	}
	ok := part('H', 0, `{"status":200,"header":{"Content-Type":["text/plain"]}}`)
	answers := map[string][][]byte{
		"no head":               {part('B', 0, "x")},
		"a head that goes on":   {part('H', 0, `{"status":101}`), part('E', 1, "")},
		"a status of 9999":      {part('H', 0, `{"status":9999}`), part('E', 1, "")},
		"a head of 100 KB":      {part('H', 0, `{"status":200,"x":"`+strings.Repeat("x", 100<<10)+`"}`)},
		"a part of no kind":     {part('Q', 0, "")},
		"half a part":           {[]byte("H")},
		"an error with a story": {part('X', 0, "<script>"+strings.Repeat("\x1b", 1000))},
	}
	current := new(atomic.Pointer[[][]byte])
	var floods atomic.Int64
	sub, err := evil.Subscribe("dashcam.v1.evil.http", func(m *nats.Msg) {
		var q struct{ Type, ID string }
		if json.Unmarshal(m.Data, &q) != nil || q.Type != "request" {
			return
		}
		answer := current.Load()
		if answer == nil { // it gives more than anybody takes
			_ = evil.Publish("dashcam.v1.evil.reply."+q.ID, ok)
			text := strings.Repeat("x", 64<<10)
			for n := range uint32(3000) {
				_ = evil.Publish("dashcam.v1.evil.reply."+q.ID, part('B', n+1, text))
			}
			floods.Add(1)
			return
		}
		for _, p := range *answer {
			_ = evil.Publish("dashcam.v1.evil.reply."+q.ID, p)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	get := func() (status int, header http.Header, n int64, err error) {
		publish(t, evil, "dashcam.v1.evil.summary", summaryOf(7000, "answers"))
		waitUntil(t, "it to be online", func() bool { return h.host("evil").Online })
		res, err := h.client(time.Minute).Get("http://" + h.addr + "/h/evil/api/v1/host")
		if err != nil {
			return 0, nil, 0, err
		}
		defer res.Body.Close()
		n, err = io.Copy(io.Discard, res.Body)
		return res.StatusCode, res.Header, n, err
	}
	for what, answer := range answers {
		current.Store(&answer)
		status, _, _, err := get()
		attack(t, kind, status == http.StatusBadGateway, "an answer that is %s: %d, %v", what, status, err)
	}
	jumps := [][]byte{ok, part('B', 5, "x"), part('E', 1, "")}
	current.Store(&jumps)
	status, _, n, err := get()
	attack(t, kind, err != nil && n == 0 || status == http.StatusBadGateway, "an answer with a part missing: %d, %d bytes, %v", status, n, err)
	headers := [][]byte{part('H', 0, `{"status":200,"header":{"Set-Cookie":["a=b"],"Content-Security-Policy":["default-src *"],"Access-Control-Allow-Origin":["*"],"Location":["https://evil.example"],"Etag":["a\r\nX-Evil: 1"],"Content-Type":["text/plain"]}}`), part('E', 1, "")}
	current.Store(&headers)
	status, header, _, err := get()
	right(t, kind, status == 200 && err == nil, "an answer: %d, %v", status, err)
	for _, name := range []string{"Set-Cookie", "Access-Control-Allow-Origin", "Location", "X-Evil"} {
		attack(t, kind, header.Get(name) == "", "its header %s: %q", name, header.Get(name))
	}
	attack(t, kind, !strings.Contains(header.Get("Content-Security-Policy"), "*"), "its policy: %s", header.Get("Content-Security-Policy"))
	current.Store(nil)
	_, _, n, err = get()
	t.Logf("the hub had at most %d MiB after an answer that waits for nobody, of which %d came", h.peak()>>20, n)
	attack(t, kind, err != nil && n < 64<<20, "an answer of 190 MB that waits for nobody: %d bytes, %v", n, err)
	waitUntil(t, "the flood to end", func() bool { return floods.Load() > 0 })
}
