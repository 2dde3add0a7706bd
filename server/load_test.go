package server

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// withLoad gives a rig other bounds for long answers.
func withLoad(change func(*loadLimits)) func(*Config) {
	return func(c *Config) {
		c.load = defaultLoad()
		change(&c.load)
	}
}

// fillLong makes a history whose unfiltered answer is some MB long.
func fillLong(r *rig) {
	r.t.Helper()
	var ids []collectors.SeriesID
	for i := range 400 {
		id, err := r.ring.Intern(collectors.Series{Family: busy, Labels: collectors.LabelsOf("sd" + strconv.Itoa(i)), Max: 100})
		if err != nil {
			r.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for i := range 300 {
		q := make([]int64, len(ids))
		for k := range q {
			q[k] = int64((i*7919 + k*104729) % 200)
		}
		rows := collectors.NewRows(top)
		for p := range 40 {
			rows.Add(strconv.Itoa(p)).Number(1, float64(p+i))
		}
		r.ring.Append(history.Commit{Row: collectors.Row{T: r.now, IDs: ids, Q: q}, Tables: []*collectors.TableData{rows.Data()}})
		r.now += 1000
	}
}

const unfiltered = "/api/v1/history?points=2000"

// open sends a request on a connection of its own and returns it with the answer, whose
// body has not been read.
func (r *rig) open(path string, lines ...string) (net.Conn, *http.Response) {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n"+strings.Join(append(lines, "\r\n"), "\r\n")); err != nil {
		r.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReaderSize(c, 512), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return c, res
}

// Whoever waits for a place is told of the stop, which waited for them in vain and then
// called itself a failure.
func TestLong_StopEndsWhoWaits(t *testing.T) {
	const waiting = 5
	r := newRig(t, withLoad(func(l *loadLimits) { l.answers, l.wait = 1, time.Hour }))
	fillLong(r)
	r.open(unfiltered) // and reads nothing of it
	answers := make(chan string, waiting)
	for range waiting {
		go func() {
			answers <- r.raw("GET " + unfiltered + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		}()
	}
	known := func() int {
		r.srv.load.mu.Lock()
		defer r.srv.load.mu.Unlock()
		for _, each := range r.srv.load.clients {
			return each.known
		}
		return 0
	}
	for known() < waiting+1 {
		runtime.Gosched()
	}
	if err := r.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	for range waiting {
		if got := <-answers; !strings.HasPrefix(got, "HTTP/1.1 503") || !strings.Contains(got, `"code":"stopping"`) {
			t.Errorf("one that waited got %.200q", got)
		}
	}
}

// TestLong_AHeadHasNoBody sends another request behind a HEAD on the same connection: its
// answer begins where the first one's header ends, to the byte.
func TestLong_AHeadHasNoBody(t *testing.T) {
	r := newRig(t, nil)
	fillLong(r)
	for _, accepted := range []string{"identity", "gzip"} {
		answers := r.raw("HEAD " + unfiltered + " HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: " + accepted + "\r\n\r\n" +
			"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		head, after, _ := strings.Cut(answers, "\r\n\r\n")
		if !strings.HasPrefix(head, "HTTP/1.1 200") || !strings.Contains(head, "Transfer-Encoding: chunked") ||
			strings.Contains(head, "Content-Encoding: gzip") != (accepted == "gzip") {
			t.Errorf("HEAD, %s: %s", accepted, head)
		}
		if !strings.HasPrefix(after, "HTTP/1.1 200") {
			t.Errorf("HEAD, %s: %.60q follows its header; expected the next answer", accepted, after)
		}
	}
}

// TestLong_IsTheSameInEveryForm reads an answer of several MB in parts, compressed, as
// CSV and by HTTP/1.0, and counts what is in it.
func TestLong_IsTheSameInEveryForm(t *testing.T) {
	r := newRig(t, nil)
	fillLong(r)
	_, plain := r.do("GET", unfiltered, nil)
	var answer struct {
		T      []int64
		Series map[string]struct{ Min, Max, Mean, Last, N, MaxSeq []int64 }
		Gaps   []any
	}
	if err := json.Unmarshal([]byte(plain), &answer); err != nil {
		t.Fatal(err)
	}
	if len(plain) < 2<<20 || len(answer.T) != 300 || len(answer.Series) != 400 {
		t.Errorf("%d bytes, %d times, %d series; want some MB, 300 and 400", len(plain), len(answer.T), len(answer.Series))
	}
	for id, s := range answer.Series {
		if len(s.Min) != 300 || len(s.MaxSeq) != 300 || s.N[299] != 1 {
			t.Errorf("series %s has %d values, the last %v", id, len(s.Min), s.N)
		}
	}
	res, packed := r.do("GET", unfiltered, map[string]string{"Accept-Encoding": "gzip"})
	if res.Header.Get("Content-Encoding") != "gzip" || len(packed) > len(plain)/4 {
		t.Errorf("%q, %d of %d bytes; want it compressed", res.Header.Get("Content-Encoding"), len(packed), len(plain))
	}
	if decoded(t, "gzip", packed) != plain {
		t.Error("compressed it is another answer")
	}
	_, csv := r.do("GET", unfiltered, map[string]string{"Accept": "text/csv"})
	if lines := strings.Count(csv, "\n"); lines != 1+300*400 {
		t.Errorf("%d lines of CSV, want a head and 120000", lines)
	}
	_, remembered := r.do("GET", "/api/v1/processes?from=1&to=300", nil)
	if n := strings.Count(remembered, `"type":"table"`); n != 300 || !json.Valid([]byte(remembered)) {
		t.Errorf("%d observations in %.200s, want 300", n, remembered)
	}
	if old := r.raw("GET /api/v1/history?points=20 HTTP/1.0\r\nHost: localhost\r\n\r\n"); !strings.HasPrefix(old, "HTTP/1.1 200") || strings.Contains(old, "chunked") || !strings.HasSuffix(old, "]}\n") {
		t.Errorf("by HTTP/1.0: %.300s", old)
	}
	if old := r.raw("GET " + unfiltered + " HTTP/1.0\r\nHost: localhost\r\n\r\n"); !strings.Contains(old, "505") || !strings.Contains(old, `"http_version"`) {
		t.Errorf("by HTTP/1.0 some MB: %.300s", old)
	}
	if res, body := r.do("HEAD", unfiltered, nil); res.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %d %.80q", res.StatusCode, body)
	}
}

// TestLong_IsRefusedWhereThereIsNoPlace has one place, which a reader keeps that does
// not read.
func TestLong_IsRefusedWhereThereIsNoPlace(t *testing.T) {
	r := newRig(t, withLoad(func(l *loadLimits) { l.answers, l.perClient, l.wait = 1, 1, 50*time.Millisecond }))
	fillLong(r)
	first, _ := r.open(unfiltered)
	res, body := r.get(unfiltered)
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != "2" || !strings.Contains(body, `"code":"busy"`) || !strings.Contains(body, `"expected"`) {
		t.Errorf("while a reader has the place: %d %q %s", res.StatusCode, res.Header, body)
	}
	if res, _ := r.get("/api/v1/host"); res.StatusCode != 200 {
		t.Errorf("a short answer: %d", res.StatusCode)
	}
	// Whoever goes away gives the place back.
	first.Close()
	waitFor(t, "the place to be free", func() bool { res, _ := r.get(unfiltered); return res.StatusCode == 200 })
}

// TestLong_ReaderThatTakesTooLittleIsCutOff would keep its place for as long as it likes
// otherwise.
func TestLong_ReaderThatTakesTooLittleIsCutOff(t *testing.T) {
	r := newRig(t, withLoad(func(l *loadLimits) { l.answers, l.grace, l.bytesPerSecond = 1, 100*time.Millisecond, 1<<30 }))
	fillLong(r)
	_, res := r.open(unfiltered)
	// Only the head is asked for: where the machine is busy, this one is slow too, and cut off.
	waitFor(t, "the place to be free", func() bool {
		c, res := r.open(unfiltered)
		defer c.Close()
		return res.StatusCode == 200
	})
	if body, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("the slow reader got all %d bytes and no error", len(body))
	}
}

// TestLong_OneAddressLeavesPlacesToOthers speaks for the addresses, since a test has one.
func TestLong_OneAddressLeavesPlacesToOthers(t *testing.T) {
	limits := defaultLoad()
	limits.answers, limits.perClient, limits.wait = 3, 2, time.Millisecond
	l := newLoad(limits)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i, step := range []struct {
		client  netip.Addr
		refused string
	}{{a, ""}, {a, ""}, {a, "to this address"}, {b, ""}, {b, "too many long answers are being"}} {
		e := l.begin(step.client)
		if (e == nil) != (step.refused == "") || e != nil && !strings.Contains(e.Message, step.refused) {
			t.Errorf("step %d: %v, want %q", i, e, step.refused)
		}
	}
	l.end(a)
	if e := l.begin(b); e != nil {
		t.Errorf("a place is free: %v", e)
	}
	for _, client := range []netip.Addr{a, b, b} {
		l.end(client)
	}
	if len(l.clients) != 0 || len(l.places) != 0 {
		t.Errorf("%d clients and %d places are left", len(l.clients), len(l.places))
	}
}

func TestLong_IsRefusedWhileMemoryIsShort(t *testing.T) {
	before := debug.SetMemoryLimit(math.MaxInt64 - 1)
	defer debug.SetMemoryLimit(before)
	r := newRig(t, withLoad(func(l *loadLimits) { l.memory, l.wait = 1e-15, time.Millisecond })) // 9 KB
	r.commit(1)
	if res, body := r.get(unfiltered); res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" || !strings.Contains(body, "memory is short") {
		t.Errorf("%d %q %s", res.StatusCode, res.Header, body)
	}
	debug.SetMemoryLimit(math.MaxInt64) // none
	if res, body := r.get(unfiltered); res.StatusCode != 200 {
		t.Errorf("without a limit: %d %s", res.StatusCode, body)
	}
	if res, body := r.get("/api/v1/health"); res.StatusCode != 200 {
		t.Errorf("health, which is asked for just then: %s %s", res.Status, body)
	}
}

// TestLong_TakesItsShareOfAProcessor lets twenty clients ask for the most expensive
// answers as often as they can. The time that making them takes is bounded, whoever asks.
func TestLong_TakesItsShareOfAProcessor(t *testing.T) {
	limits := defaultLoad()
	limits.burst, limits.share, limits.wait = time.Second, 0.25, 5*time.Second
	synctest.Test(t, func(t *testing.T) {
		l := newLoad(limits)
		var mu sync.Mutex
		var worked time.Duration
		answered, refused := 0, 0
		began := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for time.Since(began) < 10*time.Minute {
					if e := l.begin(netip.Addr{}); e != nil {
						mu.Lock()
						refused++
						mu.Unlock()
						continue
					}
					for range 10 {
						l.compute(func() {
							time.Sleep(20 * time.Millisecond) // of virtual time: it works
							mu.Lock()
							worked += 20 * time.Millisecond
							mu.Unlock()
						})
						l.pause()
					}
					mu.Lock()
					answered++
					mu.Unlock()
					l.end(netip.Addr{})
				}
			})
		}
		all.Wait()
		took := time.Since(began)
		if most := limits.burst + time.Duration(0.25*float64(took)) + time.Second; worked > most || worked < most*9/10 {
			t.Errorf("worked %v of %v, want about %v", worked, took, most)
		}
		if answered == 0 || refused > int(took/time.Second)*20 {
			t.Errorf("%d answers, %d refusals in %v", answered, refused, took)
		}
	})
}

func TestTokens(t *testing.T) {
	now := time.Unix(0, 0)
	b := newTokens(4*time.Second, 0.5)
	var got []time.Duration
	for _, step := range []struct{ after, spend time.Duration }{
		{0, 3 * time.Second}, {0, 2 * time.Second}, {time.Second, 0}, {time.Second, 0}, {time.Hour, 4 * time.Second}, {0, time.Second},
	} {
		now = now.Add(step.after)
		got = append(got, b.spend(step.spend, now))
	}
	want := []time.Duration{0, 2 * time.Second, time.Second, 0, 0, 2 * time.Second}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}
