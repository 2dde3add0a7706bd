package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"dashcam/collectors"
)

func TestHub_ShowsWhatAHostSays(t *testing.T) {
	hub := startHub(t, "", "")
	host := newHost(t)
	host.rows(3)
	host.row(collectors.Event{Kind: "mark", Text: "deploy"})
	id := hub.join(t, "own")
	if got, _ := hub.wall.Host("own"); got.Online || got.Name != "name-own" {
		t.Errorf("before it came: %+v", got)
	}
	stop := host.agent(t, id)
	// What it says of itself, of its states and of events is taken in any order.
	var got HostInfo
	eventually(t, "its name, its newest row and its event are here", func() bool {
		got, _ = hub.wall.Host("own")
		return got.Name == "db-01" && got.Seq == 4 && len(eventsOf(hub.wall)) == 1
	})
	want := HostState{Level: "warn", SinceMs: 1795186000000, Use: new(float64), Saturation: nil}
	*want.Use = 0.3 // 4 sixteenths
	if diff := cmp.Diff(want, got.States["cpu"]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !got.Online || got.Name != "db-01" || got.Top.Process != "p2" || got.Labels["role"] != "db" || got.Seq != 4 {
		t.Errorf("%+v", got)
	}
	if e := eventsOf(hub.wall)[0]; e.Text != "deploy" || e.Seq != 4 || e.Host != "own" {
		t.Errorf("event %+v", e)
	}
	stop()
	eventually(t, "it is silent", func() bool { return !hub.wall.Online("own") })
	if hub.Transport("own") != nil {
		t.Error("a silent host can be asked")
	}
	// Who looks now is shown at once what is here.
	eventually(t, "it is told to be silent", func() bool { return hub.wall.Silent("own") })
	begun := time.Now()
	if hub.Mirror("own").Ready(t.Context()); time.Since(begun) >= readyWait {
		t.Error("a silent host was waited for")
	}
}

// TestHub_MirrorsAHostRowByRow cuts the way many times: no row is lost and none comes twice,
// and every number is that of the host.
func TestHub_MirrorsAHostRowByRow(t *testing.T) {
	hub := startHub(t, "", "")
	host := newHost(t)
	host.rows(700)
	id := hub.join(t, "own")
	host.agent(t, id)
	eventually(t, "the host is here", func() bool { return hub.wall.Online("own") })
	m := hub.Mirror("own")
	ready(t, m)
	b := m.Ring().Bounds()
	if b.Newest < 700 || b.Head != 700-mirrorWindow+1 || b.Oldest != 1 {
		t.Fatalf("caught up with %+v", b)
	}
	host.every(t, 20*time.Millisecond)
	feed, err := m.Stream().Join()
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Leave()
	for range 5 {
		at := m.Ring().Bounds().Newest
		hub.broker.cut(publicOf(t, id)) // the host comes back by itself
		eventually(t, "rows come again", func() bool { return m.Ring().Bounds().Newest > at+50 })
	}
	if n := same(t, host.ring, m.Ring(), b.Head-1); n < mirrorWindow+250 {
		t.Errorf("compared only %d rows", n)
	}
	rows, interruptions := m.Filled()
	if interruptions < 1 || rows == 0 {
		t.Errorf("%d rows were filled after %d interruptions", rows, interruptions)
	}
	latest := m.Ring().Latest().Tables["processes"]
	var names []string // rows of a table have no order
	for _, row := range latest.Rows {
		names = append(names, row.Cells[0].Text)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"p0", "p1", "p2"}, names); diff != "" {
		t.Errorf("table (-want +got)\n%s", diff)
	}
}

func publicOf(t *testing.T, id Identity) string {
	t.Helper()
	a, err := NewAgent(AgentConfig{Identity: id})
	if err != nil {
		t.Fatal(err)
	}
	return a.public
}

func TestHub_EventsStandAtTheirRowsInAMirror(t *testing.T) {
	hub := startHub(t, "", "")
	host := newHost(t)
	host.rows(20)
	host.row(collectors.Event{ID: "one", Kind: "mark", Text: "one"})
	host.rows(20)
	host.agent(t, hub.join(t, "own"))
	eventually(t, "the host is here", func() bool { return hub.wall.Online("own") })
	m := hub.Mirror("own")
	ready(t, m)
	feed, err := m.Stream().Join()
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Leave()
	host.row(collectors.Event{ID: "two", Kind: "mark", Text: "two"})
	eventually(t, "the second one is here", func() bool { return m.Ring().Bounds().Newest == 42 })
	if diff := cmp.Diff(host.ring.HeadEvents(0), m.Ring().HeadEvents(0)); diff != "" {
		t.Errorf("(-host +mirror)\n%s", diff)
	}
}

func TestTransport_AnswersAreThoseOfTheHost(t *testing.T) {
	hub := startHub(t, "", "")
	host := newHost(t)
	host.rows(1)
	long := strings.Repeat("0123456789abcdef", 256<<10) // 4 MiB
	host.mux.HandleFunc("/api/v1/long", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Set-Cookie", "no=1")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, r.URL.RawQuery, r.Header.Get("Accept"), r.Header.Get("Authorization"), r.Host, long)
	})
	released := make(chan error, 1)
	host.mux.HandleFunc("/api/v1/endless", func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, batchBytes)); err != nil {
				released <- err
				return
			}
		}
	})
	host.mux.HandleFunc("/api/v1/broken", func(http.ResponseWriter, *http.Request) { panic("inside") })
	host.agent(t, hub.join(t, "own"))
	eventually(t, "the host is here", func() bool { return hub.Transport("own") != nil })
	ask := func(method, path string) *http.Response {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		t.Cleanup(cancel)
		req, err := http.NewRequestWithContext(ctx, method, "http://host"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/csv")
		req.Header.Set("Authorization", "Bearer secret")
		res, err := hub.Transport("own").RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	res := ask(http.MethodGet, "/api/v1/long?a=b")
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "a=btext/csvlocalhost"+long {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if res.StatusCode != http.StatusTeapot || res.Header.Get("Content-Type") != "text/plain" || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if res := ask(http.MethodGet, "/ws"); res.StatusCode != http.StatusNotFound {
		t.Errorf("what is not served: %d", res.StatusCode)
	}
	res = ask(http.MethodGet, "/api/v1/endless")
	if _, err := io.ReadFull(res.Body, make([]byte, 5*batchBytes)); err != nil {
		t.Error(err)
	}
	_ = res.Body.Close()
	select {
	case err := <-released:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("released by %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("the host goes on although nobody reads")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://host/api/v1/long", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Transport("own").RoundTrip(req); !errors.Is(err, ErrMessage) {
		t.Errorf("POST: %v", err)
	}
	req.Method = http.MethodGet
	req.URL.Path = "/api/v1/broken"
	if res, err := hub.Transport("own").RoundTrip(req); err == nil {
		_ = res.Body.Close()
		t.Error("a broken answer counts as one")
	} else if strings.Contains(err.Error(), "inside") {
		t.Errorf("the panic is told: %v", err)
	}
	nobody := &Transport{conn: hub.conn, host: "nobody", stalled: time.Minute}
	if _, err := nobody.RoundTrip(req); !errors.Is(err, ErrOffline) {
		t.Errorf("a host that is not there: %v", err)
	}
}

// TestTrust_AStolenKeySpeaksForNobodyElse has the key of A, and tries everything by it.
func TestTrust_AStolenKeySpeaksForNobodyElse(t *testing.T) {
	hub := startHub(t, "", "")
	a := hub.join(t, "A")
	hub.join(t, "B")
	hub.wall.Summarized("B", exampleSummary(), time.Now())
	before, _ := hub.wall.Host("B")
	refused := make(chan error, 64)
	conn, err := natsAs(t, a, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	denied := func(what string) {
		t.Helper()
		select {
		case err := <-refused:
			if !errors.Is(err, nats.ErrPermissionViolation) {
				t.Errorf("%s: %v", what, err)
			}
		case <-time.After(time.Minute):
			t.Errorf("%s is allowed", what)
		}
	}
	forged := exampleSummary()
	forged.Seq, forged.Process = 9999, "forged"
	for _, subject := range []string{
		"dashcam.v1.B.summary", "dashcam.v1.B.about", "dashcam.v1.B.event", "dashcam.v1.B.live.X", "dashcam.v1.B.reply.X",
		"dashcam.v1.A.lease", "dashcam.v1.A.http", "dashcam.v1.B.lease", "dashcam.v1.B.http",
		"$JS.API.STREAM.LIST", "$KV.dashcam.host.A", "$SYS.REQ.SERVER.PING", "_INBOX.x", "x",
	} {
		if err := conn.Publish(subject, forged.encode()); err != nil {
			t.Fatal(err)
		}
		denied("to publish on " + subject)
	}
	for _, subject := range []string{">", "dashcam.>", "dashcam.v1.*.summary", "dashcam.v1.B.lease", "dashcam.v1.B.http", "dashcam.v1.B.live.*", "dashcam.v1.A.summary", "$KV.>", "_INBOX.>"} {
		if _, err := conn.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		denied("to read " + subject)
	}
	if after, _ := hub.wall.Host("B"); !cmp.Equal(before, after) {
		t.Errorf("B is %+v", after)
	}
	// Its own subjects are open to it: what was denied was so because of the subject.
	if err := conn.Publish("dashcam.v1.A.summary", forged.encode()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "A says something of itself", func() bool { h, _ := hub.wall.Host("A"); return h.Top.Process == "forged" })
	for _, text := range []string{"", "{", strings.Repeat("x", MaxSummary+1), `{"i":"A","q":10000,"t":1,"s":[[9,0],null,null,null,null]}`} {
		if err := conn.Publish("dashcam.v1.A.summary", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	forged.Seq, forged.Process = 10001, "after"
	if err := conn.Publish("dashcam.v1.A.summary", forged.encode()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what is malformed changes nothing", func() bool { h, _ := hub.wall.Host("A"); return h.Top.Process == "after" })
	if err := conn.Publish("dashcam.v1.A.event", make([]byte, 3<<20)); err == nil {
		t.Error("3 MiB are allowed")
	}
}

func TestTrust_TokensWorkAsOftenAsTheyMay(t *testing.T) {
	hub := startHub(t, "", "")
	text, info, err := hub.registry.NewToken(t.Context(), 2, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if stored := fmt.Sprint(hub.registry.Tokens()); strings.Contains(stored, strings.TrimPrefix(text, tokenPrefix)) || info.Left != 2 {
		t.Errorf("stored as %s", stored)
	}
	first, err := hub.joinWith(t, text, "same")
	if err != nil {
		t.Fatal(err)
	}
	second, err := hub.joinWith(t, text, "same") // another key
	if err != nil {
		t.Fatal(err)
	}
	clone, _ := hub.wall.Host(second.Host)
	if first.Host != "same" || second.Host != "same-2" || clone.CloneOf != "same" {
		t.Errorf("%s and %s: %+v", first.Host, second.Host, clone)
	}
	if err := hub.registry.Split(t.Context(), second.Host); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the clone is a host of its own", func() bool { h, known := hub.wall.Host(second.Host); return known && h.CloneOf == "" })
	if e := asAPIError(hub.registry.Split(t.Context(), "nobody")); e.Status != http.StatusNotFound {
		t.Errorf("split of nobody: %v", e)
	}
	if _, err := hub.joinWith(t, text, "third"); !errors.Is(err, errBadToken) {
		t.Errorf("replayed: %v", err)
	}
	expired, _, err := hub.registry.NewToken(t.Context(), 1, -time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hub.joinWith(t, expired, "x"); !errors.Is(err, errBadToken) {
		t.Errorf("expired: %v", err)
	}
	revoked, info, err := hub.registry.NewToken(t.Context(), 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.registry.RevokeToken(t.Context(), info.Hash); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.joinWith(t, revoked, "x"); !errors.Is(err, errBadToken) {
		t.Errorf("revoked: %v", err)
	}
	wrong := NewToken([32]byte{})
	var last error
	for range failuresAtOnce {
		_, last = hub.joinWith(t, wrong.Text(), "x")
	}
	if e := asAPIError(last); e.Status != http.StatusTooManyRequests {
		t.Errorf("after many wrong ones: %v", last)
	}
}

func TestTrust_ARemovedHostIsCutOffAndItsKeyIsDead(t *testing.T) {
	hub := startHub(t, "", "")
	id := hub.join(t, "A")
	closed := make(chan struct{})
	if _, err := natsAs(t, id, nats.ClosedHandler(func(*nats.Conn) { close(closed) })); err != nil {
		t.Fatal(err)
	}
	if err := hub.registry.Remove(t.Context(), "A"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Error("its connection goes on")
	}
	if _, err := natsAs(t, id); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("its key: %v", err)
	}
	if _, known := hub.wall.Host("A"); known {
		t.Error("it is on the wall")
	}
	stranger := id
	stranger.Seed = mustSeed(t)
	if _, err := natsAs(t, stranger); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("another key: %v", err)
	}
	if _, err := nats.Connect(id.NATS); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("no key: %v", err)
	}
}

// TestHub_IsTheSameAfterARestart ends a hub while a host is there: it comes back with its
// registry, and nothing of the host is missing.
func TestHub_IsTheSameAfterARestart(t *testing.T) {
	dir := t.TempDir()
	hub := startHub(t, dir, "")
	host := newHost(t)
	host.rows(100)
	id := hub.join(t, "own")
	if err := hub.registry.Label(t.Context(), "own", map[string]string{"site": "fra"}); err != nil {
		t.Fatal(err)
	}
	host.agent(t, id)
	host.every(t, 20*time.Millisecond)
	eventually(t, "the host is here", func() bool { return hub.wall.Online("own") })
	host.row(collectors.Event{ID: "before", Kind: "mark", Text: "before"})
	m := hub.Mirror("own")
	ready(t, m)
	last := m.Ring().Bounds().Newest
	hub.stop()
	host.row(collectors.Event{ID: "between", Kind: "mark", Text: "between"})
	again := startHub(t, dir, hub.addr)
	eventually(t, "the host is here again", func() bool { return again.wall.Online("own") })
	if got, _ := again.wall.Host("own"); got.Labels["site"] != "fra" {
		t.Errorf("%+v", got)
	}
	m = again.Mirror("own")
	ready(t, m)
	b := m.Ring().Bounds()
	if b.Head > last+1 {
		t.Errorf("the mirror begins at %d: rows behind %d are missing", b.Head, last)
	}
	same(t, host.ring, m.Ring(), b.Head-1)
	eventually(t, "both events are here", func() bool { return len(eventsOf(again.wall)) == 2 })
}
